"""What a shopper may ask: look, yes, join, leave, delete; and what nobody can find out."""

import pytest

from hub_server.engine import Refused
from hub_server.sessions import digest
from tests.hub_server.conftest import Hub


def test_looking_and_declining_write_nothing(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    hub.database.checkpoint()
    before = hub.bytes_on_disk()
    view = hub.engine.look(code, None)
    assert (view.state, view.store_name, view.operator.name) == (
        "free",
        "Corner market",
        "Corner Market",
    )
    assert hub.engine.look("nothing-like-it", "a cookie").state == "unknown"
    assert hub.bytes_on_disk() == before


def test_a_retired_code_opens_nothing(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    assert hub.engine.tags.retire("cart-1", 1)
    assert hub.engine.look(code, None).state == "retired"
    with pytest.raises(Refused) as refused:
        hub.yes(code)
    assert refused.value.status == 410
    with pytest.raises(Refused) as refused:
        hub.yes("unknown")
    assert refused.value.status == 404


def test_a_yes_is_in_the_ledger_and_the_cookie_is_not_kept(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    rows = hub.query("SELECT purpose, how, language, length(text_sha256) FROM consents ORDER BY id")
    assert rows == [("locate", "yes", "en", 64), ("message", "yes", "en", 64)]
    assert session.cookie.encode() not in hub.bytes_on_disk()
    assert hub.query("SELECT cookie_sha256 FROM phones") == [(digest(session.cookie),)]
    hub.engine.leave(session.cookie)
    taken_back = hub.query("SELECT purpose FROM consents WHERE withdrawn_ms IS NOT NULL")
    assert taken_back == [("locate",), ("message",)]


def test_an_unremembered_shopper_is_a_new_one_next_time(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    first = hub.yes(code)
    hub.engine.leave(first.cookie)
    second = hub.yes(code, first.cookie)
    assert second.cookie != first.cookie
    assert hub.query("SELECT count(*) FROM shoppers") == [(2,)]


def test_a_remembered_shopper_is_the_same_until_the_tick_is_gone(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    first = hub.yes(code, remember=True)
    assert hub.engine.page(first.cookie).consent.remember
    hub.engine.leave(first.cookie)
    second = hub.yes(code, first.cookie, remember=True)
    hub.engine.leave(second.cookie)
    third = hub.yes(code, second.cookie, remember=False)
    assert first.cookie == second.cookie == third.cookie
    assert hub.query("SELECT remembered FROM shoppers") == [(0,)]
    assert hub.query(
        "SELECT count(*) FROM consents WHERE purpose = 'remember' AND withdrawn_ms IS NOT NULL"
    ) == [(1,)]


def test_a_second_phone_joins_once_and_goes_alone(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    first = hub.yes(code)
    guest = hub.engine.join(first.join_code.lower(), None)
    assert guest.visit_code == first.visit_code
    with pytest.raises(Refused, match="not valid"):
        hub.engine.join(first.join_code, None)
    hub.engine.leave(guest.cookie)
    assert hub.engine.page(first.cookie).ended is None
    with pytest.raises(Refused, match="no visit"):
        hub.engine.page(guest.cookie)
    again = hub.engine.join(hub.engine.page(first.cookie).join_code, guest.cookie)
    assert again.cookie == guest.cookie
    with pytest.raises(Refused, match="Leave your own visit"):
        hub.engine.join(hub.engine.page(first.cookie).join_code, guest.cookie)
    hub.engine.delete(guest.cookie)
    assert hub.engine.page(first.cookie).ended is None
    assert hub.query("SELECT count(*) FROM shoppers") == [(1,)]


def test_guessing_codes_is_slow(hub: Hub) -> None:
    for _ in range(30):
        assert not hub.engine.delete_by_code("222222")
        with pytest.raises(Refused):
            hub.engine.join("222222", None)
    for call in (lambda: hub.engine.delete_by_code("222222"), lambda: hub.engine.join("2", None)):
        with pytest.raises(Refused) as refused:
            call()
        assert refused.value.status == 429
    hub.now_s += 61
    assert not hub.engine.delete_by_code("no code at all")


@pytest.mark.parametrize("by_code", [False, True])
@pytest.mark.parametrize("open_visit", [False, True])
def test_after_delete_no_row_and_no_byte_names_the_shopper(
    hub: Hub,
    by_code: bool,  # noqa: FBT001 - a table of cases
    open_visit: bool,  # noqa: FBT001 - a table of cases
) -> None:
    first, second = hub.carts("cart-1", "cart-2")
    hub.agent_up()
    other = hub.yes(second)
    session = hub.yes(first, remember=True)
    handle = hub.handle(session)
    hub.enter(handle, "produce")
    hub.linger(session, "produce", 60)
    hub.engine.feedback(
        session.cookie, hub.engine.page(session.cookie).messages[0].decision, "not_for_me"
    )
    names = names_of(hub, session.cookie)
    assert all(name in hub.bytes_on_disk() for name in names)
    if not open_visit:
        hub.engine.leave(session.cookie)
    hub.lists()
    if by_code:
        assert hub.engine.delete_by_code(session.visit_code.lower())
    else:
        hub.engine.delete(session.cookie)
    disk = hub.bytes_on_disk()
    assert [name for name in names if name in disk] == []
    (newest, *_) = hub.lists()
    assert handle in newest.withdrawn
    assert handle not in [row.handle for row in newest.rows]
    hub.stays(hub.row(handle, "leave", "produce"))
    assert handle.encode() not in hub.bytes_on_disk()
    assert hub.query("SELECT purposes, language FROM receipts") == [
        ("locate message remember", "en")
    ]
    assert hub.engine.page(other.cookie).ended is None
    with pytest.raises(Refused):
        hub.engine.page(session.cookie)
    with pytest.raises(Refused):
        hub.engine.delete(session.cookie)


def names_of(hub: Hub, cookie: str) -> list[bytes]:
    """Everything that could find the remembered shopper again."""
    rows = hub.query(
        "SELECT shopper, visit, visit_code, join_code, pairing, handle, decision FROM visits "
        "JOIN pairings USING (visit) JOIN decisions USING (visit) "
        "JOIN shoppers USING (shopper) WHERE remembered"
    )
    assert len({row[0] for row in rows}) == 1
    return [digest(cookie), *{str(name).encode() for row in rows for name in row}]


def test_a_phone_without_a_visit_is_told_so(hub: Hub) -> None:
    for call in (hub.engine.page, hub.engine.leave, hub.engine.delete):
        for cookie in (None, "never set"):
            with pytest.raises(Refused) as refused:
                call(cookie)
            assert refused.value.status == 404


def test_the_tick_counts_on_a_second_cart_too(hub: Hub) -> None:
    one, two, three = hub.carts("cart-1", "cart-2", "cart-3")
    session = hub.yes(one)
    assert not session.remembered
    hub.now_s += 60
    assert hub.yes(two, session.cookie, remember=True).remembered
    lines = "SELECT purpose, how, given_ms, length(text_sha256) FROM consents ORDER BY id"
    ticked = ("remember", "tick", round(hub.now_s * 1000), 64)
    assert hub.query(lines)[2:] == [ticked]
    assert hub.engine.page(session.cookie).consent.remember
    assert hub.yes(three, session.cookie, remember=True).remembered
    assert hub.query(lines)[2:] == [ticked]
    hub.restart()
    assert hub.engine.page(session.cookie).consent.remember
    hub.engine.leave(session.cookie)
    again = hub.yes(one, session.cookie, remember=True)
    assert (again.cookie, again.remembered) == (session.cookie, True)
    assert hub.query("SELECT count(*) FROM shoppers") == [(1,)]


def test_a_second_cart_without_the_tick_takes_nothing_back(hub: Hub) -> None:
    one, two = hub.carts("cart-1", "cart-2")
    session = hub.yes(one, remember=True)
    assert session.remembered
    assert hub.yes(two, session.cookie).remembered
    assert hub.engine.page(session.cookie).consent.remember
    hub.engine.leave(session.cookie)
    assert not hub.yes(one, session.cookie).remembered
    assert hub.query("SELECT remembered FROM shoppers") == [(0,)]


def test_a_guest_ticks_for_nobody_but_themselves(hub: Hub) -> None:
    one, two, three = hub.carts("cart-1", "cart-2", "cart-3")
    owner = hub.yes(one)
    guest = hub.engine.join(owner.join_code, None)
    assert not guest.remembered
    assert hub.yes(two, guest.cookie, remember=True).remembered
    assert not hub.engine.page(owner.cookie).consent.remember
    hub.engine.leave(owner.cookie)
    remembered = "SELECT shopper FROM shoppers WHERE remembered"
    (before,) = hub.query(remembered)
    assert hub.yes(one, guest.cookie, remember=True).cookie == guest.cookie
    assert hub.query(remembered) == [before]
    other = hub.yes(three)
    hub.engine.leave(guest.cookie)
    assert hub.engine.join(other.join_code, guest.cookie).remembered
