"""What no page asks and no rule can read: who somebody is, and what somebody eats."""

import importlib
import pkgutil
import re
from collections.abc import Iterator

import msgspec
import pytest
from fastapi.routing import APIRoute
from pydantic import BaseModel

from hub_server import pages
from hub_server.decision.catalogue import FIELDS
from hub_server.decision.snapshot import ContextSnapshot
from hub_server.views import aisle as aisle_views
from hub_server.views import hub as views
from hub_server.visit.visits import Visit

WHO = r"age|sex|gender|income|zip|post\w*code|address|birth\w*|ethnic\w*|race|religion|marital"
EATS = r"diet\w*|allerg\w*|vegan|vegetarian|halal|kosher|gluten\w*|skin\w*"
FORBIDDEN = re.compile(rf"{WHO}|{EATS}")


def asked() -> Iterator[str]:
    """Every field of every request, in its path, query or body."""
    for module in pkgutil.iter_modules(pages.__path__, "hub_server.pages."):
        router = getattr(importlib.import_module(module.name), "router", None)
        for route in router.routes if router else ():
            if isinstance(route, APIRoute):
                yield from _asked_by(route)


def _asked_by(route: APIRoute) -> Iterator[str]:
    given = route.dependant
    for param in (*given.path_params, *given.query_params, *given.body_params):
        yield param.name
        model = param.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):
            yield from model.model_fields


def test_no_request_asks_who_somebody_is_or_what_they_eat() -> None:
    """Rows 30 and 51: the phone filters by diet, the hub has no field for it."""
    names = set(asked())
    assert {"intent", "item", "text", "plain"} <= names
    assert [name for name in sorted(names) if FORBIDDEN.fullmatch(name)] == []


def test_no_decision_can_rest_on_it() -> None:
    """Row 51: neither a snapshot nor a campaign's condition nor a visit has such a field."""
    for name in (*ContextSnapshot.__struct_fields__, *FIELDS, *Visit.__struct_fields__):
        assert not FORBIDDEN.fullmatch(name), name


@pytest.mark.parametrize(
    "candidate", [views.MessageItem, aisle_views.ProductView], ids=lambda one: one.__name__
)
def test_whatever_is_proposed_comes_with_its_attributes(candidate: type[msgspec.Struct]) -> None:
    """Row 30: so that the phone can leave out what its owner does not eat."""
    assert "attributes" in candidate.__struct_fields__
