"""The published schema is what the code reads."""

import json
from pathlib import Path
from typing import Any

import pytest

from hub_server import campaigns
from hub_server.campaign.schema import FILE, schema, schema_text
from hub_server.decision.catalogue import FIELDS
from tests.hub_server.json_schema import is_valid
from tests.hub_server.written_campaigns import AT_WINE, WHEN, campaign, document

SCHEMA = schema()
DEMO = Path(campaigns.__file__).with_name("demo") / "corner_market_campaigns.json"
CASES = json.loads((Path(__file__).parents[1] / "decision" / "condition_cases.json").read_text())


def holds(data: bytes) -> bool:
    return is_valid(json.loads(data), SCHEMA, SCHEMA)


def test_the_published_file_is_that_of_the_code() -> None:
    """`hub-server campaign schema > hub_server/campaign/campaigns.schema.json` writes it anew."""
    assert FILE.read_text() == schema_text()


def test_the_shipped_campaigns_keep_to_it() -> None:
    assert holds(DEMO.read_bytes())


def test_an_editor_may_be_told_where_it_lies() -> None:
    with_schema = json.loads(document(campaign())) | {"$schema": "campaigns.schema.json"}
    assert holds(json.dumps(with_schema).encode())


def test_every_condition_that_is_read_keeps_to_it() -> None:
    condition = {"$ref": "#/$defs/Condition"}
    refused = [case["name"] for case in CASES if not is_valid(case["when"], condition, SCHEMA)]
    assert refused == []


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "nag"},
        {"age": 40},
        {"usefulness": 0},
        {"usefulness": 1.5},
        {"topic": None},
        {"words": {}},
        {"words": {"english": {"title": "a", "text": "b", "why": "c"}}},
        {"words": {"en": {"title": "", "text": "b", "why": "c"}}},
        {"buttons": ["route", "bring_it", "call_staff"]},
        {"cap_per_visit": "once"},
        {"caps": [{"per": "zone", "limit": 1}]},
        {"control_share": 0.6},
        {"when": {}},
        {"when": {"all": []}},
        {"when": {"all": [WHEN], "any": [WHEN]}},
        {"when": WHEN | {"op": "is"}},
        {"when": WHEN | {"value": -1}},
        {"when": WHEN | {"value": True}},
        {"when": WHEN | {"op": "between", "value": [1]}},
        {"when": WHEN | {"of": "wine"}},
        {"when": AT_WINE | {"value": 4}},
        {"when": {"field": "income", "op": "is", "value": "low"}},
        {"when": {"field": "feed", "of": "weather", "op": ">=", "value": 1}},
        {"when": {"field": "stage_p", "of": "tired", "op": ">=", "value": 0.5}},
        {"when": {"field": "first_visit", "op": "is", "value": "yes"}},
        {"when": {"field": "wanted_items", "op": "some", "value": "x"}},
    ],
)
def test_what_the_code_refuses_does_not(changes: dict[str, Any]) -> None:
    assert holds(document(campaign()))
    assert not holds(document(campaign(**changes)))


def test_every_field_is_in_it() -> None:
    clauses = SCHEMA["$defs"]["Condition"]["anyOf"]
    named = {one["properties"].get("field", {}).get("const") for one in clauses}
    assert named - {None} == set(FIELDS)
