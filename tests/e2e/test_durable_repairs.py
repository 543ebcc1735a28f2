"""It goes on: after a new outbox file, a full one, an older backup, a withdrawal while rows wait.

The processes are those of `test_durability`; each test breaks one thing and counts what that cost.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.e2e.durable_storm import Verdict, settle
from tests.e2e.stores import AGENT, Journal, RunningStore, wait_until

# An outbox of this many pages is full after about 600 stays.
FEW_PAGES = 64
# What a shopper could be found by.
NAMES = "SELECT handle, visit, shopper FROM pairings JOIN visits USING (visit)"

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


def test_it_goes_on_with_a_new_outbox_file(start_store: StartStore) -> None:
    store = start_store(carts=5)
    await_rows(store, 50)
    await_confirmed(store)
    store.broker.kill()
    await_rows(store, 50)
    store.agent.kill()
    journal = Journal(store.journal_path).read()
    old_kept, waiting = journal.kept(), journal.kept_seq - max(store.marks().values())
    shutil.rmtree(store.folder / "agent" / "state")
    store.broker.start()
    store.agent.start()
    await_rows(store, 50)
    verdict = Verdict(store, journal := settle(store))
    # What waited went with the file; nobody can know how much that was.
    assert verdict.lost == [entry.key for entry in old_kept[-waiting:]]
    assert verdict.doubled_count == verdict.invented_count == verdict.disordered_count == 0
    assert store.marks().keys() == set(journal.outboxes)
    assert len(journal.outboxes) == 2
    assert store.query("SELECT * FROM lost") == []


def test_it_goes_on_with_an_old_copy_of_the_outbox(start_store: StartStore) -> None:
    store = start_store(carts=5)
    state, copy = store.folder / "agent" / "state", store.folder / "copy"
    await_rows(store, 50)
    store.broker.kill()
    await_rows(store, 50)
    store.agent.kill()
    shutil.copytree(state, copy)
    store.broker.start()
    store.agent.start()
    await_rows(store, 50)
    await_confirmed(store)
    store.agent.kill()
    shutil.rmtree(state)
    copy.rename(state)
    store.agent.start()
    await_rows(store, 50)
    verdict = Verdict(store, journal := settle(store))
    assert verdict.lost == []
    assert verdict.doubled_count == verdict.invented_count == verdict.disordered_count == 0
    assert len(journal.outboxes) == 2
    assert store.query("SELECT * FROM lost") == []


def test_it_goes_on_after_a_full_outbox_and_says_what_was_dropped(start_store: StartStore) -> None:
    store = start_store(pages=FEW_PAGES)
    await_rows(store, 50)
    store.broker.kill()
    await_rows(store, 1_500)
    store.broker.start()
    await_rows(store, 50)
    verdict = Verdict(store, journal := settle(store))
    [(agent, outbox, from_seq, lost_count)] = store.query(
        "SELECT agent, outbox, from_seq, rows_count FROM lost"
    )
    assert (agent, [outbox]) == (AGENT, journal.outboxes)
    assert verdict.lost == [
        entry.key for entry in journal.entries[from_seq - 1 : from_seq - 1 + lost_count]
    ]
    assert verdict.doubled_count == verdict.invented_count == verdict.disordered_count == 0
    assert f"{lost_count} stays were lost; ops sees the table lost" in store.alarms()
    # The agent tells its own count with its next report.
    wait_until(lambda: any("outbox full" in alarm for alarm in store.alarms()), "the agent's alarm")


def test_it_goes_on_with_a_hub_restored_from_an_older_backup(start_store: StartStore) -> None:
    store = start_store(carts=5)
    await_rows(store, 50)
    await_confirmed(store)
    backup = store.folder / "backup"
    store.hub_command("backup", str(store.hub_config), str(backup))
    await_rows(store, 50)
    await_confirmed(store)
    store.hub.stop()
    store.hub_command("restore", str(store.hub_config), str(backup))
    old_mark = max(store.marks().values())
    acked_seq = Journal(store.journal_path).read().acked_seq
    store.hub.start()
    await_rows(store, 50)
    verdict = Verdict(store, journal := settle(store))
    # The agent has deleted what the first hub confirmed; the second one knows that it lacks it.
    assert verdict.lost == [entry.key for entry in journal.entries[old_mark:acked_seq]]
    assert verdict.doubled_count == verdict.invented_count == verdict.disordered_count == 0
    lost = store.query("SELECT from_seq, rows_count FROM lost")
    assert lost == [(old_mark + 1, acked_seq - old_mark)]
    assert f"{acked_seq - old_mark} stays were lost; ops sees the table lost" in store.alarms()


def test_a_withdrawal_empties_what_waits_and_leaves_no_byte(start_store: StartStore) -> None:
    store = start_store(carts=5)
    spy = store.spy()
    await_rows(store, 50)
    await_confirmed(store)
    store.broker.kill()
    journal = await_rows(store, 100)
    known = set(store.query(NAMES))
    store.phones[0].post("/api/phone/delete").raise_for_status()
    [names] = known - set(store.query(NAMES))
    handle = names[0]
    acked_seq = journal.acked_seq
    assert handle in {entry.handle for entry in journal.entries[acked_seq:]}
    before = len(spy.rows)
    store.broker.start()
    journal = settle(store)
    wait_until(lambda: spy.rows[-1].seq == journal.kept_seq, "the last row on the wire")
    spy.stop()
    rows = {row.seq: row for row in spy.rows[before:]}
    # Every seq comes, those of the handle as void, none of it in clear.
    assert rows.keys() >= set(range(acked_seq + 1, journal.kept_seq + 1))
    voids = {seq for seq, row in rows.items() if row.kind == "void"}
    assert voids == {
        seq
        for seq, entry in enumerate(journal.entries, start=1)
        if seq > acked_seq and entry.handle == handle
    }
    assert handle not in {row.handle for row in spy.rows[before:]}
    assert [store.bytes_with(name) for name in names] == [[], [], []]
