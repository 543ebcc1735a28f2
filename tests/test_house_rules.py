"""The house rules that no linter knows."""

import os
import re
import subprocess
from pathlib import Path

import msgspec
import pytest

from edge_agent import messages

ROOT = Path(__file__).parent.parent
PACKAGES = ("edge_agent", "hub_server", "store_maps", "models")
SOURCES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if "node_modules" not in path.parts
)
TOP_LEVEL = {
    *("pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile"),
    *PACKAGES,
    *("tests", ".ci", ".github", ".gitignore"),
}
UNITS = ("_m", "_s", "_ms", "_dbm", "_db", "_hz", "_count", "_share", "_p")
# Numbers that count or name and measure nothing.
UNITLESS = {"v", "seq", "oldest_seq", "term"}
LINES_MAX = 400
NAMELESS = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}
ADDRESSES = re.compile(
    r"pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org|(?<![\w./-])/(work|root)/"
)


def tracked() -> list[str]:
    listing = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listing.stdout.splitlines() if (ROOT / name).is_file()]


def test_the_top_level_is_what_the_user_asked_for() -> None:
    assert {name.split("/")[0] for name in tracked()} == TOP_LEVEL


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_in_the_head(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LINES_MAX
    assert path.stem not in NAMELESS


def test_no_file_names_a_registry_or_this_machine() -> None:
    found = []
    for name in tracked():
        path = ROOT / name
        if path.suffix in {".onnx", ".png", ".gz"} or path == Path(__file__):
            continue
        found += [f"{name}: {m.group()}" for m in ADDRESSES.finditer(path.read_text())]
    assert not found


@pytest.mark.parametrize(
    "struct",
    [*messages.Message.__args__, messages.SightingRow, messages.FixRow, messages.StayRow],
    ids=lambda struct: struct.__name__,
)
def test_a_number_on_the_wire_names_its_unit(struct: type[msgspec.Struct]) -> None:
    for field in msgspec.inspect.type_info(struct).fields:  # type: ignore[attr-defined]
        if isinstance(field.type, msgspec.inspect.FloatType | msgspec.inspect.IntType):
            assert field.name.endswith(UNITS) or field.name in UNITLESS, field.name


def test_ci_requires_what_it_says() -> None:
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "INSTEP_REQUIRE_SHARED=1" in (ROOT / ".ci" / "run").read_text()
