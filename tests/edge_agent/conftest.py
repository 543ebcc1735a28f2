"""Brokers of a test's own."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge_agent.broker import Broker, StartBroker, free_port


@pytest.fixture
def start_mosquitto(mosquitto: str, tmp_path: Path) -> Iterator[StartBroker]:
    """Start a Mosquitto with more lines for its config; it ends with the test."""
    with contextlib.ExitStack() as stack:

        def start(*lines: str) -> Broker:
            port = free_port()
            folder = Path(tempfile.mkdtemp(dir=tmp_path))
            config = folder / "mosquitto.conf"
            # Mosquitto gives up root for a user of its own, who then cannot read the test's files.
            head = [f"listener {port} 127.0.0.1", "user root", "persistence false"]
            if not any(line.startswith("allow_anonymous") for line in lines):
                head.append("allow_anonymous true")
            config.write_text("\n".join([*head, *lines, ""]))
            broker = Broker([mosquitto, "-c", str(config)], port, folder / "log")
            stack.callback(broker.stop)
            return broker

        yield start


@pytest.fixture
def start_amqtt(tmp_path: Path) -> Iterator[StartBroker]:
    """Start an amqtt, which speaks MQTT 3.1.1 alone."""
    program = str(Path(sys.executable).parent / "amqtt")
    with contextlib.ExitStack() as stack:

        def start() -> Broker:
            port = free_port()
            config = tmp_path / "amqtt.yaml"
            config.write_text(
                f"listeners:\n  default:\n    type: tcp\n    bind: 127.0.0.1:{port}\n"
                "plugins:\n  amqtt.plugins.authentication.AnonymousAuthPlugin:\n"
                "    allow_anonymous: true\n"
            )
            broker = Broker([program, "-c", str(config)], port, tmp_path / "amqtt.log")
            stack.callback(broker.stop)
            return broker

        yield start
