"""The page of what is known: in words, with reasons, in the shopper's language, gifts left out."""

from datetime import UTC, datetime

import pytest

from hub_server.engine import Event, Item, Subject
from hub_server.shopper.preferences import Wish
from hub_server.shopper.profile_words import LANGUAGES
from hub_server.views.profile import ProfileView
from hub_server.visit.visits import Past
from tests.hub_server.conftest import Hub
from tests.hub_server.shopper.test_facts import answer, opened

DAY_S = 86_400


def page(hub: Hub, cookie: str, language: str = "en") -> ProfileView:
    return hub.engine.rooms.profile.of(cookie, language)


def buy(hub: Hub, cookie: str, *items: str, kind: str = "scan") -> None:
    event = Event(
        id=f"r-{hub.now_s}-{kind}",
        ts=datetime.fromtimestamp(hub.now_s, UTC).isoformat(),
        channel="till-1",
        type=kind,
        subject=Subject(visit=hub.engine.page(cookie).visit_code),
        items=[Item(item=item) for item in items],
    )
    hub.engine.event("till", event)


def test_a_new_shopper_has_no_conclusions_and_is_told_so(hub: Hub) -> None:
    """Row 35: as everybody, and the page says it."""
    session, _ = opened(hub)
    found = page(hub, session.cookie)
    assert (found.inferred, found.evidence) == ([], 0)
    assert {one.weight for one in found.topics} == {"as_everybody"}
    assert found.summary == LANGUAGES["en"].summary_nothing


def test_answers_are_told_in_words_with_their_count(hub: Hub) -> None:
    session, visit = opened(hub)
    topic = hub.store.campaigns[0].topic
    answer(hub, visit, topic, "less", "less", "useful")
    answer(hub, visit, "bread", "less", "not_for_me")
    found = page(hub, session.cookie)
    (fact,) = found.inferred
    assert fact.fact == f"topic:{topic}"
    assert (topic, fact.text) == ("finding", "Less about finding your way than others get.")
    assert fact.why == "Your answers: 1 useful, 2 less, last on 2026-09-21."
    assert [one.fact for one in found.declared] == ["off:bread"]
    assert (found.evidence, found.used_today) == (5, True)
    assert "1 conclusion, from 5 answers" in found.summary
    topics = {one.topic: one for one in found.topics}
    assert (topics[topic].weight, topics["bread"].off) == ("less", True)


def test_topics_plans_and_products_are_named_in_the_shoppers_language(hub: Hub) -> None:
    session, visit = opened(hub)
    visit.language = "de"
    answer(hub, visit, "prices", "useful")
    buy(hub, session.cookie, "1001", kind="order")
    visit.past = Past(due_items=("1001",), services_due=("brush-head",))
    choose = hub.engine.rooms.preferences.change
    choose(session.cookie, Wish(topics_off=("finding", "home-made")))
    found = page(hub, session.cookie)
    assert [(one.text, one.why) for one in found.inferred] == [
        (
            "Mehr zum Thema Preise als andere.",
            "Ihre Antworten: 1 nützlich, 0 weniger, zuletzt am 2026-09-21.",
        ),
        ("Sie brauchen Bananen wohl bald wieder.", "Einmal gekauft, zuletzt am 2026-09-21."),
        (
            "Ein neuer Kopf für Ihre Zahnbürste steht an.",
            "Aus dem, was Sie oder das Geschäft festgehalten haben.",
        ),
    ]
    assert [one.text for one in found.declared] == [
        "Nichts zum Thema Zurechtfinden.",
        "Nichts zum Thema home made.",
    ]
    assert found.purchases[0].name == found.timeline[0].items[0].name == "Bananen"
    assert [one.name for one in found.topics] == sorted(one.name for one in found.topics)
    names = {one.topic: one.name for one in found.topics}
    assert (names["list"], names["home-made"]) == ("Ihre Liste", "Home made")


def test_what_is_taken_back_does_not_come_again_as_a_guess(hub: Hub) -> None:
    """A "never" that is deleted leaves no tally behind, now or after a restart."""
    session, visit = opened(hub)
    answer(hub, visit, "bread", "less", "not_for_me")
    hub.engine.rooms.profile.forget(session.cookie, "off:bread")
    found = page(hub, session.cookie)
    assert (found.declared, found.inferred, found.evidence) == ([], [], 0)
    assert (visit.weights, visit.evidence) == ({}, 0)
    hub.restart()
    assert page(hub, session.cookie).inferred == []


def test_findings_of_the_past_come_with_what_they_rest_on(hub: Hub) -> None:
    """Rows 49 and 92: what purchases say is shown with how often and when, and can be deleted."""
    session, visit = opened(hub)
    buy(hub, session.cookie, "1001", "1002", kind="order")
    visit.past = Past(
        owned_items=("1001",), due_items=("1002",), returned_items=("1003",), services_due=("plan",)
    )
    why = {one.fact: (one.text, one.why) for one in page(hub, session.cookie).inferred}
    assert why["owned:1001"] == ("You have Bananas.", "Bought once, last on 2026-09-21.")
    assert why["due:1002"][0] == "You may soon need Apples Elstar 1 kg again."
    assert why["returned:1003"][1] == "From what you or the store recorded."
    assert why["service:plan"][0] == "Plan is due."


def test_a_forecast_says_how_long_one_lasts(hub: Hub) -> None:
    session, visit = opened(hub)
    for _ in range(3):
        buy(hub, session.cookie, "1001", kind="order")
        hub.now_s += 10 * DAY_S
        hub.engine.heartbeat(session.cookie, visible=True)
    visit.past = Past(due_items=("1001",))
    (fact,) = page(hub, session.cookie).inferred
    assert "Bought 3 times" in fact.why
    assert "lasts you about" in fact.why


def test_purchases_and_the_timeline_are_the_newest_first_and_gifts_are_none(hub: Hub) -> None:
    session, _ = opened(hub)
    buy(hub, session.cookie, "1001", "1002", kind="order")
    hub.now_s += 60
    buy(hub, session.cookie, "1003", kind="order")
    hub.now_s += 60
    buy(hub, session.cookie, "1003", kind="help_tap")
    hub.engine.rooms.gifts.say(session.cookie, "1002", gift=True)
    found = page(hub, session.cookie)
    assert [(one.item, one.name) for one in found.purchases] == [
        ("1003", "Avocado"),
        ("1001", "Bananas"),
    ]
    assert [event.type for event in found.timeline] == ["help_tap", "order", "order"]
    hub.engine.rooms.gifts.say(session.cookie, "1003", gift=True)
    assert [event.type for event in page(hub, session.cookie).timeline] == ["order"]
    hub.engine.rooms.facts.contradict(session.cookie, "owned:1002")
    assert page(hub, session.cookie).declared == []


def test_between_visits_the_page_is_what_the_next_one_would_know(hub: Hub) -> None:
    session, visit = opened(hub)
    answer(hub, visit, "bread", "less")
    hub.engine.leave(session.cookie)
    found = page(hub, session.cookie, "de")
    assert [one.text for one in found.inferred] == ["Weniger zum Thema bread als andere."]
    assert found.kept[0].what == "Wo Sie sind, in Metern"
    assert found.purposes.remember
    assert not found.purposes.locate


def test_what_is_kept_and_until_when_depends_on_the_tick(hub: Hub) -> None:
    ticked, _ = opened(hub, "cart-1", remember=True)
    other, _ = opened(hub, "cart-2", remember=False)
    assert page(hub, ticked.cookie).kept[1].until == "30 days"
    assert page(hub, other.cookie).kept[1].until == "a day after this visit"


def test_plain_says_that_nothing_of_before_is_used(hub: Hub) -> None:
    session, _ = opened(hub)
    hub.engine.rooms.preferences.change(session.cookie, Wish(plain=True))
    found = page(hub, session.cookie)
    assert (found.used_today, found.summary) == (False, LANGUAGES["en"].summary_plain)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_sentences(language: str) -> None:
    english, other = LANGUAGES["en"], LANGUAGES[language]
    for name in ("declared", "inferred", "weights", "kept"):
        assert set(getattr(english, name)) == set(getattr(other, name))


def test_a_number_is_linked_and_parted(hub: Hub) -> None:
    session, _ = opened(hub)
    assert not page(hub, session.cookie).loyalty.linked
    hub.engine.rooms.loyalty.link(session.cookie, "4711 0815")
    assert page(hub, session.cookie).loyalty.linked
