from edge_agent.calibration import Calibration
from edge_agent.carrier import hearing, kind, located_carriers, of_carrier
from tests.edge_agent.drawn_store import beacon
from tests.edge_agent.small_store import anchor, level, store

BOTH = store(
    [
        level("L0"),
        *(anchor(f"p{i}", 1 + i, 1) for i in range(2)),
        *(beacon(f"b{i}", 1 + i, 4) for i in range(3)),
    ]
)


def test_a_tag_is_heard_by_anchors_alone_and_a_cart_hears_beacons_alone() -> None:
    assert located_carriers(BOTH) == ["tags", "carts"]
    known = Calibration.defaults(BOTH)
    tags, of_tags = of_carrier(BOTH, known, "tags")
    carts, of_carts = of_carrier(BOTH, known, "carts")
    assert [row.anchor for row in of_tags.anchors] == ["p0", "p1"]
    assert [row.anchor for row in of_carts.anchors] == ["b0", "b1", "b2"]
    assert (len(tags.beacons), len(carts.anchors)) == (0, 0)
    assert (kind(tags), kind(carts)) == ("anchor", "beacon")


def test_who_is_located_is_said_with_what_it_is_located_by() -> None:
    assert hearing(BOTH, "tags") == "a tag heard by the 2 anchors"
    assert hearing(BOTH, "carts") == "a cart that hears the 3 beacons"


def test_one_alone_locates_nobody() -> None:
    assert located_carriers(store([level("L0"), anchor("p0", 1, 1), beacon("b0", 2, 2)])) == []
