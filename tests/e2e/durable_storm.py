"""Random kills over a running store, and the count afterwards: what was lost, doubled, disordered.

The count rests on the journal of `stay_producer` alone. A row is known by its stay's id and kind,
not by its seq; its order is the order in which the hub's table got it (rowid).
"""

import itertools
import random
import time
from typing import Final

from tests.e2e.stores import HANG_S, Journal, Program, RunningStore, wait_until

# Of the issue: what is not with the hub 60 s after is lost.
LOST_AFTER_S: Final = 60.0
PAUSE_S: Final = (0.2, 2.5)
# Half of the kills are blind; half wait until the hub confirms again and then strike just after an
# append: a row takes some 10 ms from its COMMIT to its acknowledgement.
BLIND_P: Final = 0.5
STRIKE_S: Final = 0.012
# A hub that starts while the broker dies may need several tries.
AWAIT_S: Final = 4.0
# Broker, hub and locator may be one box: a power cut takes two or all of them at once.
VICTIMS: Final = (1, 1, 1, 1, 1, 1, 1, 2, 3)


class Toll:
    """What the kills hit."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.kills = {"broker": 0, "agent": 0, "hub": 0}
        self.unconfirmed_count = 0
        """Kills while rows were committed by the agent and not yet confirmed to it."""
        self.answered_count = 0
        """Of these: the hub had committed rows whose acknowledgement never reached the agent."""

    @property
    def count(self) -> int:
        """All kills."""
        return sum(self.kills.values())


class Storm:
    """Kills one program or more at random moments, and starts them again at once."""

    def __init__(self, store: RunningStore, seed: int) -> None:
        self._store = store
        self._random = random.Random(seed)  # noqa: S311 - the moments can be had again by the seed
        self._journal = Journal(store.journal_path)
        self.toll = Toll(seed)

    def rage(self, kills_min: int, rows_min: int) -> Toll:
        """Go on until both are reached."""
        while self.toll.count < kills_min or len(self._journal.read().kept()) < rows_min:
            self._strike()
        return self.toll

    def _strike(self) -> None:
        if self._random.random() < BLIND_P:
            time.sleep(self._random.uniform(*PAUSE_S))
        else:
            self._aim()
        self._store.check()
        victims = self._victims()
        for program in victims:
            program.kill()
        self._note(victims)
        for program in victims:
            program.start()

    def _note(self, victims: list[Program]) -> None:
        for program in victims:
            self.toll.kills[program.name] += 1
        journal = self._journal.read()
        if journal.kept_seq > journal.acked_seq:
            self.toll.unconfirmed_count += len(victims)
            mark = max(self._store.marks().values(), default=0)
            self.toll.answered_count += len(victims) * (mark > journal.acked_seq)

    def _aim(self) -> None:
        deadline = time.monotonic() + AWAIT_S
        for name in ("acked_seq", "kept_seq"):
            before = getattr(self._journal.read(), name)
            while getattr(self._journal.read(), name) == before and time.monotonic() < deadline:
                time.sleep(0.002)
        time.sleep(self._random.uniform(0.0, STRIKE_S))

    def _victims(self) -> list[Program]:
        """Mostly one, at times the whole box; an agent with nothing to append is left to begin."""
        count = self._random.choice(VICTIMS)
        found = self._random.sample(self._store.programs, count)
        if not self._journal.read().is_working:
            found = [program for program in found if program is not self._store.agent]
        return found or [self._store.broker]


class Verdict:
    """The hub's rows against the journal's."""

    def __init__(self, store: RunningStore, journal: Journal) -> None:
        handles = store.handles()
        found = store.query("SELECT visit, stay, kind, zone FROM stays ORDER BY rowid")
        self.keys = [(f"{handles[visit]}.{stay}", kind, zone) for visit, stay, kind, zone in found]
        places = {entry.key: n for n, entry in enumerate(journal.entries)}
        known = set(self.keys)
        kept = journal.kept()
        order = [places[key] for key in self.keys if key in places]
        self.kept_count = len(kept)
        self.lost = [entry.key for entry in kept if entry.key not in known]
        self.doubled_count = len(self.keys) - len(known)
        self.invented_count = sum(key not in places for key in self.keys)
        self.disordered_count = sum(a > b for a, b in itertools.pairwise(order))

    def line(self, toll: Toll) -> str:
        """The summary."""
        by_program = ", ".join(f"{name} {count}" for name, count in toll.kills.items())
        return (
            f"durability: {self.kept_count} stays journaled, {toll.count} kills ({by_program}; "
            f"seed {toll.seed}), {toll.unconfirmed_count} between commit and acknowledgement "
            f"({toll.answered_count} after the hub's own commit): {len(self.lost)} lost, "
            f"{self.doubled_count} doubled, {self.disordered_count} out of order"
        )


def settle(store: RunningStore) -> Journal:
    """Let production end and everything arrive."""
    (store.folder / "enough").touch()
    wait_until(store.is_ready, "the hub is ready", HANG_S)
    journal = Journal(store.journal_path)

    def is_still() -> bool:
        before = len(journal.read().entries)
        time.sleep(0.5)
        return len(journal.read().entries) == before

    wait_until(is_still, "production ends")
    deadline = time.monotonic() + LOST_AFTER_S
    while time.monotonic() < deadline and store.marks().get(journal.outboxes[-1], 0) < (
        journal.kept_seq
    ):
        time.sleep(0.2)
    store.check()
    return journal.read()
