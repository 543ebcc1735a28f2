"""As much of JSON Schema as the published schema uses: enough to hold a file against it."""

import re
from typing import Any

Schema = dict[str, Any]
TYPES = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}
NOTES = {"$schema", "$defs", "title", "description", "default"}


def is_valid(value: Any, schema: Schema, root: Schema) -> bool:  # noqa: ANN401 - any JSON
    """Whether `value` keeps to `schema`; an unknown keyword is an error of ours."""
    return all(CHECKS[word](value, schema, root) for word in schema if word not in NOTES)


def _ref(value: Any, schema: Schema, root: Schema) -> bool:  # noqa: ANN401
    target: Any = root
    for key in schema["$ref"].removeprefix("#/").split("/"):
        target = target[key]
    return is_valid(value, target, root)


def _properties(value: Any, schema: Schema, root: Schema) -> bool:  # noqa: ANN401
    named = schema["properties"]
    return not isinstance(value, dict) or all(
        is_valid(value[key], one, root) for key, one in named.items() if key in value
    )


def _additional(value: Any, schema: Schema, root: Schema) -> bool:  # noqa: ANN401
    more = schema["additionalProperties"]
    others = {key: one for key, one in value.items() if key not in schema.get("properties", {})}
    if isinstance(more, bool):
        return more or not others
    return all(is_valid(one, more, root) for one in others.values())


CHECKS: dict[str, Any] = {
    "$ref": _ref,
    "type": lambda v, s, _: TYPES[s["type"]](v),
    "enum": lambda v, s, _: v in s["enum"],
    "const": lambda v, s, _: v == s["const"],
    "anyOf": lambda v, s, r: any(is_valid(v, one, r) for one in s["anyOf"]),
    "required": lambda v, s, _: set(s["required"]) <= set(v),
    "properties": _properties,
    "additionalProperties": _additional,
    "propertyNames": lambda v, s, r: all(is_valid(key, s["propertyNames"], r) for key in v),
    "minProperties": lambda v, s, _: len(v) >= s["minProperties"],
    "items": lambda v, s, r: all(is_valid(one, s["items"], r) for one in v),
    "minItems": lambda v, s, _: len(v) >= s["minItems"],
    "maxItems": lambda v, s, _: len(v) <= s["maxItems"],
    "minLength": lambda v, s, _: len(v) >= s["minLength"],
    "maxLength": lambda v, s, _: len(v) <= s["maxLength"],
    "pattern": lambda v, s, _: re.search(s["pattern"], v) is not None,
    "minimum": lambda v, s, _: v >= s["minimum"],
    "maximum": lambda v, s, _: v <= s["maximum"],
    "exclusiveMinimum": lambda v, s, _: v > s["exclusiveMinimum"],
}
