import pytest

from hub_server.event.due import ALL, DAY_S, Due, Needs, forecast, needs
from hub_server.event.purchases import Purchase
from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product

SOLD = Assortment(
    [
        Product(item="seat", name="Toilet seat", category="bathroom", durable=True),
        Product(item="lid", name="Lid", category="bathroom", durable=True),
        Product(item="paste", name="Toothpaste", category="teeth"),
        Product(item="mild", name="Toothpaste, mild", category="teeth", variant_of="paste"),
        Product(item="brush", name="Brush", category="teeth", durable=True, horizon_days=90),
        Product(item="pills", name="Pills", category="medicine", sensitive=True),
        Product(item="bare", name="Bare"),
    ]
)
START_S = 1_700_000_000.0


def day(number: float) -> float:
    return START_S + number * DAY_S


def bought(item: str, *days: float, quantity: float = 1.0) -> list[Purchase]:
    return [Purchase(item, day(one), quantity) for one in days]


def on(number: float, *purchases: Purchase, **gaps: float) -> Needs:
    return needs(purchases, SOLD, gaps, day(number))


def test_what_lasts_keeps_its_category_silent_for_its_horizon() -> None:
    """Row 24: the toilet seat: bought once, 0 messages in its category for 365 days."""
    seat = bought("seat", 0)
    for number in (0, 1, 200, 364.9):
        found = on(number, *seat)
        assert found.owned_items == ("lid", "seat")
        assert found.owned_categories == ("bathroom",)
        assert found.due_items == ()
    assert on(365, *seat).owned_items == ()
    assert on(-1, *seat) == Needs()


def test_a_category_of_both_kinds_is_not_owned() -> None:
    found = on(10, *bought("brush", 0))
    assert (found.owned_items, found.owned_categories) == (("brush",), ())
    assert on(91, *bought("brush", 0)).owned_items == ()


def test_given_back_is_not_owned() -> None:
    back = bought("seat", 3, quantity=-1)
    found = on(4, *back, *bought("seat", 0))
    assert (found.owned_items, found.returned_items) == ((), ("seat",))
    again = on(9, *back, *bought("seat", 0, 8))
    assert (again.owned_items, again.returned_items) == (("lid", "seat"), ())


def test_what_is_exchanged_is_owned() -> None:
    """Row 24: the old one comes back after its horizon, the new one is had all the same."""
    exchanged = [*bought("brush", 100, quantity=-1), *bought("brush", 100)]
    found = on(101, *bought("brush", 0), *exchanged)
    assert (found.owned_items, found.returned_items) == (("brush",), ())


def test_what_always_comes_back_runs_never_low() -> None:
    """Rows 24 and 44: bought and given back each time."""
    tries = [bought("paste", at, quantity=one) for at in (0, 30, 60, 90) for one in (1.0, -1.0)]
    found = on(118, *(one for each in tries for one in each))
    assert (found.due_items, found.due_categories) == ((), ())
    late = bought("paste", 95, quantity=-1)
    assert on(93, *bought("paste", 0, 30, 60, 90), *late).due_items == ()
    assert on(96, *bought("paste", 0, 30, 60, 90), *late).due_items == ("paste",)


def test_a_conclusion_that_was_deleted_needs_new_evidence() -> None:
    """Row 49: deleted, it is gone; what is bought afterwards counts again."""
    gone = {"owned:seat": day(1), "due:paste": day(200), "returned:brush": day(200)}
    past = [
        *bought("seat", 0),
        *bought("paste", 0, 30, 60, 90),
        *bought("brush", 20, quantity=-1),
    ]
    assert needs(past, SOLD, {}, day(118), gone) == Needs()
    again = needs([*past, *bought("seat", 2)], SOLD, {}, day(3), gone)
    assert again.owned_items == ("lid", "seat")
    spared = needs(bought("seat", 2), SOLD, {}, day(3), {"owned:lid": day(0)})
    assert spared.owned_items == ("seat",)


def test_toothpaste_is_due_again_when_it_runs_out() -> None:
    """Row 24: what runs out: a reminder near the due date, neither long before nor for ever."""
    tubes = bought("paste", 0, 30, 60, 90)
    near = [number for number in range(90, 300) if on(number, *tubes).due_items]
    assert near == list(range(116, 181))
    assert on(118, *tubes).due_categories == ("teeth",)
    assert on(118, *tubes, *bought("paste", 117)).due_items == ()


def test_another_of_its_kind_will_do() -> None:
    tubes = bought("paste", 0, 30, 60, 90)
    assert on(121, *tubes, *bought("mild", 110)).due_items == ()


@pytest.mark.parametrize("days", [(0,), (0, 0.2)])
def test_one_trip_is_no_habit(days: tuple[float, ...]) -> None:
    assert on(30, *bought("paste", *days)) == Needs()


def test_a_short_past_leans_on_everybodys_gap() -> None:
    tubes = bought("paste", 0, 20)
    alone = forecast(tubes, SOLD, {})["paste"]
    assert alone.gap_days == pytest.approx((20 * 30) ** 0.5)
    assert alone.gaps_count == 1
    assert forecast(tubes, SOLD, {"teeth": 80})["paste"].gap_days == pytest.approx(40)
    assert forecast(tubes, SOLD, {ALL: 45})["paste"].gap_days == pytest.approx(30)
    assert forecast(bought("bare", 0, 20), SOLD, {ALL: 45})["bare"].gap_days == pytest.approx(30)


def test_of_what_is_sensitive_nobody_is_reminded() -> None:
    found = on(60, *bought("pills", 0, 30))
    assert (found.due_items, found.due_categories) == ((), ())


def test_what_nobody_sells_any_more_is_history() -> None:
    assert on(60, *bought("gone", 0, 30)).due_items == ("gone",)


def test_a_day_is_the_least_notice() -> None:
    daily = Due(at_s=day(1), gap_days=1.0, gaps_count=5)
    assert daily.is_near(day(0))
    assert not daily.is_near(day(3.1))
