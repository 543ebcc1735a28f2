import json

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge_agent.messages import FixRow, StayRow
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.journeys import LEAD_NATS, STAGES, Journeys, Seconds, Stage
from store_maps.floor_map import FloorMap, parse


def box(left: float, bottom: float, right: float, top: float) -> dict[str, object]:
    ring = [[left, bottom], [right, bottom], [right, top], [left, top], [left, bottom]]
    return {"type": "Polygon", "coordinates": [ring]}


def small_map() -> FloorMap:
    """20 x 10 m: a department on the left, a queue on the right, a shelf, a till, a door."""
    kinds: list[tuple[str, dict[str, object], dict[str, object]]] = [
        ("L0", box(0, 0, 20, 10), {"kind": "level", "ordinal": 0}),
        ("left", box(0, 0, 10, 10), {"kind": "zone", "zone_type": "department", "parent": None}),
        ("right", box(10, 0, 20, 10), {"kind": "zone", "zone_type": "queue", "parent": None}),
        ("shelf", box(2, 6, 6, 7), {"kind": "fixture", "category": "shelf"}),
        ("till", box(16, 3, 17, 4), {"kind": "checkout", "category": "self"}),
        (
            "door",
            {"type": "LineString", "coordinates": [[9, 0], [11, 0]]},
            {"kind": "opening", "category": "entrance_exit"},
        ),
    ]
    features = [
        {
            "type": "Feature",
            "id": name,
            "geometry": geometry,
            "properties": {"level": "L0", "name": name, **properties},
        }
        for name, geometry, properties in kinds
    ]
    document = {
        "type": "FeatureCollection",
        "format": "floor-map",
        "version": 1,
        "store_id": "small",
        "name": "Small",
        "revision": 1,
        "timezone": None,
        "frame": {"units": "m", "origin": None, "y_axis_bearing_deg": None},
        "features": features,
    }
    return parse(json.dumps(document).encode())


MAP = small_map()


def fix(
    handle: str = "h", x_m: float = 4.0, zone: str | None = "left", age_ms: float = 0.0
) -> FixRow:
    return FixRow(handle, age_ms, x_m, 5.0, 2.0, zone, 0.9 if zone else 0.0, "L0")


def stay(kind: str, zone: str, stay_id: str = "h.1.1", term: int = 1) -> StayRow:
    return StayRow(1, kind, stay=stay_id, handle="h", zone=zone, term=term)  # type: ignore[arg-type]


@pytest.fixture
def journeys() -> Journeys:
    out = Journeys(MAP)
    out.open("h", 100.0)
    return out


def test_who_is_not_open_has_no_journey(journeys: Journeys) -> None:
    assert journeys.at("other") is None
    assert journeys.fix([fix("other")], 101.0) == 0
    assert journeys.stay(StayRow(1, "enter", handle="other", zone="left"), 101.0) == "ignored"
    journeys.close("other")
    assert journeys.handles == ("h",)
    assert "h" in journeys
    assert len(journeys) == 1


def test_before_the_first_fix_everything_is_unknown(journeys: Journeys) -> None:
    journey = journeys.at("h", 103.0)
    assert journey is not None
    assert (journey.zone, journey.x_m, journey.stage, journey.p_buy) == (None, None, None, None)
    assert journey.last_fix_age_s is None
    assert journey.in_store_s == 3.0
    assert journey.stage_p == {}


def test_a_fix_is_dated_by_its_age_and_an_older_one_changes_nothing(journeys: Journeys) -> None:
    assert journeys.fix([fix(x_m=4.0, age_ms=500.0)], 102.0) == 1
    assert journeys.fix([fix(x_m=9.0, age_ms=900.0)], 102.1) == 0
    journey = journeys.at("h", 102.0)
    assert journey is not None
    assert (journey.x_m, journey.last_fix_age_s, journey.zone_type) == (4.0, 0.5, "department")


def test_opening_again_changes_nothing(journeys: Journeys) -> None:
    journeys.fix([fix()], 101.0)
    journeys.open("h", 102.0)
    journey = journeys.at("h")
    assert journey is not None
    assert journey.in_store_s == 1.0
    assert journey.x_m == 4.0


def test_a_fix_that_names_no_zone_takes_the_one_before(journeys: Journeys) -> None:
    for at_s, zone in ((101.0, "left"), (102.0, None)):
        journeys.fix([fix(zone=zone)], at_s)
    journey = journeys.at("h")
    assert journey is not None
    assert (journey.zone, journey.zone_p) == (None, 0.0)


def test_dwell_counts_from_the_stay_and_only_in_its_zone(journeys: Journeys) -> None:
    journeys.fix([fix(zone="right")], 110.0)
    assert journeys.stay(stay("enter", "right"), 105.0) == "opened"
    journey = journeys.at("h", 112.0)
    assert journey is not None
    assert (journey.dwell_s, journey.waiting_s) == (7.0, 7.0)
    journeys.fix([fix(zone="left")], 113.0)
    journey = journeys.at("h", 113.0)
    assert journey is not None
    assert (journey.dwell_s, journey.waiting_s) == (0.0, 0.0)


def test_an_enter_for_the_zone_one_stands_in_folds_into_the_open_stay(journeys: Journeys) -> None:
    journeys.stay(stay("enter", "left", "h.1.1", term=1), 101.0)
    assert journeys.stay(stay("enter", "left", "h.2.1", term=2), 120.0) == "folded"
    assert journeys.open_stays["h"].since_s == 101.0
    assert journeys.open_stays["h"].stay == "h.1.1"
    assert journeys.stay(stay("leave", "left", "h.1.1", term=1), 121.0) == "ignored"
    assert journeys.stay(stay("leave", "left", "h.2.1", term=2), 122.0) == "closed"
    assert journeys.open_stays == {}


def test_an_enter_elsewhere_closes_the_open_stay(journeys: Journeys) -> None:
    journeys.stay(stay("enter", "left"), 101.0)
    assert journeys.stay(stay("enter", "right", "h.1.2"), 110.0) == "opened"
    assert journeys.stay(stay("leave", "left"), 110.5) == "ignored"
    assert journeys.open_stays["h"].zone == "right"


def test_a_void_row_and_a_leave_without_enter_are_ignored(journeys: Journeys) -> None:
    assert journeys.stay(stay("void", "left"), 101.0) == "ignored"
    assert journeys.stay(stay("leave", "left"), 101.0) == "ignored"


def test_closing_forgets_the_stay(journeys: Journeys) -> None:
    journeys.stay(stay("enter", "left"), 101.0)
    journeys.close("h")
    assert journeys.open_stays == {}
    assert journeys.at("h") is None


def answer(stage: Stage, p: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    probabilities = np.full((1, 8), (1 - p) / 7, np.float32)
    probabilities[0, STAGES.index(stage)] = p
    return probabilities, np.full(1, 0.3, np.float32), np.zeros((1, STATE_WIDTH), np.float32)


def served(journeys: Journeys) -> str | None:
    journey = journeys.at("h")
    assert journey is not None
    return journey.stage


def torn(first: Stage, second: Stage) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """An answer that is e**0.47 times surer of the first than of the second, and of no other."""
    p, p_buy, state = answer(first, 0.4)
    p[0] = 0.35 / 6
    p[0, [STAGES.index(first), STAGES.index(second)]] = 0.4, 0.25
    return p, p_buy, state


def test_a_stage_is_served_once_it_has_led_or_at_once_when_sure(journeys: Journeys) -> None:
    journeys.fix([fix()], 101.0)
    journeys.sample(101.0)
    journeys.follow(*answer("exploring", 0.5))
    assert served(journeys) == "exploring"
    ticks = int(np.ceil(LEAD_NATS / np.log(0.4 / 0.25)))
    assert ticks > 1
    for _ in range(ticks - 1):
        journeys.follow(*torn("engaged", "exploring"))
    journeys.follow(*torn("exploring", "engaged"))
    for _ in range(ticks - 1):
        journeys.follow(*torn("engaged", "exploring"))
    assert served(journeys) == "exploring"
    journeys.follow(*torn("engaged", "exploring"))
    assert served(journeys) == "engaged"
    journeys.follow(*answer("checkout", 0.9))
    assert served(journeys) == "checkout"
    assert journeys.stage_counts()["checkout"] == 1
    journey = journeys.at("h")
    assert journey is not None
    assert journey.stage_p["checkout"] == pytest.approx(0.9)
    assert journey.p_buy == pytest.approx(0.3)


def test_a_stage_is_unknown_when_the_place_is_old(journeys: Journeys) -> None:
    journeys.fix([fix()], 101.0)
    journeys.sample(101.0)
    journeys.follow(*answer("exploring", 0.9))
    journey = journeys.at("h", 140.0)
    assert journey is not None
    assert journey.stage is None
    journeys.sample(140.0)
    assert sum(journeys.stage_counts().values()) == 0


@pytest.mark.parametrize("absent", ["shelf", "till"])
def test_on_a_map_without_shelves_or_tills_the_stage_is_unknown(absent: str) -> None:
    document = dict(MAP.document)
    document["features"] = [f for f in document["features"] if f["id"] != absent]
    journeys = Journeys(parse(json.dumps(document).encode()))
    journeys.open("h", 100.0)
    journeys.fix([fix()], 101.0)
    journeys.sample(101.0)
    journeys.follow(*answer("exploring", 0.9))
    assert served(journeys) is None
    assert sum(journeys.stage_counts().values()) == 0


def test_events_are_kept_with_their_journey(journeys: Journeys) -> None:
    journeys.open("other", 100.0)
    assert journeys.event("other", "scan", 105.0)
    assert not journeys.event("other", "sneeze", 105.0)
    assert not journeys.event("other", "scan", float("nan"))
    assert not journeys.event("nobody", "scan", 105.0)
    journeys.close("h")
    assert journeys.tracks["events"][0].sum() == 1.0


def test_a_stage_comes_with_its_gate(journeys: Journeys) -> None:
    gates = np.full(8, 0.9)
    gates[STAGES.index("engaged")] = 0.6
    found = []
    for p in (0.5, 0.65):
        journeys.fix([fix()], 100.0 + p)
        journeys.sample(100.0 + 2 * p)
        journeys.follow(*answer("engaged", p), gates)
        journey = journeys.at("h")
        assert journey is not None
        found.append((journey.stage_gate, journeys.seconds.sure))
    assert found == [(0.6, 0), (0.6, 1)]


@pytest.mark.parametrize(("other", "sure"), [("weighing", 1), ("checkout", 0)])
def test_two_stages_that_are_one_to_a_message_are_sure_together(
    journeys: Journeys, other: Stage, sure: int
) -> None:
    p, p_buy, state = answer("engaged", 0.5)
    p[0] = np.where(p[0] == 0.5, 0.5, 0.0)
    p[0, STAGES.index(other)] = 0.4
    p[0, STAGES.index("leaving")] = 0.1
    journeys.fix([fix()], 101.0)
    journeys.sample(101.0)
    journeys.follow(p, p_buy, state, np.full(8, 0.9))
    assert journeys.seconds.sure == sure


def test_without_a_stage_there_is_no_gate_and_without_gates_nothing_is_sure(
    journeys: Journeys,
) -> None:
    journey = journeys.at("h", 101.0)
    assert journey is not None
    assert (journey.stage, journey.stage_gate) == (None, None)
    journeys.fix([fix()], 101.0)
    journeys.sample(101.0)
    journeys.follow(*answer("engaged", 0.99))
    assert journeys.seconds.sure == 0


def test_seconds_and_flips_are_counted(journeys: Journeys) -> None:
    gates = np.full(8, 0.6)
    ticks: list[tuple[Stage, float]] = [
        ("exploring", 0.5),
        ("purposeful", 0.9),  # the same of six: no flip
        ("weighing", 0.9),
        ("engaged", 0.9),
        ("checkout", 0.9),
    ]
    for k, (stage, p) in enumerate(ticks, start=101):
        journeys.fix([fix()], float(k))
        journeys.sample(float(k))
        journeys.follow(*answer(stage, p), gates)
    for k in (112, 140):  # without a fix: unplaced, then unknown
        journeys.sample(float(k))
        journeys.follow(*answer("checkout", 0.9), gates)
    assert journeys.seconds == Seconds(followed=7, unplaced=2, staged=6, sure=5, flips=2)


def test_a_clock_set_back_keeps_durations(journeys: Journeys) -> None:
    journeys.fix([fix(zone="right")], 150.0)
    journeys.stay(stay("enter", "right"), 130.0)
    assert journeys.sample(150.0)
    assert not journeys.sample(90.0)
    assert journeys.fix([fix(x_m=5.0, zone="right")], 91.0) == 1
    assert journeys.sample(91.0)
    journey = journeys.at("h")
    assert journey is not None
    assert journey.in_store_s == pytest.approx(51.0)
    assert journey.dwell_s == pytest.approx(21.0)
    assert journey.x_m == 5.0


def test_ticks_without_anyone_do_nothing() -> None:
    journeys = Journeys(MAP)
    assert journeys.sample(1.0)
    assert journeys.zones()[0].shape == (0,)
    assert sum(journeys.stage_counts().values()) == 0


class ManyJourneys(RuleBasedStateMachine):
    """Rows move when journeys close; what belongs to a handle must move with them."""

    def __init__(self) -> None:
        super().__init__()
        self.journeys = Journeys(MAP)
        self.now_s = 0.0
        self.known: dict[str, float] = {}

    @rule(handle=st.integers(0, 39))
    def open(self, handle: int) -> None:
        name = f"h{handle}"
        if name not in self.known:
            self.known[name] = float("nan")
        self.journeys.open(name, self.now_s)

    @rule(handle=st.integers(0, 39))
    def close(self, handle: int) -> None:
        self.known.pop(f"h{handle}", None)
        self.journeys.close(f"h{handle}")

    @precondition(lambda self: self.known)
    @rule(x_m=st.floats(0, 20), pick=st.randoms(use_true_random=False))
    def fix(self, x_m: float, pick: object) -> None:
        name = pick.choice(sorted(self.known))  # type: ignore[attr-defined]
        self.now_s += 1.0
        self.known[name] = x_m
        self.journeys.fix([fix(name, x_m)], self.now_s)

    @rule()
    def tick(self) -> None:
        self.now_s += 1.0
        self.journeys.sample(self.now_s)
        marks = np.array([float(name[1:]) for name in self.journeys.handles], np.float32)
        state = np.repeat(marks[:, None], STATE_WIDTH, axis=1)
        p = np.full((len(marks), 8), 0.125, np.float32)
        self.journeys.follow(p, marks, state)

    @invariant()
    def everyone_has_their_own(self) -> None:
        assert sorted(self.journeys.handles) == sorted(self.known)
        for row, name in enumerate(self.journeys.handles):
            journey = self.journeys.at(name)
            assert journey is not None
            x_m = self.known[name]
            assert journey.x_m == x_m or (journey.x_m is None and np.isnan(x_m))
            assert self.journeys.tracks["state"][row, 0] in {0.0, float(name[1:])}


TestManyJourneys = ManyJourneys.TestCase
TestManyJourneys.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
