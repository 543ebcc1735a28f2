"""The file that must survive: migrations, backup, restore, the lock."""

import resource
import sqlite3
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from hub_server import database as databases
from hub_server.database import REVISION, Database, DatabaseError, backup, restore
from hub_server.records.tables import LOST, METADATA, USERS
from tests.hub_server.conftest import Hub

HASHED = "no hash at all"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "hub.db"


def test_a_new_file_has_every_table_as_declared(path: Path) -> None:
    database = Database(path)
    found = inspect(database._engine)
    for table in METADATA.tables.values():
        assert {c["name"] for c in found.get_columns(table.name)} == {c.name for c in table.columns}
    assert database.read(text("PRAGMA synchronous"))[0][0] == 2
    assert database.read(text("PRAGMA secure_delete"))[0][0] == 1
    assert database.read(text("PRAGMA foreign_keys"))[0][0] == 1
    database.close()
    Database(path).close()


def test_a_transaction_that_fails_leaves_nothing(path: Path) -> None:
    database = Database(path)

    def fail() -> None:
        with database.begin():
            database.append(LOST, [(None, "s", "a", "o", 1, 2, 3)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert database.read(select(LOST)) == []
    database.append(LOST, [])
    database.close()


def test_a_running_hub_keeps_its_database_to_itself(path: Path) -> None:
    database = Database(path)
    with pytest.raises(DatabaseError, match="in use by a running hub"):
        Database(path)
    beside = Database(path, alone=False)
    beside.write(insert(USERS).values({"user": "ada", "password": "x", "created_ms": 1}))
    beside.close()
    assert len(database.read(select(USERS))) == 1
    database.close()


@pytest.mark.parametrize("content", [b"not a database at all, but long enough to be read as one"])
def test_a_file_that_is_no_database_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content * 100)
    with pytest.raises(DatabaseError, match="expected a hub's database"):
        Database(path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="expected a writable folder"):
        Database(tmp_path / "nowhere" / "hub.db")


def test_what_is_wrong_is_one_line_with_who_acts(tmp_path: Path) -> None:
    """No SQL, no link, and an advice that fits."""
    folder, text_file, newer = tmp_path / "absent" / "a.db", tmp_path / "b.db", tmp_path / "c.db"
    text_file.write_bytes(b"no database at all, but long enough to be read as one" * 100)
    Database(newer).close()
    make_newer(newer)
    (tmp_path / "d.db").mkdir()
    for path, expected in (
        (folder, "there is no folder .*absent; expected a writable folder; ops makes it"),
        (text_file, "no database; expected a hub's database; ops mends the path, or restores"),
        (newer, "its schema is 9999, newer than this program's .*; ops updates instep"),
        (tmp_path / "d.db", "cannot be opened; expected .*; ops mends path or rights"),
    ):
        with pytest.raises(DatabaseError, match=f"^database {path}: {expected}") as refused:
            Database(path, alone=False)
        assert_plain(str(refused.value))


def assert_plain(said: str) -> None:
    assert "\n" not in said
    assert "http" not in said
    assert "INSERT" not in said
    assert "PRAGMA" not in said


def test_a_locked_file_says_so_and_is_well_again_by_itself(path: Path) -> None:
    database = Database(path, busy_ms=10)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseError, match=r"locked by another process; .* ops ends") as refused:
        database.write(insert(USERS).values(user="ada", password=HASHED, created_ms=1))
    assert_plain(str(refused.value))
    database.probe()
    assert str(database.fault).startswith("locked")
    assert database.read(text("PRAGMA busy_timeout"))[0][0] == 0
    assert database.read(select(USERS)) == []
    holder.close()
    database.probe()
    assert database.fault is None
    assert database.read(text("PRAGMA busy_timeout"))[0][0] == 10
    database.probe()
    database.close()


def test_a_full_disk_says_so_and_a_write_that_fits_mends_it(path: Path) -> None:
    database = Database(path)
    (pages_count,) = database.read(text("PRAGMA page_count"))[0]
    database.read(text(f"PRAGMA max_page_count={pages_count}"))
    rows = [(None, "store", "agent", "outbox" * 40, n, 1, 1) for n in range(2_000)]

    def fill() -> None:
        with database.begin():
            database.append(LOST, rows)

    with pytest.raises(DatabaseError, match=r"the disk is full; .* ops makes room") as refused:
        fill()
    assert_plain(str(refused.value))
    assert database.read(select(LOST)) == []
    database.write(select(LOST))
    assert database.fault is not None
    database.read(text("PRAGMA max_page_count=100000"))
    fill()
    assert database.fault is None
    database.close()


def test_a_commit_that_fails_leaves_nothing_and_the_next_one_works(path: Path) -> None:
    database = Database(path)
    statement = insert(USERS).values(user="ada", password=HASHED, created_ms=1)
    database.checkpoint()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(DatabaseError, match="the disk does not take or give it"):
            database.write(statement)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert database.read(select(USERS)) == []
    database.write(statement)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        assert not database.checkpoint()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert database.checkpoint()
    assert (database.fault, len(database.read(select(USERS)))) == (None, 1)
    database.close()


def test_a_query_that_fails_ends_nothing_else(path: Path) -> None:
    database = Database(path)
    with pytest.raises(DatabaseError) as refused:
        database.read(text("SELECT nothing FROM nowhere"))
    assert "SELECT" not in str(refused.value)
    database.write(insert(USERS).values(user="ada", password=HASHED, created_ms=1))
    database.close()


def test_no_error_holds_what_was_to_be_written(path: Path) -> None:
    database = Database(path)
    row = insert(USERS).values(user="ada-of-the-secret-id", password=HASHED, created_ms=1)
    database.write(row)
    with pytest.raises(IntegrityError) as refused:
        database.write(row)
    assert "ada-of-the-secret-id" not in str(refused.value)
    assert "ada-of-the-secret-id" not in "".join(traceback.format_exception(refused.value))
    with pytest.raises(IntegrityError) as refused, database.begin():
        database.append(USERS, [("ada-of-the-secret-id", "x", 1)])
    assert "ada-of-the-secret-id" not in str(refused.value)
    database.close()


def make_newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()


def test_a_newer_schema_is_refused_and_left_alone(path: Path, tmp_path: Path) -> None:
    Database(path).close()
    make_newer(path)
    with pytest.raises(DatabaseError, match=f"9999, newer than this program's {REVISION}"):
        Database(path)
    with pytest.raises(DatabaseError, match="ops updates instep"):
        restore(path, tmp_path / "other.db")


def test_a_backup_of_a_running_hub_goes_on_after_restore(
    new_hub: Callable[..., Hub], tmp_path: Path
) -> None:
    hub = new_hub()
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    handle = hub.handle(session)
    hub.stays(hub.row(handle, "enter", "produce"))
    saved = tmp_path / "saved.db"
    assert backup(hub.settings.database, saved) > 0
    hub.stays(hub.row(handle, "enter", "pasta"), hub.row(handle, "enter", "wine"))
    with pytest.raises(DatabaseError, match="in use"):
        restore(saved, hub.settings.database)
    hub.close()
    restore(saved, hub.settings.database)
    hub.open()
    assert hub.query("SELECT zone FROM stays") == [("produce",)]
    hub.stays(hub.row(handle, "enter", "dairy"), oldest_seq=4)
    assert hub.acks() == [("box-1", 4)]
    assert hub.query("SELECT from_seq, rows_count FROM lost") == [(2, 2)]
    assert hub.engine.page(session.cookie).visit_code == session.visit_code


def test_backup_and_restore_say_what_is_wrong(path: Path, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="does not exist"):
        backup(path, tmp_path / "b")
    Database(path).close()
    (tmp_path / "b").touch()
    with pytest.raises(DatabaseError, match="expected a new file"):
        backup(path, tmp_path / "b")
    for bad in (tmp_path / "b", tmp_path / "absent"):
        with pytest.raises(DatabaseError, match="no hub's backup"):
            restore(bad, path)


def test_a_copy_that_cannot_be_written_is_refused_and_leaves_nothing(
    path: Path, tmp_path: Path
) -> None:
    Database(path).close()
    target, broken = tmp_path / "target.db", tmp_path / "broken.db"
    with pytest.raises(DatabaseError, match=r"there is no folder .*; ops makes it"):
        backup(path, tmp_path / "absent" / "b.db")
    with pytest.raises(DatabaseError, match="ops"):
        backup(path, Path("/proc/no-file-can-be-made-here.db"))
    broken.write_bytes(b"no database at all, but long enough to be read as one" * 100)
    with pytest.raises(DatabaseError, match="no database; expected") as refused:
        backup(broken, target)
    assert_plain(str(refused.value))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, limits[1]))
    try:
        with pytest.raises(DatabaseError, match="ops"):
            backup(path, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not target.exists()
    (tmp_path / "folder.db").mkdir()
    backup(path, target)
    with pytest.raises(DatabaseError, match="expected a writable folder; ops"):
        restore(target, tmp_path / "folder.db")


def test_a_damaged_backup_is_refused(path: Path, tmp_path: Path) -> None:
    database = Database(path)
    rows = [(None, "store", "agent", "outbox" * 40, n, 1, 1) for n in range(2_000)]
    with database.begin():
        database.append(LOST, rows)
    database.checkpoint()
    database.close()
    data = bytearray(path.read_bytes())
    middle = len(data) - 3 * 4096
    data[middle : middle + 4096] = b"\xa5" * 4096
    broken = tmp_path / "broken.db"
    broken.write_bytes(data)
    with pytest.raises(DatabaseError, match=r"damaged|no hub's backup"):
        restore(broken, tmp_path / "new.db")


def test_the_revision_is_the_newest_step() -> None:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - slow to import

    assert ScriptDirectory(databases.MIGRATIONS).get_current_head() == REVISION


def test_the_migrations_make_what_tables_declares(path: Path) -> None:
    database = Database(path)
    declared = create_engine("sqlite://")
    METADATA.create_all(declared)
    for table in METADATA.tables:
        found, wanted = inspect(database._engine), inspect(declared)
        for look in ("get_columns", "get_pk_constraint", "get_indexes"):
            assert str(getattr(found, look)(table)) == str(getattr(wanted, look)(table)), table
        assert _references(database._engine, table) == _references(declared, table), table
    declared.dispose()
    database.close()


def _references(engine: Engine, table: str) -> set[tuple[str, ...]]:
    """By SQLite's own word: SQLAlchemy reads no ON DELETE of a column that was added later."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"PRAGMA foreign_key_list({table})").fetchall()
    return {tuple(row[2:]) for row in rows}
