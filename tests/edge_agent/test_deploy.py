"""The files in edge_agent/deploy as ops would copy them."""

import configparser
import subprocess
from pathlib import Path
from typing import Final

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from edge_agent import settings
from edge_agent.broker_acl import acl_text
from edge_agent.exit import Exit
from edge_agent.mqtt_connection import Connection, Endpoint, Refused
from tests.conftest import program
from tests.edge_agent.broker import StartBroker

DEPLOY: Final = Path(settings.__file__).parent / "deploy"
README: Final = (DEPLOY.parent / "README.md").read_text()


@pytest.mark.parametrize("name", ["fixed", "cart", "locator"])
def test_each_example_is_valid(name: str) -> None:
    told = settings.load(DEPLOY / f"{name}.toml")
    assert told.store == "market"
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


@pytest.fixture
def users(tmp_path: Path) -> Path:
    """The folder with the broker's users and their ACL."""
    add = [program("mosquitto_passwd"), "-b", "-c", str(tmp_path / "instep.passwd")]
    subprocess.run([*add, "market.pi-1", "right"], check=True)
    (tmp_path / "instep.acl").write_text(acl_text("market", {"market.pi-1": False}))
    return tmp_path


async def test_the_brokers_file_admits_who_has_a_password(
    start_mosquitto: StartBroker, users: Path
) -> None:
    given = [line.strip() for line in (DEPLOY / "mosquitto.conf").read_text().splitlines()]
    # The test has its own listener, without a certificate, and says itself what is kept.
    own = ("listener", "certfile", "keyfile", "persistence", "#")
    lines = [
        line.replace("/etc/mosquitto/instep", str(users / "instep"))
        for line in given
        if line and not line.startswith(own)
    ]
    broker = start_mosquitto(*lines)
    for password, is_right in (("right", True), ("wrong", False)):
        endpoint = Endpoint(
            host="127.0.0.1",
            port=broker.port,
            client_id="market.pi-1",
            username="market.pi-1",
            password=password,
        )
        connection = Connection(
            endpoint, MQTTProtocolVersion.MQTTv5, lambda *_: None, lambda *_: None
        )
        if is_right:
            await connection.open()
        else:
            with pytest.raises(Refused, match="Not authorized"):
                await connection.open()
        await connection.close()
