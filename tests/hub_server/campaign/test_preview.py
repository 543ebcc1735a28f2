"""What an author sees before anybody else does."""

from typing import Any

import msgspec
import pytest

from hub_server.campaign.example import example
from hub_server.campaign.preview import preview
from tests.hub_server.test_campaign_demo import demo
from tests.hub_server.written_campaigns import AT_WINE, WORDS, one, words

GIFT = {"field": "intent", "op": "is", "value": "gift"}


def test_each_language_and_tone_as_locked_and_as_page() -> None:
    tone = {"title": "Wrap", "text": "At the {product}.", "why": "Because you said a gift."}
    campaign = one(
        words=words(),
        variants=[{"when": GIFT, "words": {"en": tone}}],
        when=AT_WINE,
        items=["1053"],
    )
    assert list(preview([campaign], "Small Market")) == [
        "wine-1 (inform), en",
        "  rule    When you are at Wine. Once a visit.",
        "  as a rule",
        "    locked  A note for your visit · Open it to read.",
        "    page    Wine",
        "            At Wine.",
        "    why     Because you are at Wine.",
        "            For everyone who stops here, not picked for you.",
        "            Past purchases: looked at only to leave out what you have.",
        "            Not used: who you are.",
        "  variant 1",
        "    locked  A note for your visit · Open it to read.",
        "    page    Wrap",
        "            At the Riesling, dry.",
        "    why     Because you said a gift.",
        "            Used: where you are, what you told us about this visit.",
        "            Past purchases: looked at only to leave out what you have.",
        "            Not used: who you are.",
    ]


def test_of_the_demo_nothing_is_silent() -> None:
    lines = list(preview(demo(), "Corner Market"))
    assert not any("silent" in line for line in lines)
    assert sum("locked" in line for line in lines) == 2 * (16 + 4)


def test_what_no_example_can_fill_is_told() -> None:
    campaign = one(about="wanted_items", words=words())
    assert "1017" in campaign.goods
    bare = msgspec.structs.replace(campaign, goods={})
    assert "silent here" in "".join(preview([bare], "Small Market"))


@pytest.mark.parametrize("campaign", demo(), ids=lambda one: str(one.id))
def test_an_example_meets_the_condition(campaign: Any) -> None:  # noqa: ANN401 - a Campaign
    assert campaign.fits(example(campaign, None, "Corner Market", "en"))
    for variant in campaign.variants:
        moment = example(campaign, variant.condition, "Corner Market", "de")
        assert campaign.fits(moment)
        assert variant.fits(moment)


@pytest.mark.parametrize(
    "when",
    [
        {"field": "dwell_s", "op": ">", "value": 99},
        {"field": "visit_s", "op": "<", "value": 9},
        {"field": "visit_s", "op": "between", "value": [1, 2]},
        {"any": [AT_WINE, {"field": "zone", "op": "is", "value": "bakery"}]},
        {"all": [AT_WINE, {"not": {"field": "zone", "op": "is", "value": "bakery"}}]},
        {"field": "stage_p", "of": "weighing", "op": ">=", "value": 0.6},
        {"field": "feed", "of": "queue.people", "op": ">=", "value": 4},
        {"all": [AT_WINE, {"field": "due_items", "op": "has_any", "value": ["1047"]}]},
        {"all": [AT_WINE, {"field": "visited_zone", "of": "wine", "op": "is", "value": False}]},
    ],
)
def test_examples_of_other_conditions(when: dict[str, Any]) -> None:
    campaign = one(when=when, words=WORDS)
    assert campaign.fits(example(campaign, None, "Small Market", "en"))
