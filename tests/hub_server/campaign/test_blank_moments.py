"""A condition that holds wherever somebody is waits for no moment."""

from typing import Any

import pytest

from hub_server.campaign.blank_moments import waits_for_a_moment
from hub_server.campaign.checks import CONTEXT_FIELDS
from hub_server.decision.condition_tree import read
from tests.hub_server.written_campaigns import fault_of, one

OWNS = {"field": "owned_categories", "op": "some", "value": True}


def clause(field: str, op: str, value: object, of: str | None = None) -> dict[str, Any]:
    node = {"field": field, "op": op, "value": value}
    return node if of is None else {**node, "of": of}


EVERYWHERE: tuple[dict[str, Any], ...] = (
    clause("dwell_s", ">=", 0),
    clause("visit_s", "<=", 86_400),
    clause("zones_visited_count", ">=", 0),
    clause("local_minute", "between", [0, 1439]),
    clause("zone", "not_in", ["wine"]),
    clause("zone", "is_not", None),
    clause("stage_p", ">=", 0, "weighing"),
    clause("walk_m", "<=", 10_000, "wine"),
    clause("visited_zone", "is", value=False, of="wine"),
    clause("out_items", "has_none", ["1001"]),
    {"any": [clause("dwell_s", "<", 10), clause("dwell_s", ">=", 10)]},
    {"any": [clause("dwell_s", ">", 10), clause("visit_s", ">=", 0)]},
)
# Refused as what can never come true, before anybody asks of the moment.
NEVER_FALSE: tuple[dict[str, Any], ...] = (
    {"not": clause("dwell_s", "<", 0)},
    {"not": {"all": [clause("dwell_s", "<", 5), clause("dwell_s", ">", 6)]}},
)
MOMENTS: tuple[dict[str, Any], ...] = (
    clause("dwell_s", ">=", 20),
    clause("visit_s", "<", 600),
    clause("zone", "is", "wine"),
    clause("stage", "in", ["weighing", "engaged"]),
    clause("wanted_items", "some", value=True),
    clause("local_minute", "between", [600, 900]),
    {"any": [clause("dwell_s", "<", 10), clause("dwell_s", ">", 20)]},
    {"all": [clause("dwell_s", ">=", 0), clause("visited_zone", "is", value=True, of="wine")]},
)


@pytest.mark.parametrize("everywhere", EVERYWHERE, ids=str)
def test_a_segment_beside_what_is_always_so_is_refused(everywhere: dict[str, Any]) -> None:
    """Row 2: naming a field of the moment is not asking for a moment."""
    assert "a segment" in fault_of(when={"all": [OWNS, everywhere]})[1]


@pytest.mark.parametrize("everywhere", [*EVERYWHERE, *NEVER_FALSE], ids=str)
def test_what_is_always_so_waits_for_nothing(everywhere: dict[str, Any]) -> None:
    assert not waits_for_a_moment(read(everywhere), CONTEXT_FIELDS)


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_a_moment_is_one_that_need_not_be(moment: dict[str, Any]) -> None:
    assert waits_for_a_moment(read({"all": [OWNS, moment]}), CONTEXT_FIELDS)
    assert one(when={"all": [OWNS, moment]}).uses


def test_what_is_said_to_everybody_need_not_wait() -> None:
    assert one(when=clause("zone", "not_in", ["wine"])).uses
