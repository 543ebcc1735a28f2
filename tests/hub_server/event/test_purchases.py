from hypothesis import given
from hypothesis import strategies as st

from hub_server.event.purchases import Purchase, kept, net

LINES = st.lists(
    st.builds(
        Purchase,
        item=st.sampled_from("ab"),
        at_s=st.just(0.0),
        quantity=st.sampled_from((-1.0, -0.3, -0.1, 0.1, 0.2, 1.0)),
    )
)


@given(LINES)
def test_giving_back_takes_at_most_what_was_bought_until_then(lines: list[Purchase]) -> None:
    """Row 24: what is bought last is had, whatever came before."""
    assert all(one.quantity > 0 for one in kept(lines))
    assert {one.item for one in kept(lines)} <= {one.item for one in lines if one.quantity > 0}
    assert kept([*lines, Purchase("a", 1.0)]) == [*kept(lines), Purchase("a", 1.0)]
    assert kept(kept(lines)) == kept(lines)


def test_what_comes_back_is_what_was_bought_last() -> None:
    """Row 24: two bought in May and one in June, two brought back: one of May is left."""
    past = [Purchase("a", 5.0, 2.0), Purchase("b", 5.5), Purchase("a", 6.0)]
    assert kept([*past, Purchase("a", 7.0, -2.0)]) == [Purchase("a", 5.0), Purchase("b", 5.5)]


def test_decimals_that_cancel_out_leave_nothing() -> None:
    """Row 24: sold by weight."""
    weights = [Purchase("a", 0.0, 0.1), Purchase("a", 1.0, 0.2)]
    assert kept([*weights, Purchase("a", 2.0, -0.3)]) == []
    assert net([*weights, Purchase("a", 2.0, -0.3)]) == []


def test_a_receipt_has_each_item_once() -> None:
    """Row 24: struck off by the cashier, in whatever line."""
    lines = [Purchase("a", 0.0), Purchase("b", 0.0, -1.0), Purchase("a", 0.0, -1.0)]
    assert net([*lines, Purchase("b", 0.0, -2.0)]) == [Purchase("b", 0.0, -3.0)]
