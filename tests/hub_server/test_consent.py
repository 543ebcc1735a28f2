"""The ledger only grows, the last word counts, and the words are kept by their hash."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_server import consent
from hub_server.consent import (
    PURPOSES,
    TEXTS,
    ConsentError,
    ConsentEvent,
    Ledger,
    Purpose,
    shown,
    yes,
)

TEXT = shown("en", "Corner Market", "Corner Market Ltd")


def event(purpose: Purpose, at_ms: int, *, given: bool, subject: str = "s1") -> ConsentEvent:
    return ConsentEvent(
        subject=subject,
        purpose=purpose,
        text_version=TEXT.version,
        text_sha256=TEXT.sha256,
        language="en",
        how="settings",
        given_ms=at_ms if given else None,
        withdrawn_ms=None if given else at_ms,
    )


@pytest.mark.parametrize(
    ("remember", "improve", "purposes"),
    [
        (False, False, {"locate", "message"}),
        (True, False, {"locate", "message", "remember"}),
        (False, True, {"locate", "message", "improve"}),
        (True, True, {"locate", "message", "remember", "improve"}),
    ],
)
def test_yes_gives_what_was_ticked_and_no_more(
    purposes: set[Purpose], *, remember: bool, improve: bool
) -> None:
    events = yes("s1", TEXT, 100, remember=remember, improve=improve)
    ledger = Ledger(events)
    assert {purpose for purpose in PURPOSES if ledger.allowed("s1", purpose, 100)} == purposes
    assert {one.how for one in events} == ({"yes", "tick"} if remember or improve else {"yes"})
    assert {one.text_sha256 for one in events} == {TEXT.sha256}


def test_nothing_is_allowed_before_the_yes_nor_to_another() -> None:
    ledger = Ledger(yes("s1", TEXT, 100, remember=True))
    assert not ledger.allowed("s1", "locate", 99)
    assert not ledger.allowed("s2", "locate", 100)


def test_withdrawal_takes_back_what_was_given() -> None:
    ledger = Ledger(yes("s1", TEXT, 100, remember=False))
    taken = ledger.withdrawal("s1", PURPOSES, 200, "leave")
    assert {one.purpose for one in taken} == {"locate", "message"}
    assert {(one.given_ms, one.withdrawn_ms, one.how) for one in taken} == {(None, 200, "leave")}
    assert ledger.allowed("s1", "locate", 200)
    ledger.append(taken)
    assert ledger.allowed("s1", "locate", 199)
    assert not ledger.allowed("s1", "locate", 200)
    assert ledger.withdrawal("s1", PURPOSES, 201, "leave") == ()


def test_one_purpose_alone_can_be_taken_back() -> None:
    ledger = Ledger(yes("s1", TEXT, 100, remember=False))
    ledger.append(ledger.withdrawal("s1", ["message"], 150, "settings"))
    assert ledger.allowed("s1", "locate", 150)
    assert not ledger.allowed("s1", "message", 150)


def test_in_the_same_millisecond_the_withdrawal_wins() -> None:
    given, taken = event("locate", 5, given=True), event("locate", 5, given=False)
    assert not Ledger([given, taken]).allowed("s1", "locate", 5)
    assert not Ledger([taken, given]).allowed("s1", "locate", 5)


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans())), st.integers(0, 9), st.randoms())
def test_the_order_of_arrival_does_not_matter(
    history: list[tuple[int, bool]], at_ms: int, shuffled: object
) -> None:
    events = [event("locate", when, given=given) for when, given in history]
    other = list(events)
    shuffled.shuffle(other)  # type: ignore[attr-defined]  # hypothesis' Random
    before = [(when, not given) for when, given in history if when <= at_ms]
    expected = bool(before) and not max(before)[1]
    assert Ledger(events).allowed("s1", "locate", at_ms) is expected
    assert Ledger(other).allowed("s1", "locate", at_ms) is expected


@pytest.mark.parametrize(("given_ms", "withdrawn_ms"), [(None, None), (1, 2)])
def test_an_entry_says_one_thing(given_ms: int | None, withdrawn_ms: int | None) -> None:
    with pytest.raises(ConsentError, match=r"consent to locate: .* expected exactly one"):
        ConsentEvent(
            subject="s1",
            purpose="locate",
            text_version=1,
            text_sha256="",
            language="en",
            how="yes",
            given_ms=given_ms,
            withdrawn_ms=withdrawn_ms,
        )


def test_an_entry_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        event("locate", 1, given=True).given_ms = 0  # type: ignore[misc]  # the point of it


def test_after_forgetting_only_an_unlinkable_receipt_stays() -> None:
    ledger = Ledger(yes("s1", TEXT, 3 * consent.DAY_MS + 7, remember=True))
    ledger.append(ledger.withdrawal("s1", PURPOSES, 4 * consent.DAY_MS, "delete"))
    receipt = ledger.forget("s1")
    assert receipt is not None
    assert receipt.purposes == ("locate", "message", "remember")
    assert (receipt.given_day, receipt.text_sha256) == (3, TEXT.sha256)
    assert b"s1" not in msgspec.json.encode(receipt)
    assert not ledger.allowed("s1", "locate", 3 * consent.DAY_MS + 8)
    assert ledger.forget("s1") is None


def test_there_is_a_text_in_both_languages_of_every_version() -> None:
    versions = {version for _, version in TEXTS}
    assert set(TEXTS) == {(language, v) for language in ("en", "de") for v in versions}
    assert max(versions) == consent.VERSION
    for (language, version), text in TEXTS.items():
        assert (text.language, text.version) == (language, version)


@pytest.mark.parametrize(
    ("language", "sha256"),
    [
        ("en", "d4b3029cb32ed26ef835b5e37a0036a88f3aa1f8900f3a61a70961eeab382ab7"),
        ("de", "4606e0bfae8a3727607f3e414b2ae37cee416e957e0e3d9be33bb0e75186acb6"),
    ],
)
def test_a_published_text_never_changes(language: str, sha256: str) -> None:
    """Whoever agreed to version 1 agreed to these bytes; new words are a new version."""
    assert TEXTS[language, 1].sha256 == sha256


@pytest.mark.parametrize("language", ["en", "de", "fr", ""])
def test_the_shown_text_names_who_runs_it(language: str) -> None:
    text = shown(language, "Eckmarkt", "Eckmarkt {GmbH}")
    assert text.language == (language if language == "de" else "en")
    assert "Eckmarkt {GmbH}" in text.who
    assert "{store}" not in str(text)
    assert "{operator}" not in str(text)
    assert text.sha256 != TEXTS["en", 1].sha256


def test_the_text_fits_a_phone() -> None:
    for text in TEXTS.values():
        blocks = (text.title, text.who, text.what, text.why, text.not_, text.how_long)
        assert sum(map(len, blocks)) < 750
        assert max(len(text.yes_label), len(text.map_label)) < 30


def test_the_hash_is_of_what_was_shown() -> None:
    encoded = msgspec.json.decode(msgspec.json.encode(TEXT))
    assert encoded["not"] == TEXT.not_
    assert shown("en", "Corner Market", "Corner Market Ltd").sha256 == TEXT.sha256
    assert shown("en", "Corner Market", "Another Ltd").sha256 != TEXT.sha256
