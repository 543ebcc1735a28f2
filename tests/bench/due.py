"""How near the day on which something is due comes: UCI Online Retail, the last gap held out.

    python tests/bench/due.py

Of each shopper and item bought on three days or more, the last of them on or after the cut: from
the purchases before the last one, when is it due? Everybody's gap is the median of those that ended
before the cut. Printed: how often the gap that followed was within a factor of two, and how often
the last purchase fell into the time in which a reminder would have been eligible.
"""

import csv
import gzip
from datetime import date
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

from hub_server.event.due import ALL, DAY_S, LAPSED_GAPS, forecast
from hub_server.event.purchases import Purchase
from hub_server.goods.assortment import Assortment

RECEIPTS: Final = Path(__file__).parents[3] / "shared" / "retail" / "purchases.csv.gz"
CUT: Final = "2011-09-01"
TRIPS_MIN: Final = 3
# Within a factor of two.
FACTOR: Final = 2.0

Trips = dict[tuple[str, str], list[str]]


def trips() -> Trips:
    """The days of each (shopper, item), in order, each once."""
    found: dict[tuple[str, str], set[str]] = {}
    with gzip.open(RECEIPTS, "rt") as file:
        for row in csv.DictReader(file):
            if row["shopper"]:
                found.setdefault((row["shopper"], row["item"]), set()).add(row["at"][:10])
    return {pair: sorted(days) for pair, days in found.items()}


def day(text: str) -> int:
    """A day as a number."""
    return date.fromisoformat(text).toordinal()


def bench() -> None:
    """One table."""
    if not RECEIPTS.is_file():
        print("due: skipped, ../shared is absent")
        return
    found = trips()
    days = {pair: [day(one) for one in line] for pair, line in found.items()}
    cut = day(CUT)
    gaps = [b - a for line in days.values() for a, b in pairwise(line) if b < cut]
    usual = float(median(gaps))
    cases = [line for line in days.values() if len(line) >= TRIPS_MIN and line[-1] >= cut]
    sold = Assortment()
    hits = {"ours": 0, "everybody's gap": 0, "own median": 0, "last gap": 0}
    near = early = lapsed = 0
    for line in cases:
        *known, last = line
        actual = last - known[-1]
        past = [Purchase("it", at * DAY_S) for at in known]
        due = forecast(past, sold, {ALL: usual})["it"]
        own = [b - a for a, b in pairwise(known)]
        guesses = (due.gap_days, usual, float(median(own)), float(own[-1]))
        for name, guess in zip(hits, guesses, strict=True):
            hits[name] += 1 / FACTOR <= actual / guess <= FACTOR
        near += due.is_near(last * DAY_S)
        early += not due.is_near(last * DAY_S) and last * DAY_S < due.at_s
        lapsed += actual > LAPSED_GAPS * due.gap_days
    print(f"due: {len(cases)} last gaps of a shopper and item, everybody's gap {usual:.0f} days")
    for name, count in hits.items():
        print(f"  {name}: within a factor of two {100 * count / len(cases):.0f} %")
    print(
        f"  bought while a reminder was eligible: {100 * near / len(cases):.0f} %, before it "
        f"{100 * early / len(cases):.0f} %, after it {100 * lapsed / len(cases):.0f} %"
    )


if __name__ == "__main__":
    bench()
