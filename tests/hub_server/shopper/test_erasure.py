"""Delete: all of it in one transaction, and the bytes as soon as nobody reads them."""

import sqlite3

import pytest

from hub_server.views.hub import Refused
from tests.hub_server.conftest import Hub


def test_a_deletion_while_somebody_reads_the_log_is_finished_later(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    hub.database.checkpoint()
    session = hub.yes(code)
    handle = hub.handle(session).encode()
    reader = sqlite3.connect(hub.settings.database)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM shoppers").fetchall()
    hub.engine.delete(session.cookie)
    assert hub.engine._erasure.checkpoint_due
    reader.rollback()
    reader.close()
    hub.pass_s(1)
    assert not hub.engine._erasure.checkpoint_due
    assert handle not in hub.bytes_on_disk()


def test_a_deletion_that_fails_has_deleted_nothing_and_can_be_asked_for_again(hub: Hub) -> None:
    one, other = hub.carts("cart-1", "cart-2")
    session = hub.yes(one, remember=True)
    hub.yes(other, session.cookie)
    guest = hub.engine.join(session.join_code, None)
    hub.run("CREATE TRIGGER no BEFORE DELETE ON shoppers BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(Refused) as refused:
        hub.engine.delete_by_code(session.visit_code)
    assert (refused.value.status, refused.value.code) == (503, "database")
    assert hub.query("SELECT count(*) FROM pairings WHERE to_ms IS NULL") == [(2,)]
    assert hub.engine.page(session.cookie).ended is None
    assert hub.engine.page(guest.cookie).ended is None
    hub.run("DROP TRIGGER no")
    assert hub.engine.delete_by_code(session.visit_code)
    assert hub.query("SELECT count(*) FROM visits") == [(0,)]
    with pytest.raises(Refused):
        hub.engine.page(session.cookie)


def test_after_a_restart_late_rows_of_the_deleted_are_dropped_and_acknowledged(hub: Hub) -> None:
    """No list names the handle any more, so a Pi that was offline sends them once."""
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    handle = hub.handle(session)
    rows = [hub.row(handle, "enter", "produce"), hub.row(handle, "leave", "produce")]
    hub.engine.delete(session.cookie)
    assert hub.engine.lists.current().withdrawn == [handle]
    hub.restart()
    assert hub.engine.lists.current().withdrawn == []
    hub.stays(*rows)
    assert hub.acks() == [("box-1", 2)]
    assert hub.query("SELECT count(*) FROM stays") == [(0,)]
    assert handle.encode() not in hub.bytes_on_disk()
