"""The files in edge_agent/deploy as ops would copy them."""

import configparser
from pathlib import Path
from typing import Final

import pytest

from edge_agent import settings
from edge_agent.exit import Exit

DEPLOY: Final = Path(settings.__file__).parent / "deploy"
README: Final = (DEPLOY.parent / "README.md").read_text()


@pytest.mark.parametrize("name", ["fixed", "cart", "locator"])
def test_each_example_is_valid(name: str) -> None:
    told = settings.load(DEPLOY / f"{name}.toml")
    assert told.store == "corner-market"
    assert told.locate.enabled == (name == "locator")


def test_every_setting_is_in_the_readme() -> None:
    groups: dict[str, type] = {
        "": settings.Settings,
        "broker.": settings.Broker,
        "locate.": settings.Locate,
        "source.": settings.Simulated,
        "source. ": settings.Recording,
        "source.  ": settings.Bleak,
    }
    tables = {"broker", "locate", "source"}
    for prefix, table in groups.items():
        for field in set(table.__struct_fields__) - tables:  # type: ignore[attr-defined]
            assert f"`{prefix.strip()}{field}`" in README


def test_every_deploy_file_is_in_the_readme() -> None:
    for path in DEPLOY.iterdir():
        assert f"deploy/{path.name}" in README


def test_the_unit_starts_the_command_that_exists_and_stops_for_a_person() -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(DEPLOY / "edge-agent.service")
    service = unit["Service"]
    assert service["ExecStart"].endswith("edge-agent run /etc/instep/agent.toml")
    assert service["Type"] == "notify"
    codes = {Exit(int(code)) for code in service["RestartPreventExitStatus"].split()}
    assert codes == {Exit.USAGE, Exit.MAP, Exit.RECORDING}
