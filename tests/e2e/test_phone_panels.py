"""The panels of the phone page in a real browser: list, find, help, and all about oneself."""

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e import windows
from tests.e2e.mock_hub import MESSAGES, PHONE, MockHub
from tests.e2e.mock_shop import HELP, LIST, MILK, OATS, TEA, line
from tests.e2e.windows import CART, Opened, to, visited

browser = windows.browser
served = windows.served
hub = windows.hub
window = windows.window

MILK_FREE = json.dumps({"ways": [], "avoid": ["milk"]})


def card(page: Page, summary: str) -> Locator:
    """A part of the panel "You", opened."""
    page.get_by_role("heading", name=summary, exact=True).click()
    return page.locator("details").filter(has=page.get_by_role("heading", name=summary, exact=True))


# Each with the panel that one tap opens, and the part of it that a second one opens.
FEATURES = {
    (None, None): ("A gift", "Pause", "End visit"),
    ("List", None): ("Add something", "Show way: Pesto Genovese"),
    ("Find", None): ("What are you looking for?", "Bring it"),
    ("Help", None): ("I cannot find something", "Something else?"),
    ("You", None): ("Just prices and stock", "Leave me alone today", "Download all of it"),
    ("You", ""): ("Locate me", "Delete everything"),
    ("You", "What we know"): ("Delete: You are looking for a gift",),
    ("You", "Topics"): ("Offers", "Surprises"),
    ("You", "Diet and allergies"): ("Peanuts",),
    ("You", "What you said yes to"): ("Being remembered at the next visit",),
    ("You", "Loyalty number"): ("Number on your card",),
    ("You", "What this store may say to you"): ("Two packs of coffee",),
    ("You", "Tell the store something"): ("What was wrong, or what would be better?",),
    ("You", "Codes of this visit"): ("K7M 2QX", "delete by code"),
}


def test_row_58_every_feature_is_at_most_two_taps_away(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = visited(window, hub)
    for (panel, part), features in FEATURES.items():
        to(page, panel or "Here")
        within: Page | Locator = card(page, part) if part else page
        for name in features:
            pressed = within.get_by_role("button", name=name).or_(within.get_by_label(name))
            switched = within.get_by_role("switch", name=name).or_(within.get_by_text(name))
            expect(pressed.or_(switched).first, name).to_be_visible()


def test_the_list_is_walked_in_order_and_says_what_was_passed(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = visited(window, hub)
    to(page, "List")
    expect(page.get_by_text("84 m to walk")).to_be_visible()
    expect(page.get_by_text("31 m less than in the order you wrote")).to_be_visible()
    expect(page.get_by_text("passed, 5 m back")).to_be_visible()
    expect(page.get_by_text("m from you")).to_have_count(4)
    expect(page.get_by_text("Still open: Whole milk 1 l.")).to_be_visible()
    expect(page.locator(".pin text")).to_have_text(["1", "2", "3", "4"])
    names = page.locator(".lines .name")
    wanted = ["Pesto Genovese", "Whole milk 1 l", "Rolled oats 500 g", "Coffee beans 1 kg"]
    expect(names).to_have_text([*wanted, "birthday candles", "Bananas"])
    expect(page.get_by_text("Instead: Green tea")).to_be_visible()
    page.get_by_role("checkbox", name="Rolled oats").check()
    page.get_by_role("button", name="Remove birthday candles").click()
    page.get_by_label("Add something").fill("tea")
    page.get_by_role("button", name="Green tea").click()
    expect(page.get_by_label("Add something")).to_have_value("")
    page.get_by_label("Add something").fill("light bulbs")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Add something")).to_have_value("")
    changes = [
        ("PATCH /api/phone/list/line-oats", {"done": True}),
        ("DELETE /api/phone/list/line-birthday candles", {}),
        ("/api/phone/list", {"item": "2005"}),
        ("/api/phone/list", {"text": "light bulbs"}),
    ]
    hub.expect_all(changes, about="/list")


def test_the_words_of_a_list_stay_and_lead_to_another_product(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = visited(window, hub)
    to(page, "List")
    expect(
        page.get_by_text("4 to get, 84 m to walk to the till. 1 not found here.")
    ).to_be_visible()
    wrote = page.get_by_role("button", name="You wrote “milk”")
    expect(wrote).to_have_text("You wrote “milk”. Another one?")
    wrote.click()
    expect(page.get_by_label("What are you looking for?")).to_have_value("milk")
    expect(page.get_by_role("heading", name="Found for “milk”")).to_be_visible()
    page.get_by_role("button", name="Take it").first.click()
    expect(page.get_by_role("heading", level=1, name="Your list")).to_be_visible()
    change = ("PATCH /api/phone/list/line-milk", {"item": OATS["item"]})
    hub.expect(*change)
    # Find is itself again; what is on the list already cannot be put there again.
    to(page, "Find")
    expect(page.get_by_role("heading", name="Near you now")).to_be_visible()
    expect(page.get_by_role("button", name="Take it")).to_have_count(0)
    expect(page.get_by_role("button", name="Add to list")).to_have_count(2)


def test_a_line_of_which_several_may_be_meant_asks_which(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    unsure = line(0, "oats", None, order=None, suggestions=[OATS, TEA])
    hub.shop["list"] = {**LIST, "lines": [unsure]}
    page = visited(window, hub)
    to(page, "List")
    expect(page.get_by_text("1 to choose.")).to_be_visible()
    expect(page.get_by_text("not found")).to_have_count(0)
    meant = page.get_by_role("group", name="Did you mean…?").get_by_role("button")
    expect(meant).to_have_text([OATS["name"], TEA["name"]])
    meant.first.click()
    hub.expect("PATCH /api/phone/list/line-oats", {"item": OATS["item"]})


def test_a_list_is_asked_for_again_when_the_hub_says_that_it_changed(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = visited(window, hub)
    to(page, "List")
    expect(page.get_by_text("84 m to walk")).to_be_visible()
    hub.shop["list"] = {**LIST, "metres": 40.0}
    hub.phone = {**hub.phone, "list_rev": 2}
    expect(page.get_by_text("40 m to walk")).to_be_visible()


def test_row_30_what_the_diet_forbids_is_nowhere_and_no_request_tells_of_it(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.phone = {**PHONE, "messages": [MESSAGES[0]]}  # about pesto, which holds milk
    opened = window()
    opened.context.add_init_script(f"localStorage.setItem('instep.diet', '{MILK_FREE}')")
    hub.tag["state"] = "mine"
    sent: list[str] = []
    opened.page.on("request", lambda request: sent.append(f"{request.url} {request.post_data}"))
    page = opened.go(CART)
    expect(page.get_by_text("it does not fit your diet")).to_be_visible()
    expect(page.get_by_text("The pesto is two steps")).to_have_count(0)
    to(page, "Find")
    expect(page.get_by_text("Rolled oats 500 g")).to_be_visible()
    expect(page.get_by_text("Pesto Genovese")).to_have_count(0)
    page.get_by_label("What are you looking for?").fill("anything")
    expect(page.get_by_text("Found for “anything”")).to_be_visible()
    expect(page.get_by_text("Whole milk 1 l")).to_have_count(0)
    expect(page.get_by_text("2 left out by your diet")).to_be_visible()
    expect(page.get_by_text("Coffee beans")).to_have_count(0)  # its label does not say
    page.get_by_role("button", name="Show 1 whose contents are not listed").click()
    expect(page.get_by_text("Coffee beans 1 kg")).to_be_visible()
    to(page, "List")
    page.get_by_label("Add something").fill("any")
    offered = page.locator(".offered button")
    expect(offered).to_have_text(
        [re.compile("^Rolled oats"), re.compile("tea"), re.compile("Spag")]
    )
    assert not [each for each in sent if "avoid" in each or "diet" in each.lower().split("?")[-1]]


def test_what_a_diet_leaves_out_was_found_all_the_same(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    """It is not called unknown, and is shown to who asks for it."""
    hub.tag["state"] = "mine"
    hub.shop["find"] = {**hub.shop["find"], "found": [MILK], "substitutes": []}
    opened = window()
    opened.context.add_init_script(f"localStorage.setItem('instep.diet', '{MILK_FREE}')")
    page = opened.go(CART)
    to(page, "Find")
    page.get_by_label("What are you looking for?").fill("milk")
    expect(page.get_by_text("1 found, left out by your diet, on this phone")).to_be_visible()
    expect(page.get_by_text("We have found nothing")).to_have_count(0)
    expect(page.get_by_text("Whole milk 1 l")).to_have_count(0)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", name="Against your diet")).to_be_visible()
    expect(page.get_by_text("Whole milk 1 l")).to_be_visible()


def test_row_30_a_message_is_judged_by_all_that_it_is_about(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    """One about a category names no item, and one item that fits excuses no other."""
    labels = [{"attributes": ["contains:gluten"]}, {"attributes": ["contains:milk"]}]
    hub.phone = {**PHONE, "messages": [{**MESSAGES[1], "about": labels}]}
    hub.tag["state"] = "mine"
    opened = window()
    opened.context.add_init_script(f"localStorage.setItem('instep.diet', '{MILK_FREE}')")
    page = opened.go(CART)
    expect(page.get_by_text("it does not fit your diet")).to_be_visible()
    hub.phone = {**hub.phone, "messages": [{**MESSAGES[1], "about": labels[:1]}]}
    expect(page.locator("li.card h3")).to_have_text(str(MESSAGES[1]["title"]))


def test_a_diet_is_kept_on_this_phone_alone(window: Callable[..., Opened], hub: MockHub) -> None:
    page = visited(window, hub)
    to(page, "You")
    diet = card(page, "Diet and allergies")
    diet.get_by_role("button", name="Vegan").click()
    diet.get_by_role("button", name="Peanuts").click()
    kept = page.evaluate("localStorage.getItem('instep.diet')")
    assert json.loads(kept) == {"ways": ["vegan"], "avoid": ["peanuts"]}
    diet.get_by_role("button", name="Vegan").click()
    diet.get_by_role("button", name="Peanuts").click()
    assert page.evaluate("localStorage.getItem('instep.diet')") is None
    assert hub.paths() == []


def test_a_place_is_found_with_its_way(window: Callable[..., Opened], hub: MockHub) -> None:
    """The till is on the map: who looks for it is not told to ask somebody."""
    till = {"id": "tills", "name": "Checkout", "kind": "checkout", "metres": 12.4, "x_m": 4.0}
    hub.shop["find"] = {**hub.shop["find"], "found": [], "places": [till]}
    page = visited(window, hub)
    to(page, "Find")
    page.get_by_label("What are you looking for?").fill("till")
    found = page.locator("section[aria-labelledby=results]")
    expect(found.get_by_role("heading")).to_have_text("Found for “till”")
    expect(found.locator("li")).to_have_count(1)
    expect(found).to_contain_text("12 m")
    expect(found.get_by_text("We have found nothing")).to_have_count(0)
    found.get_by_role("button", name="Show way").click()
    expect(page.get_by_text("Way to Checkout:")).to_be_visible()


def test_row_68_who_comes_and_when_shows_as_it_happens(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = visited(window, hub)
    to(page, "Help")
    question = page.get_by_role("button", name="A question about a product")
    question.click()
    expect(question).to_have_attribute("aria-pressed", "true")
    assert hub.paths() == []
    page.get_by_label("More about it?").fill("is the pesto vegan?")
    page.get_by_role("button", name="Call somebody").click()
    expect(page.get_by_role("heading", name="We are asking somebody")).to_be_visible()
    hub.expect("/api/phone/help", {"about": "A question about a product: is the pesto vegan?"})
    hub.phone = {**hub.phone, "help": {**HELP, "state": "taken", "who": "Anna", "minutes": 2}}
    expect(page.get_by_role("heading", name="Anna is coming")).to_be_visible(timeout=2_000)
    expect(page.get_by_text("About 2 min away.")).to_be_visible()
    helped = page.get_by_role("navigation").get_by_role("button", name="Help")
    expect(helped).to_contain_text("Somebody is coming")
    hub.phone = {**hub.phone, "help": {**HELP, "state": "done", "who": "Anna"}}
    expect(page.get_by_role("heading", name="Anna was with you")).to_be_visible(timeout=2_000)
    page.get_by_label("Something else?").fill("gluten-free flour")
    page.get_by_role("button", name="Call somebody").click()
    page.get_by_role("button", name="No longer needed").click()
    expect(page.get_by_role("heading", name="Call somebody to you")).to_be_visible()
    hub.expect("DELETE /api/phone/help", {})
    assert hub.paths()[-2:] == ["/api/phone/help", "DELETE /api/phone/help"]


def test_row_68_an_order_is_followed_step_by_step(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    steps = ["ordered", "preparing", "ready", "picked_up"]
    hub.phone = {**PHONE, "orders": [{"order": "W-9", "state": "preparing", "steps": steps}]}
    page = visited(window, hub)
    expect(page.get_by_role("heading", name="Your order W-9: being prepared")).to_be_visible()
    hub.phone = {**hub.phone, "orders": [{"order": "W-9", "state": "ready", "steps": steps}]}
    expect(page.get_by_role("heading", name="Your order W-9: ready")).to_be_visible(timeout=2_000)


def test_row_92_what_is_known_is_shown_and_goes_and_the_light_tells_of_locating(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = visited(window, hub)
    to(page, "You")
    light = page.locator("#light")
    expect(light).to_have_text("You are being located now")
    known = card(page, "What we know")
    expect(known).to_contain_text("You found 3 messages about it useful.")
    expect(known).to_contain_text("Whole milk 1 l")
    expect(known).to_contain_text("a day after this visit")
    export = page.get_by_role("link", name="Download all of it")
    expect(export).to_have_attribute("href", "/api/phone/export")
    known.get_by_role("button", name="Delete: You want to hear more").click()
    expect(known).to_be_visible()
    deleted: tuple[str, Any] = ("DELETE /api/phone/facts/topic:finding", {})
    hub.expect_all([deleted])
    page.get_by_role("switch", name="Locate me").click()
    hub.phone = {**hub.phone, "light": False}
    expect(light).to_have_text("You are not being located now")
    page.get_by_role("switch", name="Just prices and stock").click()
    expect(page.get_by_role("switch", name="Just prices")).to_have_attribute("aria-checked", "true")
    yes = card(page, "What you said yes to")
    expect(yes).to_contain_text("You give: what was said to you.")
    yes.get_by_role("switch", name="Messages").click()
    topics = card(page, "Topics")
    topics.get_by_role("switch", name="Finding things").click()
    number = card(page, "Loyalty number")
    number.get_by_label("Number on your card").fill("1234 5678")
    number.get_by_role("button", name="Link").click()
    expect(number).to_be_visible()
    changes = [
        ("/api/phone/pause", {"paused": True}),
        ("/api/phone/choices", {"plain": True}),
        ("/api/phone/purposes", {"purpose": "message", "on": False}),
        ("/api/phone/choices", {"topics_off": ["offers", "finding"]}),
        ("/api/phone/loyalty", {"number": "12345678"}),
    ]
    hub.expect_all([deleted, *changes])


def test_row_105_the_rules_are_readable_and_ideas_are_heard(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = visited(window, hub)
    to(page, "You")
    rules = card(page, "What this store may say to you")
    expect(rules.get_by_text("When you have just come in")).to_be_visible()
    expect(rules.locator("li").nth(0)).to_contain_text("For everyone here")
    expect(rules.locator("li").nth(1)).to_contain_text("Because of you · paid by Roastery North")
    ideas = card(page, "Tell the store something")
    ideas.get_by_label("What was wrong").fill("More oat milk.")
    ideas.get_by_role("button", name="Send").click()
    expect(ideas.get_by_role("status")).to_contain_text("Thank you")
    hub.expect("/api/phone/words", {"text": "More oat milk."})


def test_a_gift_is_marked_without_a_trace_on_this_phone(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    page = visited(window, hub)
    to(page, "Find")
    page.get_by_role("button", name=f"A gift: keep {OATS['name']} secret").click()
    expect(page.get_by_text("Kept secret")).to_be_visible()
    row = page.locator("li").filter(has=page.get_by_text(OATS["name"], exact=True))
    expect(row.get_by_role("button")).to_have_text(["Not a gift"])
    hub.expect("/api/phone/gift", {"item": OATS["item"], "gift": True})
    assert page.evaluate("localStorage.length") == 0


def test_an_iphone_that_needs_the_home_screen_is_coached(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.tag["state"] = "mine"
    opened = window()
    opened.context.add_init_script(
        "Object.defineProperty(navigator, 'standalone', {value: false}); delete window.PushManager;"
    )
    page = opened.go(CART)
    to(page, "You")
    expect(page.get_by_role("heading", name="Messages on an iPhone")).to_be_visible()
    expect(page.get_by_text("Add to Home Screen")).to_be_visible()


def test_the_bar_covers_nothing_at_the_end_of_the_page(
    window: Callable[..., Opened], hub: MockHub
) -> None:
    hub.phone = {**PHONE, "messages": MESSAGES}
    page = visited(window, hub, width=320, height=640)
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    last = page.get_by_role("button", name="End visit").bounding_box()
    bar = page.get_by_role("navigation").bounding_box()
    assert last is not None
    assert bar is not None
    assert last["y"] + last["height"] <= bar["y"]
