"""10,000 concurrent events of some shoppers at several hubs on one database: caps broken."""

import argparse
import multiprocessing
import secrets
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Final

import numpy as np
from sqlalchemy import select

from hub_server.database import Database, DatabaseError
from hub_server.decision.caps import HOUR_S, STORE_CAPS, Cap, Rule
from hub_server.decision.reservations import Claim, Reservations, given_back
from hub_server.decision.snapshot import Said
from hub_server.records.message_tables import RESERVATIONS
from tests.hub_server.visits_in_database import NOW_S, add_visit

EVENTS: Final = 10_000
HUBS: Final = 4
THREADS: Final = 2
SHOPPERS: Final = 200
VISITS_EACH: Final = 2
CAMPAIGNS: Final = 8
CATEGORIES: Final = ("fruit", "wine", "bread")
KINDS: Final = ("offer", "help", "inform")
# One in ten messages is never seen, and its room is given back to whoever asks next.
UNSEEN: Final = 0.1
# All of a shopper's events fall within two days, so that rolling windows open again.
SPAN_S: Final = 48 * HOUR_S
# Eight writers on one file wait for each other; a hub would try again a second later.
TRIES: Final = 20


def draw(rng: np.random.Generator, number: int) -> tuple[str, str, Said]:
    """A shopper, a visit, and a message."""
    shopper = int(rng.integers(SHOPPERS))
    visit = f"v{shopper}-{int(rng.integers(VISITS_EACH))}"
    kind = KINDS[int(rng.integers(len(KINDS)))]
    channel = "push" if rng.random() < 0.5 else "page"
    said = Said(
        f"c{int(rng.integers(CAMPAIGNS))}",
        kind,
        "any",
        "push" if channel == "push" else "page",
        NOW_S + SPAN_S * number / EVENTS,
        (CATEGORIES[int(rng.integers(len(CATEGORIES)))],),
    )
    return f"shopper:s{shopper}", visit, said


def rules_of(said: Said) -> tuple[Rule, ...]:
    """The store's caps as they meet a message; each campaign once a visit."""
    keys = {
        "person": "",
        "campaign": said.campaign,
        "category": said.categories[0],
        "channel": said.channel,
        "kind": said.kind,
    }
    caps = (*STORE_CAPS, Cap(per="campaign", limit=1))
    return tuple(
        Rule(cap, keys[cap.per]) for cap in caps if cap.of is None or cap.of == keys[cap.per]
    )


def work(path: Path, seed: int, worker: int, gate: threading.Barrier) -> None:
    """One thread of one hub: its share of the events, as fast as it can."""
    rng = np.random.default_rng((seed, worker))
    database = Database(path, alone=False)
    reservations = Reservations(database)
    gate.wait()
    for number in range(EVENTS // (HUBS * THREADS)):
        subject, visit, said = draw(rng, number * HUBS * THREADS)
        code = f"{worker}-{number}"
        claim = Claim(decision=code, subject=subject, visit=visit, said=said, rules=rules_of(said))
        for _ in range(TRIES):
            try:
                with database.begin():
                    full = reservations.take(claim)
                if full is None and rng.random() < UNSEEN:
                    database.write(given_back([code], claim.at_ms))
                break
            except DatabaseError:
                time.sleep(0.05)
    database.close()


def hub(path: Path, seed: int, number: int) -> None:
    """One hub's process with its threads."""
    gate = threading.Barrier(THREADS)
    threads = [
        threading.Thread(target=work, args=(path, seed, number * THREADS + n, gate))
        for n in range(THREADS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def broken(path: Path) -> tuple[int, int]:
    """(reservations that hold, caps that they break), counted afresh from the rows."""
    database = Database(path, alone=False)
    held = select(RESERVATIONS).where(RESERVATIONS.c.released_ms.is_(None))
    rows = database.read(held.order_by(RESERVATIONS.c.at_ms))
    database.close()
    found = 0
    for cap in (*STORE_CAPS, Cap(per="campaign", limit=1)):
        groups: dict[tuple[str, ...], list[int]] = {}
        for row in rows:
            key = _key(row, cap)
            if key is not None:
                groups.setdefault(key, []).append(row.at_ms)
        found += sum(_over(times, cap) for times in groups.values())
    return len(rows), found


def _key(row: object, cap: Cap) -> tuple[str, ...] | None:
    value = {
        "person": "",
        "category": bytes(getattr(row, "categories", b"")).decode(),
    }.get(cap.per, str(getattr(row, cap.per, "")))
    if cap.of is not None and cap.of != value:
        return None
    whose = "visit" if cap.hours is None else "subject"
    return str(getattr(row, whose)), value


def _over(times: list[int], cap: Cap) -> int:
    """How often more than the limit lie within the window that ends with a message."""
    if cap.hours is None:
        return max(len(times) - cap.limit, 0)
    window_ms = cap.hours * HOUR_S * 1000
    return sum(
        1
        for at_ms in times
        if sum(1 for one in times if at_ms - window_ms < one <= at_ms) > cap.limit
    )


def bench(seed: int) -> int:
    """One storm and its line; the caps that were broken."""
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="instep-bench-") as folder:
        path = Path(folder) / "hub.db"
        database = None
        for shopper in range(SHOPPERS):
            for visit in range(VISITS_EACH):
                name = f"v{shopper}-{visit}"
                database = add_visit(path, name, f"s{shopper}", database)
        if database is not None:
            database.close()
        context = multiprocessing.get_context("spawn")
        hubs = [context.Process(target=hub, args=(path, seed, n)) for n in range(HUBS)]
        for one in hubs:
            one.start()
        for one in hubs:
            one.join()
        held, over = broken(path)
        codes = Counter(one.exitcode for one in hubs)
    took_s = time.monotonic() - began_s
    print(
        f"caps broken: {over} of {EVENTS} events by {HUBS} hubs with {THREADS} threads each "
        f"({held} reserved, {EVENTS / took_s:.0f} a second, exits {dict(codes)}, seed {seed})",
        flush=True,
    )
    return over


def main() -> int:
    """The bench; `--seed` repeats one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000))
    return int(bench(parser.parse_args().seed) > 0)


if __name__ == "__main__":
    sys.exit(main())
