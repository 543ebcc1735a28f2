from hypothesis import given
from hypothesis import strategies as st

from hub_server.event.purchases import Purchase, left

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
    """Row 24: no number is below nothing, and what is bought last is had, whatever came before."""
    assert all(count > 0 for count in left(lines).values())
    bought = {one.item for one in lines if one.quantity > 0}
    assert set(left(lines)) <= bought
    assert set(left([*lines, Purchase("c", 0.0)])) == {*left(lines), "c"}
    assert left([*lines, Purchase("a", 0.0)])["a"] >= 1.0


def test_decimals_that_cancel_out_leave_nothing() -> None:
    """Row 24: sold by weight."""
    weights = [Purchase("a", 0.0, 0.1), Purchase("a", 1.0, 0.2)]
    assert left(weights) == {"a": 0.3}
    assert left([*weights, Purchase("a", 2.0, -0.3)]) == {}
