"""Room under a cap is taken in the database: nobody passes together; the unseen is given back."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from hub_server.database import Database
from hub_server.decision.caps import STORE_CAPS, Cap, Rule
from hub_server.decision.reservations import Claim, Reservations, given_back
from hub_server.decision.snapshot import Said
from tests.hub_server.visits_in_database import NOW_S, add_visit

HOUR_S = 3600.0
PERSON = Cap(per="person", limit=3)
DAY = Cap(per="person", limit=4, hours=24)


class Desk:
    """Claims for shoppers, in one database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.reservations = Reservations(database)
        self.count = 0

    def take(
        self,
        *caps: Cap,
        visit: str = "v1",
        subject: str | None = None,
        at_s: float = NOW_S,
        said: Said | None = None,
        key: str = "",
        broken: bool = False,
    ) -> str | None:
        self.count += 1
        message = said or Said("oats", "offer", "cereal", "page", at_s, ("cereal",))
        claim = Claim(
            decision=f"d{self.count}",
            subject=subject or f"visit:{visit}",
            visit=visit,
            said=message,
            rules=tuple(Rule(cap, key) for cap in caps),
        )
        with suppress(ZeroDivisionError), self.database.begin():
            full = self.reservations.take(claim)
            if broken:
                raise ZeroDivisionError
        return full


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    database = add_visit(tmp_path / "hub.db", "v1", "s1")
    add_visit(tmp_path / "hub.db", "v2", "s1", database)
    yield Desk(database)
    database.close()


def test_a_full_cap_refuses_with_its_code(desk: Desk) -> None:
    assert [desk.take(PERSON) for _ in range(4)] == [None, None, None, "cap_messages"]


def test_without_a_rule_there_is_always_room(desk: Desk) -> None:
    exempt = Said("order", "service", "order", "page", NOW_S, (), exempt=True)
    assert [desk.take(said=exempt) for _ in range(5)] == [None] * 5
    assert desk.take(PERSON) is None


@pytest.mark.parametrize(
    ("cap", "key", "code"),
    [
        (Cap(per="campaign", limit=1), "oats", "cap_same"),
        (Cap(per="category", limit=1), "cereal", "cap_category"),
        (Cap(per="channel", limit=1), "page", "cap_push"),
        (Cap(per="kind", limit=1), "offer", "cap_kind"),
    ],
)
def test_each_rule_counts_its_own(desk: Desk, cap: Cap, key: str, code: str) -> None:
    assert desk.take(cap, key=f"{key}s") is None
    assert desk.take(cap, key=f"{key}s") is None
    assert desk.take(cap, key=key) == code


def test_the_strictest_of_several_wins(desk: Desk) -> None:
    lax = Cap(per="person", limit=9)
    assert desk.take(lax, Cap(per="campaign", limit=1), key="oats") is None
    assert desk.take(lax, Cap(per="campaign", limit=1), key="oats") == "cap_same"


def test_a_remembered_shopper_is_counted_across_visits_and_a_window_rolls(desk: Desk) -> None:
    first = NOW_S - 24 * HOUR_S
    for n in range(4):
        assert desk.take(DAY, subject="shopper:s1", at_s=first + n) is None
    assert desk.take(DAY, visit="v2", subject="shopper:s1", at_s=first + 9) == "cap_messages"
    assert desk.take(DAY, visit="v2", subject="shopper:s1", at_s=NOW_S) is None


def test_what_was_said_before_remember_me_was_ticked_still_counts(desk: Desk) -> None:
    for _ in range(3):
        assert desk.take(PERSON) is None
    assert desk.take(PERSON, subject="shopper:s1") == "cap_messages"


def test_what_nobody_saw_is_given_back(desk: Desk) -> None:
    once = Cap(per="campaign", limit=1)
    assert desk.take(once, key="oats") is None
    assert desk.take(once, key="oats") == "cap_same"
    desk.database.write(given_back(["d1"], round(NOW_S * 1000)))
    assert desk.take(once, key="oats") is None


def test_a_transaction_that_is_undone_takes_no_room(desk: Desk) -> None:
    once = Cap(per="campaign", limit=1)
    desk.take(once, key="oats", broken=True)
    assert desk.take(once, key="oats") is None


def test_what_other_visits_heard_comes_back_as_it_was_said(desk: Desk) -> None:
    said = Said("oats", "offer", "cereal", "push", NOW_S, ("cereal", "breakfast"))
    desk.take(subject="shopper:s1", said=said)
    desk.take(subject="shopper:s1", at_s=NOW_S - 9 * HOUR_S)
    before = desk.reservations.before("shopper:s1", "v2", NOW_S - HOUR_S)
    assert before == (said,)
    assert desk.reservations.before("shopper:s1", "v1", NOW_S - HOUR_S) == ()


def test_two_hubs_on_one_file_break_no_cap_together_row_41(tmp_path: Path) -> None:
    """Row 41, small: four threads, each its own connection, want the same shopper's room."""
    path = tmp_path / "hub.db"
    add_visit(path, "v1", "s1").close()
    hubs = [Desk(Database(path, alone=False)) for _ in range(4)]
    rules = tuple(cap for cap in STORE_CAPS if cap.per == "person")

    def work(number: int) -> None:
        hubs[number].count = number * 1_000
        for _ in range(25):
            hubs[number].take(*rules)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = hubs[0].reservations.before("visit:v1", "another", 0.0)
    for hub in hubs:
        hub.database.close()
    assert len(kept) == 3
