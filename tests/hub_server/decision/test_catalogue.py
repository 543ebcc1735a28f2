"""The catalogue is closed and holds nothing about who a person is."""

import re

import msgspec
import pytest

from hub_server import journeys
from hub_server.decision import snapshot
from hub_server.decision.catalogue import FIELDS, OPERATORS, STAGE_FIELDS
from hub_server.decision.snapshot import ContextSnapshot, StageP

WHO = re.compile(r"\bage\b|sex|gender|income|address|name|birth|ethnic|household|postcode|email")


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_is_read_from_the_snapshot(name: str) -> None:
    readable = {*ContextSnapshot.__struct_fields__, *dir(ContextSnapshot)}
    assert name in readable or name in {"visited_zone", "feed", "walk_m"}


@pytest.mark.parametrize("name", FIELDS)
def test_no_field_says_who_a_person_is(name: str) -> None:
    assert not WHO.search(name)


def test_every_kind_has_operators() -> None:
    assert {field.kind for field in FIELDS.values()} == set(OPERATORS)


def test_stage_fields_are_fields() -> None:
    assert set(FIELDS) >= STAGE_FIELDS


def test_the_snapshot_names_nobody() -> None:
    """No id of shopper, visit, tag, handle or phone in what is stored with a decision."""
    fields = {*ContextSnapshot.__struct_fields__}
    assert not fields & {"shopper", "visit", "tag", "handle", "phone", "cookie", "x_m", "y_m"}


def test_the_stages_are_the_journeys_own() -> None:
    assert snapshot.STAGES == journeys.STAGES


def test_a_snapshot_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        ContextSnapshot(at_s=0.0).zone = "wine"  # type: ignore[misc]  # the point of it


def test_a_snapshot_survives_storage() -> None:
    one = ContextSnapshot(at_s=1.5, zone="wine", stage_p=StageP(stuck=0.5), bought_items=("rye",))
    assert msgspec.json.decode(msgspec.json.encode(one), type=ContextSnapshot) == one


def test_a_stored_snapshot_is_read_whatever_rounding_left_in_it() -> None:
    one = ContextSnapshot(
        at_s=1.5, zone_p=1.0000001, fix_age_s=-1e-9, stage_p=StageP(stuck=1.0000001)
    )
    assert msgspec.json.decode(msgspec.json.encode(one), type=ContextSnapshot) == one
