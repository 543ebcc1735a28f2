"""Counts of nobody in particular: by day, added up, kept with what they count."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_server.database import Database
from hub_server.impact.tallies import Tallies, at, day_of
from tests.hub_server.conftest import START_S, fresh_database

DAY_S = 86_400.0


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    path = tmp_path / "hub.db"
    path.write_bytes(fresh_database())
    database = Database(path)
    yield database
    database.close()


def keep(tallies: Tallies, database: Database) -> None:
    with database.begin():
        tallies.save()
    tallies.saved()


def test_counts_add_up_by_day_and_key(database: Database) -> None:
    tallies = Tallies(database, "s")
    assert not tallies.waiting
    for at_s in (START_S - 7 * DAY_S, START_S, START_S):
        tallies.add("no", "bought", at_s)
    tallies.add("no", "muted", START_S, 2)
    assert tallies.waiting
    keep(tallies, database)
    tallies.add("no", "muted", START_S, -1)
    keep(tallies, database)
    assert tallies.by_key("no") == {"bought": 3, "muted": 1}
    assert tallies.by_key("no", START_S) == {"bought": 2, "muted": 1}
    assert tallies.by_key("yes") == {}
    both = tallies.table(("no", "yes"))
    assert at(both, "no", "bought") == 3
    assert at(both, "yes", "bought") == 0
    assert Tallies(database, "another").by_key("no") == {}


def test_what_was_undone_is_not_counted(database: Database) -> None:
    tallies = Tallies(database, "s")
    tallies.add("no", "bought", START_S)
    tallies.undone()
    keep(tallies, database)
    assert tallies.by_key("no") == {}


def test_a_count_begins_anew(database: Database) -> None:
    tallies = Tallies(database, "s")
    tallies.add("no", "bought", START_S)
    tallies.add("no", "muted", START_S)
    keep(tallies, database)
    database.write(tallies.dropped(("no",), "bought"))
    assert tallies.by_key("no") == {"muted": 1}


def test_a_day_is_a_day_in_utc() -> None:
    assert day_of(START_S) == "2026-09-21"


def test_sums_that_are_followed_grow_with_each_save(database: Database) -> None:
    tallies = Tallies(database, "s")
    with tallies.keeping():
        tallies.add("no", "bought", START_S - DAY_S)
    followed = tallies.follow("no", START_S)
    assert followed["bought"] == 0
    with tallies.keeping():
        tallies.add("no", "bought", START_S)
        tallies.add("yes", "bought", START_S)
    assert followed["bought"] == 1
    assert tallies.follow("no")["bought"] == 2


def test_counts_of_a_transaction_that_fails_go_with_it(database: Database) -> None:
    tallies = Tallies(database, "s")

    def fail() -> None:
        with tallies.keeping():
            tallies.add("no", "bought", START_S)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not tallies.waiting
    assert tallies.by_key("no") == {}
