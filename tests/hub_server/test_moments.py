"""The store's clock and hours, as a visit's moments know them."""

import msgspec

from hub_server.moments import Moments
from hub_server.settings import Hours
from store_maps import corner_market, floor_map

NOON_UTC_S = 1_790_000_000.0 - 1_790_000_000.0 % 86_400 + 43_200


def moments(timezone: str | None, hours: Hours | None) -> Moments:
    document = corner_market.load().document | {"timezone": timezone}
    return Moments(floor_map.parse(msgspec.json.encode(document)), hours)


def test_a_map_without_a_time_zone_has_no_clock_and_is_always_open() -> None:
    nowhere = moments(None, Hours(opens="08:00", closes="09:00"))
    assert nowhere.local_minute(NOON_UTC_S) is None
    assert nowhere.is_open(NOON_UTC_S)


def test_the_clock_is_the_stores_own() -> None:
    tokyo = moments("Asia/Tokyo", Hours(opens="08:00", closes="20:00"))
    assert tokyo.local_minute(NOON_UTC_S) == 21 * 60
    assert not tokyo.is_open(NOON_UTC_S)
    assert tokyo.is_open(NOON_UTC_S - 6 * 3600)
