import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from edge_agent.fix import Fix
from edge_agent.stays import STAY_LAG_S, StayEvent, StaySettings, StayTracker
from tests.bench.stays import ON_M, crossing, crossings, flaps, located, standing
from tests.edge_agent.small_store import rectangle, two_zones, zone

MAP = two_zones()


def fix(t_s: float, zone_id: str | None, zone_p: float = 0.95, tag: str = "t") -> Fix:
    return Fix(t_s, tag, 0.0, 0.0, 1.0, zone_id, zone_p if zone_id else 0.0, "L0", MAP.map_sha)


def told(fixes: list[Fix], tracker: StayTracker | None = None) -> list[tuple[str, str, float]]:
    events = (tracker or StayTracker(MAP)).step(fixes)
    return [(event.kind, event.zone, event.t_s) for event in events]


def test_a_sure_change_is_a_leave_and_an_enter_at_its_first_fix() -> None:
    tracker = StayTracker(MAP, term=7)
    events = tracker.step([fix(t, "a") for t in range(10)] + [fix(t, "b") for t in range(10, 20)])
    assert events == [
        StayEvent("t.7.1", "t", "a", "enter", 0.0, 0.0, 0.95),
        StayEvent("t.7.1", "t", "a", "leave", 10.0, 10.0, 0.95),
        StayEvent("t.7.2", "t", "b", "enter", 10.0, 0.0, 0.95),
    ]


def test_unsure_fixes_for_another_zone_change_nothing() -> None:
    fixes = [fix(0, "a"), fix(1, "a"), *(fix(t, "b", 0.55) for t in range(2, 100))]
    assert told(fixes) == [("enter", "a", 0.0)]


def test_a_likely_zone_is_entered_after_15_s_without_a_break() -> None:
    here = [fix(t, "a") for t in range(3)]
    assert told([*here, *(fix(t, "b", 0.7) for t in range(3, 18))]) == [("enter", "a", 0.0)]
    assert told([*here, *(fix(t, "b", 0.7) for t in range(3, 19))])[-1] == ("enter", "b", 3.0)
    broken = [fix(t, "b", 0.7 if t % 10 else 0.5) for t in range(3, 100)]
    assert told([*here, *broken]) == [("enter", "a", 0.0)]


def test_the_zone_that_was_just_left_has_to_be_likely_for_a_minute_or_sure() -> None:
    over = [fix(t, "a", 0.99) for t in range(3)] + [fix(t, "b", 0.99) for t in range(3, 6)]
    back = [fix(t, "a", 0.7) for t in range(6, 67)]
    assert told([*over, *back[:-1]])[-1] == ("enter", "b", 3.0)
    assert told([*over, *back])[-1] == ("enter", "a", 6.0)
    assert told([*over, fix(6, "a", 0.99), fix(7, "a", 0.99)])[-1] == ("enter", "a", 6.0)


def test_the_first_zone_needs_only_to_be_likely() -> None:
    assert told([fix(t, "a", 0.65) for t in range(5)]) == [("enter", "a", 0.0)]


def test_evidence_begins_anew_after_a_gap_and_with_another_zone() -> None:
    settings = StaySettings(evidence_min=2.0)
    tracker = StayTracker(MAP, settings)
    tracker.step([fix(0, "a", 0.99), fix(1, "a", 0.99)])
    assert told([fix(2, "b", 0.97), fix(8, "b", 0.97), fix(9, "a")], tracker) == []
    assert told([fix(10, "b", 0.97), fix(11, "b", 0.97)], tracker)[-1] == ("enter", "b", 10.0)


def test_silence_and_unknown_leave_nothing() -> None:
    fixes = [fix(0, "a"), fix(1, "a"), *(fix(t, None) for t in range(2, 100)), fix(4_000, "a")]
    assert told(fixes) == [("enter", "a", 0.0)]


def test_a_sensitive_zone_is_never_named() -> None:
    floor_map = two_zones(sensitive=True)
    tracker = StayTracker(floor_map)
    assert told([fix(t, "b", 0.99) for t in range(60)], tracker) == []
    assert list(tracker.tags) == []


def test_a_zone_of_the_map_may_ask_for_a_longer_dwell() -> None:
    floor_map = two_zones(dwell_min_s=20)
    fixes = [fix(0, "a"), fix(1, "a"), *(fix(t, "b", 0.99) for t in range(2, 22))]
    assert told(fixes, StayTracker(floor_map)) == [("enter", "a", 0.0)]
    assert told([*fixes, fix(22, "b")], StayTracker(floor_map))[-1] == ("enter", "b", 2.0)


def test_a_zone_of_another_map_is_no_stay() -> None:
    assert told([fix(t, "elsewhere") for t in range(60)]) == []


def test_forgetting_a_tag_drops_its_stay_without_a_leave() -> None:
    tracker = StayTracker(MAP)
    tracker.step([fix(0, "a"), fix(1, "a"), fix(1, "a", tag="u")])
    assert list(tracker.tags) == ["t", "u"]
    tracker.forget("t")
    tracker.forget("nobody")
    assert list(tracker.tags) == ["u"]
    assert told([fix(2, "b"), fix(3, "b")], tracker) == [("enter", "b", 2.0)]


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", None]), st.floats(0.25, 1.0), st.integers(1, 9)),
        max_size=80,
    )
)
def test_enters_and_leaves_alternate_and_dwells_add_up(
    steps: list[tuple[str | None, float, int]],
) -> None:
    t_s = np.cumsum([step[2] for step in steps])
    fixes = [fix(float(t), z, p) for t, (z, p, _) in zip(t_s, steps, strict=True)]
    events = StayTracker(MAP).step(fixes)
    assert [event.kind for event in events] == (["enter", "leave"] * len(events))[: len(events)]
    for enter, leave in zip(events[::2], events[1::2], strict=False):
        assert (enter.stay, enter.zone) == (leave.stay, leave.zone)
        assert leave.dwell_s == leave.t_s - enter.t_s >= 0
    for leave, enter in zip(events[1::2], events[2::2], strict=False):
        assert leave.t_s == enter.t_s
        assert leave.zone != enter.zone


# Whole, with 50 seeds and a minute of time: tests/bench/stays.py.
def test_standing_half_a_metre_from_a_border_for_half_an_hour_flaps_at_most_once() -> None:
    assert max(flaps(located(standing(4)).settled, StayTracker(MAP))) <= 1


def test_a_walker_is_in_the_new_zone_within_6_s_median_and_12_s_p90() -> None:
    paths = crossing(ON_M, 30)
    fixes = located(paths)
    found = crossings(fixes.settled, paths, STAY_LAG_S, StayTracker(MAP))
    known_s = [one.known_s for one in found]
    assert np.median(known_s) <= 6
    assert np.percentile(known_s, 90) <= 12
    # Lagged fixes come later, and say better when it was.
    instant = crossings(fixes.instant, paths, 0, StayTracker(MAP))
    assert np.mean([abs(one.said_s) for one in found]) < 1.5
    assert np.mean([abs(one.said_s) for one in found]) < np.mean(
        [abs(one.said_s) for one in instant]
    )


def test_who_ends_before_its_last_seconds_settle_loses_none_of_them() -> None:
    tracker = StayTracker(MAP, term=7)
    settled = [fix(t, "a") for t in range(8)]
    instant = [*settled, fix(8, "b", 0.99), fix(9, "b", 0.99), fix(10, "b", 0.99)]
    assert told(settled, tracker) == [("enter", "a", 0.0)]
    assert tracker.step([], instant[5:]) == []
    assert tracker.step([fix(8, "b", 0.99)], [fix(10, "b", 0.99)]) == []
    events = tracker.end("t")
    assert [(one.kind, one.stay, one.zone, one.t_s) for one in events] == [
        ("leave", "t.7.1", "a", 8.0),
        ("enter", "t.7.2", "b", 8.0),
    ]
    assert events[0].dwell_s == 8.0
    assert tracker.tags == ()
    assert tracker.end("t") == []


def test_what_has_settled_is_not_taken_twice() -> None:
    tracker = StayTracker(MAP)
    tracker.step([fix(t, "a") for t in range(8)], [fix(t, "a") for t in range(8)])
    # The instant fixes of seconds 2 to 4 were wrong, and have settled.
    tracker.step([], [fix(t, "b", 0.99, "u") for t in range(5)])
    tracker.step([fix(t, "a", 0.99, "u") for t in range(4)])
    assert tracker.end("u") == []
    assert tracker.tags == ("t",)


def test_a_forgotten_tag_leaves_no_last_seconds() -> None:
    tracker = StayTracker(MAP)
    tracker.step([], [fix(t, "a", 0.99) for t in range(100)])
    assert list(tracker.tags) == ["t"]
    tracker.forget("t")
    assert list(tracker.tags) == []
    assert tracker.end("t") == []


def test_a_border_zone_of_a_parent_is_no_leaf() -> None:
    inner = zone("inner", rectangle(1, 1, 2, 2), parent="a")
    tracker = StayTracker(two_zones(inner))
    assert told([fix(t, "a") for t in range(60)], tracker) == []
