"""What the decoder says of a file, as its author reads it: plain words, line and column."""

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Any, Final

import msgspec
from msgspec import inspect

# Patterns of the document, as a person would say them.
FORMS: Final = {
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$": "1 to 64 letters, digits, dots, dashes and underscores",
    r"^[a-z]{2}$": "a language as two small letters, as en or de",
    r"\w{3}": "words",
}
NAMES: Final = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object in braces",
    "null": "null",
}
BOUNDS: Final = {"<=": "at most", ">=": "at least", "<": "below", ">": "above"}
COUNTED: Final = {"str": "a text of", "array": "a list of", "object": "an object of"}
UNITS: Final = {"str": "characters", "array": "entries", "object": "entries"}

_LENGTH: Final = re.compile(r"Expected `(\w+)` of length (\S+) (\d+)")
_BOUND: Final = re.compile(r"Expected `(\w+)` (\S+) (\S+)")
_FORM: Final = re.compile(r"Expected `str` matching regex '(.*)'")
_TYPE: Final = re.compile(r"Expected `(.+)`, got `(.+)`")
_FIELD: Final = re.compile(r"Object (missing required|contains unknown) field `(.*)`", re.DOTALL)
_BYTE: Final = re.compile(r"(?:JSON is malformed: )?(.*) \(byte (\d+)\)")


def plain(error: msgspec.ValidationError, kind: Any) -> tuple[str, str]:  # noqa: ANN401 - a type
    """(path within the field, what was expected), of what a field of type `kind` did not take."""
    text, _, path = str(error).replace("`key` in `$`", "`$`").partition(" - at `$")
    return path.rstrip("`"), _expected(text, kind)


def _expected(text: str, kind: Any) -> str:  # noqa: ANN401 - a type
    if text.startswith("Invalid enum value"):
        return f"one of {', '.join(choices(inspect.type_info(kind)))}"
    for pattern, words in _SAYINGS:
        if found := pattern.fullmatch(text):
            return words(*found.groups())
    return text


def _length(kind: str, bound: str, count: str) -> str:
    if (bound, count) == (">=", "1"):
        return f"{NAMES[kind]} that is not empty"
    return f"{COUNTED[kind]} {BOUNDS[bound]} {count} {UNITS[kind]}"


def _bound(kind: str, bound: str, value: str) -> str:
    return f"{NAMES[kind]}, {BOUNDS[bound]} {float(value):.12g}"


def _form(pattern: str) -> str:
    form = pattern.replace("\\\\", "\\")
    return FORMS.get(form, f"a text of the form {form}")


def _type(wanted: str, got: str) -> str:
    names = " or ".join(NAMES.get(name, name) for name in wanted.split(" | "))
    return f"{names}, not {NAMES.get(got, got)}"


def _field(fault: str, name: str) -> str:
    return f"{name} in it" if fault == "missing required" else f"no {name} in it: no such field"


_SAYINGS: Final[tuple[tuple[re.Pattern[str], Callable[..., str]], ...]] = (
    (_LENGTH, _length),
    (_FORM, _form),
    (_BOUND, _bound),
    (_TYPE, _type),
    (_FIELD, _field),
)


def choices(kind: inspect.Type) -> list[str]:
    """Every word that a type knows, wherever in it."""
    match kind:
        case inspect.LiteralType(values):
            return [str(value) for value in values]
        case inspect.UnionType(types):
            return [word for one in types for word in choices(one)]
        case inspect.VarTupleType(item_type=inside):
            return choices(inside)
        case inspect.StructType(fields=fields):
            return [word for field in fields for word in choices(field.type)]
        case _:
            return []


def meant(name: str, known: list[str]) -> str:
    """What a misspelt name was probably meant to be, as a half sentence; or nothing."""
    close = get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def not_json(data: bytes, error: Exception) -> str:
    """Why `data` is not JSON, and where in it."""
    if isinstance(error, UnicodeDecodeError):
        return f"{_place(data, error.start)}: no UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deep"
    found = _BYTE.fullmatch(str(error))
    if found is None:
        return f"{_place(data, len(data))}: it ends too early"
    return f"{_place(data, int(found[2]))}: {found[1]}"


def _place(data: bytes, at: int) -> str:
    before = data[:at].decode(errors="replace")
    line = before.count("\n") + 1
    return f"line {line}, column {len(before) - before.rfind(chr(10))}"
