"""Counts of nobody in particular: by day, added up, kept with what they count."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from hub_server.database import Database
from hub_server.impact.tallies import Tallies, at
from hub_server.records.tables import COUNTS
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


@pytest.mark.parametrize("place", ["Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland"])
def test_a_day_is_the_stores(database: Database, place: str) -> None:
    """Rows 14 and 39: today begins at the midnight of who reads it."""
    there = ZoneInfo(place)
    tallies = Tallies(database, "s", there)
    midnight_s = datetime(2026, 9, 21, tzinfo=there).timestamp()
    with tallies.keeping():
        for minutes in (-1, 1, 24 * 60 - 1):
            tallies.add("no", "bought", midnight_s + 60 * minutes)
    assert tallies.by_key("no", midnight_s + DAY_S / 2) == {"bought": 2}
    assert tallies.by_key("no", tallies.days_before_s(midnight_s, 1)) == {"bought": 3}


def test_a_store_without_a_time_zone_counts_days_in_utc(database: Database) -> None:
    tallies = Tallies(database, "s")
    with tallies.keeping():
        tallies.add("no", "bought", datetime(2026, 9, 21, tzinfo=UTC).timestamp() - 1)
    assert database.read(select(COUNTS.c.day)) == [("2026-09-20",)]


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
