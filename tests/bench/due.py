"""How near the day comes on which something is due, and whether it does: UCI Online Retail.

    python tests/bench/due.py

Of each shopper and item one purchase is drawn that is not the first, from the window of ORIGINS:
when is the next one due? All who come back count, and those who never do, as far as they were
followed (Kaplan and Meier 1958). Everybody's gap and what estimators are fitted on is of before, or
of the other half of the shoppers. The last table is of the estimator in use.
"""

import csv
import gzip
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise, product
from math import lgamma, log
from pathlib import Path
from statistics import median
from typing import Final
from zlib import crc32

import msgspec
import numpy as np
from numpy.typing import NDArray

from hub_server.event.due import (
    AHEAD_DAYS_MIN,
    AHEAD_SHARE,
    ALL,
    DAY_S,
    LAPSED_GAPS,
    Due,
    forecast,
)
from hub_server.event.purchases import Purchase
from hub_server.goods.assortment import Assortment

Floats = NDArray[np.float64]

RECEIPTS: Final = Path(__file__).parents[3] / "shared" / "retail" / "purchases.csv.gz"
ORIGINS: Final = ("2011-05-01", "2011-09-01")
SEED: Final = 7
# Within a factor of two.
FACTOR: Final = 2.0
# Each is followed for as long at least: to the last receipts.
FOLLOWED_DAYS: Final = 100
# A past of this many gaps counts as much as an item's or shopper's own (of 2, 10, 30 the best).
GROUP_GAPS: Final = 10
# How many were bought against as usual, as far as it can tell.
QUANTITY_LOG_MAX: Final = 1.5
# Steps of the gamma renewal's integral and of the search for its constants.
STEPS: Final = 120
SEARCH: Final = (0.2, 0.1, 0.05)
# Its likelihood is a ridge: r and alpha grow together, r four times as fast.
MOVES: Final = np.array(list(product((-1, 0, 1), (-4, 0, 4), (-1, 0, 1))))

Trips = Mapping[tuple[str, str], Mapping[int, float]]


class Case(msgspec.Struct, frozen=True):
    """One purchase, what was known at it, and what came of it."""

    days: tuple[int, ...]
    """Of this and earlier purchases."""
    quantities: tuple[float, ...]
    gap: int
    """Days to the next one, or to the end of the receipts."""
    again: bool
    of_item: float
    """The mean logarithm of others' gaps of the item before the window, shrunk to everybody's."""
    of_shopper: float
    """The same of the shopper's gaps of other items."""
    is_test: bool

    @property
    def own(self) -> Floats:
        """The logarithms of the known gaps."""
        return np.asarray(np.log(np.diff(self.days)))


def trips() -> Trips:
    """How much was bought on each day, by (shopper, item)."""
    found: dict[tuple[str, str], dict[int, float]] = {}
    with gzip.open(RECEIPTS, "rt") as file:
        for row in csv.DictReader(file):
            if row["shopper"]:
                days = found.setdefault((row["shopper"], row["item"]), {})
                at = day(row["at"][:10])
                days[at] = days.get(at, 0.0) + float(row["quantity"])
    return found


def day(text: str) -> int:
    """A day as a number."""
    return date.fromisoformat(text).toordinal()


class Before:
    """The gaps that ended before the window."""

    def __init__(self, found: Trips, first: int) -> None:
        self.logs = {
            pair: [log(b - a) for a, b in pairwise(sorted(days)) if b < first]
            for pair, days in found.items()
        }
        every = [one for logs in self.logs.values() for one in logs]
        self.usual = float(median(every))
        self._mean = float(np.mean(every))
        self._sums: tuple[dict[str, list[float]], ...] = ({}, {})
        for pair, logs in self.logs.items():
            for side, key in enumerate(pair):
                total = self._sums[side].setdefault(key, [0.0, 0.0])
                total[0] += sum(logs)
                total[1] += len(logs)

    def group(self, pair: tuple[str, str], side: int) -> float:
        """Of a shopper's (0) other items, or an item's (1) other shoppers; 0 is the mean."""
        total, count = self._sums[side][pair[side]]
        mine = self.logs[pair]
        total, count = total - sum(mine), count - len(mine)
        return (total - count * self._mean) / (count + GROUP_GAPS)


def drawn(found: Trips, before: Before) -> list[Case]:
    """One purchase of each pair that has some in the window."""
    first, last = (day(one) for one in ORIGINS)
    end = max(max(days) for days in found.values())
    rng = np.random.default_rng(SEED)
    cases = []
    for pair, bought in found.items():
        days = sorted(bought)
        may = [at for at, one in enumerate(days) if at and first <= one < last]
        if not may:
            continue
        at = may[int(rng.integers(len(may)))]
        again = at + 1 < len(days)
        known = tuple(days[: at + 1])
        case = Case(
            known,
            tuple(bought[one] for one in known),
            (days[at + 1] if again else end) - known[-1],
            again,
            before.group(pair, 1),
            before.group(pair, 0),
            crc32(pair[0].encode()) % 2 == 1,
        )
        cases.append(case)
    return [one for one in cases if one.gap > 0]


def due_of(case: Case, usual: float) -> Due:
    """What the hub says."""
    past = [Purchase(item="it", at_s=at * DAY_S) for at in case.days]
    return forecast(past, Assortment(), {ALL: float(np.exp(usual))})["it"]


def reminded(due: Due) -> tuple[float, float]:
    """From and until which day after the purchase a reminder is eligible (`Due.is_near`)."""
    ahead_days = max(due.gap_days * AHEAD_SHARE, AHEAD_DAYS_MIN)
    return max(due.gap_days - ahead_days, 0.5), due.gap_days * LAPSED_GAPS


def shrunk(own: float, count: int, prior: float, weight: float) -> float:
    """One's own towards everybody's."""
    return (count * own + weight * prior) / (count + weight)


def simple(cases: Sequence[Case], usual: float) -> dict[str, Floats]:
    """Logarithms of days, by estimators that need no fit."""
    own = [float(np.median(one.own)) for one in cases]
    means = [float(np.mean(one.own)) for one in cases]
    counts = [len(one.own) for one in cases]
    ours = np.log([due_of(one, usual).gap_days for one in cases])
    more = [log(max(c.quantities[-1], 1) / max(median(c.quantities), 1)) for c in cases]
    grouped = [usual + one.of_item + one.of_shopper for one in cases]
    pairs = list(zip(own, counts, strict=True))
    return {
        "in use: own median, shrunk": ours,
        "everybody's": np.full(len(cases), usual),
        "own median": np.array(own),
        "own mean of logs, shrunk": np.array(
            [shrunk(one, n, usual, 1) for one, n in zip(means, counts, strict=True)]
        ),
        "to item's and shopper's": np.array(
            [shrunk(one, n, to, 1) for (one, n), to in zip(pairs, grouped, strict=True)]
        ),
        "in use, by quantity^1/4": ours + np.clip(more, -QUANTITY_LOG_MAX, QUANTITY_LOG_MAX) / 4,
    }


def log_normal(cases: Sequence[Case], usual: float, is_fit: NDArray[np.bool_]) -> Floats:
    """Regression of the next gap's logarithm on what is known, of those who came back in time."""
    counts = np.array([len(one.own) for one in cases])
    weight = counts / (counts + 1)
    columns = [
        np.ones(len(cases)),
        weight * (np.array([float(np.median(one.own)) for one in cases]) - usual),
        weight,
        np.array([one.of_item for one in cases]),
        np.array([one.of_shopper for one in cases]),
    ]
    x = np.column_stack(columns)
    came = is_fit & in_time(cases)
    y = np.log([one.gap for one in cases])
    return np.asarray(x @ np.linalg.lstsq(x[came], y[came], rcond=None)[0])


def in_time(cases: Sequence[Case]) -> NDArray[np.bool_]:
    """Who came back while everybody was still followed."""
    return np.array([one.again and one.gap <= FOLLOWED_DAYS for one in cases])


class GammaRenewal:
    """Gaps are gamma of shape `a`, their rate over shoppers gamma (Pareto, NBD and their like).

    With r + a n for the shape and alpha + the sum of n known gaps for the scale, the next one over
    that scale is beta prime: all who never came back count as followed so long.
    """

    def __init__(self, cases: Sequence[Case], is_fit: NDArray[np.bool_]) -> None:
        self._counts = np.array([len(one.own) for one in cases])
        self._sums = np.array([float(one.days[-1] - one.days[0]) for one in cases])
        self._gaps = np.array([float(one.gap) for one in cases])
        self._again = np.array([one.again for one in cases])
        best = np.log([1.0, 1.0, 60.0])
        found = self._likelihood(best, is_fit)
        for step in SEARCH:
            moved = True
            while moved:
                moved = False
                for move in step * MOVES:
                    tried = self._likelihood(best + move, is_fit)
                    if tried > found:
                        best, found, moved = best + move, tried, True
        self.a, self.r, self.alpha = np.exp(best).tolist()

    def _likelihood(self, logs: Floats, which: NDArray[np.bool_]) -> float:
        a, r, alpha = np.exp(logs).tolist()
        if a < 1 / 2:
            return -np.inf
        shape, scale = r + a * self._counts[which], alpha + self._sums[which]
        over = self._gaps[which] / scale
        density = _log_density(over, a, shape) - np.log(scale)
        left = np.log(np.maximum(1 - _below(over, a, shape), 1e-12))
        return float(np.where(self._again[which], density, left).sum())

    def middle(self) -> Floats:
        """The logarithm of the gap that half of them exceed."""
        shape, scale = self.r + self.a * self._counts, self.alpha + self._sums
        low, high = np.full(len(scale), -9.0), np.full(len(scale), 9.0)
        for _ in range(30):
            at = (low + high) / 2
            is_low = _below(np.exp(at), self.a, shape) < 1 / 2
            low, high = np.where(is_low, at, low), np.where(is_low, high, at)
        return np.asarray(low + np.log(scale))


def _log_beta(a: float, shape: Floats) -> Floats:
    return np.array([lgamma(a) + lgamma(one) - lgamma(a + one) for one in shape.tolist()])


def _log_density(over: Floats, a: float, shape: Floats) -> Floats:
    return (a - 1) * np.log(over) - (a + shape) * np.log1p(over) - _log_beta(a, shape)


def _below(over: Floats, a: float, shape: Floats) -> Floats:
    """How likely a beta prime is at most `over`: the beta's integral, in steps of its own root."""
    most = (over / (1 + over)) ** a
    steps = (np.arange(STEPS) + 0.5) / STEPS
    t = (most[:, None] * steps) ** (1 / a)
    inside = np.exp((shape[:, None] - 1) * np.log1p(-t)).mean(1) * most / a
    return np.asarray(np.minimum(inside / np.exp(_log_beta(a, shape)), 1.0))


def not_yet(days: Floats, again: NDArray[np.bool_], at: float) -> float:
    """The share still without a next purchase just before `at` (Kaplan, Meier)."""
    order = np.argsort(days, kind="stable")
    at_risk = len(days) - np.arange(len(days))
    left = np.cumprod(1 - again[order] / at_risk)
    before = int(np.searchsorted(days[order], at, "left"))
    return float(left[before - 1]) if before else 1.0


def compared(cases: Sequence[Case], guesses: Mapping[str, Floats]) -> None:
    """One line an estimator."""
    gaps, again = np.array([one.gap for one in cases]), np.array([one.again for one in cases])
    came = in_time(cases)
    few, many = (np.array([(len(one.own) > 1) == more for one in cases]) for more in (False, True))
    print(f"{'within a factor of two':<28}{'of who came back':>18}{'1 gap':>8}{'more':>8}", end="")
    print(f"{'of all':>8}{'by then':>9}")
    for name, logs in guesses.items():
        over = gaps / np.exp(logs)
        hit = (over >= 1 / FACTOR) & (over <= FACTOR)
        of_came = [100 * hit[came & part].mean() for part in (few | many, few, many)]
        of_all = not_yet(over, again, 1 / FACTOR) - not_yet(over, again, np.nextafter(FACTOR, 9))
        print(
            f"{name:<28}{of_came[0]:>16.0f} %{of_came[1]:>6.0f} %{of_came[2]:>6.0f} %"
            f"{100 * of_all:>6.0f} %{100 * (1 - not_yet(over, again, 1.0)):>7.0f} %"
        )


def calibrated(cases: Sequence[Case], usual: float) -> None:
    """Of the estimator in use: what became of its reminders, by how much it knew."""
    print(
        f"{'gaps known':<12}{'due dates':>10}{'before it':>11}{'reminder':>10}{'not by then':>13}"
    )
    for low, high in ((1, 1), (2, 3), (4, 999)):
        mine = [one for one in cases if low <= len(one.own) <= high]
        dues = [due_of(one, usual) for one in mine]
        again = np.array([one.again for one in mine])
        begins, ends = zip(*(reminded(one) for one in dues), strict=True)
        gaps = np.array([float(one.gap) for one in mine])
        early = 1 - not_yet(gaps / np.array(begins), again, 1.0)
        late = not_yet(gaps / np.array(ends), again, np.nextafter(1.0, 2))
        name = f"{low}" if low == high else f"{low} and more" if high > 99 else f"{low} to {high}"
        print(
            f"{name:<12}{len(mine):>10}{100 * early:>9.0f} %{100 * (1 - early - late):>8.0f} %"
            f"{100 * late:>11.0f} %"
        )


def bench() -> None:
    """Both tables."""
    if not RECEIPTS.is_file():
        print("due: skipped, ../shared is absent")
        return
    found = trips()
    before = Before(found, day(ORIGINS[0]))
    cases = drawn(found, before)
    is_fit = np.array([not one.is_test for one in cases])
    guesses = simple(cases, before.usual)
    guesses["log-normal, fitted"] = log_normal(cases, before.usual, is_fit)
    renewal = GammaRenewal(cases, is_fit)
    guesses["gamma renewal, fitted"] = renewal.middle()
    test = [one for one in cases if one.is_test]
    came = 100 * in_time(test).mean()
    print(
        f"due: {len(test)} purchases of shoppers held out, everybody's gap "
        f"{np.exp(before.usual):.0f} days; {came:.0f} % are bought again in {FOLLOWED_DAYS} days; "
        f"gamma renewal a {renewal.a:.2f}, r {renewal.r:.2f}, alpha {renewal.alpha:.0f} days"
    )
    compared(test, {name: logs[~is_fit] for name, logs in guesses.items()})
    print("\nreminders of the estimator in use: bought before it was eligible, while, not by then")
    calibrated(test, before.usual)


if __name__ == "__main__":
    bench()
