import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_agent import outbox as module
from edge_agent.messages import StayRow
from edge_agent.outbox import Outbox, OutboxError

BOOT: Final = "boot-1"
DAY_S: Final = 24 * 3600.0


def row(handle: str = "h-1", mono_ms: int = 0, at_ms: int = 0, boot: str = BOOT) -> StayRow:
    return StayRow(
        seq=1,
        kind="enter",
        stay=f"{handle}.7.1",
        handle=handle,
        zone="dairy",
        at_ms=at_ms,
        boot=boot,
        mono_ms=mono_ms,
        map_sha="a" * 64,
        term=7,
    )


def open_outbox(folder: Path, pages: int = 4096) -> Outbox:
    return Outbox(folder / "outbox.db", pages, BOOT)


def seqs(outbox: Outbox) -> list[int]:
    return [one.seq for one in outbox.unacknowledged(10_000)[1]]


def bytes_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def test_rows_get_seq_and_come_back_in_its_order(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    assert outbox.unacknowledged(5) == (1, [])
    assert outbox.append([row("h-1"), row("h-2")]) == 2
    assert outbox.append([]) == 2
    assert outbox.append([row("h-3")]) == 3
    oldest, rows = outbox.unacknowledged(10)
    assert oldest == 1
    assert rows == [msgspec.structs.replace(row(f"h-{n}"), seq=n) for n in (1, 2, 3)]
    assert [one.seq for one in outbox.unacknowledged(1, after_seq=1)[1]] == [2]
    assert outbox.queued_count == 3
    outbox.close()


def test_acknowledged_rows_are_gone_at_once_and_from_the_disk_within_two_seconds(
    tmp_path: Path,
) -> None:
    outbox = open_outbox(tmp_path)
    outbox.append([row()] * 5)
    outbox.tidy(100.0, 100.0)
    outbox.acknowledge(3)
    outbox.acknowledge(2)
    assert outbox.unacknowledged(10)[0] == 4
    assert outbox.queued_count == 2
    outbox.tidy(101.9, 101.9)
    assert count(outbox) == 5
    outbox.tidy(102.0, 102.0)
    assert count(outbox) == 2
    outbox.acknowledge(4)
    outbox.append([row()])
    assert count(outbox) == 2
    outbox.close()


def count(outbox: Outbox) -> int:
    return int(outbox._db.execute("SELECT count(*) FROM rows").fetchone()[0])


def test_seq_and_id_survive_a_restart_of_an_empty_outbox(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    name = outbox.id
    outbox.append([row()] * 3)
    outbox.acknowledge(3)
    outbox.close()
    again = open_outbox(tmp_path)
    assert again.id == name
    assert again.unacknowledged(10) == (4, [])
    assert again.append([row()]) == 4
    again.close()
    (tmp_path / "elsewhere").mkdir()
    other = open_outbox(tmp_path / "elsewhere")
    assert other.id != name
    other.close()


def test_a_full_outbox_drops_its_oldest_and_goes_on(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, pages=64)
    for _ in range(60):
        outbox.append([row()] * 50)
    assert outbox.last_seq == 3000
    kept = seqs(outbox)
    assert kept == list(range(kept[0], 3001))
    assert outbox.dropped_count == 3000 - len(kept) > 0
    assert (tmp_path / "outbox.db").stat().st_size <= 64 * module.PAGE_BYTES
    assert (tmp_path / "outbox.db-wal").stat().st_size < 2 * module.WAL_PAGES * module.PAGE_BYTES
    outbox.close()


def test_a_full_outbox_first_lets_go_what_is_confirmed(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, pages=64)
    outbox.append([row()] * 400)
    outbox.acknowledge(400)
    before = outbox.dropped_count
    for _ in range(10):
        outbox.append([row()] * 40)
    assert outbox.dropped_count == before == 0
    assert outbox.queued_count == 400
    outbox.close()


def test_one_append_larger_than_the_whole_outbox_keeps_its_end(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, pages=1)
    assert outbox.append([row()] * 5000) == 5000
    assert seqs(outbox)[-1] == 5000
    assert outbox.dropped_count + outbox.queued_count == 5000
    outbox.close()


def test_a_withdrawal_leaves_the_seq_and_no_byte_of_the_handle(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    for n in range(200):
        outbox.append([row("handle-gone" if n % 3 else "handle-stays")])
    outbox.acknowledge(20)
    assert b"handle-gone" in bytes_on_disk(tmp_path)
    outbox.void(["handle-gone", *(f"h-{n}" for n in range(1200))])
    assert b"handle-gone" not in bytes_on_disk(tmp_path)
    assert b"handle-stays" in bytes_on_disk(tmp_path)
    assert seqs(outbox) == list(range(21, 201))
    kinds = {one.kind for one in outbox.unacknowledged(200)[1]}
    assert kinds == {"void", "enter"}
    outbox.close()
    assert b"handle-gone" not in bytes_on_disk(tmp_path)


def test_a_minute_later_no_byte_of_what_was_confirmed_is_left(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    outbox.append([row("handle-gone")] * 30)
    outbox.acknowledge(30)
    outbox.tidy(0.0, 0.0)
    outbox.append([row("handle-gone"), row("handle-stays")])
    outbox.acknowledge(31)
    outbox.tidy(59.0, 59.0)
    assert b"handle-gone" in bytes_on_disk(tmp_path)
    outbox.tidy(61.0, 61.0)
    assert b"handle-gone" not in bytes_on_disk(tmp_path)
    assert b"handle-stays" in bytes_on_disk(tmp_path)
    outbox.close()


@settings(max_examples=25, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["append", "acknowledge", "void", "reopen", "tidy"]),
            st.integers(1, 60),
        ),
        max_size=25,
    )
)
def test_whatever_happens_withdrawn_bytes_are_gone_and_seqs_have_no_gap(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("outbox")
    outbox = open_outbox(folder, pages=64)
    for number, (action, size) in enumerate(steps):
        match action:
            case "append":
                outbox.append([row(f"secret-{size % 3}-" + "x" * size)] * size)
            case "acknowledge":
                outbox.acknowledge(min(size * 10, outbox.last_seq))
            case "void":
                handles = {one.handle for one in outbox.unacknowledged(10_000)[1]} - {""}
                outbox.void(handles)
                assert not any(one.encode() in bytes_on_disk(folder) for one in handles)
            case "reopen":
                outbox.close()
                outbox = open_outbox(folder, pages=64)
            case _:
                outbox.tidy(float(number), 0.0)
        waiting = seqs(outbox)
        oldest = outbox.unacknowledged(0)[0]
        assert waiting == list(range(oldest, outbox.last_seq + 1))
    outbox.close()


def test_rows_over_a_day_old_are_dropped_by_the_clock_that_can_be_trusted(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    now_s = 2 * DAY_S
    outbox.append(
        [
            row(boot="boot-0", at_ms=int((now_s - DAY_S - 1) * 1000)),
            row(mono_ms=900_000, at_ms=0),
            row(boot="boot-0", at_ms=0),
        ]
    )
    outbox.tidy(1000.0, now_s)
    assert seqs(outbox) == [2, 3]
    outbox.tidy(900.0 + DAY_S + 1, now_s)
    assert seqs(outbox) == []
    assert outbox.dropped_count == 3
    assert outbox.append([row()]) == 4
    outbox.close()


@pytest.mark.parametrize("damage", ["no database", "torn", "foreign"])
def test_a_broken_file_is_set_aside_and_a_new_one_begins(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "outbox.db"
    first = open_outbox(tmp_path)
    name = first.id
    first.append([row("handle-x")] * 500)
    first.close()
    if damage == "no database":
        path.write_bytes(b"not a database" * 1000)
    elif damage == "torn":
        whole = path.read_bytes()
        path.write_bytes(whole[:8192] + os.urandom(4096 * 4) + whole[8192 + 4096 * 4 :])
    else:
        path.unlink()
        foreign = sqlite3.connect(path)
        foreign.execute("CREATE TABLE state (something TEXT)")
        foreign.commit()
        foreign.close()
    outbox = open_outbox(tmp_path)
    assert outbox.id != name
    assert outbox.append([row()]) == 1
    assert "set aside as outbox.db.broken-" in caplog.text
    assert "handle-x" not in caplog.text
    assert len(list(tmp_path.glob("*.broken-*"))) == 1
    outbox.void(["handle-x"])
    assert b"handle-x" not in bytes_on_disk(tmp_path)
    outbox.close()


def test_a_file_that_breaks_under_way_is_replaced_too(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    name = outbox.id
    outbox.append([row()])
    outbox._db.execute("DROP TABLE rows")
    assert outbox.append([row()]) == 1
    assert outbox.id != name
    assert seqs(outbox) == [1]
    outbox.tidy(0.0, time.time() + 2 * DAY_S)
    assert list(tmp_path.glob("*.broken-*")) == []
    outbox.close()


def test_a_disk_that_refuses_costs_rows_and_never_the_agent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    outbox = open_outbox(tmp_path)
    outbox.append([row()])
    outbox._db.execute("PRAGMA query_only = ON")
    assert outbox.append([row(), row()]) == 1
    assert outbox.dropped_count == 2
    assert "ops: check disk and SD card" in caplog.text
    outbox._db.execute("PRAGMA query_only = OFF")
    assert outbox.append([row()]) == 2
    outbox.close()


def test_without_its_folder_an_outbox_that_broke_still_answers(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    outbox = open_outbox(folder)
    outbox._db.close()
    for path in folder.iterdir():
        path.unlink()
    folder.rmdir()
    assert outbox.append([row()]) == 0
    assert outbox.queued_count == 0
    assert outbox.unacknowledged(5) == (1, [])
    outbox.close()


def test_a_second_agent_and_a_missing_folder_are_refused_in_words(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    with pytest.raises(OutboxError, match="database is locked; ops: "):
        open_outbox(tmp_path)
    outbox.close()
    with pytest.raises(OutboxError, match="ops: is the folder writable"):
        open_outbox(tmp_path / "nowhere")


def test_a_restored_older_file_takes_a_new_name_and_keeps_its_rows(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    outbox.append([row("h-1"), row("h-2"), row("h-3")])
    outbox.acknowledge(1)
    name = outbox.id
    outbox.acknowledge(50)
    assert outbox.id != name
    oldest, rows = outbox.unacknowledged(10)
    assert oldest == 1
    assert [(one.seq, one.handle) for one in rows] == [(1, "h-2"), (2, "h-3")]
    assert outbox.append([row()]) == 3
    outbox.close()


def test_a_restored_older_file_sends_nothing_twice(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    outbox.append([row("h-old"), row("h-old")])
    outbox.close()
    outbox = open_outbox(tmp_path)
    outbox.append([row("h-new")])
    # The hub has 50 rows of the file that this one is an old copy of, both old rows among them.
    outbox.acknowledge(50)
    assert [(one.seq, one.handle) for one in outbox.unacknowledged(10)[1]] == [(1, "h-new")]
    outbox.acknowledge(50)
    assert [one.handle for one in outbox.unacknowledged(10)[1]] == ["h-new"]
    outbox.close()


def test_an_unreadable_row_goes_as_void(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    outbox.append([row(), row()])
    outbox._db.execute("UPDATE rows SET body = x'00' WHERE seq = 1")
    assert [one.kind for one in outbox.unacknowledged(5)[1]] == ["void", "enter"]
    outbox.close()


CHILD: Final = """
import sys
from pathlib import Path
from edge_agent.messages import StayRow
from edge_agent.outbox import Outbox
outbox = Outbox(Path(sys.argv[1]), 4096, "boot")
while True:
    print(outbox.append([StayRow(seq=1, kind="enter", handle="h")] * 3), flush=True)
"""


def test_kill_9_loses_nothing_that_append_returned(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    returned = 0
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE, text=True
        ) as child:
            assert child.stdout is not None
            for _ in range(50):
                returned = int(child.stdout.readline())
            child.kill()
            returned = max([returned, *(int(line) for line in child.stdout if line.endswith("\n"))])
    outbox = Outbox(path, 4096, BOOT)
    assert seqs(outbox) == list(range(1, outbox.last_seq + 1))
    assert outbox.last_seq >= returned
    outbox.close()
