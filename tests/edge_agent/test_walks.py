import numpy as np
import pytest

from edge_agent.path_loss import nominal, rays
from edge_agent.sighting import Sighting
from edge_agent.truth import TruthError, TruthRow
from edge_agent.walks import from_walks
from tests.edge_agent.small_store import two_zones

MAP = two_zones()
SECONDS = np.arange(40)


def truth(*tags: str) -> list[TruthRow]:
    """Every tag walks along the middle of the store, to and fro."""
    return [
        TruthRow(float(t), tag, float(1 + abs(14 - 0.7 * t)), 4.0) for tag in tags for t in SECONDS
    ]


def heard(tag: str, stronger_db: float, seed: int, power_db: float = 0.0) -> list[Sighting]:
    """What it hears of every anchor, each `power_db` stronger than the map says."""
    rows = truth(tag)
    xy_m = np.array([(row.x_m, row.y_m) for row in rows])
    expected = nominal(MAP).expected_dbm(rays(MAP, xy_m, np.zeros(len(xy_m), int), 1.0))
    noise = np.random.default_rng(seed).normal(0, 3, expected.shape)
    return [
        Sighting(tag, f"p{anchor}", float(value) + stronger_db + power_db, rows[second].t_s)
        for second, values in enumerate((expected + noise).T)
        for anchor, value in enumerate(values)
    ]


def test_tags_that_read_differently_agree_on_the_anchors() -> None:
    sightings = [*heard("a", -8.0, 1), *heard("b", 0.0, 2), *heard("c", 8.0, 3)]
    found = from_walks(MAP, sightings, truth("a", "b", "c"))
    assert found.rung == "walks"
    assert found.law.power_dbm_1m == pytest.approx(nominal(MAP).power_dbm_1m, abs=3)
    assert all(abs(left.left_db) < 12 for anchor in found.anchors for left in anchor.left)


def test_the_order_of_the_rows_is_nothing() -> None:
    sightings = [*heard("a", -8.0, 1), *heard("b", 0.0, 2)]
    rows = truth("a", "b")
    assert from_walks(MAP, sightings[::-1], rows[::-1]) == from_walks(MAP, sightings, rows)


def test_one_measurement_is_a_square_of_a_tag_and_an_anchor() -> None:
    rows = [TruthRow(t, "a", x_m, 1.0) for t, x_m in ((0.0, 1.1), (1.0, 1.9), (2.0, 2.9))]
    sightings = [Sighting("a", "p0", dbm, t) for dbm, t in ((-60, 0.0), (-64, 1.0), (-70, 2.0))]
    sightings.append(Sighting("a", "p1", -70, 2.0))
    (one, two) = from_walks(MAP, sightings, rows).anchors[0].left
    assert [one.x_m, two.x_m] == pytest.approx([1.5, 2.9])


@pytest.mark.parametrize(
    ("sightings", "rows", "expected"),
    [
        ([], truth("a"), "the recording has no rows"),
        ([Sighting("b", "p0", -60, 1.0)], truth("a"), "the recording is of b, the truth of a"),
        ([Sighting("a", "p0", -60, 99.0)], truth("a"), "the truth of a is of other times"),
        ([Sighting("a", "p3", -60, 1.0)], truth("a"), "the walks hear only anchor 'p3'"),
        ([Sighting("a", "x", -60, 1.0)], truth("a"), "anchors x are not on the map of 'small'"),
        (
            [Sighting("a", f"x{number}", -60, 1.0) for number in range(7)],
            truth("a"),
            "anchors x0, x1, x2, x3, x4 and 2 more are not on the map",
        ),
        ([], [], "the truth has no rows"),
    ],
)
def test_what_does_not_fit_is_refused(
    sightings: list[Sighting], rows: list[TruthRow], expected: str
) -> None:
    with pytest.raises(TruthError, match=expected):
        from_walks(MAP, sightings, rows)
