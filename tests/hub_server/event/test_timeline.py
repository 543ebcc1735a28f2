from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from hub_server.event.timeline import TYPES, Happening, Order, State, fold, in_order, purchases
from hub_server.views.events import Details, Item


def happened(at_ms: int, kind: str, *items: Item, event: str = "", **more: object) -> Happening:
    name = event or f"{kind}-{at_ms}"
    return Happening(
        source="shop",
        event=name,
        at_ms=at_ms,
        type=kind,
        items=items,
        **more,  # type: ignore[arg-type]
    )


def item(name: str, quantity: float = 1.0) -> Item:
    return Item(item=name, quantity=quantity)


LINES = st.lists(
    st.builds(item, st.sampled_from("abc"), st.integers(-2, 3).map(float)), max_size=3
).map(tuple)
HAPPENINGS = st.lists(
    st.builds(
        Happening,
        source=st.sampled_from(("till", "web")),
        event=st.uuids().map(str),
        at_ms=st.integers(0, 5),
        type=st.sampled_from((*TYPES, "strange")),
        items=LINES,
        data=st.builds(Details, order=st.sampled_from((None, "W-1"))),
        order=st.sampled_from((None, "digest-1", "digest-2")),
    ),
    max_size=12,
)


@settings(max_examples=200)
@given(st.data(), HAPPENINGS)
def test_any_order_and_any_repetition_end_in_the_same_state(
    data: st.DataObject, happenings: Sequence[Happening]
) -> None:
    """Row 78: duplicate, late and reordered events give the same state."""
    shuffled = data.draw(st.permutations(happenings))
    again = data.draw(st.lists(st.sampled_from(happenings), max_size=5)) if happenings else []
    twice = [*shuffled, *again]
    assert fold(twice) == fold(happenings)
    assert in_order(twice) == in_order(happenings)


def test_what_is_paid_is_bought_until_it_is_given_back() -> None:
    paid = happened(1, "payment", item("a", 2), item("b"))
    assert fold([paid]) == State(bought=("a", "b"))
    back = happened(2, "return", item("b"))
    assert fold([back, paid]) == State(bought=("a",), returned=("b",))
    receipt = happened(3, "payment", item("a", -2))
    assert fold([paid, back, receipt]) == State(returned=("a", "b"))
    assert fold([paid, back, happened(4, "payment", item("b"))]).returned == ()


def test_the_bag_is_what_the_last_cart_said_and_what_was_scanned_since() -> None:
    cart = happened(2, "cart", item("a"), item("b"))
    scans = [happened(1, "scan", item("x")), happened(3, "scan", item("c"))]
    assert fold([*scans, cart]).bag == ("a", "b", "c")
    taken_out = happened(4, "scan", item("a", -1))
    assert fold([taken_out, *scans, cart]).bag == ("b", "c")


def test_an_order_goes_on_and_never_back() -> None:
    order = happened(5, "order", item("a"), order="d", data=Details(order="W-1", collect=True))
    ready = happened(3, "order_ready", order="d")
    found = fold([ready, order])
    assert found.orders == (Order(label="W-1", state="ready", at_ms=5, moved_ms=5, collect=True),)
    assert found.bought == ("a",)
    assert fold([order, happened(9, "order_prep", order="d"), ready]).orders[0].state == "ready"
    off = happened(1, "order_cancel", order="d")
    assert fold([off, order]).bought == ()
    assert fold([off, ready]).orders == ()


def test_an_order_that_is_paid_when_it_is_collected_counts_once() -> None:
    order = happened(1, "order", item("a"), order="d")
    paid = happened(3, "payment", item("a"), order="d")
    other = happened(4, "payment", item("a"), order="elsewhere")
    assert [one.at_s for one in purchases([other, paid, order])] == [0.001, 0.004]
    back = happened(5, "return", item("a"))
    assert fold([back, order, paid]).returned == ("a",)


def test_two_orders_without_a_number_are_two() -> None:
    orders = [happened(1, "order", item("a")), happened(2, "order", item("b"))]
    assert [one.at_ms for one in fold(orders).orders] == [1, 2]


def test_history_changes_nothing() -> None:
    assert fold([happened(1, "note", item("a")), happened(2, "strange", item("b"))]) == State()


def test_every_type_says_what_it_does() -> None:
    assert all(kind.does for kind in TYPES.values())
