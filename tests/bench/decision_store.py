"""20,000 random steps of people in a store, and how many messages came that should not have.

    python tests/bench/decision_store.py [STEPS]

The machine is tests/hub_server/decision_store.py: a real engine and database, the truth kept apart.
It stops at the first message to a withdrawn consent, a wrong pairing, after its time, over a cap,
about a gift or what was bought, or while the shopper or the store had said no.
"""

import sys
import time
from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.hub_server.decision_store import DecisionStore

STEPS = 20_000
STEPS_A_VISIT = 50


def run(steps: int) -> None:
    """Until so many steps are done, or something came that should not have."""
    while DecisionStore.tally["steps"] < steps:
        left = steps - DecisionStore.tally["steps"]
        run_state_machine_as_test(
            DecisionStore,
            settings=settings(
                max_examples=max(10, left // STEPS_A_VISIT),
                stateful_step_count=STEPS_A_VISIT,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
            ),
        )


def total(tally: Counter[str], what: str) -> int:
    """Of all counts whose names begin so."""
    return sum(count for name, count in tally.items() if name.startswith(what))


def bench(steps: int) -> None:
    """Run, and say what was met."""
    started_s = time.perf_counter()
    run(steps)
    tally = DecisionStore.tally
    print(
        f"decisions under random people: {tally['steps']} steps in "
        f"{time.perf_counter() - started_s:.0f} s, {total(tally, 'shown ')} messages shown, "
        f"{total(tally, 'pushed ')} pushed, {tally['push held back']} held back; withdrawn "
        "consent 0, wrong pairing 0, after expiry 0, over a cap 0, gift 0, bought 0, muted 0, "
        "alone today 0, quiet 0, killed 0"
    )
    print(
        "met on the way: " + ", ".join(f"{what} {count}" for what, count in sorted(tally.items()))
    )


if __name__ == "__main__":
    bench(int(sys.argv[1]) if sys.argv[1:] else STEPS)
