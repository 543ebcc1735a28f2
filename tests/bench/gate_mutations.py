"""Takes one gate after another out of a copy of the product: how soon do the random people notice?

    python tests/bench/gate_mutations.py [--steps N] [--runs N] [NAME ...]

Each mutation is a line or two that a copied module ends with, so the product knows nothing of it;
the machine (tests/hub_server/decision_store.py) runs on the copy in a process of its own. Where a
second layer stands behind a gate, taking out the gate alone must change nothing, and taking out
both must be found. Ends with 1 where either is not so.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import msgspec

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("hub_server", "edge_agent", "store_maps", "models", "tests")
# Steps that a gate may stay missing; in the machine's first version most did for longer.
STEPS = 2_000
GATES = "hub_server/decision/gates.py"
CAPS = "hub_server/decision/caps.py"
GIFTS = "hub_server/shopper/gifts.py"


class Mutation(msgspec.Struct, frozen=True):
    """What is taken out."""

    name: str
    ends: tuple[tuple[str, str], ...]
    """Of each module, what its copy ends with."""
    world: str | None = None
    """The only store that it is looked for in: each cap binds in one of nine. None: in all."""
    behind: str | None = None
    """The layer that stands behind it, which is why nobody notices."""


class Outcome(msgspec.Struct, frozen=True):
    """What the machine found."""

    steps: int
    what: str | None
    """None: nothing."""


def gate(code: str) -> tuple[str, str]:
    """A gate is in neither table any more."""
    without = "{0} = tuple(one for one in {0} if one.code != {1!r})"
    tables = [without.format(table, code) for table in ("SHOPPER_GATES", "CAMPAIGN_GATES")]
    return GATES, "\n".join([f"assert {code!r} in GATES", *tables])


def room(per: str) -> tuple[str, str]:
    """No room is reserved under caps of this kind."""
    lines = [
        "_all_rules_for = rules_for",
        "def rules_for(*asked):",
        f"    return [one for one in _all_rules_for(*asked) if one.cap.per != {per!r}]",
    ]
    return CAPS, "\n".join(lines)


CAP_GATES = {
    "person": "cap_messages",
    "channel": "cap_push",
    "kind": "cap_kind",
    "category": "cap_category",
    "campaign": "cap_same",
}
RESERVED = "room is reserved in the database with the decision"
COUNTED = "the snapshot counts what was said"
# The page names no gift, whatever was decided; what was said of one is emptied as it is marked.
SHOWN_GIFTS = (GIFTS, "Gifts.shown = lambda self, names, sent: sent.view()")
SINGLE = (
    *("consent", "killed", "alone_today", "quiet_zone", "quiet_hours", "wrong_place"),
    *("campaign_paused", "bought", "gift", "muted", "holdout"),
)
MUTATIONS = (
    *(Mutation(name, (gate(name),)) for name in SINGLE),
    Mutation("gift, and what a page shows", (gate("gift"), SHOWN_GIFTS)),
    Mutation("paused", (gate("paused"),), None, "nobody follows a cart whose visit is paused"),
    *(Mutation(f"cap per {per}", (gate(code),), per, RESERVED) for per, code in CAP_GATES.items()),
    *(Mutation(f"room per {per}", (room(per),), per, COUNTED) for per in CAP_GATES),
    *(
        Mutation(f"cap and room per {per}", (gate(code), room(per)), per)
        for per, code in CAP_GATES.items()
    ),
)


def watch(steps: int, world: str | None) -> Outcome:
    """Run the machine on whichever product this process imports."""
    from tests.bench import decision_store  # noqa: PLC0415 - the parent imports no product
    from tests.hub_server.watched_store import WatchedStore  # noqa: PLC0415 - as above

    if world is not None:
        WatchedStore.worlds = (world,)
    try:
        decision_store.run(steps)
    except Exception:
        if not WatchedStore.found:
            raise
        return Outcome(*WatchedStore.found[0])
    return Outcome(WatchedStore.tally["steps"], None)


def mutated(mutation: Mutation, steps: int) -> Outcome:
    """Copy the sources, take out what is to be, and let a child look."""
    with tempfile.TemporaryDirectory(prefix="instep-mutation-") as folder:
        for package in PACKAGES:
            left_out = shutil.ignore_patterns("node_modules", "__pycache__", "e2e", "web", "*.db")
            shutil.copytree(ROOT / package, Path(folder) / package, ignore=left_out)
        for module, end in mutation.ends:
            path = Path(folder) / module
            path.write_text(f"{path.read_text()}\n\n{end}\n")
        done = subprocess.run(
            [
                *(sys.executable, f"{folder}/tests/bench/gate_mutations.py"),
                *("--watch", str(steps)),
                *(() if mutation.world is None else ("--world", mutation.world)),
            ],
            env={"PYTHONPATH": folder, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        msg = f"{mutation.name}: the machine does not run on it: {done.stderr[-800:]}"
        raise SystemExit(msg)
    return msgspec.json.decode(done.stdout.splitlines()[-1], type=Outcome)


def told(mutation: Mutation, outcomes: list[Outcome], seconds: float) -> str:
    """One line of the table."""
    found = [one for one in outcomes if one.what is not None]
    words = ", ".join(sorted({f'"{one.what}"' for one in found}))
    after = [one.steps for one in found]
    if not found:
        behind = f": {mutation.behind}" if mutation.behind else ""
        text = f"not found in {sum(one.steps for one in outcomes)} steps{behind}"
    else:
        text = (
            f"found after {', '.join(map(str, after))} steps (median {median(after):.0f}) {words}"
        )
    where = f" in the store {mutation.world!r}" if mutation.world else ""
    return f"{mutation.name:32} {text}{where} [{seconds:.0f} s]"


def bench(names: list[str], steps: int, runs: int) -> int:
    """Every mutation, or those named; how many did not end as expected."""
    wrong = 0
    for mutation in MUTATIONS:
        if names and mutation.name not in names:
            continue
        started_s = time.perf_counter()
        outcomes = [mutated(mutation, steps) for _ in range(runs)]
        print(told(mutation, outcomes, time.perf_counter() - started_s), flush=True)
        is_found = any(one.what is not None for one in outcomes)
        wrong += is_found == (mutation.behind is not None)
    return wrong


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--watch", type=int, help="for the child: so many steps")
    parser.add_argument("--world", help="for the child: in this store only")
    asked = parser.parse_args()
    if asked.watch is not None:
        print(msgspec.json.encode(watch(asked.watch, asked.world)).decode())
        return 0
    return 1 if bench(asked.names, asked.steps, asked.runs) else 0


if __name__ == "__main__":
    sys.exit(main())
