"""Which one speaks, of those that may: worth against silence, the shopper's own weights, value."""

from typing import Any

import msgspec
import pytest

from hub_server.decide import decide
from hub_server.decision.choosing import (
    BILLION,
    LESS,
    NAG_DISMISSED,
    NAG_FADES_S,
    NAG_REMEMBERED_S,
    NAG_SAME,
    annoyance,
    costs,
    ranked,
    worth,
)
from hub_server.decision.snapshot import ContextSnapshot, Said, Walk, Weight
from tests.hub_server.wine_moment import GOOD, but, made, said

(ONE,) = made({})


@pytest.mark.parametrize(
    ("entries", "snapshot", "chosen"),
    [
        ([{"usefulness": 0.4}, {"usefulness": 0.6}], GOOD, "c2"),
        # A kind already said annoys more: 0.5 - 0.2 is less than 0.45 - 0.1.
        ([{"kind": "help"}, {"usefulness": 0.45}], but(said=(said("help"),)), "c2"),
        # The same worth: the more useful one, though its kind was said before.
        (
            [{"kind": "inform", "usefulness": 0.5}, {"kind": "help", "usefulness": 0.6}],
            but(said=(said("help"),)),
            "c2",
        ),
        # All the same: the kind that was said longer ago, or never.
        (
            [{"kind": "help"}, {"kind": "inform"}],
            but(said=(said("inform", ago_s=900), said("help", ago_s=500))),
            "c2",
        ),
        (
            [{"kind": "help"}, {"kind": "inform"}],
            but(said=(said("help", ago_s=900), said("inform", ago_s=500))),
            "c1",
        ),
        # Nothing tells them apart: the id.
        ([{"id": "b"}, {"id": "a"}], GOOD, "a"),
        # The best one is shut for itself, the next one speaks.
        ([{"usefulness": 0.9, "topic": "bread"}, {}], but(muted_topics=("bread",)), "c2"),
    ],
)
def test_choosing_among_several(
    entries: list[dict[str, Any]], snapshot: ContextSnapshot, chosen: str
) -> None:
    assert decide(snapshot, made(*entries)).campaign == chosen
    assert decide(snapshot, made(*entries), explain=True).campaign == chosen


def test_the_order_is_by_worth_as_it_is_told_of_each() -> None:
    kinds = ("help", "service", "inform", "offer")
    many = made(
        *(
            {"kind": kinds[n % 4], "usefulness": 0.2 + n / 50, "topic": f"t{n % 3}"}
            for n in range(24)
        ),
        {"kind": "service", "safety": True},
    )
    moment = but(
        said=(said("inform", "c3"), said("service", "c6", ago_s=9.0, exempt=True)),
        weights=(Weight("t1", 0.7),),
    )
    known = costs(moment)
    order = list(ranked(moment, known, many))
    assert [one[0] for one in order] == sorted((worth(known, one) for one in many), reverse=True)
    assert all(told == worth(known, one) for told, one in order)


def test_silence_tells_the_reason_of_the_best() -> None:
    two = made({"usefulness": 0.9, "topic": "bread"}, {})
    snapshot = but(muted_topics=("bread",), bought_items=("riesling",))
    assert decide(snapshot, two).code == "bought"
    assert decide(but(muted_topics=("bread",), paused_campaigns=("c2",)), two).code == "muted"


@pytest.mark.parametrize(
    ("heard", "cost"),
    [
        ((), 0.0),
        ((said(ago_s=0.0),), 1.1),
        ((said(ago_s=-5.0),), 1.1),
        ((said(ago_s=NAG_FADES_S / 2),), 0.6),
        ((said(ago_s=NAG_FADES_S),), 0.1),
        ((said(), said("inform")), 0.3),
        ((said("inform"), said("inform")), 0.4),
        ((said(dismissed=True),), 0.1 + NAG_DISMISSED),
        ((said(campaign="c1"),), 0.1 + NAG_SAME),
        ((said(ago_s=NAG_REMEMBERED_S),), 0.0),
    ],
)
def test_row_41_annoyance_grows_with_what_was_said(heard: tuple[Said, ...], cost: float) -> None:
    """In this visit or in another one of today, which counts the same."""
    for moment in (but(said=heard), but(said_before=heard)):
        known = costs(moment)
        assert annoyance(known, ONE) == pytest.approx(cost)
        assert worth(known, ONE) == round((0.5 - cost) * BILLION)


def test_silence_is_worth_nothing_and_wins_the_tie() -> None:
    # One inform said long ago costs 0.2, all that this is worth.
    assert decide(but(said=(said("inform"),)), made({"usefulness": 0.2})).code == "not_worth_it"


def test_a_promotion_does_not_stand_in_the_way_of_service() -> None:
    ready = {"kind": "service", "usefulness": 0.4}
    just_sold = but(said=(said("offer", ago_s=1.0),))
    assert decide(just_sold, made(ready)).code == "sent"
    just_served = but(said=(said("service", ago_s=1.0, exempt=True),))
    assert decide(just_served, made(ready)).code == "not_worth_it"
    assert decide(just_served, made({**ready, "safety": True})).code == "sent"


def test_the_shoppers_own_answers_weigh_the_stores_prior() -> None:
    two = made({"usefulness": 0.6}, {"topic": "bread", "usefulness": 0.5})
    assert decide(GOOD, two).campaign == "c1"
    assert decide(but(weights=(Weight("wine", 0.8),)), two).campaign == "c2"
    assert decide(but(weights=(Weight("bread", 1.3),)), two).campaign == "c2"
    assert decide(but(weights=(Weight("wine", 0.0),)), two[:1]).code == "not_worth_it"


def test_less_of_a_topic_is_less_of_it() -> None:
    two = made({"usefulness": 0.6}, {"topic": "bread", "usefulness": 0.3})
    assert decide(but(less_topics=("wine",)), two).campaign == "c2"
    heavy = but(less_topics=("wine",), weights=(Weight("wine", 0.5),))
    assert decide(heavy, two[:1]).worth == pytest.approx(0.6 * 0.5 * LESS)


def test_row_33_a_price_first_shopper_hears_of_the_cheapest_variant_first() -> None:
    dear, cheap, other = made(
        {"usefulness": 0.8}, {"usefulness": 0.4}, {"topic": "bread", "usefulness": 0.6}
    )
    priced = (
        msgspec.structs.replace(dear, price=9.0),
        msgspec.structs.replace(cheap, price=4.0),
        other,
    )
    assert decide(GOOD, priced).campaign == "c1"
    assert decide(but(value="quality"), priced).campaign == "c1"
    assert decide(but(value="price"), priced).campaign == "c2"
    out = but(value="price", paused_campaigns=("c2",))
    assert decide(out, priced).campaign == "c3", "the places of other topics stay as they are"
    assert decide(but(value="price"), (dear, priced[1])).campaign == "c2", "no price comes last"


def test_what_does_not_fit_makes_no_room_for_the_cheaper_ones_of_its_topic() -> None:
    elsewhere, later, bread, wine = made(
        {"usefulness": 0.9, "when": {"field": "zone", "op": "is", "value": "bakery"}},
        {"usefulness": 0.9, "when": {"field": "dwell_s", "op": ">", "value": 99}},
        {"usefulness": 0.7, "topic": "bread"},
        {"usefulness": 0.5},
    )
    cheap = msgspec.structs.replace(wine, price=4.0)
    for away in (elsewhere, later):
        dear = msgspec.structs.replace(away, price=9.0)
        assert decide(but(value="price"), (dear, bread, cheap)).campaign == "c3"


@pytest.mark.parametrize("value", ["price", "time"])
@pytest.mark.parametrize("kind", ["help", "guide", "reassure", "service"])
def test_no_offer_comes_before_help_of_its_topic_for_its_price_or_way(
    value: str, kind: str
) -> None:
    near = {"near": "till", "walk_m_max": 90.0}
    recall, dear, cheap = made(
        {"kind": kind, "usefulness": 1.0, "safety": kind == "service"},
        {"kind": "offer", "usefulness": 0.4},
        {"kind": "offer", "usefulness": 0.3, **near},
    )
    offers = (
        msgspec.structs.replace(dear, price=9.0),
        msgspec.structs.replace(cheap, price=4.0),
    )
    moment = but(value=value, walks=(Walk("till", 9.0),))
    assert decide(moment, (recall, *offers)).campaign == "c1"
    assert decide(moment, offers).campaign == "c3"


def test_who_counts_time_hears_of_the_nearest_first() -> None:
    far, near = made(
        {"usefulness": 0.8, "near": "bakery", "walk_m_max": 90.0},
        {"usefulness": 0.4, "near": "till", "walk_m_max": 90.0},
    )
    walks = (Walk("bakery", 60.0), Walk("till", 9.0))
    assert decide(but(walks=walks), (far, near)).campaign == "c1"
    assert decide(but(walks=walks, value="time"), (far, near)).campaign == "c2"


def test_a_worthless_first_of_its_topic_tells_the_reason_and_the_next_speaks() -> None:
    cheap, dear = made({"usefulness": 0.1}, {"usefulness": 0.8})
    priced = (
        msgspec.structs.replace(cheap, price=1.0),
        msgspec.structs.replace(dear, price=2.0),
    )
    heard = but(value="price", said=(said(),))
    decision = decide(heard, priced)
    assert (decision.campaign, decision.gates[0].gate) == ("c2", "not_worth_it")
    both = made({"usefulness": 0.1}, {"usefulness": 0.05})
    assert decide(heard, both).gates[0].campaign == "c1"
