"""The corner market's campaigns: useful, honest, quiet; each row of FEATURES that they show."""

import functools
from pathlib import Path
from typing import Any

import msgspec
import pytest

from hub_server import campaigns
from hub_server.campaigns import Campaign, Worded, notices, places_of, speak
from hub_server.decide import Decision, decide
from hub_server.decision.snapshot import ContextSnapshot, Reading, Walk
from store_maps import corner_market

DEMO = Path(campaigns.__file__).with_name("demo") / "corner_market_campaigns.json"
SALT = b"a salt of sixteen"


@functools.cache
def demo() -> tuple[Campaign, ...]:
    sold = {product.item: product for product in corner_market.products()}
    read = campaigns.parse(DEMO.read_bytes(), corner_market.load(), sold, SALT)
    # As the demo's hub has it.
    return tuple(msgspec.structs.replace(one, currency="EUR") for one in read)


def moment(**changes: Any) -> ContextSnapshot:  # noqa: ANN401 - any field
    """A returning shopper, five minutes in, half a minute at one place."""
    usual = {"at_s": 0.0, "visit_s": 300.0, "dwell_s": 30.0, "first_visit": False}
    zone = changes.get("zone")
    return ContextSnapshot(**(usual | {"zone_name": str(zone or "")} | changes))


def fitting(**changes: Any) -> list[str]:  # noqa: ANN401 - any field
    here = moment(**changes)
    return [one.id for one in demo() if one.fits(here) and speak(one, here) is not None]


def said(campaign: str, **changes: Any) -> Worded:  # noqa: ANN401 - any field
    """What the campaign says in a moment that it fits."""
    (one,) = (one for one in demo() if one.id == campaign)
    here = moment(**changes)
    assert one.fits(here)
    found = speak(one, here)
    assert found is not None
    return found


def test_it_shows_every_kind_in_both_languages_and_nobody_pays() -> None:
    assert {one.kind for one in demo()} == set(campaigns.Kind.__args__)  # type: ignore[attr-defined]  # a Literal has them
    assert {tuple(one.words) for one in demo()} == {("en", "de")}
    assert {one.sponsor for one in demo()} == {None}


def test_whatever_promotes_is_measured() -> None:
    """Row 77: each with a control share, none by an override."""
    promotional = [one for one in demo() if one.promotional]
    assert {one.kind for one in promotional} == {"inform", "remind", "delight", "offer"}
    assert all(one.control_share == 0.1 for one in promotional)
    assert notices(demo()) == ()


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ([], {"zone": "cart-bay", "visit_s": 20.0, "dwell_s": 7.0}),
        (["ask-the-counter"], {"zone": "frozen", "visit_s": 901.0, "stage": "stuck"}),
        ([], {"zone": "queue", "zone_type": "queue", "stage": "stuck"}),
        (["labels"], {"zone": "dairy"}),
        ([], {"zone": "dairy", "dwell_s": 4.0}),
        (["frozen-last"], {"zone": "frozen"}),
        ([], {"zone": "frozen", "bought_categories": ("ice cream",)}),
        (["bring-it-back"], {"zone": "wine"}),
        (["almonds"], {"zone": "snacks"}),
        (["gift-wrap"], {"zone": "snacks", "intent": "gift"}),
        ([], {"zone": "queue"}),
    ],
)
def test_what_is_said_where(expected: list[str], changes: dict[str, Any]) -> None:
    assert fitting(**changes) == expected


def test_wherever_one_may_be_spoken_to_there_is_a_word() -> None:
    market = corner_market.load()
    silent = places_of(market).sensitive
    for zone in market.leaf_zones:
        speaks = bool(fitting(zone=zone.id, visit_s=100.0, dwell_s=60.0, first_visit=True))
        assert speaks is (zone.messages_allowed and zone.id not in silent)


def test_the_offer_is_about_a_product_of_the_store() -> None:
    """An item that the catalogue does not know could never be suppressed by the till."""
    sold = {product.item: product.category for product in corner_market.products()}
    for one in demo():
        assert {sold[item] for item in one.items if sold[item] != "teeth"} <= one.categories


def test_a_new_shopper_is_welcomed_with_the_map_and_sold_nothing() -> None:
    """Row 69."""
    at_door = {"zone": "entrance", "visit_s": 20.0, "dwell_s": 7.0, "first_visit": True}
    assert fitting(**at_door) == ["welcome"]
    one = said("welcome", **at_door)
    assert one.title.startswith("Welcome")
    assert "map" in one.text
    assert "We do not know you yet." in one.why


def test_what_was_passed_is_told_with_its_metres() -> None:
    """Row 99: passed oats 5 m back; silent where the way is not known, or too far."""
    passed = {"zone": "breakfast", "passed_items": ("1025",), "dwell_s": 4.0}
    one = said("passed-on-your-list", **passed, walks=(Walk("1025", 5.2),))
    assert (one.title, one.target) == ("Oat flakes, 500 g: 5 m back", "1025")
    assert one.why[0] == "Because this is on your list and 5 m away."
    assert one.why[1:] == (
        "Used: the length of this stop, your list.",
        "Past purchases: looked at only to leave out what you have.",
        "Not used: who you are.",
    )
    assert fitting(**passed) == []
    assert fitting(**passed, walks=(Walk("1025", 15.1),)) == []
    assert said(
        "passed-on-your-list", **passed, language="de", walks=(Walk("1025", 5.2),)
    ).title == ("Oat flakes, 500 g: 5 m zurück")


def test_what_is_still_open_is_told_once_on_the_way_out() -> None:
    """Row 97: no scolding, and it names them."""
    leaving = {"zone": "entrance", "leaving_without": ("1025", "1017")}
    one = said("on-the-way-out", **leaving)
    assert one.title == "Still on your list: 2"
    assert one.text.startswith("Oat flakes, 500 g; Whole milk, 1 l. ")
    (campaign,) = (one for one in demo() if one.id == "on-the-way-out")
    assert campaign.cap_per_visit == 1
    assert not campaign.promotional


def test_a_gift_is_not_named_among_what_is_left() -> None:
    """Rows 75 and 7: neither a gift nor what is bought, gone or sensitive is named."""
    marks = (campaigns.mark("1017", SALT),)
    leaving = ("1025", "1017", "1008", "1009", "1067", "unknown")
    one = said(
        "on-the-way-out",
        zone="entrance",
        leaving_without=leaving,
        gift_marks=marks,
        bought_items=("1008",),
        out_items=("1009",),
    )
    assert one.items == ("1025",)
    assert fitting(zone="entrance", leaving_without=("1017",), gift_marks=marks) == []
    hidden = (campaigns.mark("milk", SALT),)
    assert fitting(zone="entrance", leaving_without=("1017",), gift_marks=hidden) == []
    open_to_it = said(
        "on-the-way-out", zone="entrance", leaving_without=("1067",), sensitive_ok=True
    )
    assert open_to_it.items == ("1067",)
    assert "Pain" not in open_to_it.lock_title + open_to_it.lock_text


def test_a_hot_day_brings_cold_drinks() -> None:
    """Row 62: by the feed alone, and only while it is fresh."""
    hot = Reading("weather.temperature_c", 31.0, 60.0, 3600.0)
    near = {"zone": "offers", "dwell_s": 6.0, "walks": (Walk("drinks", 12.0),)}
    one = said("cold-drinks", **near, feeds=(hot,))
    assert one.title == "31 °C outside"
    assert one.text == "Chilled water and juice: 12 m from here, at Water & juice."
    assert one.for_everyone
    mild = Reading("weather.temperature_c", 27.0, 60.0, 3600.0)
    assert "cold-drinks" not in fitting(**near, feeds=(mild,))
    stale = Reading("weather.temperature_c", 31.0, 3601.0, 3600.0)
    assert "cold-drinks" not in fitting(**near, feeds=(stale,))


def test_who_waits_is_told_of_something_else_once() -> None:
    """Row 61."""
    waiting = {"zone": "deli", "waiting_for": "service", "waiting_s": 61.0, "dwell_s": 5.0}
    assert fitting(**waiting) == ["while-you-wait"]
    one = said("while-you-wait", **waiting)
    assert one.text == "Butter croissant, fresh from the oven: €1.30, at the bakery counter."
    assert "1,30\N{NO-BREAK SPACE}€" in said("while-you-wait", **waiting, language="de").text
    (campaign,) = (one for one in demo() if one.id == "while-you-wait")
    assert campaign.cap_per_visit == 1


def test_a_cheaper_one_comes_before_any_discount() -> None:
    """Row 100: a long stop, nothing taken: the cheaper variant at the shelf's own price."""
    here = {"zone": "pasta", "dwell_s": 41.0}
    assert fitting(**here) == ["labels", "cheaper-beside"]
    one = said("cheaper-beside", **here)
    assert one.text.startswith("Penne, whole grain: €1.49")
    assert fitting(**here, bought_categories=("pasta",)) == ["labels"]
    sold = {product.item: product for product in corner_market.products()}
    assert sold["1030"].price > sold["1029"].price
    assert sold["1030"].variant_of == "1029"


def test_who_asked_for_help_and_lingers_gets_a_person() -> None:
    """Row 20, the campaign's side: not a text alone, a call to staff."""
    here = {"zone": "wine", "zone_type": "bay", "dwell_s": 61.0}
    assert "somebody-comes" in fitting(**here, intent="help")
    assert "somebody-comes" not in fitting(**here)
    (campaign,) = (one for one in demo() if one.id == "somebody-comes")
    assert (campaign.action, campaign.promotional) == ("call_staff", False)


def test_what_may_be_running_low_is_said_of_the_thing() -> None:
    """Row 24: a reminder near its date; the past stands in the reason alone, and truly."""
    one = said("running-low", zone="body-care", dwell_s=6.0, due_items=("1047",))
    assert one.title == "Running low: Toothpaste?"
    assert one.used == ("due_items",)
    assert not one.for_everyone
    assert one.why[1] == "Used: where you are, the length of this stop, past purchases."
    assert one.why[2] == "Not used: who you are."
    assert "running-low" not in fitting(zone="body-care", dwell_s=6.0)


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({}, "Not sure? Take it home first"),
        ({"intent": "gift"}, "A present, with a receipt that fits"),
        ({"intent": "research"}, "The sheets tell more"),
        ({"intent": "help"}, "Somebody has time for a question"),
        ({"stage": "weighing"}, "Choose in peace, change later"),
    ],
)
def test_one_shelf_many_tones(changes: dict[str, Any], title: str) -> None:
    """Rows 6, 66 and 95: by intent and by stage another content, the lock screen the same."""
    one = said("bring-it-back", zone="wine", **changes)
    assert one.title == title
    assert (one.lock_title, one.lock_text) == ("A note for your visit", "Open it to read.")


def test_who_weighs_hears_of_warranty_and_returns() -> None:
    """Row 95: the facet of the deciding stage reassures."""
    one = said("bring-it-back", zone="wine", stage="weighing")
    assert "30 days" in one.text
    assert "warranty" in one.text


REACHED: dict[str, Any] = {
    "may_locate": True,
    "may_message": True,
    "channel": "page",
    "zone_p": 0.95,
    "visit_s": 900.0,
}


def decided(**changes: Any) -> Decision:  # noqa: ANN401 - any field
    """What the whole demo decides on a shopper who can be reached."""
    return decide(moment(**(REACHED | changes)), demo())


def test_four_missions_at_one_shelf_end_in_four_ways() -> None:
    """Rows 1 and 4: the same path, another mission, another message or none."""
    here: dict[str, Any] = {"zone": "wine", "zone_type": "bay", "dwell_s": 61.0}
    said_by = {
        intent: decided(**here, intent=intent).title
        for intent in ("self", "gift", "research", "help", "hurry")
    }
    assert said_by == {
        "self": "Not sure? Take it home first",
        "gift": "A present, with a receipt that fits",
        "research": "The sheets tell more",
        "help": "Somebody will look in",
        "hurry": "",
    }


def test_a_dead_feed_switches_its_rule_off_and_says_so() -> None:
    """Row 18."""
    near: dict[str, Any] = {"zone": "offers", "dwell_s": 6.0, "walks": (Walk("drinks", 12.0),)}
    fresh = Reading("weather.temperature_c", 31.0, 60.0, 3600.0)
    assert decided(**near, feeds=(fresh,)).campaign == "cold-drinks"
    stale = Reading("weather.temperature_c", 31.0, 3601.0, 3600.0)
    for feeds in ((), (stale,)):
        silent = decided(**near, feeds=feeds)
        assert (silent.outcome, silent.code) == ("silent", "feed_stale")


def test_the_past_decides_nothing_for_who_wants_just_prices_and_stock() -> None:
    """Row 31: with everything known, the same as with nothing known."""
    here: dict[str, Any] = {"zone": "body-care", "dwell_s": 30.0, "due_items": ("1047",)}
    assert decided(**here).campaign == "running-low"
    plain = decided(**here, plain=True)
    assert plain.campaign == "bring-it-back"
    assert plain.used == ()
