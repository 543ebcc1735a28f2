"""Campaign files as an author might write them, good ones and bad ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub_server import campaigns
from hub_server.campaigns import Campaign, CampaignError
from store_maps import corner_market, floor_map
from store_maps.product import Product

MARKET = floor_map.load(Path(__file__).parent / "small_market.geojson")
SOLD = {product.item: product for product in corner_market.products()}
SALT = b"a salt of sixteen"
WORDS = {
    "en": {"title": "Wine", "text": "At {zone_name}.", "why": "Because you are at {zone_name}."},
    "de": {"title": "Wein", "text": "Bei {zone_name}.", "why": "Weil Sie bei {zone_name} sind."},
}
WHEN = {"field": "dwell_s", "op": ">=", "value": 20}
AT_WINE = {"field": "zone", "op": "is", "value": "wine"}


def campaign(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A good campaign of version 2; a change to None takes the field away."""
    whole = {
        "id": "wine-1",
        "kind": "inform",
        "topic": "wine",
        "words": WORDS,
        "when": WHEN,
        "usefulness": 0.5,
        "control_share": 0.1,
    } | changes
    return {key: value for key, value in whole.items() if value is not None}


def document(*entries: object, version: int = 2) -> bytes:
    return json.dumps({"format": "campaigns", "version": version, "campaigns": entries}).encode()


def parsed(
    *entries: object, sold: dict[str, Product] | None = SOLD, version: int = 2
) -> tuple[Campaign, ...]:
    return campaigns.parse(document(*entries, version=version), MARKET, sold, SALT)


def one(**changes: Any) -> Campaign:  # noqa: ANN401 - any JSON
    """The good campaign with changes, ready."""
    (found,) = parsed(campaign(**changes))
    return found


def words(**changes: str) -> dict[str, Any]:
    """English alone."""
    return {"en": WORDS["en"] | changes}


def problems_of(*entries: object, version: int = 2) -> list[tuple[str, str]]:
    """(where, what was expected) of each fault."""
    with pytest.raises(CampaignError) as caught:
        parsed(*entries, version=version)
    return [(problem.where, problem.expected) for problem in caught.value.problems]


def fault_of(**changes: Any) -> tuple[str, str]:  # noqa: ANN401 - any JSON
    """The one fault of the good campaign with changes."""
    (found,) = problems_of(campaign(**changes))
    return found
