"""Receipts, opinions and purchases: kept once, counted once, and heeded."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_server.message.answers import LATE_S, OPT_OUT_S
from hub_server.views.hub import Feedback as Opinion
from hub_server.views.hub import Refused
from tests.hub_server.speaking_hub import LEAST, Build, Store, message, stores

BANANAS, APPLES = "1001", "1002"


@pytest.fixture
def new_store(tmp_path: Path) -> Iterator[Build]:
    yield from stores(tmp_path)


@pytest.fixture
def store(new_store: Build) -> Store:
    return new_store(
        message("bananas", items=[BANANAS], control_share=LEAST),
        message("fruit", zone="pasta", categories=["fruit"], control_share=LEAST),
        message("anything", zone="entrance", control_share=LEAST),
        demo=False,
        holdout_share=0.0,
    )


def test_the_first_receipt_of_a_kind_counts(store: Store) -> None:
    session = store.shopper()
    for _ in range(2):
        store.see(session, "received")
        store.see(session)
        store.see(session, "dismissed")
    counts = {what: store.counted(what) for what in ("m_shown", "guard_shown", "m_dismissed")}
    assert counts == {key: {"bananas": 1} for key in counts}
    assert store.counted("guard_dismissed") == {"bananas": 1}
    assert store.counted("m_nag") == {"bananas": 1}
    assert store.counted("m_late") == {}
    assert store.counted("q_shown") == {"000": 1}


def test_who_taps_has_seen(store: Store) -> None:
    session = store.shopper()
    store.see(session, "tapped")
    assert store.rows("shown_ms IS NULL", "outcome = 'send'") == [(0,)]
    assert store.counted("m_shown") == {"bananas": 1}
    store.see(session)
    assert store.counted("m_shown") == {"bananas": 1}


def test_what_is_seen_late_is_counted_late(store: Store) -> None:
    session = store.shopper()
    store.hub.now_s += LATE_S + 1
    store.see(session)
    assert store.counted("m_late") == {"bananas": 1}


def test_what_was_given_up_and_is_seen_after_all_uses_its_cap(store: Store) -> None:
    session = store.shopper()
    decision = store.sent(session)[0].decision
    store.hub.pass_s(62)
    assert store.sent(session)[0].expired
    store.hub.engine.receipt(session.cookie, decision, "shown")
    assert not store.sent(session)[0].expired
    assert store.hub.query("SELECT released_ms FROM reservations") == [(None,)]
    assert store.counted("m_expired") == {"bananas": 0}
    assert store.counted("said_kind") == {"help": 1}


@pytest.mark.parametrize(
    ("kind", "guards"),
    [
        ("useful", {"guard_rated"}),
        ("less", {"guard_rated", "guard_bad"}),
        ("not_for_me", {"guard_rated", "guard_bad", "guard_unwanted"}),
        ("stop_today", {"guard_rated", "guard_bad", "guard_unwanted"}),
        ("wrong_place", set()),
    ],
)
def test_each_opinion_is_kept_and_counted_once(store: Store, kind: str, guards: set[str]) -> None:
    session = store.shopper()
    store.see(session)
    for _ in range(2):
        store.answer(session, kind)  # type: ignore[arg-type]
    assert store.rows("feedback", "outcome = 'send'") == [(kind,)]
    assert store.counted(f"m_{kind}") == {"bananas": 1}
    found = {one for one in ("guard_rated", "guard_bad", "guard_unwanted") if store.counted(one)}
    assert found == guards
    assert bool(store.counted("m_nag")) == ("guard_bad" in guards)
    assert bool(store.counted("q_useful")) == (kind == "useful")


@pytest.mark.parametrize(
    ("first", "last"), [("less", "useful"), ("useful", "not_for_me"), ("less", "wrong_place")]
)
def test_a_corrected_answer_counts_as_if_the_slip_had_never_been(
    store: Store, first: Opinion, last: Opinion
) -> None:
    def counts() -> dict[tuple[str, str], int]:
        rows = store.hub.query("SELECT what, key, sum(rows_count) FROM counts GROUP BY 1, 2")
        found = {(str(what), str(key)): int(str(count)) for what, key, count in rows}
        of_answers = ("m_", "q_", "guard_")
        return {key: n for key, n in found.items() if n and key[0].startswith(of_answers)}

    straight, corrected = store.shopper(), store.shopper()
    before = counts()
    for session in (straight, corrected):
        store.see(session)
    store.answer(straight, last)
    once = Counter(counts())
    once.subtract(before)
    middle = counts()
    store.answer(corrected, first)
    store.answer(corrected, last)
    twice = Counter(counts())
    twice.subtract(middle)
    answered = {key: n for key, n in twice.items() if n}
    seen = {"m_shown", "guard_shown", "q_shown", "m_shown_by", "q_shown_by"}
    assert answered == {key: n for key, n in once.items() if n and key[0] not in seen}
    people = store.visit(corrected).counted
    store.hub.restart()
    assert people == store.visit(corrected).counted


def test_what_was_put_away_and_then_found_useful_is_no_nag(store: Store) -> None:
    session = store.shopper()
    store.see(session)
    store.see(session, "dismissed")
    assert store.counted("m_nag") == {"bananas": 1}
    store.answer(session, "useful")
    assert store.counted("m_nag") == {"bananas": 0}


def test_one_nag_is_one_however_it_is_told(store: Store) -> None:
    session = store.shopper()
    store.see(session)
    store.answer(session, "less")
    store.see(session, "dismissed")
    assert store.counted("m_nag") == {"bananas": 1}


def test_whoever_listens_hears_of_each_opinion(store: Store) -> None:
    heard: list[tuple[str, str]] = []
    hooks = store.hub.engine.speaker.answers.on_feedback
    hooks.append(lambda _visit, sent, kind, _now_s: heard.append((sent.campaign, kind)))
    session = store.shopper()
    store.answer(session, "useful")
    assert heard == [("bananas", "useful")]


def test_another_visits_message_is_nobodys(store: Store) -> None:
    session = store.shopper()
    with pytest.raises(Refused, match="no such message"):
        store.hub.engine.receipt(session.cookie, "nothing", "shown")


@pytest.mark.parametrize(
    ("zone", "item", "campaign"),
    [
        ("produce", BANANAS, "bananas"),
        ("pasta", APPLES, "fruit"),
        ("entrance", "9999", "anything"),
    ],
)
def test_a_purchase_is_noted_on_the_message_that_was_about_it_row_25(
    store: Store, zone: str, item: str, campaign: str
) -> None:
    session = store.shopper(zone)
    store.see(session)
    store.hub.now_s += 5
    store.buy(session, item)
    store.buy(session, item)
    assert store.sent(session)[0].bought
    assert store.rows("campaign", "bought_ms IS NOT NULL") == [(campaign,)]
    assert store.counted("treated_bought") == {campaign: 1}
    assert store.counted("treated") == {campaign: 1}


def test_what_a_message_was_not_about_or_came_before_it_is_not_noted(store: Store) -> None:
    session = store.shopper()
    store.see(session)
    store.buy(session, APPLES)
    visit, answers = store.visit(session), store.hub.engine.speaker.answers
    answers.purchased(visit, {BANANAS}, set(), store.hub.now_s - 3_600)
    visit.sent[0].campaign = "no-more"
    answers.purchased(visit, {BANANAS}, set(), store.hub.now_s)
    assert store.rows("1", "bought_ms IS NOT NULL") == []
    assert store.counted("treated_bought") == {}


def test_an_opt_out_soon_after_a_message_is_that_messages(store: Store) -> None:
    session = store.shopper()
    visit, answers = store.visit(session), store.hub.engine.speaker.answers
    answers.opted_out(visit, store.hub.now_s)
    assert store.counted("guard_optout") == {}
    store.see(session)
    answers.opted_out(visit, store.hub.now_s + OPT_OUT_S + 1)
    assert store.counted("guard_optout") == {}
    answers.opted_out(visit, store.hub.now_s)
    assert store.counted("guard_optout") == {"bananas": 1}
    assert store.counted("m_opted_out") == {"bananas": 1}


def test_the_same_answer_again_fills_no_list(store: Store) -> None:
    session = store.shopper()
    for kind in ("wrong_place", "wrong_place", "useful", "wrong_place"):
        store.hub.now_s += 1
        store.answer(session, kind)
    kept = store.visit(session).feedback
    assert [one.kind for one in kept] == ["useful", "wrong_place"]
    assert kept[-1].at_s == store.hub.now_s


def test_who_puts_it_away_has_seen_it(store: Store) -> None:
    """Else a lost receipt makes more who put it away than who saw it, and trips the guardrail."""
    session = store.shopper()
    store.see(session, "dismissed")
    assert store.counted("guard_shown") == store.counted("guard_dismissed") == {"bananas": 1}
    assert store.rows("shown_ms IS NULL", "outcome = 'send'") == [(0,)]
