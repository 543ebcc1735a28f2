"""Where shoppers drop off: counted once a visit, and equal to what they did."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from sqlalchemy import delete, insert, update

from hub_server.database import Database
from hub_server.impact.funnel import (
    ENGAGED_S,
    EVERY_S,
    LATE_MS,
    STEPS,
    STOPPED_S,
    VISITS_A_PASS,
    Funnel,
)
from hub_server.impact.tallies import Tallies
from hub_server.records.tables import STAYS, VISITS
from hub_server.visit.records import Bought
from tests.hub_server.conftest import Hub
from tests.hub_server.visits_in_database import NOW_S, add_visit

STORE = "corner-market"
ZONES = ("produce", "pasta", "wine", "staff")
SOLD_IN = {"1": "produce", "2": "pasta", "3": "wine", "4": None}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = add_visit(tmp_path / "hub.db", "open", "s0")
    yield database
    database.close()


def funnel(database: Database) -> Funnel:
    names = {"produce": "Fruit", "pasta": "Pasta", "wine": "Wine"}
    return Funnel(database, STORE, Tallies(database, STORE), SOLD_IN.get, names)


def end(database: Database, visit: str, bought: list[str], ended_ms: int) -> None:
    changed = update(VISITS).where(VISITS.c.visit == visit)
    bag = msgspec.json.encode(Bought(items=bought))
    database.write(changed.values(ended_ms=ended_ms, bought=bag))


def stay(database: Database, visit: str, zone: str, dwell_s: int, seq: int) -> None:
    lines = [
        insert(STAYS).values(
            store=STORE,
            agent="pi",
            outbox="box",
            seq=2 * seq + number,
            visit=visit,
            stay=f"{seq}",
            zone=zone,
            kind=kind,
            at_ms=round(NOW_S * 1000),
            dwell_s=dwell_s * number,
            zone_permille=900,
        )
        for number, kind in enumerate(("enter", "leave"))
    ]
    database.write(*lines)


def test_the_funnel_is_what_simulated_shoppers_did_row_63(database: Database) -> None:
    """Row 63: 30 shoppers with drawn stays and bags; each step of each zone is the truth."""
    rng = np.random.default_rng(63)
    truth: Counter[tuple[str, str]] = Counter()
    seq = 0
    for number in range(30):
        visit = f"v{number}"
        add_visit(database.path, visit, f"s{number}", database)
        items = [str(item) for item in rng.choice(4, size=2, replace=False) + 1]
        longest: dict[str, int] = {}
        for zone in rng.choice(ZONES, size=4):
            dwell_s = int(rng.integers(1, 60))
            longest[str(zone)] = max(longest.get(str(zone), 0), dwell_s)
            seq += 1
            stay(database, visit, str(zone), dwell_s, seq)
        for zone, dwell_s in longest.items():
            truth[zone, "entered"] += 1
            truth[zone, "stopped"] += dwell_s >= STOPPED_S
            truth[zone, "engaged"] += dwell_s >= ENGAGED_S
            truth[zone, "bought"] += any(SOLD_IN[item] == zone for item in items)
        end(database, visit, items, round(NOW_S * 1000) + number)
    one = funnel(database)
    one.step(NOW_S + LATE_MS / 1000 + 1)
    for zone in ZONES[:3]:
        for step in STEPS:
            found = one._tallies.by_key(f"funnel_{step}").get(zone, 0)
            assert found == truth[zone, step], (zone, step)
    shown = one.zones(NOW_S)
    assert {zone.zone for zone in shown} == set(ZONES[:3])
    assert all(zone.entered == truth[zone.zone, "entered"] for zone in shown)


def test_a_visit_is_counted_once_and_only_when_it_is_over(database: Database) -> None:
    add_visit(database.path, "v1", "s1", database)
    stay(database, "v1", "wine", 40, 1)
    stay(database, "open", "wine", 40, 2)
    one = funnel(database)
    one.step(NOW_S)
    end(database, "v1", ["3"], round(NOW_S * 1000))
    for more_s in (1, EVERY_S + 1, LATE_MS / 1000 + 2 * EVERY_S, LATE_MS / 1000 + 4 * EVERY_S):
        one.step(NOW_S + more_s)
    funnel(database).step(NOW_S + LATE_MS / 1000 + 9 * EVERY_S)
    (wine,) = one.zones(NOW_S)
    assert (wine.zone, wine.name) == ("wine", "Wine")
    assert {wine.entered, wine.stopped, wine.engaged, wine.bought} == {"<5"}
    assert one._tallies.by_key("funnel_entered") == {"wine": 1}
    assert VISITS_A_PASS > 1


@pytest.mark.parametrize(
    ("reason", "ended_s", "paused_s", "steps"),
    [
        ("payment", 60, None, {"entered", "stopped", "engaged"}),
        ("leave", 10, None, {"entered", "stopped"}),
        ("leave", 2, None, {"entered"}),
        # Nobody knows where whoever left the cart, or paused, was after that.
        ("unheard", 902, None, {"entered"}),
        ("still", 640, None, {"entered", "stopped", "engaged"}),
        ("exit", 600, 10, {"entered", "stopped"}),
    ],
)
def test_a_visit_that_ends_inside_a_zone_has_stood_there(
    database: Database, reason: str, ended_s: int, paused_s: int | None, steps: set[str]
) -> None:
    """Row 63: where they abandon is the zone that nobody saw them leave."""
    add_visit(database.path, "v1", "s1", database)
    stay(database, "v1", "pasta", 1, 1)
    stay(database, "v1", "produce", 0, 2)
    unseen = (STAYS.c.zone == "produce") & (STAYS.c.kind == "leave")
    paused_ms = None if paused_s is None else round((NOW_S + paused_s) * 1000)
    how = update(VISITS).where(VISITS.c.visit == "v1").values(reason=reason, paused_ms=paused_ms)
    database.write(delete(STAYS).where(unseen), how)
    end(database, "v1", [], round((NOW_S + ended_s) * 1000))
    one = funnel(database)
    one.step(NOW_S + ended_s + LATE_MS / 1000 + 1)
    found = {step for step in STEPS if one._tallies.by_key(f"funnel_{step}").get("produce")}
    assert found == steps
    assert one._tallies.by_key("funnel_stopped").get("pasta") is None


def test_visits_that_end_together_are_counted_together(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that closes ends them all at once, though a pass takes fewer."""
    monkeypatch.setattr("hub_server.impact.funnel.VISITS_A_PASS", 2)
    for number in range(5):
        add_visit(database.path, f"v{number}", f"s{number + 1}", database)
        stay(database, f"v{number}", "produce", 60, number)
        end(database, f"v{number}", [], round(NOW_S * 1000) + number // 4)
    steps = funnel(database)
    for turn in range(1, 4):
        steps.step(NOW_S + LATE_MS / 1000 + turn * EVERY_S)
    (produce,) = steps.zones(NOW_S)
    assert produce.entered == 5


def test_a_regular_is_one_person_however_often(database: Database) -> None:
    for number in range(8):
        add_visit(database.path, f"v{number}", f"s{number % 4 + 1}", database)
        stay(database, f"v{number}", "produce", 60, number)
        end(database, f"v{number}", [], round(NOW_S * 1000) + number)
    steps = funnel(database)
    steps.step(NOW_S + LATE_MS / 1000 + EVERY_S)
    assert steps._tallies.by_key("funnel_entered") == {"produce": 8}
    assert steps._tallies.by_key("funnel_entered_by") == {"produce": 4}
    (produce,) = steps.zones(NOW_S)
    assert produce.entered == "<5"


def test_a_store_knows_in_which_zone_its_products_stand(tmp_path: Path) -> None:
    hub = Hub(tmp_path)
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    hub.stays(hub.row(hub.handle(session), "leave", "produce", dwell_s=40))
    hub.run('UPDATE visits SET bought = \'{"items": ["1001", "nothing"]}\'')
    hub.engine.leave(session.cookie)
    hub.pass_s(300, step_s=30)
    tallies = hub.engine.speaker.tallies
    assert tallies.by_key("funnel_bought") == {"produce": 1}
    assert tallies.by_key("funnel_engaged") == {"produce": 1}
    hub.close()
