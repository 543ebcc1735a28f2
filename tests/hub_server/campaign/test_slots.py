"""Slots are filled from the moment, cut to their length, and never left as holes."""

from typing import Any

import msgspec
import pytest

from hub_server.campaign.slots import SLOTS, Moment, chars_at_most, fill
from hub_server.campaigns import speak
from hub_server.decision.snapshot import ContextSnapshot, Reading, Walk
from tests.hub_server.written_campaigns import SOLD, fault_of, one, parsed, words
from tests.hub_server.written_campaigns import campaign as written

HERE = ContextSnapshot(
    at_s=0.0,
    store_name="Small Market",
    zone_name="W" * 300,
    dwell_s=41.4,
    waiting_s=61.7,
    visit_s=779.0,
    minutes_left=9.6,
    walks=(Walk("bakery", 3.0), Walk("1053", 0.2)),
    feeds=(Reading("air.ppm", 400.0, 0.0, 60.0), Reading("weather.temperature_c", 30.6, 0.0, 60.0)),
)
NOWHERE = ContextSnapshot(at_s=0.0)


def filled(slot: str, snapshot: ContextSnapshot, changes: dict[str, Any]) -> str | None:
    """The slot in English, of a campaign that leads to a wine."""
    usual = {"for_zone": "bakery", "near": "1053", "items": ["1053", "1054"]}
    campaign = one(**(usual | changes))
    moment = Moment(snapshot, campaign, "en", campaign.named_items)
    return fill(f"<{{{slot}}}> {{{{plain}}}}", moment)


CASES = [
    ("store_name", "Small Market"),
    ("zone_name", "W" * 39 + "…"),
    ("for_zone_name", "Bakery"),
    ("near_name", "Riesling, dry"),
    ("product", "Riesling, dry"),
    ("price", "8.90"),
    ("metres", "1"),
    ("left_items", "Riesling, dry; Pinot noir"),
    ("left_count", "2"),
    ("minutes_left", "10"),
    ("degrees", "31"),
    ("dwell_s", "41"),
    ("waiting_s", "62"),
    ("visit_min", "12"),
]


@pytest.mark.parametrize(("slot", "value"), CASES)
def test_slots(slot: str, value: str) -> None:
    assert filled(slot, HERE, {}) == f"<{value}> {{plain}}"


def test_every_slot_is_in_the_test_above() -> None:
    assert {slot for slot, _ in CASES} == set(SLOTS)


def test_a_price_has_the_languages_comma() -> None:
    moment = Moment(HERE, one(items=["1053"]), "de", ("1053",))
    assert fill("{price}", moment) == "8,90"


@pytest.mark.parametrize("slot", sorted(name for name, slot in SLOTS.items() if not slot.always))
def test_without_a_value_there_is_no_text(slot: str) -> None:
    changes = {"for_zone": None, "near": None, "items": None}
    assert filled(slot, NOWHERE, changes) is None


def test_a_campaign_with_a_hole_says_nothing() -> None:
    """Never an empty hole."""
    campaign = one(near="bakery", words=words(text="{metres} m"))
    assert speak(campaign, HERE) is not None
    assert speak(campaign, ContextSnapshot(at_s=0.0, zone_name="Wine")) is None


def test_a_reading_that_is_too_old_is_none() -> None:
    old = ContextSnapshot(at_s=0.0, feeds=(Reading("weather.temperature_c", 30.0, 61.0, 60.0),))
    assert filled("degrees", old, {}) is None


def test_an_item_without_a_price_has_none() -> None:
    assert filled("price", HERE, {}) is not None
    campaign = one(items=["1053"])
    nameless = Moment(HERE, campaign, "en", ("9999",))
    assert [fill(f"{{{name}}}", nameless) for name in ("product", "price", "left_items")] == [
        None,
        None,
        None,
    ]


def test_names_that_do_not_fit_are_counted() -> None:
    names = ["1042", "1043", "1044", "1058"]
    assert (
        filled("left_items", HERE, {"items": names}) == "<Sponges, 6; Salad bowl, oak +2> {plain}"
    )
    long = msgspec.structs.replace(SOLD["1042"], name="S" * 50)
    (campaign,) = parsed(written(items=["1042"]), sold={"1042": long})
    moment = Moment(HERE, campaign, "en", ("1042",))
    assert fill("{left_items}", moment) == "S" * 39 + "…"


def test_the_length_is_that_of_the_longest_slots() -> None:
    assert chars_at_most("{{{product}}} at {metres}") == 1 + 30 + 1 + 4 + 5
    assert chars_at_most("{unknown}") == 40


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{product}", "items or about beside it"),
        ("{metres} m", "near or about beside it"),
        ("{near_name}", "near beside it"),
        ("{for_zone_name}", "for_zone beside it"),
        ("{dwell_s} s", "an exact time shows a stopwatch"),
    ],
)
def test_a_slot_that_nothing_could_fill_is_refused(text: str, expected: str) -> None:
    where, found = fault_of(words=words(text=text))
    assert where == "words.en.text"
    assert expected in found


def test_a_product_that_a_text_names_is_one_of_its_items() -> None:
    """Row 75: only so does a gift, or an empty shelf, hold it back."""
    text = words(text="The Praline box stands on the left.")
    where, found = fault_of(words=text)
    assert where == "words.en.text"
    assert found == "1035 among items: what a text names may be a gift, or gone"
    assert one(words=text, items=["1035"])
    assert one(words=text, categories=["gifts"])
    assert one(words=text, near="1035")
    assert one(words=words(text="Praline boxes stand on the left."))
    assert parsed(written(words=text, control_share=None), version=1)


def test_a_locked_phone_tells_nothing_of_the_moment() -> None:
    """Row 81."""
    where, found = fault_of(words=words(lock_text="At {zone_name}"))
    assert where == "words.en.lock_text"
    assert "tells nobody" in found
    assert one(words=words(lock_text="A note from {store_name}"))


def test_a_variant_speaks_the_same_languages() -> None:
    when = {"field": "intent", "op": "is", "value": "gift"}
    where, found = fault_of(variants=[{"when": when, "words": words()}])
    assert (where, found) == ("variants[0].words", "exactly de, en")


def test_products_are_named_in_the_language_of_the_text() -> None:
    sold = {item: msgspec.structs.replace(SOLD[item], names=()) for item in ("1053", "1054")}
    sold["1053"] = msgspec.structs.replace(sold["1053"], names=(("de", "Riesling, trocken"),))
    (campaign,) = parsed(written(items=["1053", "1054"]), sold=sold)
    moment = Moment(HERE, campaign, "de", campaign.named_items)
    assert fill("{product} <{left_items}>", moment) == (
        "Riesling, trocken <Riesling, trocken; Pinot noir>"
    )


def test_a_price_has_the_stores_currency_and_the_readers_marks() -> None:
    wine = msgspec.structs.replace(one(items=["1053"]), currency="EUR")
    said = [fill("{price}", Moment(NOWHERE, wine, each, ("1053",))) for each in ("en", "de")]
    assert said == ["€8.90", "8,90\N{NO-BREAK SPACE}€"]
