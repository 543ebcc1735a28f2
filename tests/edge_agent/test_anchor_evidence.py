import numpy as np
import numpy.typing as npt
import pytest

from edge_agent.anchor_evidence import PRIOR_ODDS, Evidence
from edge_agent.anchor_pattern import PARTS, moves, sides, turns
from edge_agent.anchor_record import SWAP_ANCHORS_MAX, AnchorRecord, Misfits

Floats = npt.NDArray[np.float64]
COUNT = 3
LEARNS = np.ones(COUNT, bool)


def evidence(*, is_measured: bool = True) -> Evidence:
    beacons = np.array([False, False, True])
    return Evidence(np.full(COUNT, 3.0), beacons, is_measured=is_measured)


def shown(record: AnchorRecord, anchor: int, pattern_db: Floats, others_db: Floats) -> None:
    """Forty looks in each part."""
    part = np.arange(PARTS)
    rows = np.full(PARTS, anchor)
    found = Misfits(rows, part, pattern_db, np.full(PARTS, 0.6), others_db.T)
    record.take(found)


def record_of(pattern_db: Floats) -> AnchorRecord:
    record = AnchorRecord(COUNT)
    shown(record, 0, pattern_db, np.full((COUNT, PARTS), 60.0))
    return record


def test_nothing_heard_is_the_prior() -> None:
    assert evidence().of(0, AnchorRecord(COUNT)).odds == PRIOR_ODDS


def test_what_maps_err_by_is_no_fault() -> None:
    noise_db = np.random.default_rng(1).normal(0.5, 1.5, PARTS)
    assert evidence().of(0, record_of(noise_db)).p < 0.01


@pytest.mark.parametrize(
    ("pattern_db", "kind", "towards"),
    [
        (np.full(PARTS, -10.0), "weaker", ""),
        (np.full(PARTS, 10.0), "stronger", ""),
        (-12.0 * sides()[2], "side", "up"),
        (9.0 * turns()[1], "turned", ""),
        (moves()[1][8], "moved", "right"),
        (np.random.default_rng(4).normal(0, 12, PARTS), "odd", ""),
    ],
)
def test_a_fault_is_told_by_its_pattern(pattern_db: Floats, kind: str, towards: str) -> None:
    verdict = evidence().of(0, record_of(pattern_db))
    assert verdict.p > 0.99
    assert (verdict.kind, verdict.towards, verdict.other) == (kind, towards, -1)


def test_two_that_read_as_each_other_are_swapped() -> None:
    record = AnchorRecord(COUNT)
    rng = np.random.default_rng(2)
    one_db, two_db = rng.normal(0, 8, (2, PARTS))
    nothing_db = np.zeros(PARTS)
    shown(record, 0, one_db, np.array([nothing_db, 0.9 * one_db, one_db]))
    shown(record, 1, two_db, np.array([1.1 * two_db, nothing_db, two_db]))
    weighs = evidence()
    weighs.of(0, record)
    two = weighs.of(1, record)
    one = weighs.of(0, record)
    assert (one.kind, one.other) == ("swapped", 1)
    assert (two.kind, two.other) == ("swapped", 0)
    assert one.p == pytest.approx(1.0)


def test_among_very_many_anchors_a_fault_is_told_and_no_swap() -> None:
    count = SWAP_ANCHORS_MAX + 1
    record = AnchorRecord(count)
    shown(record, 0, np.full(PARTS, -10.0), np.zeros((count, PARTS)))
    weighs = Evidence(np.full(count, 3.0), np.zeros(count, bool), is_measured=True)
    verdict = weighs.of(0, record)
    assert (verdict.kind, verdict.other) == ("weaker", -1)
    assert verdict.p > 0.99


def test_unmeasured_a_standing_error_is_no_fault_and_a_change_from_the_learnt_is() -> None:
    record = record_of(np.full(PARTS, -8.0))
    weighs = evidence(is_measured=False)
    assert weighs.of(0, record).p < 0.1
    for _ in range(80):
        shown(record, 0, np.full(PARTS, -8.0), np.full((COUNT, PARTS), 60.0))
        record.age(60.0, LEARNS)
    assert weighs.of(0, record).p < 0.01
    for _ in range(30):
        shown(record, 0, np.full(PARTS, 2.0), np.full((COUNT, PARTS), 60.0))
        record.age(60.0, ~LEARNS)
    verdict = weighs.of(0, record)
    assert verdict.kind == "stronger"
    assert verdict.p > 0.99
