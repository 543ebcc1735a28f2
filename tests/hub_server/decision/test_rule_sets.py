"""Rules put away and taken out again decide the same, without map, products or salt."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from hub_server import campaigns
from hub_server.decide import decide
from hub_server.decision import rule_sets
from hub_server.decision.caps import Cap
from hub_server.decision.limits import LIMITS, Limits
from tests.hub_server.conftest import CAMPAIGNS, market
from tests.hub_server.wine_moment import GOOD, SALT, WORDS, but, made

ROOT = Path(__file__).parents[3]
BEST = {"en": {"title": "A gift?", "text": "Wrapped.", "why": "Because it is a gift."}}
RICH = {
    "variants": [
        {
            "words": {"de": BEST["en"], **BEST},
            "when": {"field": "intent", "op": "is", "value": "gift"},
        }
    ],
    "words": {"de": WORDS["en"], **WORDS},
    "caps": [{"per": "category", "limit": 2, "hours": 24}],
    "starts": "2026-01-01T00:00:00Z",
    "near": "bakery",
    "walk_m_max": 40.0,
}


def there_and_back(
    given: tuple[campaigns.Campaign, ...], limits: Limits = LIMITS
) -> tuple[tuple[campaigns.Campaign, ...], Limits]:
    rules = rule_sets.packed(given, limits)
    return rule_sets.unpacked(rules.campaigns, rules.limits)


def plain(one: campaigns.Campaign) -> campaigns.Campaign:
    """The same without closures, which compare by identity."""
    variants = tuple(msgspec.structs.replace(v, fits=bool) for v in one.variants)
    return msgspec.structs.replace(one, fits=bool, might=bool, variants=variants)


def test_every_field_of_a_campaign_comes_back() -> None:
    given = made(RICH, {})
    limits = Limits(quiet_from="21:00", quiet_to="07:00", caps=(Cap(per="person", limit=2),))
    back, limits_back = there_and_back(given, limits)
    assert [plain(one) for one in back] == [plain(one) for one in given]
    assert limits_back == limits
    assert list(back[0].words) == ["de", "en"], "the first language stands in for others"


def test_they_decide_the_same() -> None:
    given = made(RICH, {"usefulness": 0.4})
    back, _ = there_and_back(given)
    for moment in (GOOD, but(intent="gift"), but(zone="bakery"), but(language="de")):
        assert decide(moment, back, explain=True) == decide(moment, given, explain=True)


def test_the_name_is_of_the_content() -> None:
    first = rule_sets.packed(made({}, {}), LIMITS)
    assert rule_sets.packed(made({}, {}), LIMITS) == first
    assert rule_sets.packed(made({}, {"usefulness": 0.6}), LIMITS).sha256 != first.sha256
    assert rule_sets.packed(made({}, {}), Limits(stale_s=4.0)).sha256 != first.sha256


NAMED = """
from hub_server.decision import rule_sets
from hub_server.decision.limits import LIMITS
from tests.hub_server.decision.test_rule_sets import ANYWHERE
print(rule_sets.packed(ANYWHERE, LIMITS).sha256)
"""
ANYWHERE = made({"when": {"field": "zone", "op": "in", "value": ["wine", "bakery", "till"]}})


@pytest.mark.parametrize("seed", ["1", "2", "3"])
def test_the_name_is_the_same_in_every_process(seed: str) -> None:
    """Else each start of a hub would keep its rules once more."""
    command = [sys.executable, "-c", NAMED]
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(command, capture_output=True, check=True, cwd=ROOT, env=environment)
    assert done.stdout.decode().strip() == rule_sets.packed(ANYWHERE, LIMITS).sha256


def test_the_corner_markets_own_rules_come_back_with_their_products() -> None:
    floor_map, _, products, _ = market()
    by_item = {one.item: one for one in products}
    given = campaigns.parse(CAMPAIGNS.read_bytes(), floor_map, by_item, SALT)
    back, _ = there_and_back(given)
    assert [plain(one) for one in back] == [plain(one) for one in given]
