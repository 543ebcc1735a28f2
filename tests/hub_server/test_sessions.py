import pytest

from hub_server.sessions import LoginError, matches, scrypt
from hub_server.views.hub import Refused
from tests.hub_server.conftest import Hub

PASSWORD = "ten letters or more"  # noqa: S105 - a test's


def test_a_login_begins_and_ends_a_session(hub: Hub) -> None:
    hub.engine.logins.add_user("ada", PASSWORD, 1)
    assert hub.engine.check_login("ada", "wrong password") is None
    token = hub.engine.check_login("ada", PASSWORD)
    assert token is not None
    assert hub.engine.session(token) == "ada"
    assert token.encode() not in hub.bytes_on_disk()
    assert PASSWORD.encode() not in hub.bytes_on_disk()
    hub.engine.logout(token)
    assert hub.engine.session(token) is None


def test_a_session_ends_by_itself_and_by_a_new_password(hub: Hub) -> None:
    hub.engine.logins.add_user("ada", PASSWORD, 1)
    token = hub.engine.check_login("ada", PASSWORD)
    assert token is not None
    hub.now_s += 12 * 3600
    assert hub.engine.session(token) is None
    token = hub.engine.check_login("ada", PASSWORD)
    hub.engine.logins.add_user("ada", PASSWORD + "!", 2)
    assert hub.engine.session(str(token)) is None
    assert hub.engine.logins.users_count() == 1


def test_a_short_password_is_refused(hub: Hub) -> None:
    with pytest.raises(LoginError, match="expected a name and at least 10"):
        hub.engine.logins.add_user("ada", "short", 1)


def test_a_name_or_password_that_is_no_text_is_refused(hub: Hub) -> None:
    """What a terminal in another encoding hands over."""
    for name, password in (("ada", "p\udce4ssword is long"), ("\udce4da", PASSWORD)):
        with pytest.raises(LoginError, match=r"is no UTF-8, expected text") as refused:
            hub.engine.logins.add_user(name, password, 1)
        assert str(refused.value).isascii()
    hub.engine.logins.add_user("ada", PASSWORD, 1)
    assert hub.engine.check_login("ada", "p\udce4ssword is long") is None
    assert hub.engine.check_login("\udce4da", PASSWORD) is None


@pytest.mark.parametrize("name", ["", " ", "till 1", "till/1", "t\udce4", "t" * 65, "till\n"])
def test_a_source_without_a_name_gets_no_token(hub: Hub, name: str) -> None:
    with pytest.raises(LoginError, match=r"expected a name of at most 64 letters, digits"):
        hub.engine.logins.add_source(name, 1)
    assert hub.query("SELECT count(*) FROM sources") == [(0,)]


def test_guessing_passwords_is_slow(hub: Hub) -> None:
    hub.engine.logins.add_user("ada", PASSWORD, 1)
    for _ in range(5):
        assert hub.engine.check_login("ada", "wrong") is None
    with pytest.raises(Refused, match="wait a minute"):
        hub.engine.check_login("ada", PASSWORD)
    hub.now_s += 61
    assert hub.engine.check_login("ada", PASSWORD)


def test_who_guesses_locks_out_nobody_else(hub: Hub) -> None:
    hub.engine.logins.add_user("ada", PASSWORD, 1)
    for n in range(30):
        assert hub.engine.check_login(f"user-{n}", "wrong", client="203.0.113.7") is None
    for name in ("ada", "another"):
        with pytest.raises(Refused, match="wait a minute"):
            hub.engine.check_login(name, PASSWORD, client="203.0.113.7")
    assert hub.engine.check_login("ada", PASSWORD, client="203.0.113.8")
    for _ in range(5):
        assert hub.engine.check_login("ada", "wrong", client="203.0.113.9") is None
    with pytest.raises(Refused, match="wait a minute"):
        hub.engine.check_login("ada", PASSWORD, client="203.0.113.9")
    assert hub.engine.check_login("ada", PASSWORD, client="203.0.113.8")


def test_a_source_has_one_token_that_is_not_kept(hub: Hub) -> None:
    old = hub.engine.logins.add_source("till", 1)
    token = hub.engine.logins.add_source("till", 2)
    assert hub.engine.token_source(token) == "till"
    assert hub.engine.token_source(old) is None
    assert token.encode() not in hub.bytes_on_disk()


def test_the_same_password_never_looks_the_same() -> None:
    one, two = scrypt(PASSWORD, b"1" * 16), scrypt(PASSWORD, b"2" * 16)
    assert one != two
    assert matches(PASSWORD, one)
    assert not matches("another", one)
