"""Who guesses is stopped, the others are not; and nothing of an address stays."""

import pickle

import pytest

from hub_server.throttle import Throttle, network_of
from hub_server.views.hub import Refused
from tests.hub_server.conftest import Hub


def fail(throttle: Throttle, client: str, now_ms: int, about: str = "") -> None:
    throttle.check(client, now_ms, about)
    throttle.failed(client, now_ms, about)


def test_one_address_is_stopped_for_a_minute() -> None:
    throttle = Throttle(3, 100, 100)
    for _ in range(3):
        fail(throttle, "192.0.2.1", 0)
    with pytest.raises(Refused) as refused:
        throttle.check("192.0.2.1", 59_999)
    assert refused.value.status == 429
    throttle.check("192.0.2.2", 59_999)
    throttle.check("192.0.2.1", 60_000)


def test_one_name_from_one_address_sooner() -> None:
    throttle = Throttle(3, 100, 100, about_max=2)
    fail(throttle, "192.0.2.1", 0, "ada")
    fail(throttle, "192.0.2.1", 0, "ada")
    with pytest.raises(Refused):
        throttle.check("192.0.2.1", 1, "ada")
    throttle.check("192.0.2.1", 1, "bob")
    throttle.check("192.0.2.2", 1, "ada")


def test_everybody_together_is_slowed_and_not_locked_out() -> None:
    throttle = Throttle(3, 6, 100)
    for n in range(6):
        fail(throttle, f"192.0.2.{n}", 0)
    throttle.check("192.0.2.200", 1_000)
    with pytest.raises(Refused, match="in a moment"):
        throttle.check("192.0.2.201", 1_099)
    throttle.check("192.0.2.201", 1_100)
    with pytest.raises(Refused, match="in a moment"):
        throttle.check("192.0.2.0", 2_000)
    throttle.check("192.0.2.201", 2_000)
    # A clock that was set back stops nobody.
    throttle.check("192.0.2.201", 1_000)


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("testclient", "testclient"),
        ("\udcff", "\udcff"),
    ],
)
def test_an_address_counts_as_whose_it_is(client: str, network: str) -> None:
    assert network_of(client) == network
    fail(Throttle(1, 1, 1), client, 0)


def test_no_address_is_kept_and_the_rest_goes_by_itself(hub: Hub) -> None:
    (code,) = hub.carts("cart-1")
    session = hub.yes(code)
    for n in range(30):
        assert not hub.engine.delete_by_code(f"ABCD{n:02}", client="203.0.113.7")
    with pytest.raises(Refused, match="wait a minute"):
        hub.engine.delete_by_code(session.visit_code, client="203.0.113.7")
    for n in range(30):
        with pytest.raises(Refused, match="code"):
            hub.engine.join(f"ABCD{n:02}", None, client="203.0.113.7")
    with pytest.raises(Refused, match="wait a minute"):
        hub.engine.join(session.join_code, None, client="203.0.113.7")
    hub.engine.check_login("ada", "wrong", client="203.0.113.7")
    throttles = (
        hub.engine._desk.throttle,
        hub.engine._erasure.throttle,
        hub.engine.logins.throttle,
    )
    assert [len(one) for one in throttles] == [30, 30, 1]
    assert all(b"203.0.113.7" not in pickle.dumps(vars(one)) for one in throttles)
    assert b"203.0.113.7" not in hub.bytes_on_disk()
    assert hub.engine.join(session.join_code, None, client="203.0.113.8")
    hub.pass_s(65)
    assert [len(one) for one in throttles] == [0, 0, 0]
    assert hub.engine.delete_by_code(session.visit_code, client="203.0.113.8")
