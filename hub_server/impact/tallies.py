"""Counts of nobody in particular that outlast the rows of persons: what happened how often a day.

Rows of the table `counts`. Collected in memory, written inside the transaction of what they count.
Beside how often, it is counted how many persons that was (`by`), since fewer than five of those are
told to nobody: each once in 30 days, the longest time that anybody asks about. A day is the
store's own, from midnight to midnight where it stands.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, tzinfo
from typing import Final

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.sql import Executable

from hub_server.database import Database
from hub_server.instants import day_of, days_before_s
from hub_server.records.tables import COUNTS

ADD: Final = """
INSERT INTO counts (store, day, what, key, rows_count, dwell_s) VALUES (?, ?, ?, ?, ?, 0)
ON CONFLICT (store, day, what, key) DO UPDATE SET rows_count = rows_count + excluded.rows_count
"""


# The key under which a person counts once, whatever the keys.
ANY: Final = "*"
# Keyed by how much is known of somebody, which changes: a person counts under one key alone.
OF_ONE_KEY: Final = frozenset({"q_shown", "q_useful", "q_nag"})

Persons = set[tuple[str, str]]
"""As what, and under which keys, one person is counted already."""


class Tallies:
    """The counts of one store.

    Args:
        database: where they are kept.
        store: whose.
        timezone: in which its days begin and end.
    """

    def __init__(self, database: Database, store: str, timezone: tzinfo = UTC) -> None:
        self._database = database
        self.store: Final = store
        self._timezone = timezone
        self._new: Counter[tuple[str, str, str]] = Counter()
        self._followed: dict[str, Counter[str]] = {}
        self._noted: list[tuple[Persons, tuple[str, str]]] = []
        """Persons who came to be counted, or no longer are, which is not yet written."""

    def add(self, what: str, key: str, at_s: float, count: int = 1) -> None:
        """Count once more, or once less; kept with the next `save`."""
        self._new[day_of(at_s, self._timezone), what, key] += count

    def add_of(self, counted: Persons, what: str, key: str, at_s: float) -> None:
        """Count once more what somebody did or met; `counted` is theirs."""
        self.add(what, key, at_s)
        for mark in ((what, ANY),) if what in OF_ONE_KEY else ((what, key), (what, ANY)):
            if mark not in counted:
                counted.add(mark)
                self._noted.append((counted, mark))
                self.add(by(what), key if what in OF_ONE_KEY else mark[1], at_s)

    def take_back(self, counted: Persons, what: str, key: str, at_s: float) -> None:
        """Count once less what somebody said by a slip, and no longer the person.

        Who said the same of another message, too, is counted once less all the same: the safe side.
        """
        self.add(what, key, at_s, -1)
        for mark in ((what, ANY),) if what in OF_ONE_KEY else ((what, key), (what, ANY)):
            if mark in counted:
                counted.discard(mark)
                self._noted.append((counted, mark))
                self.add(by(what), key if what in OF_ONE_KEY else mark[1], at_s, -1)

    @property
    def waiting(self) -> bool:
        """Whether anything is to be kept."""
        return bool(self._new)

    def pending(self, what: str) -> Counter[str]:
        """By key, what is counted and not yet written."""
        found: Counter[str] = Counter()
        for (_, kind, key), count in self._new.items():
            if kind == what:
                found[key] += count
        return found

    def save(self) -> None:
        """Write what was counted, inside the caller's transaction; `saved` or `undone` follows."""
        rows = [(self.store, *key, count) for key, count in self._new.items() if count]
        self._database.run(ADD, rows)

    def saved(self) -> None:
        """The transaction is committed."""
        for (_, what, key), count in self._new.items():
            if what in self._followed:
                self._followed[what][key] += count
        self._new.clear()
        self._noted.clear()

    def undone(self) -> None:
        """The transaction was undone, and what was counted with it."""
        self._new.clear()
        for counted, mark in self._noted:
            counted ^= {mark}
        self._noted.clear()

    @contextmanager
    def keeping(self) -> Iterator[Connection]:
        """A transaction of its own, at whose end what was counted in it is written too."""
        try:
            with self._database.begin() as connection:
                yield connection
                self.save()
        except BaseException:
            self.undone()
            raise
        self.saved()

    def follow(self, what: str, since_s: float | None = None) -> Counter[str]:
        """The sums by key, which from now on grow with each save; asked again, read again."""
        self._followed[what] = Counter(self.by_key(what, since_s))
        return self._followed[what]

    def by_key(self, what: str, since_s: float | None = None) -> dict[str, int]:
        """How often, by key, on the day of `since_s` and later."""
        return self.table((what,), since_s).get(what, {})

    def table(
        self, whats: tuple[str, ...], since_s: float | None = None
    ) -> dict[str, dict[str, int]]:
        """How often, by what and key."""
        ours = (COUNTS.c.store == self.store) & COUNTS.c.what.in_(whats)
        if since_s is not None:
            ours &= COUNTS.c.day >= day_of(since_s, self._timezone)
        total = func.sum(COUNTS.c.rows_count).label("total")
        rows = self._database.read(
            select(COUNTS.c.what, COUNTS.c.key, total)
            .where(ours)
            .group_by(COUNTS.c.what, COUNTS.c.key)
        )
        found: dict[str, dict[str, int]] = {}
        for row in rows:
            found.setdefault(row.what, {})[row.key] = int(row.total)
        return found

    def days_before_s(self, now_s: float, days: int) -> float:
        """A moment of the store's day so many days before: since when to ask."""
        return days_before_s(now_s, days, self._timezone)

    def dropped(self, whats: tuple[str, ...], key: str) -> Executable:
        """What begins these counts of `key` anew."""
        return delete(COUNTS).where(
            COUNTS.c.store == self.store, COUNTS.c.what.in_(whats), COUNTS.c.key == key
        )


def by(what: str) -> str:
    """Under which name it is counted how many persons `what` was."""
    return f"{what}_by"


def with_persons(whats: Iterable[str]) -> tuple[str, ...]:
    """What a `table` is asked for where what it holds is told to managers."""
    return tuple(name for what in whats for name in (what, by(what)))


def at(counts: Mapping[str, Mapping[str, int]], what: str, key: str) -> int:
    """One number of a `table`."""
    return counts.get(what, {}).get(key, 0)
