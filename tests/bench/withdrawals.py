"""Whether a difference stays right where who hears a message takes back their yes more often.

Visits on a real hub: nothing that is said changes what anybody buys, so every difference between
the sides is a fault of the measuring. Prints, for some shares of withdrawals, what the manager
reads; the interval should hold 0.
"""

import argparse
import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from tests.hub_server.speaking_hub import Store, message, stores

BANANAS: Final = "1001"
APPLES: Final = "1002"
BUYS_P: Final = 0.4
# Of who heard nothing as many take it back for reasons of their own.
BACKGROUND_P: Final = 0.02
SHARES: Final = (0.02, 0.1, 0.3)


def visit_once(store: Store, rng: np.random.Generator, withdraws_p: float) -> None:
    """One visit: comes, hears it or not, perhaps takes the yes back, perhaps buys, leaves."""
    session = store.shopper(zone=None)
    visit = store.visit(session)
    visit.holdout = False
    visit.controls = ("offer",) if rng.random() < 0.5 else ()
    store.hub.linger(session, "produce", 1)
    leaves_p = BACKGROUND_P if visit.controls else withdraws_p
    if rng.random() < leaves_p:
        store.hub.engine.rooms.purposes.change(session.cookie, "message", on=False)
    store.buy(session, BANANAS if rng.random() < BUYS_P else APPLES)
    store.hub.engine.leave(session.cookie)


def measure(visits: int, withdraws_p: float) -> None:
    """One line."""
    rng = np.random.default_rng(5)
    with tempfile.TemporaryDirectory() as folder:
        building = stores(Path(folder))
        offer = message("offer", "offer", items=[BANANAS], control_share=0.5)
        store = next(building)(offer, demo=False)
        store.hub.database.run("PRAGMA synchronous=OFF", [()])
        for _ in range(visits):
            visit_once(store, rng, withdraws_p)
        (found,) = (
            one for one in store.hub.engine.rooms.campaigns.effects() if one.campaign == "offer"
        )
        next(building, None)
    print(
        f"withdrawals: {visits} visits, {withdraws_p:.0%} of who heard it and {BACKGROUND_P:.0%} "
        f"of the others take back their yes, true difference 0: {found.text}",
        flush=True,
    )


def main() -> None:
    """Every share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visits", type=int, default=1_500)
    options = parser.parse_args()
    for withdraws_p in SHARES:
        measure(options.visits, withdraws_p)


if __name__ == "__main__":
    main()
