"""The README's own commands and the shipped files, together: a broker with TLS, hub and agents."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from edge_agent import check as agent_check
from edge_agent import settings as agent_settings
from edge_agent.exit import Exit
from edge_agent.messages import Status
from edge_agent.mqtt_connection import Connection
from edge_agent.mqtt_link import endpoint
from hub_server import service, settings
from hub_server.__main__ import main
from hub_server.subscriber import Subscriber
from tests.conftest import program
from tests.edge_agent.broker import Broker, free_port, until

ROOT: Final = Path(settings.__file__).parents[1]
DEPLOY: Final = ROOT / "hub_server" / "deploy"
AGENT_DEPLOY: Final = ROOT / "edge_agent" / "deploy"
README: Final = (ROOT / "hub_server" / "README.md").read_text()
AGENTS: Final = {"fixed": "pi-1", "cart": "cart-17", "locator": "locator"}


class Box(NamedTuple):
    """The store's box, with /etc in a folder of the test."""

    etc: Path
    broker: Broker
    passwords: dict[str, str]

    def adapted(self, source: Path) -> Path:
        """A shipped file at the paths and the port of this test."""
        text = source.read_text()
        for old, new in (
            ("/etc/", f"{self.etc}/"),
            ("/var/lib/", f"{self.etc}/"),
            ("8883", str(self.broker.port)),
            ("8000", "0"),
            ("broker.corner-market.example", "localhost"),
        ):
            text = text.replace(old, new)
        path = self.etc / "instep" / source.name
        path.write_text(text)
        return path


def readme_block(first: str) -> str:
    """The README's block of commands that holds `first`."""
    blocks = README.split("```")[1::2]
    return next(block.removeprefix("sh\n") for block in blocks if first in block)


@pytest.fixture
def box(mosquitto: str, tmp_path: Path) -> Iterator[Box]:
    """The README's second step, and the broker that its third would start."""
    program("mosquitto_passwd")
    etc = tmp_path / "etc"
    commands = readme_block("openssl req").replace("/etc/", f"{etc}/")
    commands = commands.replace("/opt/instep/bin", str(Path(sys.executable).parent))
    subprocess.run(["sh", "-eu", "-c", commands], check=True, stderr=subprocess.PIPE)
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    given = (DEPLOY / "mosquitto.conf").read_text().replace("/etc/", f"{etc}/")
    # Mosquitto gives up root for a user of its own, who then cannot read the test's files.
    config.write_text(f"user root\n{given.replace('8883', f'{port} 127.0.0.1')}")
    broker = Broker([mosquitto, "-c", str(config)], port, tmp_path / "log")
    lines = (etc / "mosquitto" / "instep" / "passwords").read_text().splitlines()
    yield Box(etc, broker, dict(line.split(":") for line in lines))
    broker.stop()


@pytest.fixture
def hub_toml(box: Box, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's shipped settings, its secrets in the environment."""
    for line in (box.etc / "instep" / "hub.env").read_text().splitlines():
        monkeypatch.setenv(*line.split("="))
    (box.etc / "instep" / "hub.toml").unlink()
    return box.adapted(DEPLOY / "hub.toml")


def test_the_hubs_shipped_settings_pass_its_check(
    hub_toml: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    port = settings.load(hub_toml).broker.port
    assert main(["check", str(hub_toml)]) == 0, capsys.readouterr().out
    assert f"ok    broker: localhost:{port} lets the hub in" in capsys.readouterr().out


@pytest.fixture
def strange_ca(tmp_path: Path) -> Path:
    """A CA that has not signed the broker's certificate."""
    path = tmp_path / "strange.pem"
    request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other"]
    files = ["-keyout", str(tmp_path / "strange.key"), "-out", str(path)]
    subprocess.run([*request, *files], check=True, stderr=subprocess.PIPE)
    return path


# Paho leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_broker_of_another_ca_or_of_tls_at_all_is_named(
    box: Box, hub_toml: Path, strange_ca: Path
) -> None:
    broker = settings.load(hub_toml).broker
    strange = msgspec.structs.replace(broker, tls_ca=strange_ca)
    fault = await service.broker_fault(strange, box.passwords["hub"], "corner-market")
    assert "does broker.tls_ca sign its certificate" in str(fault)
    plain = msgspec.structs.replace(broker, tls_ca=None)
    fault = await service.broker_fault(plain, box.passwords["hub"], "corner-market")
    assert "with TLS it hangs up on a hub without" in str(fault)


def test_the_certificates_pass_the_strictest_look(box: Box) -> None:
    folder = box.etc / "mosquitto" / "instep"
    command = ["openssl", "verify", "-x509_strict", "-CAfile", "ca.pem", "broker.pem"]
    subprocess.run(command, check=True, cwd=folder, capture_output=True)
    assert {path.name for path in folder.iterdir() if path.stat().st_mode & 0o077} == set()


@pytest.mark.parametrize("name", AGENTS)
async def test_every_shipped_agent_is_let_in(
    box: Box, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    path = box.adapted(AGENT_DEPLOY / f"{name}.toml")
    monkeypatch.setenv("INSTEP_MQTT_PASSWORD", box.passwords[f"corner-market.{AGENTS[name]}"])
    found = {finding.what: finding async for finding in agent_check.check(path)}
    assert found["map"].code is Exit.OK
    assert found["broker"].code is Exit.OK, found["broker"].text


@pytest.fixture
async def running(box: Box) -> AsyncIterator[Path]:
    """The settings of a locator that runs."""
    path = box.adapted(AGENT_DEPLOY / "locator.toml")
    environment = os.environ | {
        "INSTEP_MQTT_PASSWORD": box.passwords["corner-market.locator"],
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "edge_agent", "run", str(path)),
        env=environment,
        stderr=asyncio.subprocess.DEVNULL,
    )
    yield path
    process.terminate()
    await process.wait()


async def test_hub_and_agent_meet_and_a_check_beside_throws_nobody_off(
    box: Box, hub_toml: Path, running: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = settings.load(hub_toml)
    came: list[tuple[str, bytes]] = []
    subscriber = Subscriber(told.broker, box.passwords["hub"], told.store, came.extend)
    subscriber.start(asyncio.get_running_loop())

    def ups() -> list[bool]:
        return [
            msgspec.json.decode(payload, type=Status).up
            for topic, payload in came
            if topic.endswith("corner-market.locator/status")
        ]

    await until(lambda: True in ups())
    monkeypatch.setenv("INSTEP_MQTT_PASSWORD", box.passwords["corner-market.locator"])
    told_agent = agent_settings.load(running)
    assert "accepts corner-market.locator" in await agent_check._broker(told_agent)
    # Had the check thrown the locator off, its last will would come before this.
    other = msgspec.structs.replace(
        endpoint(told_agent, box.passwords["corner-market.pi-1"]),
        client_id="corner-market.pi-1",
        username="corner-market.pi-1",
    )
    connection = Connection(other, MQTTProtocolVersion.MQTTv5, lambda *_: None, lambda *_: None)
    await connection.open()
    connection.publish("instep/v1/corner-market/corner-market.pi-1/health", b"{}", 1)
    await until(lambda: any(topic.endswith("corner-market.pi-1/health") for topic, _ in came))
    await connection.close()
    subscriber.stop()
    assert False not in ups()


def test_every_deploy_file_is_in_the_readme_and_there_is_one_broker_file() -> None:
    for path in DEPLOY.iterdir():
        assert f"deploy/{path.name}" in README
    assert not list(AGENT_DEPLOY.glob("mosquitto*"))
