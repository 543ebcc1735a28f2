"""Zones and products that a campaign names are called as its reader calls them."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub_server import campaigns
from hub_server.campaign.example import example
from hub_server.campaign.goods import with_products
from hub_server.campaign.slots import Moment, fill
from hub_server.campaigns import Campaign, CampaignError, rules
from hub_server.decision.limits import LIMITS
from hub_server.decision.rule_sets import packed, unpacked
from hub_server.decision.snapshot import ContextSnapshot
from hub_server.goods import products
from hub_server.goods.products import Product
from store_maps import corner_market, floor_map
from tests.hub_server.written_campaigns import MARKET, SALT, WHEN, campaign, document

SOLD = {one.item: one for one in products.read(corner_market.path().with_name("products.csv"))}
NOW = ContextSnapshot(at_s=0.0)


def one_of(**changes: Any) -> Campaign:  # noqa: ANN401 - any JSON
    """A campaign of a market whose wine has a German name."""
    drawn = json.loads((Path(__file__).parents[1] / "small_market.geojson").read_text())
    for feature in drawn["features"]:
        if feature["id"] == "wine":
            feature["properties"]["name_de"] = "Wein"
    market = floor_map.parse(json.dumps(drawn).encode())
    (found,) = campaigns.parse(document(campaign(**changes)), market, SOLD, SALT)
    return found


def said(one: Campaign, template: str) -> list[str | None]:
    return [fill(template, Moment(NOW, one, language, ())) for language in ("en", "de", "fr")]


def test_slots_name_zones_in_the_readers_language() -> None:
    here = one_of(for_zone="wine", near="bakery")
    assert said(here, "{for_zone_name}") == ["Wine", "Wein", "Wine"]
    assert said(here, "{near_name}") == ["Bakery", "Bakery", "Bakery"], "it has no other name"
    assert said(one_of(near="wine"), "{near_name}") == ["Wine", "Wein", "Wine"]


def test_slots_name_what_it_leads_to_by_todays_products() -> None:
    one = one_of(near="1053")
    assert said(one, "{near_name}")[1] == "Riesling, trocken"
    renamed = {"1053": Product(item="1053", name="Riesling", category="wine")}
    (today,) = with_products([one], renamed, SALT)
    assert said(today, "{near_name}") == ["Riesling"] * 3


def test_rules_and_previews_name_them_so_too() -> None:
    when = {
        "all": [
            {"field": "zone", "op": "in", "value": ["wine", "bakery"]},
            {"field": "wanted_items", "op": "has", "value": "1053"},
        ]
    }
    one = one_of(when=when)
    (german,) = rules([one], "de")
    assert "Sie sind bei Wein oder Bakery" in german.text
    assert "Riesling, trocken" in german.text
    assert example(one, None, "Markt", "de").zone_name == "Wein"


def test_topics_and_categories_have_words_in_the_files_own_table() -> None:
    names = {"wine": {"de": "Weine", "en": "wines"}, "juice": {"de": "Säfte"}, "other": {"en": "x"}}
    when = {"field": "bought_categories", "op": "has_none", "value": ["juice", "wine"]}
    written = json.loads(document(campaign(when={"all": [WHEN, when]}))) | {"names": names}
    (one,) = campaigns.parse(json.dumps(written).encode(), MARKET, SOLD, SALT)
    assert set(one.terms) == {"juice", "wine"}
    assert [one.term_in("wine", language) for language in ("de", "en", "fr")] == [
        "Weine",
        "wines",
        "wine",
    ]
    assert one.term_in("ice-cream", "en") == "ice cream"
    (german,) = rules([one], "de")
    assert "Säfte" in german.text
    rule_set = packed([one], LIMITS)
    (again,), _ = unpacked(rule_set.campaigns, rule_set.limits)
    assert again.terms == one.terms


@pytest.mark.parametrize(
    ("names", "where"),
    [
        ([], "names"),
        ({"wine": "Wein"}, "names.wine"),
        ({"wine": {}}, "names.wine"),
        ({"wine": {"de": ""}}, "names.wine"),
        ({"wine": {"deutsch": "Wein"}}, "names.wine"),
    ],
)
def test_a_table_that_is_none_is_refused_where_it_is_wrong(names: object, where: str) -> None:
    written = json.loads(document(campaign())) | {"names": names}
    with pytest.raises(CampaignError) as refused:
        campaigns.parse(json.dumps(written).encode(), MARKET, SOLD, SALT)
    assert [one.where for one in refused.value.problems] == [where]


def test_rules_that_are_put_away_keep_the_names() -> None:
    one = one_of(for_zone="wine")
    rule_set = packed([one], LIMITS)
    (again,), _ = unpacked(rule_set.campaigns, rule_set.limits)
    assert said(again, "{for_zone_name}") == ["Wine", "Wein", "Wine"]
    assert again.names_by == one.names_by
