"""The JSON Schema of a campaign file, made from the code that reads it."""

from itertools import groupby
from math import isfinite
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from hub_server.campaign.document import FORMAT, VERSION, Document, Terms
from hub_server.decision.catalogue import FIELDS, OPERATORS, Field
from hub_server.decision.conditions import CLAUSES_MAX, READING
from hub_server.decision.snapshot import STAGES

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# Beside this module in the wheel; a test holds it to the code.
FILE: Final = Path(__file__).with_name("campaigns.schema.json")

Schema = dict[str, Any]


class CampaignFile(msgspec.Struct, frozen=True):
    """A campaign file."""

    format: Literal["campaigns"]
    version: Literal[2]
    campaigns: tuple[Document, ...]
    names: Terms = {}


def schema() -> Schema:
    """The schema of version 2, with conditions spelled out field by field."""
    whole: Schema = msgspec.json.schema(CampaignFile, ref_template="#/$defs/{name}")
    definitions: Schema = whole["$defs"]
    for name in ("Document", "Variant"):
        definitions[name]["properties"]["when"] = {"$ref": "#/$defs/Condition"}
    definitions["Condition"] = condition()
    return {"$schema": DIALECT, "title": f"{FORMAT} {VERSION}", **whole}


def schema_text() -> str:
    """The schema as it lies in the file."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"


def condition() -> Schema:
    """A tree of all, any, not, and a clause for each field and kind of operator."""
    some = {"type": "array", "items": {"$ref": "#/$defs/Condition"}, "minItems": 1}
    trees = [
        _closed({"all": {**some, "maxItems": CLAUSES_MAX}}),
        _closed({"any": {**some, "maxItems": CLAUSES_MAX}}),
        _closed({"not": {"$ref": "#/$defs/Condition"}}),
    ]
    return {"anyOf": [*trees, *(clause for field in FIELDS.values() for clause in clauses(field))]}


def clauses(field: Field) -> list[Schema]:
    """A clause for each way in which the field's operators take a value."""
    found = []
    operators = sorted(OPERATORS[field.kind].items(), key=lambda pair: pair[1].takes)
    for takes, group in groupby(operators, key=lambda pair: pair[1].takes):
        parts: Schema = {
            "field": {"const": field.name},
            "op": {"enum": [name for name, _ in group]},
            "value": _taken(takes, field),
        }
        if field.of is not None:
            parts["of"] = _of(field.of)
        found.append(_closed(parts))
    return found


def _taken(takes: str, field: Field) -> Schema:
    if takes == "flag":
        return {"type": "boolean"}
    one = _value(field)
    if takes == "one":
        return one
    if takes == "many":
        return {"type": "array", "items": one, "minItems": 1}
    return {"type": "array", "items": one, "minItems": 2, "maxItems": 2}


def _value(field: Field) -> Schema:
    if field.kind == "flag":
        return {"type": "boolean"}
    if field.kind == "number":
        bounds = {"minimum": field.low, "maximum": field.high}
        return {"type": "number"} | {k: v for k, v in bounds.items() if isfinite(v)}
    text: Schema = {"type": "string"}
    if field.choices is not None:
        text = {"enum": list(field.choices)}
    is_null = field.optional and field.kind == "text"
    return {"anyOf": [text, {"type": "null"}]} if is_null else text


def _of(of: str) -> Schema:
    if of == "stage":
        return {"enum": list(STAGES)}
    return (
        {"type": "string", "pattern": f"^{READING.pattern}$"}
        if of == "feed"
        else {"type": "string"}
    )


def _closed(parts: Schema) -> Schema:
    """An object of exactly these."""
    return {
        "type": "object",
        "properties": parts,
        "required": list(parts),
        "additionalProperties": False,
    }
