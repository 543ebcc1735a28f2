"""Stays that the hub has not confirmed yet: durable, bounded, numbered without a gap."""

import logging
import secrets
import sqlite3
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from edge_agent.messages import StayRow

log = logging.getLogger(__name__)
T = TypeVar("T")

# What is older is no use to the hub, and DESIGN keeps an outbox no longer.
AGE_MAX_S: Final = 24 * 3600.0
# Each commit is an fsync, which wears an SD card; a row deleted late is only sent twice.
ACK_COMMIT_EVERY_S: Final = 2.0
# Old rows are rare: they need a hub that was away for a day.
EXPIRE_EVERY_S: Final = 60.0
# SQLite's default, and the page of common flash.
PAGE_BYTES: Final = 4096
# The schema, one batch and the work space of a drop need about 20.
PAGES_MIN: Final = 64
# Rows a transaction: 100 of 400 bytes fit into the smallest outbox several times.
BATCH_ROWS: Final = 100
# A full outbox drops this share of its rows at once, so that not every append pays for a drop.
DROP_SHARE: Final = 0.05
# Pages before a checkpoint: bounds the WAL to about 1 MiB beside the file.
WAL_PAGES: Final = 256
# Host parameters of one SQLite statement are limited; this is far below every build's limit.
HANDLES_A_STATEMENT: Final = 500

_PRAGMAS: Final = (
    # A second agent on the same folder is refused at once instead of doubling every seq.
    "PRAGMA locking_mode = EXCLUSIVE",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    f"PRAGMA wal_autocheckpoint = {WAL_PAGES}",
    f"PRAGMA journal_size_limit = {WAL_PAGES * PAGE_BYTES}",
)
_SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS state (one INTEGER PRIMARY KEY, id TEXT, next_seq INT)",
    """CREATE TABLE IF NOT EXISTS rows
       (seq INTEGER PRIMARY KEY, handle TEXT, boot TEXT, mono_ms INT, at_ms INT, body BLOB)""",
)
# SQLITE_ERROR: the file is SQLite's but its tables are not ours.
_BROKEN_FILE: Final = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "SQLITE_ERROR")
_DECODER: Final = msgspec.json.Decoder(StayRow)


class OutboxError(Exception):
    """The outbox cannot be opened at all; the text says where and who acts."""


class Outbox:
    """A durable queue of `StayRow` in the SQLite file `path`. For one thread.

    When `max_pages` are full the oldest rows go and are counted. After the start nothing that the
    disk does raises here: an agent without an outbox still serves live fixes.

    Raises:
        OutboxError: the folder is not writable, or another agent holds the file.
    """

    def __init__(self, path: Path, max_pages: int, boot: str) -> None:
        self._id = ""
        self._next_seq = 1
        self._opened_seq = 1
        """The first that this object gives out."""
        self._path = path
        self._max_pages = max(max_pages, PAGES_MIN)
        self._boot = boot
        self.dropped_count = 0
        """Rows lost to a full, old or failing outbox since this object was made."""
        self._acknowledged_seq = 0
        self._acks_committed_s = float("-inf")
        self._expired_s = float("-inf")
        try:
            self._open_or_set_aside()
        except (sqlite3.Error, OSError) as error:
            msg = f"outbox {path}: {error}; ops: is the folder writable, and is one agent running?"
            raise OutboxError(msg) from None

    @property
    def id(self) -> str:
        """The random name of this file; the hub counts seq by it."""
        return self._id

    @property
    def last_seq(self) -> int:
        """The highest seq given out, 0 before the first."""
        return self._next_seq - 1

    @property
    def queued_count(self) -> int:
        """Rows that wait for the hub's confirmation."""
        return self._guarded(self._count, 0)

    def append(self, rows: Sequence[StayRow]) -> int:
        """Give `rows` their seq and keep them; the last seq, after COMMIT."""
        for start in range(0, len(rows), BATCH_ROWS):
            batch = rows[start : start + BATCH_ROWS]
            if not self._guarded(lambda batch=batch: self._insert(batch), fallback=False):  # type: ignore[misc]
                self.dropped_count += len(batch)
        return self.last_seq

    def unacknowledged(self, limit: int, after_seq: int = 0) -> tuple[int, list[StayRow]]:
        """(the oldest seq that waits, up to `limit` rows past `after_seq`), by seq."""
        nothing: tuple[int, list[StayRow]] = (self._next_seq, [])
        return self._guarded(lambda: self._read(limit, after_seq), nothing)

    def acknowledge(self, seq: int) -> None:
        """Every row up to `seq` is with the hub; `tidy` or the next append takes them out.

        A seq that was never given out tells that this file is older than what the hub knows (a
        restored SD card): the hub would take new rows for old, so the file gets a new name. What
        was in it when it was opened the hub has; under a new name it would have that twice.
        """
        if seq > self.last_seq:
            self._acknowledged_seq = max(self._acknowledged_seq, self._opened_seq - 1)
            self._guarded(self._rename, fallback=None)
            return
        self._acknowledged_seq = max(self._acknowledged_seq, seq)

    def tidy(self, mono_s: float, wall_s: float) -> None:
        """Once a second or so: commit acknowledgements that are due, drop rows over 24 h old."""
        if mono_s - self._acks_committed_s >= ACK_COMMIT_EVERY_S:
            self._acks_committed_s = mono_s
            self._guarded(self._delete_acknowledged, 0)
        if mono_s - self._expired_s >= EXPIRE_EVERY_S:
            self._expired_s = mono_s
            self._guarded(lambda: self._expire(mono_s, wall_s), fallback=None)

    def void(self, handles: Collection[str]) -> bool:
        """Empty the rows of `handles`; their seq stays, no byte of a handle does, WAL included.

        False where the disk refused: try again.
        """
        is_done = self._guarded(lambda: self._void(list(handles)), fallback=False)
        self._remove_set_aside()
        return is_done

    def close(self) -> None:
        """Commit what is due and close the file."""
        self._guarded(self._delete_acknowledged, 0)
        self._db.close()

    def _open_or_set_aside(self) -> None:
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            if _is_broken(error):
                self._set_aside(error)
                self._open()
            else:
                raise

    def _open(self) -> None:
        self._path.touch(mode=0o600)
        database = sqlite3.connect(self._path, isolation_level=None, timeout=0.0)
        try:
            self._prepare(database)
        except sqlite3.DatabaseError:
            database.close()
            raise
        self._db = database
        self._id, self._next_seq = database.execute("SELECT id, next_seq FROM state").fetchone()
        self._opened_seq = self._next_seq
        self._acknowledged_seq = 0

    def _prepare(self, database: sqlite3.Connection) -> None:
        for pragma in _PRAGMAS:
            database.execute(pragma)
        check = database.execute("PRAGMA quick_check(1)").fetchone()[0]
        if check != "ok":
            error = sqlite3.DatabaseError(check)
            error.sqlite_errorname = "SQLITE_CORRUPT"
            raise error
        # A file that is already larger keeps its size: SQLite never lowers the limit below it.
        database.execute(f"PRAGMA max_page_count = {self._max_pages}")
        for statement in _SCHEMA:
            database.execute(statement)
        database.execute("INSERT OR IGNORE INTO state VALUES (1, ?, 1)", (_new_id(),))

    def _set_aside(self, error: Exception) -> None:
        """Move the broken file out of the way; `void` and 24 h remove it for good."""
        name = f"{self._path.name}.broken-{secrets.token_hex(4)}"
        for suffix in ("", "-wal"):
            part = self._path.with_name(self._path.name + suffix)
            if part.exists():
                part.rename(self._path.with_name(name + suffix))
        log.error(
            "outbox %s is broken (%s): set aside as %s, a new one begins; zone changes that waited "
            "in it are lost; ops: check the SD card",
            self._path,
            error,
            name,
        )

    def _remove_set_aside(self, before_s: float = float("inf")) -> None:
        """Remove broken files; `before_s` spares those changed since, wall clock seconds."""
        for part in self._path.parent.glob(f"{self._path.name}.broken-*"):
            if part.stat().st_mtime < before_s:
                part.unlink(missing_ok=True)

    def _guarded(self, action: Callable[[], T], fallback: T) -> T:
        """What `action` returns; `fallback`, and a loud log, where the disk fails it."""
        try:
            return action()
        except sqlite3.DatabaseError as error:
            return self._recover(error, action, fallback)

    def _recover(self, error: sqlite3.DatabaseError, action: Callable[[], T], fallback: T) -> T:
        """Try once more on a new file where the old one is broken."""
        try:
            if _is_broken(error):
                self._db.close()
                self._set_aside(error)
                self._open()
                return action()
            self._db.rollback()
        except (sqlite3.Error, OSError) as second:
            log.error("outbox %s: %s", self._path, second)  # noqa: TRY400 - no traceback to ops
        log.error("outbox %s: %s; ops: check disk and SD card", self._path, error)
        return fallback

    def _count(self) -> int:
        return int(
            self._db.execute(
                "SELECT count(*) FROM rows WHERE seq > ?", (self._acknowledged_seq,)
            ).fetchone()[0]
        )

    def _insert(self, batch: Sequence[StayRow]) -> bool:
        """Commit `batch`, dropping the oldest rows as often as it needs."""
        while True:
            try:
                self._commit(batch)
            except sqlite3.OperationalError as error:
                self._db.rollback()
                if error.sqlite_errorname != "SQLITE_FULL" or not self._drop_oldest(len(batch)):
                    raise
            else:
                return True

    def _commit(self, batch: Sequence[StayRow]) -> None:
        seq = self._next_seq
        self._db.execute("BEGIN IMMEDIATE")
        self._db.execute("DELETE FROM rows WHERE seq <= ?", (self._acknowledged_seq,))
        self._db.executemany(
            "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)",
            [
                (n, row.handle, row.boot, row.mono_ms, row.at_ms, msgspec.json.encode(row))
                for n, row in enumerate(batch, seq)
            ],
        )
        self._db.execute("UPDATE state SET next_seq = ?", (seq + len(batch),))
        self._db.execute("COMMIT")
        self._next_seq = seq + len(batch)

    def _drop_oldest(self, rows_min: int) -> int:
        """Make room: confirmed rows first; how many rows went."""
        if freed := self._delete_acknowledged():
            return freed
        rows = self._db.execute("SELECT count(*) FROM rows").fetchone()[0]
        count = max(rows_min, int(rows * DROP_SHARE))
        gone = self._db.execute(
            "DELETE FROM rows WHERE seq IN (SELECT seq FROM rows ORDER BY seq LIMIT ?)", (count,)
        ).rowcount
        self.dropped_count += gone
        log.warning("outbox full: its %d oldest rows are dropped; is the hub reachable?", gone)
        return gone

    def _read(self, limit: int, after_seq: int) -> tuple[int, list[StayRow]]:
        oldest = self._db.execute(
            "SELECT min(seq) FROM rows WHERE seq > ?", (self._acknowledged_seq,)
        ).fetchone()[0]
        found = self._db.execute(
            "SELECT seq, body FROM rows WHERE seq > ? ORDER BY seq LIMIT ?",
            (max(after_seq, self._acknowledged_seq), limit),
        ).fetchall()
        return oldest or self._next_seq, [_row(seq, body) for seq, body in found]

    def _delete_acknowledged(self) -> int:
        statement = "DELETE FROM rows WHERE seq <= ?"
        return self._db.execute(statement, (self._acknowledged_seq,)).rowcount

    def _expire(self, mono_s: float, wall_s: float) -> None:
        """Drop the rows before the first young one; within one boot the wall clock may jump."""
        young = self._db.execute(
            """SELECT min(seq) FROM rows
               WHERE CASE boot WHEN ? THEN mono_ms >= ? ELSE at_ms >= ? END""",
            (self._boot, (mono_s - AGE_MAX_S) * 1000, (wall_s - AGE_MAX_S) * 1000),
        ).fetchone()[0]
        gone = self._db.execute(
            "DELETE FROM rows WHERE seq < ?", (self._next_seq if young is None else young,)
        ).rowcount
        if gone:
            self.dropped_count += gone
            log.warning("outbox: %d rows over 24 h old are dropped", gone)
        self._remove_set_aside(wall_s - AGE_MAX_S)
        # What was confirmed and deleted leaves the log, too: its handle may be withdrawn by now.
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _void(self, handles: list[str]) -> bool:
        self._delete_acknowledged()
        for start in range(0, len(handles), HANDLES_A_STATEMENT):
            some = handles[start : start + HANDLES_A_STATEMENT]
            marks = ", ".join("?" * len(some))
            self._db.execute(
                f"UPDATE rows SET handle = '', body = ? WHERE handle IN ({marks})",  # noqa: S608
                (b"", *some),
            )
        is_busy, _, _ = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy

    def _rename(self) -> None:
        """Begin a new id, with the waiting rows numbered from 1."""
        self._delete_acknowledged()
        first = self._db.execute("SELECT coalesce(min(seq), next_seq) FROM state LEFT JOIN rows")
        shift = int(first.fetchone()[0]) - 1
        name = _new_id()
        self._db.execute("BEGIN IMMEDIATE")
        # Two steps, because an update in place could meet a seq that is not yet moved.
        self._db.execute("UPDATE rows SET seq = -(seq - ?)", (shift,))
        self._db.execute("UPDATE rows SET seq = -seq")
        self._db.execute("UPDATE state SET id = ?, next_seq = next_seq - ?", (name, shift))
        self._db.execute("COMMIT")
        log.warning("outbox %s is older than the hub knows (a restored disk?): renamed", self._path)
        self._id, self._next_seq, self._acknowledged_seq = name, self._next_seq - shift, 0
        self._opened_seq = 1


def _new_id() -> str:
    return f"ob-{secrets.token_hex(8)}"


def _is_broken(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is at fault; an error without a name tells of one closed as broken."""
    return getattr(error, "sqlite_errorname", _BROKEN_FILE[0]) in _BROKEN_FILE


def _row(seq: int, body: bytes) -> StayRow:
    """The row kept as `body`; what is empty or unreadable is void, so that its seq still goes."""
    try:
        return msgspec.structs.replace(_DECODER.decode(body), seq=seq)
    except msgspec.MsgspecError:
        return StayRow(seq=seq, kind="void")
