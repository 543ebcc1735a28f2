"""How long a push about a zone is worth delivering."""

import pytest
from sqlalchemy import insert

from hub_server.push.dwells import STAYS_MIN, TTL_MAX_S, Dwells
from hub_server.records.tables import STAYS
from tests.hub_server.conftest import STORE, Hub

NOW_S = 1_790_000_000.0


def stay(hub: Hub, count: int, dwell_s: int, at_s: float = NOW_S, kind: str = "leave") -> None:
    """Stays that ended in produce."""
    one = {"store": STORE, "agent": "a", "visit": next(iter(hub.engine.roll.visits)), "stay": "s"}
    rows = [
        {
            **one,
            "outbox": f"{kind} {dwell_s}",
            "seq": number,
            "zone": "produce",
            "kind": kind,
            "at_ms": round(at_s * 1000),
            "dwell_s": dwell_s,
            "zone_permille": 900,
        }
        for number in range(count)
    ]
    hub.database.write(insert(STAYS).values(rows))


@pytest.fixture
def dwells(hub: Hub) -> Dwells:
    hub.yes(hub.carts("cart-1")[0])
    return Dwells(hub.database, STORE)


def test_it_lives_as_long_as_people_usually_stay(hub: Hub, dwells: Dwells) -> None:
    stay(hub, STAYS_MIN, 40)
    stay(hub, STAYS_MIN, 4000, NOW_S - 8 * 86_400)
    stay(hub, STAYS_MIN, 0, kind="enter")
    dwells.read(round(NOW_S * 1000))
    assert dwells.until_s("produce", NOW_S, NOW_S + 100) == NOW_S + 40
    assert dwells.until_s("produce", NOW_S, NOW_S + 30) == NOW_S + 30
    assert dwells.until_s("pasta", NOW_S, NOW_S + 100) == NOW_S + 100


def test_never_longer_than_two_minutes(hub: Hub, dwells: Dwells) -> None:
    """Row 16."""
    stay(hub, STAYS_MIN, 4000)
    dwells.read(round(NOW_S * 1000))
    for zone in ("produce", "pasta", None):
        assert dwells.until_s(zone, NOW_S, NOW_S + 900) == NOW_S + TTL_MAX_S


def test_a_few_stays_say_nothing(hub: Hub, dwells: Dwells) -> None:
    stay(hub, STAYS_MIN - 1, 10)
    dwells.read(round(NOW_S * 1000))
    assert dwells.until_s("produce", NOW_S, NOW_S + 60) == NOW_S + 60
