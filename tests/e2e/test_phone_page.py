"""What the phone page asks, sends, shows and forgets, in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.e2e import windows
from tests.e2e.mock_hub import MESSAGES, PHONE, MockHub
from tests.e2e.windows import CART, Opened, consent, in_use, just_map, visit

browser = windows.browser
served = windows.served
hub = windows.hub
window = windows.window

TOUCH_PX = 44


def test_before_yes_nothing_is_sent_or_kept(window: Callable[..., Opened], hub: MockHub) -> None:
    opened = window()
    page = opened.go(CART)
    just_map(page, hub)
    page.get_by_role("button", name="See what locating would do").click()
    consent(page, hub)
    expect(page.get_by_role("checkbox")).not_to_be_checked()
    assert hub.paths() == []
    assert opened.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.evaluate("indexedDB.databases().then((found) => found.length)") == 0


def test_the_two_answers_weigh_the_same(window: Callable[..., Opened]) -> None:
    page = window().go(CART)
    looks = []
    for name in ("Yes, while I shop", "Just the map"):
        button = page.get_by_role("button", name=name)
        box = button.bounding_box()
        assert box is not None
        style = button.evaluate(
            "(b) => { const s = getComputedStyle(b);"
            " return [s.backgroundColor, s.color, s.borderColor, s.fontSize, s.fontWeight]; }"
        )
        looks.append([round(box["width"]), round(box["height"]), round(box["y"]), *style])
    assert looks[0] == looks[1]


def test_yes_says_what_was_ticked_and_in_which_language(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = window().go(CART)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Yes, while I shop").click()
    expect(page.get_by_role("heading", level=2, name="Pasta & sauces")).to_be_visible()
    expect(page.locator(".you")).to_be_visible()
    body = {"code": CART[3:], "remember": True, "takeover": False, "language": "en"}
    hub.expect("/api/phone/yes", body)


def test_a_cart_in_use_is_taken_over_only_after_the_question(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = window().go(CART)
    in_use(page, hub)
    page.get_by_role("button", name="it is mine now").click()
    assert hub.paths() == []
    page.get_by_role("button", name="Yes, while I shop").click()
    expect(page.locator(".you")).to_be_visible()
    body = {"code": CART[3:], "remember": False, "takeover": True, "language": "en"}
    hub.expect("/api/phone/yes", body)


def test_a_second_phone_joins_by_code(window: Callable[..., Opened], hub: MockHub) -> None:
    page = window().go(CART)
    page.get_by_text("on another phone?").click()
    page.get_by_label("Code shown on the other phone").fill("p4t w9c")
    page.get_by_role("button", name="Join").click()
    expect(page.locator(".you")).to_be_visible()
    hub.expect("/api/phone/join", {"join_code": "P4TW9C"})


def test_a_message_is_read_out_counted_as_seen_and_answered(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    page = window().go(CART)
    expect(page.locator(".you")).to_be_visible()
    hub.phone = {**PHONE, "messages": MESSAGES[:1]}
    expect(page.get_by_text("New message: The pesto")).to_be_attached()
    page.locator("li.card").evaluate("(card) => card.scrollIntoView({block: 'center'})")
    receipts = f"/api/phone/messages/{MESSAGES[0]['decision']}/receipt"
    hub.expect(receipts, {"kind": "shown"})  # a second in view
    page.get_by_text("Why this?").click()
    expect(page.locator("details").get_by_text("for 40 seconds")).to_be_visible()
    page.get_by_role("button", name="Not useful").click()
    page.get_by_role("button", name="Never this").click()
    expect(page.get_by_text("never again on this")).to_be_visible()
    expect(page.get_by_role("button", name="Never this")).to_have_attribute("aria-pressed", "true")
    kinds = ["received", "shown", "tapped"]
    hub.expect_all([(receipts, {"kind": kind}) for kind in kinds], about="/receipt")
    feedback = f"/api/phone/messages/{MESSAGES[0]['decision']}/feedback"
    hub.expect(feedback, {"kind": "not_for_me"})


def test_an_old_place_is_no_place(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    opened = window()
    opened.page.clock.install()
    page = opened.go(CART)
    expect(page.locator(".you")).to_be_visible()
    hub.speaks = False
    page.wait_for_timeout(300)
    page.clock.fast_forward(11_000)
    expect(page.get_by_role("heading", name="do not know where you are")).to_be_visible()
    assert page.locator(".you").count() == 0
    expect(page.get_by_role("img")).to_be_visible()


def test_intent_pause_and_leave(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    page = window().go(CART)
    page.get_by_role("button", name="A gift").click()
    expect(page.get_by_role("button", name="A gift")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    assert page.locator(".you").count() == 0
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".you")).to_be_visible()
    page.get_by_role("button", name="End visit").click()
    expect(page.get_by_text("You ended it.")).to_be_visible()
    expect(page.get_by_text("K7M2QX")).to_be_visible()
    wanted = ["mission", "pause", "pause", "leave"]
    assert [path.split("/")[-1] for path in hub.paths()] == wanted


def test_delete_asks_once_and_then_forgets(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    page = window().go(CART)
    page.get_by_role("button", name="You", exact=True).click()
    page.get_by_role("button", name="Delete everything").click()
    page.get_by_role("button", name="Cancel").click()
    assert hub.paths() == []
    page.get_by_role("button", name="Delete everything").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deleted")
    assert hub.paths() == ["/api/phone/delete"]
    assert "K7M" not in page.content()


def test_a_visit_that_the_hub_no_longer_knows_asks_again(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    hub.refusals["/api/phone/live"] = (404, "This phone has no visit.")
    opened = window()
    opened.page.on("request", lambda _: hub.tag.update(state="free"))
    consent(opened.go(CART), hub)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"simulated": True, "replayed": True, "demo": True}, "Replayed recording"),
        ({"simulated": True, "demo": True}, "simulated shoppers"),
        ({"demo": True}, "no real shopping trip"),
    ],
)
def test_the_page_says_what_is_not_real(
    said: dict[str, bool], words: str, window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag.update(said)
    page = window().go(CART)
    expect(page.get_by_role("complementary")).to_contain_text(words)


def test_what_a_thumb_meets_is_large_enough(window: Callable[..., Opened], hub: MockHub) -> None:
    page = window().go(CART)
    consent(page, hub)
    heights = "els => els.filter((e) => e.checkVisibility()).map((e) => e.offsetHeight)"
    targets = "button, summary, label.remember, input:not([type=checkbox])"
    assert min(page.locator(targets).evaluate_all(heights)) >= TOUCH_PX
    visit(page, hub)
    assert min(page.locator(targets).evaluate_all(heights)) >= TOUCH_PX


def test_the_page_speaks_german(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    page = window(locale="de-DE").go(CART)
    expect(page.get_by_role("heading", name="Sie sind bei Pasta & sauces")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "de"


@pytest.mark.parametrize("state", ["retired", "unknown"])
def test_a_dead_code_gets_kind_words(
    state: str, window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = state
    page = window().go(CART)
    expect(page.get_by_role("heading", level=1)).to_contain_text("code")
    expect(page.get_by_role("button", name="Just the map")).to_be_visible()


def test_what_was_told_can_be_taken_back_and_told_again(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    page = window().go(CART)
    mission = page.locator("section[aria-labelledby=intent]")
    page.get_by_role("button", name="A gift").click()
    page.get_by_role("button", name="Partner").click()
    page.get_by_role("button", name="Done").click()
    expect(mission).to_contain_text("A gift · Partner")
    change = page.get_by_role("button", name="Change: What brings you here today?")
    change.click()
    question = page.get_by_role("heading", name="What brings you here today?")
    expect(question).to_be_focused()
    page.get_by_role("button", name="Skip").click()
    expect(mission).to_contain_text("You said nothing")
    change.click()
    page.get_by_role("button", name="For myself").click()
    expect(page.get_by_role("button", name="For myself")).to_have_attribute("aria-pressed", "true")
    nothing = {"intent": None, "for_whom": None, "value": None, "minutes": None}
    said = [{"intent": "gift"}, {"for_whom": "partner"}, nothing, {"intent": "self"}]
    hub.expect_all([("/api/phone/mission", body) for body in said])


@pytest.mark.parametrize("reason", ["takeover", "payment", "unheard"])
def test_every_ended_visit_shows_its_code_and_can_be_deleted(
    reason: str, window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    page = window().go(CART)
    expect(page.locator(".you")).to_be_visible()
    # The last frame comes without the code.
    hub.phone = {**PHONE, "state": "ended", "ended": reason, "place": None, "visit_code": ""}
    expect(page.get_by_role("heading", level=1)).to_have_text("This visit has ended")
    expect(page.get_by_text("K7M2QX")).to_be_visible()
    page.get_by_role("button", name="Delete everything").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deleted")
    assert hub.paths() == ["/api/phone/delete"]
    assert "K7M" not in page.content()


def test_a_visit_deleted_elsewhere_is_said_to_be_kept_no_more(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    page = window().go(CART)
    expect(page.locator(".you")).to_be_visible()
    hub.phone = {**PHONE, "state": "ended", "ended": "deleted", "place": None, "visit_code": ""}
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing is kept any more")
    hub.phone = {**PHONE, "state": "ended", "ended": "exit", "place": None}
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("This visit has ended")
    for path in ("/api/phone/delete", "/api/phone/state"):
        hub.refusals[path] = (404, "Nothing is known of this phone.")
    page.get_by_role("button", name="Delete everything").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing is kept any more")
    assert "K7M" not in page.content()


def test_a_changed_answer_says_what_changed(window: Callable[..., Opened], hub: MockHub) -> None:
    hub.tag["state"] = "mine"
    hub.phone = {**PHONE, "messages": MESSAGES[:1]}
    page = window().go(CART)
    page.get_by_role("button", name="Not useful").click()
    page.get_by_role("button", name="Wrong place").click()
    expect(page.get_by_text("We will not speak about this place for a while.")).to_be_visible()
    page.get_by_role("button", name="Useful", exact=True).click()
    expect(page.get_by_text("Your answer is changed. About this place")).to_be_visible()


def test_joining_shows_its_terms_and_refusals_in_the_language_of_the_page(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "in_use"
    hub.refusals["/api/phone/join"] = (409, "busy", "Leave your own visit first.")
    page = window(locale="de-DE").go(CART)
    page.get_by_text("anderen Telefon?").click()
    expect(page.get_by_text("Nobody else gets it")).to_be_visible()  # the mock's terms
    page.get_by_label("Code vom anderen Telefon").fill("p4tw9c")
    page.get_by_role("button", name="Beitreten").click()
    expect(page.get_by_text("Beenden Sie erst Ihren eigenen Besuch")).to_be_visible()


def test_the_two_answers_are_in_view_on_a_small_phone(window: Callable[..., Opened]) -> None:
    page = window(320, 640).go(CART)
    answers = page.locator(".answers")
    expect(answers).to_be_in_viewport(ratio=1)
    # At the end of the page they cover nothing.
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    note, held = page.locator("#remembered").bounding_box(), answers.bounding_box()
    assert note is not None
    assert held is not None
    assert note["y"] + note["height"] <= held["y"] + 1


@pytest.mark.parametrize("locale", ["en-GB", "de-DE"])
def test_no_two_buttons_overlap_at_twice_the_zoom(
    locale: str, window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    hub.phone = {**PHONE, "messages": MESSAGES[:1]}
    page = window(195, 422, locale=locale).go(CART)
    expect(page.locator(".you")).to_be_visible()
    cut_off = "els => els.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent)"
    assert page.locator("button").evaluate_all(cut_off) == []
