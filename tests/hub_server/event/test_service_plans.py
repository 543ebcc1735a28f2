from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import pytest

from hub_server.event.due import DAY_S
from hub_server.event.purchases import Purchase
from hub_server.event.service_plans import (
    Plan,
    PlanError,
    Reading,
    Served,
    Story,
    due_plans,
    due_s,
    read,
)
from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product

SOLD = Assortment(
    [
        Product(item="bike", name="Bike", category="bicycles", durable=True),
        Product(item="cargo", name="Cargo bike", category="bicycles", durable=True),
        Product(item="filter", name="Filter", category="filters"),
        Product(item="fine", name="Fine filter", category="filters"),
    ]
)
START_S = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def day(number: float) -> float:
    return START_S + number * DAY_S


def story(*readings: tuple[float, float], served: tuple[Served, ...] = ()) -> Story:
    return Story(
        purchases=[Purchase("bike", day(0))],
        readings={"bike": [Reading(day(at), meter) for at, meter in readings]},
        served=served,
    )


def plan(**values: object) -> Plan:
    given = {"id": "p", "name": "Service", "categories": frozenset({"bicycles"})}
    return Plan(**{**given, **values})  # type: ignore[arg-type]


def due_day(one: Plan, told: Story) -> float | None:
    found = due_s(one, told, SOLD)
    return None if found is None else (found - START_S) / DAY_S


@pytest.mark.parametrize("seed", range(8))
def test_simulated_mileage_gives_the_right_date(seed: int) -> None:
    """Row 60: 2,000 km at about 11 km a day, read weekly.

    The days to come are drawn too: half-way, 91 days ahead, one standard deviation is 9.5 days, and
    2.7 days when the reminder is due, two weeks ahead. Tolerance: 25 and 7 days.
    """
    rng = np.random.default_rng(seed)
    km = np.concatenate([[0.0], np.cumsum(rng.gamma(2.0, 5.5, size=400))])
    true_day = int(np.searchsorted(km, 2000.0))
    every = plan(usage=2000.0)

    def told(now: int) -> Story:
        return story(*((float(at), float(km[at])) for at in range(7, now + 1, 7)))

    assert due_day(every, told(true_day // 2)) == pytest.approx(true_day, abs=25)
    near = next(now for now in range(400) if due_plans([every], told(now), SOLD, day(now)))
    assert true_day - near == pytest.approx(every.remind_days, abs=7)


def test_the_interval_counts_from_purchase_or_last_service() -> None:
    yearly = plan(interval_days=365.0)
    assert due_day(yearly, story()) == 365
    assert due_day(yearly, story(served=(Served("p", day(300)),))) == 665
    assert due_day(yearly, story(served=(Served("other", day(300)),))) == 365
    assert due_plans([yearly], story(), SOLD, day(350)) == ()
    assert due_plans([yearly], story(), SOLD, day(351)) == ("p",)


def test_the_meter_counts_from_the_last_service_and_a_new_one_from_nothing() -> None:
    every = plan(usage=1000.0)
    assert due_day(every, story((50, 500.0))) == pytest.approx(100)
    served = (Served("p", day(90), 900.0),)
    assert due_day(every, story((100, 1000.0), served=served)) == pytest.approx(190)
    silent = (Served("p", day(90)),)
    assert due_day(every, story((90, 900.0), (100, 1000.0), served=silent)) == pytest.approx(190)
    later = story((100, 1000.0), (110, 1100.0), served=silent)
    assert due_day(every, later) == pytest.approx(200)
    swapped = story((50, 500.0), (51, 0.0), (60, 490.0))
    assert due_day(every, swapped) == pytest.approx(60 + 10 / 16.5)


def test_without_readings_the_usual_rate_or_nothing_is_said() -> None:
    assert due_day(plan(usage=1000.0), story()) is None
    assert due_day(plan(usage=1000.0), story((3, 30.0))) is None
    assert due_day(plan(usage=1000.0, usage_per_day=5.0), story()) == 200
    assert due_day(plan(usage=1000.0), story((30, 0.0), (60, 0.0))) is None
    assert due_day(plan(usage=1000.0), story(served=(Served("p", day(9)),))) is None


def test_the_season_comes_each_year_unless_just_done() -> None:
    winter = plan(season="10-15")
    assert due_s(winter, story(), SOLD) == datetime(2026, 10, 15, tzinfo=UTC).timestamp()
    done = story(served=(Served("p", datetime(2026, 9, 20, tzinfo=UTC).timestamp()),))
    assert due_s(winter, done, SOLD) == datetime(2027, 10, 15, tzinfo=UTC).timestamp()
    leap = plan(season="02-30")
    late = story(served=(Served("p", day(60)),))
    assert due_s(leap, late, SOLD) == datetime(2027, 2, 28, tzinfo=UTC).timestamp()


def test_the_earliest_counts_and_what_is_not_owned_has_none() -> None:
    both = plan(interval_days=300.0, season="10-15", items=frozenset({"bike"}))
    assert due_s(both, story(), SOLD) == datetime(2026, 10, 15, tzinfo=UTC).timestamp()
    assert due_s(both, Story(), SOLD) is None
    back = Story(purchases=[Purchase("bike", day(0)), Purchase("bike", day(1), -1.0)])
    assert due_s(both, back, SOLD) is None


def test_each_thing_of_a_plan_is_served_on_its_own() -> None:
    """Row 60: of two bicycles the first; neither's purchase, meter or service is the other's."""
    kilometres = [Reading(day(at), 10.0 * at) for at in (10, 20, 30, 40)]
    fewer = [Reading(day(at + 1), 1.0 * at) for at in (10, 20, 30)]
    both = Story(
        purchases=[Purchase("bike", day(0)), Purchase("cargo", day(40))],
        readings={"bike": kilometres, "cargo": fewer},
    )
    assert due_day(plan(usage=1000.0), both) == pytest.approx(100)
    yearly = plan(interval_days=365.0)
    assert due_day(yearly, both) == 365
    for served, due in (
        (Served("p", day(300), items=("bike",)), 405),
        (Served("p", day(300), items=("cargo",)), 365),
        (Served("p", day(300)), 665),
    ):
        assert due_day(yearly, msgspec.structs.replace(both, served=[served])) == due
    unknown = msgspec.structs.replace(both, served=[Served("p", day(30), meter=30.0)])
    assert due_day(plan(usage=1000.0), unknown) == pytest.approx(130)


def test_what_runs_out_takes_the_place_of_the_one_before() -> None:
    """Row 60: a filter of another make is the next filter."""
    quarterly = plan(interval_days=90.0, categories=frozenset({"filters"}))
    story = Story(purchases=[Purchase("filter", day(0)), Purchase("fine", day(80))])
    assert due_day(quarterly, story) == 170


GOOD = """
[[plan]]
id = "bike"
name = "Bicycle service"
categories = ["bicycles"]
usage = 2000
remind_days = 7
"""


def test_a_file_of_plans_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plans.toml"
    path.write_text(GOOD)
    (found,) = read(path)
    assert (found.id, found.usage, found.remind_days) == ("bike", 2000, 7)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace('["bicycles"]', "[]"), "plan bike has nothing; expected items or"),
        (GOOD.replace("usage = 2000", ""), "plan bike is never due; expected interval_days"),
        (GOOD.replace("usage", "milage"), "unknown field `milage`"),
        (GOOD + GOOD, "two plans of one id"),
        ("plan = [", "not TOML"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "plans.toml"
    path.write_text(text)
    with pytest.raises(PlanError) as refused:
        read(path)
    assert says in str(refused.value)
    assert "ops mends the file" in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match=r"absent\.toml: No such file"):
        read(tmp_path / "absent.toml")
