"""The numbers of the gates as a store sets them, and quiet hours on the store's own clock."""

from pathlib import Path

import msgspec
import pytest

from hub_server import settings
from hub_server.decide import decide
from hub_server.decision.caps import STORE_CAPS, Cap
from hub_server.decision.limits import LIMITS, Limits, is_quiet
from hub_server.settings import SettingsError
from hub_server.visit.moments import Moments
from store_maps import floor_map
from tests.hub_server.test_main import write
from tests.hub_server.wine_moment import MARKET, but, made

NOON_UTC_S = 1_790_000_000.0 - 1_790_000_000.0 % 86_400 + 43_200


def read(folder: Path, limits: str) -> Limits:
    path = Path(write(folder))
    path.write_text(f"{path.read_text()}\n{limits}")
    return settings.load(path).limits


def test_a_store_sets_what_it_names_and_keeps_the_rest(tmp_path: Path) -> None:
    assert read(tmp_path, "") == LIMITS
    assert LIMITS.caps == STORE_CAPS
    section = '[limits]\nquiet_from = "21:00"\nquiet_to = "07:30"\nstale_s = 3\n'
    caps = '[[limits.caps]]\nper = "kind"\nof = "offer"\nlimit = 1\nhours = 48\n'
    found = read(tmp_path, section + caps)
    assert (found.quiet_from, found.stale_s, found.zone_p_min) == ("21:00", 3.0, 0.8)
    assert found.caps == (Cap(per="kind", of="offer", limit=1, hours=48.0),)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("zone_p_min = 1.2", "limits.zone_p_min = 1.2"),
        ('quiet_from = "25:00"', "limits.quiet_from = '25:00'"),
        ('quiet_from = "21:00"', "limits.quiet_from without limits.quiet_to"),
        ('quiet_to = "07:00"', "limits.quiet_to without limits.quiet_from"),
        ("pushes = 3", "limits.pushes = 3"),
        ("offer_share_max = -1", "limits.offer_share_max = -1"),
    ],
)
def test_a_wrong_limit_is_refused_by_its_name(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(SettingsError, match="ops mends the file") as caught:
        read(tmp_path, f"[limits]\n{line}\n")
    assert told in str(caught.value)


def test_quiet_hours_follow_the_stores_zone_not_the_hubs() -> None:
    """Noon in UTC is nine in the evening in Tokyo, and eight in the morning in New York."""
    evening = Limits(quiet_from="20:30", quiet_to="08:00")
    found = {}
    for zone in ("Asia/Tokyo", "America/New_York", "UTC", None):
        document = MARKET.document | {"timezone": zone}
        clock = Moments(floor_map.parse(msgspec.json.encode(document)))
        minute = clock.local_minute(NOON_UTC_S)
        found[zone] = decide(but(local_minute=minute), made({}), evening).code
        assert is_quiet(evening, minute) is (found[zone] == "quiet_hours")
    quiet = {zone for zone, code in found.items() if code == "quiet_hours"}
    assert quiet == {"Asia/Tokyo"}
