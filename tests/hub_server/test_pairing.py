"""Who holds which cart: each way in, each way out, and what nobody may see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_server import pairing
from hub_server.pairing import (
    CODE_ALPHABET,
    CODES_COUNT,
    REFUSALS,
    Ended,
    Event,
    Joined,
    Left,
    Names,
    Opened,
    Pairing,
    PairingBook,
    PairingRefused,
    Paused,
    Visit,
    code_from,
    code_read,
)
from hub_server.visit.endings import (
    EXIT_S,
    PAGE_SILENT_S,
    PAYMENT_S,
    STILL_S,
    UNHEARD_S,
    Reason,
    Signs,
)


def names(n: int) -> Names:
    return Names(
        handle=f"h{n}",
        visit=f"v{n}",
        shopper=f"s{n}",
        visit_code=code_from(2 * n),
        join_code=code_from(2 * n + 1),
    )


def book_of(*tags_and_phones: tuple[str, str]) -> PairingBook:
    """A book with these carts scanned at time 0; the n-th gets names(n)."""
    book = PairingBook()
    for n, (tag, phone) in enumerate(tags_and_phones, start=1):
        book.open(tag, phone, names(n), 0.0)
    return book


def ended(events: tuple[Event, ...]) -> list[tuple[str, Reason, bool]]:
    return [
        (event.pairing.handle, event.reason, event.visit_ended)
        for event in events
        if isinstance(event, Ended)
    ]


def refusal(code: str) -> "pytest.RaisesExc[PairingRefused]":
    return pytest.raises(PairingRefused, check=lambda error: error.code == code)


def test_a_free_tag_opens_with_a_yes() -> None:
    book = PairingBook()
    assert book.look("cart-1", "ann") == "free"
    (event,) = book.open("cart-1", "ann", names(1), 5.0)
    assert event == Opened(
        Pairing(handle="h1", tag="cart-1", visit="v1", opened_s=5.0),
        Visit(
            visit="v1",
            shopper="s1",
            visit_code=code_from(2),
            join_code=code_from(3),
            phones=("ann",),
            handles=("h1",),
            opened_s=5.0,
        ),
    )
    assert book.look("cart-1", "ann") == "mine"
    assert book.pairing("h1") == event.pairing
    assert book.visit("v1") == book.visit_of("ann") == event.visit
    assert book.open_visits() == (event.visit,)


def test_looking_changes_nothing() -> None:
    book = PairingBook()
    assert [book.look("cart-1", None) for _ in range(3)] == ["free"] * 3
    assert book.open_visits() == ()


@pytest.mark.parametrize("phone", [None, "bob"])
def test_a_tag_in_use_says_only_that(phone: str | None) -> None:
    book = book_of(("cart-1", "ann"))
    assert book.look("cart-1", phone) == "in_use"
    if phone is not None:
        with refusal("in_use"):
            book.open("cart-1", phone, names(2), 1.0)
    assert book.visit_of("bob") is None
    assert book.look("cart-1", "ann") == "mine"


def test_a_second_yes_on_the_own_tag_changes_nothing() -> None:
    book = book_of(("cart-1", "ann"))
    assert book.open("cart-1", "ann", names(2), 1.0, takeover=True) == ()
    assert book.pairing("h2") is None


def test_takeover_ends_the_old_pairing_and_tells_its_phone() -> None:
    book = book_of(("cart-1", "ann"))
    old, new = book.open("cart-1", "bob", names(2), 9.0, takeover=True)
    assert isinstance(old, Ended)
    assert (old.reason, old.at_s, old.phones, old.visit_ended) == ("takeover", 9.0, ("ann",), True)
    assert isinstance(new, Opened)
    assert (new.pairing.handle, new.visit.shopper) == ("h2", "s2")
    assert book.pairing("h1") is None
    assert book.visit_of("ann") is None
    assert book.look("cart-1", "ann") == "in_use"


def test_a_takeover_of_a_free_tag_just_opens() -> None:
    (event,) = PairingBook().open("cart-1", "ann", names(1), 0.0, takeover=True)
    assert isinstance(event, Opened)


def test_two_tags_one_shopper() -> None:
    book = book_of(("cart-1", "ann"), ("basket-1", "ann"))
    visit = book.visit_of("ann")
    assert visit is not None
    assert (visit.visit, visit.shopper, visit.handles) == ("v1", "s1", ("h1", "h2"))
    assert book.look("basket-1", "ann") == "mine"
    (event,) = book.open("cart-1", "bob", names(3), 1.0, takeover=True)[:1]
    assert ended((event,)) == [("h1", "takeover", False)]
    assert [one.handle for one in book.listened()] == ["h2", "h3"]
    assert ended(book.leave("ann", 2.0)) == [("h2", "leave", True)]


def test_too_many_tags() -> None:
    book = book_of(*((f"cart-{n}", "ann") for n in range(pairing.TAGS_MAX)))
    with refusal("too_many_tags"):
        book.open("cart-9", "ann", names(9), 0.0)
    book.open("cart-8", "bob", names(8), 0.0)
    with refusal("too_many_tags"):
        book.open("cart-8", "ann", names(9), 0.0, takeover=True)
    assert book.look("cart-8", "bob") == "mine"


@pytest.mark.parametrize(
    "taken",
    [
        Names(handle="h1", visit="v2", shopper="s2", visit_code="222222", join_code="333333"),
        Names(handle="h2", visit="v1", shopper="s2", visit_code="222222", join_code="333333"),
        Names(handle="h2", visit="v2", shopper="s2", visit_code=code_from(2), join_code="333333"),
        Names(handle="h2", visit="v2", shopper="s2", visit_code="222222", join_code=code_from(3)),
    ],
)
def test_a_name_is_given_once(taken: Names) -> None:
    book = book_of(("cart-1", "ann"))
    with refusal("name_taken"):
        book.open("cart-2", "bob", taken, 0.0)
    assert book.look("cart-2", None) == "free"
    assert book.visit_of("bob") is None


def test_two_phones_one_cart() -> None:
    book = book_of(("cart-1", "ann"))
    (event,) = book.join(code_from(3), "bob", code_from(99))
    assert isinstance(event, Joined)
    assert event.phone == "bob"
    assert (event.visit.phones, event.visit.join_code) == (("ann", "bob"), code_from(99))
    assert book.visit_of("bob") == book.visit_of("ann")
    assert book.look("cart-1", "bob") == "mine"
    with refusal("unknown_code"):
        book.join(code_from(3), "cy", code_from(98))


def test_no_join_by_the_visit_code_nor_into_two_visits_nor_without_end() -> None:
    book = book_of(("cart-1", "ann"), ("cart-2", "bob"))
    with refusal("unknown_code"):
        book.join(code_from(2), "cy", code_from(99))
    with refusal("busy"):
        book.join(code_from(3), "bob", code_from(99))
    for n in range(pairing.PHONES_MAX - 1):
        visit = book.visit_of("ann")
        assert visit is not None
        book.join(visit.join_code, f"guest-{n}", code_from(100 + n))
    with refusal("too_many_phones"):
        book.join(code_from(100 + pairing.PHONES_MAX - 2), "cy", code_from(99))


def test_a_joined_phone_leaves_alone_and_the_first_takes_all_with_it() -> None:
    book = book_of(("cart-1", "ann"))
    book.join(code_from(3), "bob", code_from(98))
    book.join(code_from(98), "cy", code_from(99))
    (left,) = book.leave("bob", 5.0)
    assert isinstance(left, Left)
    assert (left.phone, left.visit.phones) == ("bob", ("ann", "cy"))
    assert book.visit_of("bob") is None
    (event,) = book.leave("ann", 6.0, "withdrawn")
    assert isinstance(event, Ended)
    assert (event.reason, event.phones) == ("withdrawn", ("ann", "cy"))
    assert book.visit_of("cy") is None


@pytest.mark.parametrize("act", ["leave", "pause"])
def test_who_has_no_visit_cannot_end_one(act: str) -> None:
    book = book_of(("cart-1", "ann"))
    with refusal("no_visit"):
        if act == "leave":
            book.leave("bob", 1.0)
        else:
            book.pause("bob", 1.0, paused=True)
    assert book.look("cart-1", "ann") == "mine"


def test_end_visit_by_its_code() -> None:
    book = book_of(("cart-1", "ann"), ("basket-1", "ann"), ("cart-2", "bob"))
    visit = book.visit_by_code(code_from(2))
    assert visit is not None
    events = book.end_visit(visit.visit, "deleted", 3.0)
    assert ended(events) == [("h1", "deleted", False), ("h2", "deleted", True)]
    assert book.visit_by_code(code_from(2)) is None
    assert book.end_visit("v1", "deleted", 4.0) == ()
    assert [one.handle for one in book.listened()] == ["h3"]


@pytest.mark.parametrize(
    ("signs", "now_s", "expected"),
    [
        (Signs(), STILL_S - 1, []),
        (Signs(), STILL_S, [("h1", "still", False)]),
        (Signs(moved_s=UNHEARD_S), UNHEARD_S, [("h1", "unheard", False)]),
        (Signs(moved_s=500.0, heard_s=500.0, exit_since_s=500.0), 500.0 + EXIT_S,
         [("h1", "exit", False)]),
        (Signs(moved_s=1190.0, heard_s=1190.0), PAGE_SILENT_S,
         [("h1", "page_silent", False), ("h2", "page_silent", True)]),
        (Signs(moved_s=500.0, heard_s=500.0, paid_s=500.0), 500.0 + PAYMENT_S,
         [("h1", "payment", False), ("h2", "payment", True)]),
    ],
)  # fmt: skip
def test_tick_ends_what_is_due(
    signs: Signs, now_s: float, expected: list[tuple[str, Reason, bool]]
) -> None:
    """A tag's own rule ends that tag; the page's and the till's end the visit."""
    book = book_of(("cart-1", "ann"), ("basket-1", "ann"))
    alive = Signs(heard_s=now_s, moved_s=now_s, page_s=signs.page_s)
    assert ended(book.tick(now_s, {"h1": signs, "h2": alive})) == expected
    for handle, _, _ in expected:
        assert book.pairing(handle) is None


def test_closing_time_ends_everything() -> None:
    book = book_of(("cart-1", "ann"), ("basket-1", "ann"), ("cart-2", "bob"))
    assert ended(book.tick(1.0, {}, closing=True)) == [
        ("h1", "closing", False),
        ("h2", "closing", True),
        ("h3", "closing", True),
    ]
    assert book.open_visits() == ()
    assert book.tick(2.0, {}, closing=True) == ()


def test_a_cart_left_and_taken_by_one_who_never_opened_a_page() -> None:
    """It moves and is heard, but no page speaks for it: after 20 minutes nobody is located."""
    book = book_of(("cart-1", "ann"))
    moving = {"h1": Signs(heard_s=PAGE_SILENT_S, moved_s=PAGE_SILENT_S, page_s=0.0)}
    assert book.tick(PAGE_SILENT_S - 1, moving) == ()
    assert ended(book.tick(PAGE_SILENT_S, moving)) == [("h1", "page_silent", True)]
    assert book.listened() == ()


def test_a_pause_stops_the_listening_and_not_the_visit() -> None:
    book = book_of(("cart-1", "ann"))
    (event,) = book.pause("ann", 100.0, paused=True)
    assert isinstance(event, Paused)
    assert event.visit.paused
    assert book.pause("ann", 101.0, paused=True) == ()
    assert book.listened() == ()
    page = {"h1": Signs(page_s=2000.0)}
    assert book.tick(2000.0, page) == ()
    book.pause("ann", 2000.0, paused=False)
    assert [one.handle for one in book.listened()] == ["h1"]
    assert book.tick(2000.0 + STILL_S - 1, page) == ()
    assert ended(book.tick(2000.0 + STILL_S, page)) == [("h1", "still", True)]


def test_a_pause_of_which_no_page_speaks_ends() -> None:
    book = book_of(("cart-1", "ann"))
    book.pause("ann", 100.0, paused=True)
    assert ended(book.tick(100.0 + PAGE_SILENT_S, {})) == [("h1", "page_silent", True)]


def test_after_a_restart_silences_count_from_the_restart() -> None:
    before = book_of(("cart-1", "ann"), ("basket-1", "ann"), ("cart-2", "bob"))
    book = PairingBook.restored(before.listened(), before.open_visits(), 5000.0)
    assert book.open_visits() == before.open_visits()
    assert book.look("cart-1", "ann") == "mine"
    assert book.tick(5000.0 + STILL_S - 1, {}) == ()
    assert len(ended(book.tick(5000.0 + STILL_S, {}))) == 3


def test_what_has_no_other_half_is_not_restored() -> None:
    before = book_of(("cart-1", "ann"), ("cart-2", "bob"))
    ann, bob = before.open_visits()
    of_ann, of_bob = before.listened()
    book = PairingBook.restored([of_ann], [ann, bob], 0.0)
    assert book.open_visits() == (ann,)
    assert book.visit_of("bob") is None
    book = PairingBook.restored([of_ann, of_bob], [bob], 0.0)
    assert book.listened() == (of_bob,)
    assert book.look("cart-1", "ann") == "free"


def test_every_refusal_has_its_text() -> None:
    for code, text in REFUSALS.items():
        assert str(PairingRefused(code=code)) == text


@given(st.integers(0, CODES_COUNT - 1), st.integers(0, CODES_COUNT - 1))
def test_codes_are_read_back_and_differ(number: int, other: int) -> None:
    code = code_from(number)
    assert len(code) == 6
    assert set(code) <= set(CODE_ALPHABET)
    assert (code == code_from(other)) is (number == other)
    assert code_read(f" {code[:3].lower()}-{code[3:]} ") == code


@pytest.mark.parametrize("text", ["", "BCDFG", "BCDFGHJ", "BCDFG0", "BCDFGA", "BCDFGß"])
def test_what_is_no_code(text: str) -> None:
    assert code_read(text) is None


def test_the_alphabet_has_no_look_alikes_and_no_words() -> None:
    assert not set(CODE_ALPHABET) & set("AEIOUL01")
    assert len(set(CODE_ALPHABET)) == len(CODE_ALPHABET)


def test_a_copy_goes_its_own_way() -> None:
    book = book_of(("cart-1", "p1"), ("cart-2", "p2"))
    before = book.copy()
    book.open("cart-3", "p1", names(3), 1.0)
    book.join(names(2).join_code, "p4", "ABCDEF")
    assert [type(event) for event in book.pause("p2", 2.0, paused=True)] == [Paused]
    book.leave("p1", 3.0)
    assert before.open_visits() == book_of(("cart-1", "p1"), ("cart-2", "p2")).open_visits()
    assert [before.look(tag, "p1") for tag in ("cart-1", "cart-2", "cart-3")] == [
        "mine",
        "in_use",
        "free",
    ]
    assert before.visit_of("p4") is None
    assert [type(event) for event in before.leave("p1", 3.0)] == [Ended]
