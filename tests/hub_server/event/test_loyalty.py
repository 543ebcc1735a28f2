import pytest

from hub_server.event.loyalty import LINKS_A_DAY, TRIES_MAX, digest_of, is_number
from hub_server.views.hub import Refused
from tests.hub_server.conftest import SALT, Hub

NUMBER = "1234 5678"


def yes(hub: Hub, *, remember: bool = True) -> str:
    number = len(hub.query("SELECT tag FROM tags")) + 1
    (code,) = hub.carts(f"cart-{number}")
    return hub.yes(code, remember=remember).cookie


def refused(hub: Hub, cookie: str | None, number: str = NUMBER) -> tuple[int, str]:
    with pytest.raises(Refused) as error:
        hub.engine.rooms.loyalty.link(cookie, number, "10.0.0.1")
    return error.value.status, error.value.code


def test_a_number_is_known_by_its_digest_however_it_is_written() -> None:
    assert digest_of("number", "ab-12 34", SALT) == digest_of("number", "AB1234", SALT)
    assert digest_of("number", "1234", SALT) != digest_of("order", "1234", SALT)
    assert digest_of("number", "1234", SALT) != digest_of("number", "1234", b"another salt")


@pytest.mark.parametrize(
    ("number", "can"),
    [("L-77", False), ("L-770", True), ("12 34", True), ("1234\x07", False), ("1" * 65, False)],
)
def test_one_rule_says_what_a_number_is(number: str, *, can: bool) -> None:
    """Row 86: phones and events refuse by it, an import warns."""
    assert is_number(number) is can


def test_a_link_needs_a_phone_a_tick_and_a_number(hub: Hub) -> None:
    """Row 86: with consent only."""
    assert refused(hub, None) == (404, "no_visit")
    assert refused(hub, yes(hub, remember=False)) == (409, "remember")
    cookie = yes(hub)
    assert refused(hub, cookie, "12") == (400, "number")
    assert refused(hub, cookie, "12345\x07") == (400, "number")
    assert refused(hub, cookie, "-----") == (400, "number")


def test_a_number_is_one_shoppers_and_guessing_is_stopped(hub: Hub) -> None:
    loyalty = hub.engine.rooms.loyalty
    first, second = yes(hub), yes(hub)
    loyalty.link(first, NUMBER)
    loyalty.link(first, "87654321")
    loyalty.link(second, NUMBER)
    loyalty.link(second, NUMBER)
    for _ in range(TRIES_MAX):
        assert refused(hub, first) == (409, "number_taken")
    assert refused(hub, first) == (429, "too_many")
    loyalty.unlink(second)
    hub.now_s += 61
    loyalty.link(first, NUMBER)
    assert len(hub.query("SELECT * FROM links")) == 1


def test_a_link_outlives_the_visit_and_is_changed_without_one(hub: Hub) -> None:
    cookie = yes(hub)
    hub.engine.leave(cookie)
    loyalty = hub.engine.rooms.loyalty
    loyalty.link(cookie, NUMBER)
    ((shopper,),) = hub.query("SELECT shopper FROM links")
    assert loyalty.is_linked(str(shopper))
    loyalty.unlink(cookie)
    assert not loyalty.is_linked(str(shopper))


def test_whoever_is_deleted_takes_the_numbers_rows_along(hub: Hub) -> None:
    """Row 82: delete leaves nothing under the number, nor of its orders."""
    cookie = yes(hub)
    loyalty = hub.engine.rooms.loyalty
    loyalty.link(cookie, NUMBER)
    external = loyalty.external(NUMBER)
    other = loyalty.external("other")
    for number, digest in enumerate((external, other)):
        row = (f"b-{number}", 1, digest, 1, "i", 1.0, 1.0)
        hub.run(f"INSERT INTO purchases VALUES {row}")  # noqa: S608 - our own values
        for kind, owner in (("order", f"'{digest}'"), ("order_ready", "NULL")):
            hub.run(
                "INSERT INTO events (source, event, type, channel, at_ms, items, external, "  # noqa: S608
                f"order_digest) VALUES ('web', '{kind}-{number}', '{kind}', 'web', 1, '[]', "
                f"{owner}, 'order of {number}')"
            )
    hub.engine.delete(cookie)
    assert hub.query("SELECT external FROM purchases") == [(other,)]
    assert hub.query("SELECT event FROM events ORDER BY 1") == [("order-1",), ("order_ready-1",)]
    assert hub.query("SELECT * FROM links") == []


def test_nobody_reads_one_number_after_another(hub: Hub) -> None:
    """A number is no secret: whoever guesses them sees four at most in a day."""
    cookie = yes(hub)
    loyalty = hub.engine.rooms.loyalty
    for number in range(LINKS_A_DAY):
        loyalty.link(cookie, f"1000{number}")
        loyalty.link(cookie, f"1000 {number}")
    assert refused(hub, cookie) == (429, "too_many")
    assert loyalty.is_linked(hub.engine._desk.myself(cookie)[0])
    loyalty.link(yes(hub), NUMBER)
    hub.now_s += 86_401
    loyalty.link(cookie, "10000")
