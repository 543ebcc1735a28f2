"""Each import contract holds, and a deliberate breach breaks it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("edge_agent", "hub_server", "store_maps", "models")
# (file that sins, the import, the contract that must say so)
BREACHES = [
    ("store_maps/floor_map.py", "import edge_agent.fix", "Imports point one way"),
    ("edge_agent/settings.py", "import hub_server.settings", "Imports point one way"),
    ("hub_server/settings.py", "import models.labels", "Imports point one way"),
    ("hub_server/engine.py", "import edge_agent.locator", "knows the edge only by its messages"),
    ("hub_server/decide.py", "import time", "The functional core does no I/O"),
    ("edge_agent/locator.py", "import os", "The functional core does no I/O"),
    ("store_maps/floor_grid.py", "import logging", "The functional core does no I/O"),
    ("hub_server/journeys.py", "import sqlalchemy", "The functional core does no I/O"),
    ("hub_server/decide.py", "import hub_server.engine", "Inside the hub"),
    ("hub_server/engine.py", "import hub_server.pages.app", "Inside the hub"),
    ("edge_agent/outbox.py", "import edge_agent.mqtt_link", "Inside the agent"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [command, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def copy(folder: Path) -> None:
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in PACKAGES:
        for source in (ROOT / package).rglob("*.py"):
            if "node_modules" not in source.parts:
                target = folder / source.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)


def test_the_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(("name", "line", "contract"), BREACHES)
def test_a_breach_is_found(tmp_path: Path, name: str, line: str, contract: str) -> None:
    copy(tmp_path)
    source = tmp_path / name
    source.write_text(f"{source.read_text()}\n{line}\n")
    result = lint(tmp_path)
    assert result.returncode == 1
    broken = [row for row in result.stdout.splitlines() if " BROKEN" in row]
    assert any(contract in row for row in broken), result.stdout
