"""The hub's SQLite file: durable, private, migrated on open; backup and restore.

`synchronous=FULL` makes a commit survive a power cut; `secure_delete` writes zeros over what is
deleted; `wal_checkpoint(TRUNCATE)` after a deletion empties the log as well.
"""

import fcntl
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TextIO

from sqlalchemy import Connection, Row, Table, create_engine, event, insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, StaticPool
from sqlalchemy.sql import Executable

# The revision of the newest step in migrations/versions.
REVISION: Final = "0001"
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
    f"busy_timeout={BUSY_MS}",
    f"cache_size=-{CACHE_KIB}",
    f"wal_autocheckpoint={CHECKPOINT_PAGES}",
)


class DatabaseError(RuntimeError):
    """The database cannot be used; the text says which, why, and who acts."""


class Database:
    """One open file, one connection, one thread. A hub keeps it to itself (`alone`).

    Raises:
        DatabaseError: the file is in use by a running hub, newer than this program, or no database.
    """

    def __init__(self, path: Path, *, alone: bool = True) -> None:
        self.path = path
        self._lock = lock(path) if alone else None
        self._engine = create_engine(f"sqlite:///{path}", poolclass=StaticPool)
        event.listen(self._engine, "connect", _configure)
        self._statements: dict[str, str] = {}
        try:
            self._connection = self._engine.connect()
            self._migrate()
        except Exception as error:
            self._unlock()
            msg = f"database {path}: {error}; expected a hub's database; ops restores a backup"
            raise DatabaseError(msg) from error

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction: committed at the end, undone by an exception."""
        with self._connection.begin():
            yield self._connection

    def write(self, *statements: Executable) -> int:
        """Run `statements` in one transaction; the rows that the last one touched."""
        touched = 0
        with self.begin() as connection:
            for statement in statements:
                touched = connection.execute(statement).rowcount
        return touched

    def read(self, statement: Executable) -> Sequence[Row[Any]]:
        """The rows of a query."""
        rows = self._connection.execute(statement).fetchall()
        self._connection.rollback()
        return rows

    def append(self, table: Table, rows: Sequence[tuple[object, ...]]) -> None:
        """Insert `rows` (values in the table's column order) inside a transaction, prepared once.

        SQLAlchemy's own executemany spends 5 us a row on parameter dictionaries; this 1 us.
        """
        self.run(self._insert(table), rows)

    def run(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Run one SQL statement for each of `rows`, inside a transaction."""
        if rows:
            self._connection.exec_driver_sql(statement, list(rows))

    def checkpoint(self) -> bool:
        """Fold the log into the file and empty it: deleted bytes are gone from both.

        False while another reader (a backup) holds the log; try again.
        """
        raw = self._connection.connection.driver_connection
        if not isinstance(raw, sqlite3.Connection):
            msg = f"database {self.path}: expected a SQLite connection; a fault of ours"
            raise TypeError(msg)
        busy, _, _ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self._connection.rollback()
        return not busy

    def close(self) -> None:
        """Close the file and let others have it."""
        self._connection.close()
        self._engine.dispose()
        self._unlock()

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
            msg = f"its schema is {found}, newer than this program's {REVISION}"
            raise DatabaseError(msg)
        _upgrade(self._connection)
        self._connection.commit()


def backup(database: Path, target: Path) -> int:
    """Copy `database`, whether or not a hub runs on it; returns the bytes written.

    Raises:
        DatabaseError: there is no such database, or the target exists.
    """
    if not database.is_file():
        msg = f"backup: {database} does not exist, expected the hub's database; ops gives its path"
        raise DatabaseError(msg)
    if target.exists():
        msg = f"backup: {target} exists, expected a new file; ops removes it or names another"
        raise DatabaseError(msg)
    _copy(database, target)
    return target.stat().st_size


def restore(source: Path, database: Path) -> None:
    """Put the backup `source` in the place of `database`.

    Raises:
        DatabaseError: a hub runs on it, the backup is no hub's, or newer than this program.
    """
    _check_backup(source)
    held = lock(database)
    fresh = database.with_name(f"{database.name}.restoring")
    try:
        fresh.unlink(missing_ok=True)
        _copy(source, fresh)
        for suffix in ("-wal", "-shm"):
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        fresh.replace(database)
    finally:
        held.close()


def lock(database: Path) -> TextIO:
    """Hold `database` for this process alone until the returned file is closed.

    Raises:
        DatabaseError: another process holds it, or the folder cannot be written.
    """
    try:
        file = database.with_name(f"{database.name}.lock").open("w")
    except OSError as error:
        msg = f"database {database}: {error.strerror}; expected a writable folder; ops mends it"
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
    with _opened(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    new.close()


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        yield connection
    finally:
        with suppress(sqlite3.Error):
            connection.close()
