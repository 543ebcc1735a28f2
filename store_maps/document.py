"""The map file as JSON: bytes in, a document and its problems out."""

import hashlib
import json
import re
from collections import Counter
from typing import Final

from store_maps.problem import AUTHOR, SENDER, MapError, Problem, shown

FILE_BYTES_MAX: Final = 8 * 1024 * 1024
UPLOAD_BYTES_MAX: Final = 1024 * 1024
# GeoJSON needs 8 (collection to coordinate); pages and hashing walk the document by recursion.
DEPTH_MAX: Final = 64
# Canonical numbers: a millimetre is finer than any tape measure in a store.
DECIMALS: Final = 3

ID_PATTERN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
ID_FORM: Final = "1 to 64 of A-Z a-z 0-9 . _ -, the first a letter or digit"
TIMEZONE_PATTERN: Final = re.compile(r"[A-Za-z0-9_+-]{1,30}(/[A-Za-z0-9_+-]{1,30}){0,2}", re.ASCII)
SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")


def read_document(data: bytes, *, uploaded: bool) -> tuple[dict[str, object], list[Problem]]:
    """The parsed file and the problems of its head; the features are not looked at.

    Raises:
        MapError: where the bytes hold no JSON object to look at.
    """
    limit = UPLOAD_BYTES_MAX if uploaded else FILE_BYTES_MAX
    if len(data) > limit:
        size = f"a file of {len(data):,} bytes"
        raise MapError([Problem(None, size, f"at most {limit:,} bytes", SENDER)])
    document, problems = decode(data)
    if not isinstance(document, dict):
        collection = "a GeoJSON FeatureCollection"
        raise MapError([*problems, Problem(None, shown(document), collection, SENDER)])
    if not is_shallow(document):
        nesting = f"JSON nested deeper than {DEPTH_MAX}"
        raise MapError([Problem(None, nesting, f"at most {DEPTH_MAX} levels", SENDER)])
    problems += half_characters(data, document)
    problems += head_problems(document)
    return document, problems


def decode(data: bytes) -> tuple[object, list[Problem]]:
    """Strict JSON: UTF-8, no key twice. NaN and infinities pass, to be refused where they stand."""
    problems: list[Problem] = []

    def unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
        result = dict(pairs)
        if len(result) != len(pairs):
            problems.append(twice(pairs, result))
        return result

    try:
        document: object = json.loads(data.decode("utf-8-sig"), object_pairs_hook=unique)
    except UnicodeDecodeError as error:
        found = f"byte {error.start:,} is not UTF-8"
        raise MapError([Problem(None, found, "a file in UTF-8", SENDER)]) from None
    except RecursionError:
        nesting = f"JSON nested deeper than {DEPTH_MAX}"
        raise MapError([Problem(None, nesting, f"at most {DEPTH_MAX} levels", SENDER)]) from None
    except json.JSONDecodeError as error:
        found = f"no JSON at line {error.lineno:,}, column {error.colno:,}: {error.msg}"
        raise MapError([Problem(None, found, "JSON", SENDER)]) from None
    except ValueError:  # Python refuses to read an integer of more than 4,300 digits
        found = "an integer of thousands of digits"
        raise MapError([Problem(None, found, "numbers that a floor needs", SENDER)]) from None
    return document, problems


def twice(pairs: list[tuple[str, object]], result: dict[str, object]) -> Problem:
    """The problem of an object that has a key more than once."""
    key = Counter(key for key, _ in pairs).most_common(1)[0][0]
    name = result.get("id")
    feature = name if isinstance(name, str) and ID_PATTERN.fullmatch(name) else None
    return Problem(feature, f"the key {shown(key)} twice in one object", "each key once", AUTHOR)


def is_shallow(document: object) -> bool:
    """Whether lists and objects nest no deeper than `DEPTH_MAX`."""
    layer = [document]
    for _ in range(DEPTH_MAX):
        layer = [
            child
            for value in layer
            for child in (value.values() if isinstance(value, dict) else as_list(value))
            if isinstance(child, (list, dict))
        ]
        if not layer:
            return True
    return False


def as_list(value: object) -> list[object]:
    """The value itself where it is a list, else nothing."""
    return value if isinstance(value, list) else []


def half_characters(data: bytes, document: dict[str, object]) -> list[Problem]:
    """Half of an escaped surrogate pair: legal in JSON, but no text that can be sent on."""
    if SURROGATE.search(data) is None:
        return []
    try:
        json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return [Problem(None, "half a surrogate pair in a text", "whole characters", SENDER)]
    return []


def head_problems(document: dict[str, object]) -> list[Problem]:
    """What is wrong with the members beside `features`."""
    frame = document.get("frame")
    units = frame.get("units") if isinstance(frame, dict) else None
    store_id = document.get("store_id")
    name = document.get("name")
    revision = document.get("revision")
    timezone = document.get("timezone")
    checks = (
        ("type", document.get("type") == "FeatureCollection", '"FeatureCollection"'),
        ("format", document.get("format") == "floor-map", '"floor-map"'),
        ("version", is_whole(document.get("version")) and document["version"] == 1, "1"),
        ("store_id", is_id(store_id), ID_FORM),
        ("name", is_text(name), "a text of 1 to 200 printable characters"),
        ("revision", is_whole(revision), "a whole number"),
        ("timezone", timezone is None or is_timezone(timezone), "a name such as Europe/Berlin"),
        ("frame", units == "m", 'an object with "units": "m"'),
        ("features", isinstance(document.get("features"), list), "a list of features"),
    )
    return [
        Problem(None, f"{key} is {shown(document.get(key))}", expected, AUTHOR)
        for key, ok, expected in checks
        if not ok
    ]


def is_id(value: object) -> bool:
    """Whether the value can name a thing here and in an MQTT topic."""
    return isinstance(value, str) and ID_PATTERN.fullmatch(value) is not None


def is_text(value: object) -> bool:
    """Whether the value is a short printable text."""
    return isinstance(value, str) and 1 <= len(value) <= 200 and value.isprintable()  # noqa: PLR2004


def is_whole(value: object) -> bool:
    """Whether the value is a whole number; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**53


def is_timezone(value: object) -> bool:
    """Whether the value has the form of an IANA time zone's name."""
    return isinstance(value, str) and TIMEZONE_PATTERN.fullmatch(value) is not None


def canonical_sha(value: object) -> str:
    """The sha256 (hex) of the canonical JSON: keys sorted, numbers to 3 decimals, no spaces."""
    text = json.dumps(rounded(value), sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def rounded(value: object) -> object:
    """The value with every number at `DECIMALS`, whole ones without a point; 1 and 1.0 are one."""
    if isinstance(value, dict):
        return {key: rounded(child) for key, child in value.items()}
    if isinstance(value, list):
        return [rounded(child) for child in value]
    if isinstance(value, float):
        short = round(value, DECIMALS)
        return int(short) if short.is_integer() else short
    return value


def not_finite(document: dict[str, object], items: list[object]) -> list[Problem]:
    """NaN or an infinity in a property that no rule looks at: it could not be written again."""
    if is_finite({**document, "features": []}) and is_finite(items):
        return []
    bad = [item["id"] for item in items if isinstance(item, dict) and not is_finite(item)]
    expected = "finite numbers; JSON knows no NaN"
    return [
        Problem(str(name) if name else None, "a number that is not finite", expected, AUTHOR)
        for name in bad or [None]
    ]


def is_finite(value: object) -> bool:
    """Whether every number within is finite."""
    try:
        json.dumps(value, allow_nan=False)
    except ValueError:
        return False
    return True
