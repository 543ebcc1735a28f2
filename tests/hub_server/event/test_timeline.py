from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from hub_server.event.timeline import (
    FRESH_MS,
    ORDER_MS,
    TYPES,
    Happening,
    Order,
    State,
    fold,
    in_order,
    purchases,
)
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
    st.builds(item, st.sampled_from("abc"), st.sampled_from((-2.0, -0.1, 0.0, 0.2, 1.0, 3.0))),
    max_size=3,
).map(tuple)
HAPPENINGS = st.lists(
    st.builds(
        Happening,
        source=st.sampled_from(("till", "web")),
        event=st.uuids().map(str),
        at_ms=st.sampled_from((0, 1, 2, FRESH_MS, FRESH_MS + 1, ORDER_MS, 2 * ORDER_MS)),
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


def test_what_is_exchanged_is_bought() -> None:
    """Rows 24 and 76: what came back from before takes nothing from what is taken instead."""
    back, anew = happened(1, "return", item("a")), happened(2, "payment", item("a"))
    assert fold([back, anew]).bought == ("a",)
    for lines in ((item("a", -1), item("a")), (item("a"), item("a", -1))):
        receipt = happened(1, "payment", *lines)
        assert fold([receipt]) == State(bought=("a",))
        assert purchases([receipt]) == []
    again = happened(3, "return", item("a", -1))
    assert fold([back, anew, again]) == State(returned=("a",))


def test_weights_that_are_given_back_leave_nothing() -> None:
    """Rows 24 and 78: 0.1 + 0.2 kg less 0.3 kg."""
    paid = [happened(1, "payment", item("a", 0.1)), happened(2, "payment", item("a", 0.2))]
    assert fold([*paid, happened(3, "return", item("a", 0.3))]) == State(returned=("a",))
    assert fold([*paid, happened(3, "return", item("a", 0.2))]).bought == ("a",)


def test_what_is_paid_or_taken_out_is_not_in_the_bag() -> None:
    """Rows 24 and 78: scan and go, paid, and one of it given back at the desk."""
    cart = happened(1, "cart", item("a"), item("b"))
    paid = happened(2, "payment", item("a"), item("b", -1))
    assert fold([cart, paid]) == State(bought=("a",), returned=("b",), bag=("b",))
    assert fold([cart, paid, happened(3, "return", item("a"))]).bag == ("b",)
    assert fold([cart, paid, happened(3, "scan", item("a"))]).bag == ("a", "b")
    assert fold([happened(1, "scan", item("a", -1)), happened(2, "scan", item("a"))]).bag == ("a",)


def test_what_is_paid_beside_an_order_is_bought_too() -> None:
    """Rows 24 and 76: by item; what was ordered by weight weighs a little more when it is paid."""
    order = happened(1, "order", item("a", 0.5), order="d")
    paid = happened(2, "payment", item("a", 0.52), item("b"), order="d")
    assert [(one.item, one.at_s) for one in purchases([paid, order])] == [
        ("a", 0.001),
        ("b", 0.002),
    ]
    refused = happened(3, "payment", item("a", -0.5), order="d")
    assert fold([order, paid, refused]) == State(
        bought=("b",), returned=("a",), orders=fold([order]).orders
    )


def test_what_was_called_off_is_bought_where_it_is_paid_after_that() -> None:
    """Row 76: paid with the order and off, it is not; paid at the till all the same, it is."""
    order = happened(1, "order", item("a"), order="d")
    off = happened(3, "order_cancel", order="d")
    assert fold([order, happened(2, "payment", item("a"), order="d"), off]).bought == ()
    assert fold([order, off, happened(4, "payment", item("a"), order="d")]).bought == ("a",)


def test_a_number_that_is_used_again_is_another_order() -> None:
    """Rows 21 and 78: today's number 17 is neither collected nor off, as yesterday's was."""
    day_ms = 86_400_000
    first = happened(1, "order", item("a"), order="d")
    second = happened(day_ms, "order", item("b"), order="d")
    for kind, bought in (("pickup", ("a", "b")), ("order_cancel", ("b",))):
        state = fold([first, happened(2, kind, order="d"), second])
        assert state.bought == bought
        assert [(one.state, one.at_ms) for one in state.orders] == [("ordered", day_ms)]
    ready = happened(day_ms - FRESH_MS, "order_ready", order="d")
    assert fold([first, ready, second]).orders[0].state == "ready"
    early = happened(day_ms - FRESH_MS - 1, "order_ready", order="d")
    assert fold([first, early, second]).orders[0].state == "ordered"
    late = happened(day_ms + ORDER_MS + 1, "order_ready", order="d")
    assert fold([first, late, second]).orders[0].state == "ordered"


def test_two_orders_without_a_number_are_two() -> None:
    orders = [happened(1, "order", item("a")), happened(2, "order", item("b"))]
    assert [one.at_ms for one in fold(orders).orders] == [1, 2]


def test_history_changes_nothing() -> None:
    assert fold([happened(1, "note", item("a")), happened(2, "strange", item("b"))]) == State()


def test_every_type_says_what_it_does() -> None:
    assert all(kind.does for kind in TYPES.values())
