"""The hub's SQLite file: durable, private, migrated on open; backup and restore.

`synchronous=FULL` makes a commit survive a power cut; `secure_delete` writes zeros over what is
deleted; `wal_checkpoint(TRUNCATE)` after a deletion empties the log as well.
"""

import errno
import fcntl
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import tzinfo
from pathlib import Path
from typing import Any, Final, TextIO

from sqlalchemy import Connection, Row, Table, create_engine, event, insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool
from sqlalchemy.sql import Executable

from hub_server.instants import day_of

# The revision of the newest step in migrations/versions.
REVISION: Final = "0002"
MIGRATIONS: Final = Path(__file__).parent / "migrations"
# A backup or a reader may hold the file for a moment; past this something is wrong.
BUSY_MS: Final = 5_000
# 4 KiB pages: 8 MB of cache holds a busy day's index pages and little of the 150 MB we allow.
CACHE_KIB: Final = 8_192
# Folding the log into the file costs two more waits for the disk: every 16 MB instead of 4.
CHECKPOINT_PAGES: Final = 4_096
PRAGMAS: Final = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "secure_delete=ON",
    f"cache_size=-{CACHE_KIB}",
    f"wal_autocheckpoint={CHECKPOINT_PAGES}",
)
FULL: Final = "the disk is full; expected room for the database; ops makes room"
LOCKED: Final = "locked by another process; expected it to be ours; ops ends what holds it"
RIGHTS: Final = "may not be written; expected the hub's own file and folder; ops mends their rights"
# What SQLite's primary result codes mean to whoever must act: https://sqlite.org/rescode.html
FAULTS: Final[Mapping[int, str]] = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_LOCKED: LOCKED,
    sqlite3.SQLITE_READONLY: RIGHTS,
    sqlite3.SQLITE_PERM: RIGHTS,
    sqlite3.SQLITE_CANTOPEN: "cannot be opened; expected a file in a folder that the hub's user "
    "may write; ops mends path or rights",
    sqlite3.SQLITE_IOERR: "the disk does not take or give it; expected a sound disk; ops looks at "
    "the disk and its quota",
    sqlite3.SQLITE_NOTADB: "no database; expected a hub's database; ops mends the path, or "
    "restores a backup",
    sqlite3.SQLITE_CORRUPT: "damaged; expected a hub's database; ops restores a backup",
}


# The low byte of an extended result code is the primary one.
PRIMARY: Final = 0xFF


class DatabaseError(RuntimeError):
    """The database cannot be used; the text says which, why, and who acts."""


class Database:
    """One open file, one connection, one thread. A hub keeps it to itself (`alone`).

    Raises:
        DatabaseError: the file is in use by a running hub, newer than this program, or no database.
            Later, from every read and write: the disk is full, another process holds it, ...
    """

    def __init__(self, path: Path, *, alone: bool = True, busy_ms: int = BUSY_MS) -> None:
        self.path = path
        self.fault: str | None = None
        """Why the last read or write failed; None once something could be written again."""
        self._busy_ms = busy_ms
        self._lock = lock(path) if alone else None
        # Without hide_parameters each error's text, and so the log, would hold ids and handles.
        self._engine = create_engine(
            f"sqlite:///{path}",
            poolclass=StaticPool,
            hide_parameters=True,
            connect_args={"timeout": busy_ms / 1000},
        )
        event.listen(self._engine, "connect", _configure)
        self._statements: dict[str, str] = {}
        try:
            self._connection = self._engine.connect()
            self._migrate()
        except Exception as error:
            self._engine.dispose()
            self._unlock()
            msg = f"database {path}: {_missing_folder(path) or fault_of(error)}"
            raise DatabaseError(msg) from error

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: committed at the end, undone by an exception.

        Raises:
            DatabaseError: it could not be written.
            IntegrityError: it does not fit what is there.
        """
        changes_count = self._raw().total_changes
        try:
            with self._connection.begin():
                yield self._connection
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise self._failed(error) from None
        if self.fault is not None and self._raw().total_changes > changes_count:
            self._mended()

    def write(self, *statements: Executable) -> int:
        """Run `statements` in one transaction; the rows that the last one touched."""
        touched = 0
        with self.begin() as connection:
            for statement in statements:
                touched = connection.execute(statement).rowcount
        return touched

    def read(self, statement: Executable) -> Sequence[Row[Any]]:
        """The rows of a query."""
        try:
            return self._connection.execute(statement).fetchall()
        except DBAPIError as error:
            raise self._failed(error) from None
        finally:
            self._connection.rollback()

    def probe(self) -> None:
        """After a fault: see, without waiting, whether the file takes writes again."""
        if self.fault is None:
            return
        raw = self._raw()
        with suppress(sqlite3.Error):
            (version,) = raw.execute("PRAGMA user_version").fetchone()
            # Writes a page, though nothing in it changes.
            raw.execute(f"PRAGMA user_version={version}")
            self._mended()

    def keep_days_of(self, timezone: tzinfo) -> None:
        """Let statements ask for `store_day(at_ms)`: the date of a moment where the store is."""
        self._raw().create_function(
            "store_day", 1, lambda at_ms: day_of(at_ms / 1000, timezone), deterministic=True
        )

    def append(self, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
        """Insert `rows` (values in the table's column order) inside a transaction, prepared once.

        SQLAlchemy's own executemany spends 5 us a row on parameter dictionaries; this 1 us.
        """
        self.run(self._insert(table), rows)

    def run(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Run one SQL statement for each of `rows`, inside a transaction."""
        if rows:
            self._connection.exec_driver_sql(statement, list(rows))

    def ask(self, statement: str, row: tuple[object, ...]) -> Sequence[Row[Any]]:
        """The rows that one SQL statement yields inside a transaction."""
        return self._connection.exec_driver_sql(statement, row).fetchall()

    def checkpoint(self) -> bool:
        """Fold the log into the file and empty it: deleted bytes are gone from both.

        False while another process (a backup) holds the log, or the disk is full; try again.
        """
        try:
            busy, _, _ = self._raw().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.Error:
            return False
        finally:
            self._connection.rollback()
        return not busy

    def close(self) -> None:
        """Close the file and let others have it."""
        self._connection.close()
        self._engine.dispose()
        self._unlock()

    def _raw(self) -> sqlite3.Connection:
        raw = self._connection.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            msg = f"database {self.path}: expected a SQLite connection; a fault of ours"
            raise TypeError(msg)
        return raw

    def _failed(self, error: DBAPIError) -> DatabaseError:
        self.fault = fault_of(error)
        # Whoever holds the file was waited for once; the hub's loop has others to serve.
        self._raw().execute("PRAGMA busy_timeout=0")
        return DatabaseError(f"database {self.path}: {self.fault}")

    def _mended(self) -> None:
        self.fault = None
        self._raw().execute(f"PRAGMA busy_timeout={self._busy_ms}")

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()

    def _insert(self, table: Table) -> str:
        if table.name not in self._statements:
            statement = insert(table).values({c.name: None for c in table.columns})
            self._statements[table.name] = str(statement.compile(dialect=self._engine.dialect))
        return self._statements[table.name]

    def _migrate(self) -> None:
        found = _revision(self._connection)
        self._connection.rollback()
        if found == REVISION:
            return
        if found is not None and found > REVISION:
            msg = f"its schema is {found}, newer than this program's {REVISION}; ops updates instep"
            raise DatabaseError(msg)
        _upgrade(self._connection)
        self._connection.commit()


def backup(database: Path, target: Path) -> int:
    """Copy `database`, whether or not a hub runs on it; returns the bytes written.

    Raises:
        DatabaseError: there is no such database, the target exists, or cannot be written.
    """
    if not database.is_file():
        msg = f"backup: {database} does not exist, expected the hub's database; ops gives its path"
        raise DatabaseError(msg)
    if target.exists():
        msg = f"backup: {target} exists, expected a new file; ops removes it or names another"
        raise DatabaseError(msg)
    with _refusing(f"backup: {target}"):
        _copy(database, target)
        return target.stat().st_size


def restore(source: Path, database: Path) -> None:
    """Put the backup `source` in the place of `database`.

    Raises:
        DatabaseError: a hub runs on it, the backup is no hub's or newer than this program, or
            `database` cannot be written; it stays as it was then.
    """
    _check_backup(source)
    held = lock(database)
    fresh = database.with_name(f"{database.name}.restoring")
    with held, _refusing(f"restore: {database}"):
        fresh.unlink(missing_ok=True)
        _copy(source, fresh)
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        fresh.replace(database)


def fault_of(error: Exception) -> str:
    """What is wrong, what was expected and who acts: one line, no SQL and no values."""
    if isinstance(error, DatabaseError):
        return str(error)
    cause = error.orig if isinstance(error, DBAPIError) else error
    known = FAULTS.get(getattr(cause, "sqlite_errorcode", 0) & PRIMARY)
    line = (str(cause).splitlines() or [type(cause).__name__])[0]
    return known or f"{line}; expected a hub's database; ops restores a backup"


def lock(database: Path) -> TextIO:
    """Hold `database` for this process alone until the returned file is closed.

    Raises:
        DatabaseError: another process holds it, or the folder cannot be written.
    """
    try:
        file = database.with_name(f"{database.name}.lock").open("w")
    except OSError as error:
        msg = f"database {database}: {_folder_fault(error)}"
        raise DatabaseError(msg) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        msg = f"database {database}: in use by a running hub; ops stops that first"
        raise DatabaseError(msg) from None
    return file


def _configure(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _revision(connection: Connection) -> str | None:
    found = connection.exec_driver_sql(
        "SELECT name FROM sqlite_master WHERE name = 'alembic_version'"
    ).fetchall()
    if not found:
        return None
    return str(connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one())


def _upgrade(connection: Connection) -> None:
    # Alembic costs 0.3 s and 10 MB: a hub whose schema is current does not load it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _check_backup(source: Path) -> None:
    try:
        with _opened(source) as connection:
            found = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except (sqlite3.Error, TypeError):
        msg = f"restore: {source} is no hub's backup; ops names a file that `backup` wrote"
        raise DatabaseError(msg) from None
    if sound != "ok":
        msg = f"restore: {source} is damaged ({sound}); ops takes another backup"
        raise DatabaseError(msg)
    if found > REVISION:
        msg = f"restore: {source} has schema {found}, newer than {REVISION}; ops updates instep"
        raise DatabaseError(msg)


def _copy(source: Path, target: Path) -> None:
    missing = _missing_folder(target)
    if missing is not None:
        msg = f"{target}: {missing}"
        raise DatabaseError(msg)
    try:
        with _opened(source) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
    except sqlite3.Error:
        # Half a copy is none.
        target.unlink(missing_ok=True)
        raise


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        msg = f"{what}: {fault_of(error)}"
        raise DatabaseError(msg) from None
    except OSError as error:
        msg = f"{what}: {_folder_fault(error)}"
        raise DatabaseError(msg) from None


def _missing_folder(path: Path) -> str | None:
    if path.parent.is_dir():
        return None
    return f"there is no folder {path.parent}; expected a writable folder; ops makes it"


def _folder_fault(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return FULL
    return f"{error.strerror}; expected a writable folder; ops mends path or rights"


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        yield connection
    finally:
        with suppress(sqlite3.Error):
            connection.close()
