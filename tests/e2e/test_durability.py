"""Stays survive: kills of broker, agent and hub, new and full outboxes, old backups, withdrawals.

Every process is a real one (`stores`): Mosquitto, `hub-server run` on a SQLite file, and an agent
with the product's own outbox, link, stays and loop. Only its fixes are made up (`stay_producer`).
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.durable_storm import Storm, Verdict, settle
from tests.e2e.stores import Journal, RunningStore, wait_until

# More on a second machine: kills at other moments. A seed makes a failure's kills repeatable.
SEED = 20
KILLS_MIN = 33
ROWS_MIN = 5_000
# An outbox of this many pages is full after about 600 stays.
FEW_PAGES = 64

pytestmark = pytest.mark.timeout(300)
StartStore = Callable[..., RunningStore]


@pytest.fixture
def start_store(mosquitto: str, tmp_path: Path) -> Iterator[StartStore]:
    """Start a store; it ends with the test."""
    with ExitStack() as stack:

        def start(*, carts: int = 20, pages: int = 4096) -> RunningStore:
            return stack.enter_context(RunningStore(tmp_path, mosquitto, carts=carts, pages=pages))

        yield start


def await_rows(store: RunningStore, count: int) -> Journal:
    """The journal once it holds `count` more rows."""
    journal = Journal(store.journal_path).read()
    target = len(journal.kept()) + count
    wait_until(lambda: len(journal.read().kept()) >= target, f"{count} more stays")
    return journal


def await_confirmed(store: RunningStore) -> Journal:
    """The journal once the hub has confirmed all that it held at the call."""
    journal = Journal(store.journal_path).read()
    target = journal.kept_seq
    wait_until(lambda: journal.read().acked_seq >= target, "the hub confirms")
    return journal


def test_kills_at_any_moment_lose_and_double_nothing_and_keep_the_order(
    start_store: StartStore, capsys: pytest.CaptureFixture[str]
) -> None:
    store = start_store()
    toll = Storm(store, SEED).rage(KILLS_MIN, ROWS_MIN)
    verdict = Verdict(store, journal := settle(store))
    with capsys.disabled():
        print(f"\n{verdict.line(toll)}")
    assert not verdict.lost
    assert verdict.doubled_count == verdict.invented_count == verdict.disordered_count == 0
    # One outbox from the first row to the last, and each of its numbers is there: none was skipped.
    assert store.marks() == {journal.outboxes[0]: len(verdict.keys)}
    assert store.query("SELECT * FROM lost") == store.query("SELECT * FROM quarantine") == []
    assert min(toll.kills.values()) >= 3
    assert toll.unconfirmed_count >= 10
