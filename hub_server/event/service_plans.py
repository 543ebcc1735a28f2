"""Service plans: when what was bought is due for service, by time, by use or by season.

A TOML file of `[[plan]]` tables; `hub_server/README.md` lists the keys.
"""

import tomllib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Final

import msgspec

from hub_server.event.due import DAY_S
from hub_server.event.purchases import Purchase, kept
from hub_server.goods.assortment import Assortment

Positive = Annotated[float, msgspec.Meta(gt=0)]
MonthDay = Annotated[str, msgspec.Meta(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$")]
# Use changes with the seasons: what was half a year ago says less of the next weeks.
RECENT_S: Final = 182 * DAY_S
# Between two readings closer than this the meter's steps are most of the rate.
SPAN_S_MIN: Final = 7 * DAY_S
# A service so shortly before the season's day was the one for that season.
SEASON_DONE: Final = timedelta(days=60)


class PlanError(ValueError):
    """A service plan file that cannot be used; the text names file, value, and who acts."""


class Plan(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One plan; the earliest of its dates counts, and of the things that it names."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    items: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    interval_days: Positive | None = None
    """Since the purchase, or the last service."""
    usage: Positive | None = None
    """Every so many of what the meter counts."""
    usage_per_day: Positive | None = None
    """How fast the meter usually runs, until two readings say it."""
    season: MonthDay | None = None
    """Each year on this day, MM-DD."""
    remind_days: Positive = 14.0
    """So long before it is due the shopper hears of it."""

    def covers(self, item: str, sold: Assortment) -> bool:
        """Whether it is one of the things that are served by it."""
        return item in self.items or sold.category(item) in self.categories


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One reading of a meter."""

    at_s: float
    meter: float


class Served(msgspec.Struct, frozen=True, gc=False):
    """A service that was done."""

    plan: str
    at_s: float
    meter: float | None = None
    items: tuple[str, ...] = ()
    """What was served; nothing was told: all that the plan covers."""


class _File(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    plan: tuple[Plan, ...] = ()


def read(path: Path) -> tuple[Plan, ...]:
    """The plans in `path`.

    Raises:
        PlanError: unreadable, not as documented, or a plan that says nothing.
    """
    try:
        document = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        plans = msgspec.convert(document, _File).plan
    except OSError as error:
        raise PlanError(_fault(path, error.strerror or "unreadable", "a TOML file")) from None
    except msgspec.ValidationError as error:
        raise PlanError(_fault(path, str(error), "the keys of hub_server/README.md")) from None
    except ValueError as error:
        raise PlanError(_fault(path, f"not TOML: {error}", "TOML")) from None
    for plan in plans:
        if not plan.items | plan.categories:
            raise PlanError(_fault(path, f"plan {plan.id} has nothing", "items or categories"))
        if plan.interval_days is None and plan.usage is None and plan.season is None:
            expected = "interval_days, usage or season"
            raise PlanError(_fault(path, f"plan {plan.id} is never due", expected))
    if len({plan.id for plan in plans}) < len(plans):
        raise PlanError(_fault(path, "two plans of one id", "each id once"))
    return plans


def due_plans(
    plans: Iterable[Plan], story: "Story", sold: Assortment, now_s: float
) -> tuple[str, ...]:
    """Ids of the plans of which the shopper should hear now, sorted."""
    found = []
    for plan in plans:
        at_s = due_s(plan, story, sold)
        if at_s is not None and now_s >= at_s - plan.remind_days * DAY_S:
            found.append(plan.id)
    return tuple(sorted(found))


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one shopper's things."""

    purchases: Sequence[Purchase] = ()
    """In order of time."""
    readings: dict[str, list[Reading]] = {}
    """By item."""
    served: Sequence[Served] = ()


def due_s(plan: Plan, story: Story, sold: Assortment) -> float | None:
    """When the first service is due; None: nothing of the plan is owned, or nothing says when."""
    things = _things(plan, story, sold)
    served = [one for one in story.served if one.plan == plan.id]
    dates = []
    for bought in things:
        items = {one.item for one in bought}
        since = _since(plan, bought, served, is_alone=len(things) == 1)
        readings = [one for item in items for one in story.readings.get(item, ())]
        dates += [
            None if plan.interval_days is None else since.at_s + plan.interval_days * DAY_S,
            _by_usage(plan, since, sorted(readings, key=lambda one: one.at_s)),
            _by_season(plan, since.at_s),
        ]
    return min((one for one in dates if one is not None), default=None)


def _things(plan: Plan, story: Story, sold: Assortment) -> list[list[Purchase]]:
    """The purchases of each thing that is owned; what runs out takes the place of the one before.

    Each bicycle runs on its own; a filter of another make is the next one.
    """
    found: dict[str, list[Purchase]] = {}
    for one in story.purchases:
        if plan.covers(one.item, sold):
            found.setdefault(one.item if sold.is_durable(one.item) else "", []).append(one)
    return [bought for bought in found.values() if kept(bought)]


def _since(
    plan: Plan, bought: Sequence[Purchase], served: Iterable[Served], *, is_alone: bool
) -> Served:
    """Its last service, or the purchase where none came after it."""
    bought_s = max(one.at_s for one in bought if one.quantity > 0)
    items = {one.item for one in bought}
    done = [one for one in served if not one.items or items.intersection(one.items)]
    last = max(done, key=lambda one: one.at_s, default=None)
    if last is None or last.at_s < bought_s:
        return Served(plan.id, bought_s, 0.0)
    # Of several things nobody knows whose meter was told.
    return last if last.items or is_alone else Served(plan.id, last.at_s)


def _by_usage(plan: Plan, since: Served, readings: Sequence[Reading]) -> float | None:
    if plan.usage is None:
        return None
    used = _used(since, readings)
    per_s = _rate(used) or (plan.usage_per_day or 0.0) / DAY_S
    if per_s <= 0:
        return None
    return used[-1].at_s + (plan.usage - used[-1].meter) / per_s


def _used(since: Served, readings: Sequence[Reading]) -> list[Reading]:
    """How much was used since then, at each reading; a meter that falls is another one."""
    later = [one for one in readings if one.at_s > since.at_s]
    line = [_at_service(since, readings), *later]
    used = [Reading(line[0].at_s, 0.0)]
    for one, after in pairwise(line):
        run = max(after.meter - one.meter, 0.0)
        used.append(Reading(after.at_s, used[-1].meter + run))
    return used


def _at_service(since: Served, readings: Sequence[Reading]) -> Reading:
    """What the meter stood at; where the service told none, as read before, else first after."""
    if since.meter is not None:
        return Reading(since.at_s, since.meter)
    before = [one.meter for one in readings if one.at_s <= since.at_s]
    if before:
        return Reading(since.at_s, before[-1])
    return readings[0] if readings else Reading(since.at_s, 0.0)


def _rate(used: Sequence[Reading]) -> float | None:
    """How fast the meter runs, from end to end of the last half-year; None: not known.

    Days differ at random, so the ends say all that the readings between them do: a line fitted
    through them was further off in simulation.
    """
    last = used[-1]
    first = next(one for one in used if last.at_s - one.at_s <= RECENT_S)
    if last.at_s - first.at_s < SPAN_S_MIN:
        first = used[0]
    span_s = last.at_s - first.at_s
    return None if span_s < SPAN_S_MIN else (last.meter - first.meter) / span_s


def _by_season(plan: Plan, since_s: float) -> float | None:
    if plan.season is None:
        return None
    month, day = (int(part) for part in plan.season.split("-"))
    since = datetime.fromtimestamp(since_s, UTC).date() + SEASON_DONE
    found = _day(since.year, month, day)
    if found < since:
        found = _day(since.year + 1, month, day)
    return datetime(found.year, found.month, found.day, tzinfo=UTC).timestamp()


def _day(year: int, month: int, day: int) -> date:
    """That day, or the month's last where it has none such."""
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def _fault(path: Path, fault: str, expected: str) -> str:
    return f"service plans {path}: {fault}; expected {expected}; ops mends the file"
