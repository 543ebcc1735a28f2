"""A real broker on a port of its own, that a test may kill and start again."""

import contextlib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

# A broker starts in a few milliseconds; a hundred times that is a hang.
START_S: Final = 10.0


def free_port() -> int:
    """A port on loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(is_true: Callable[[], bool], what: str, seconds: float = START_S) -> None:
    """Return once `is_true`; fail, naming `what`, after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: not within {seconds} s")
        time.sleep(0.02)


class Broker:
    """A program that listens on `port`, started by `command`."""

    def __init__(self, command: list[str], port: int, log: Path) -> None:
        self.port = port
        self._command = command
        self._log = log
        self.start()

    def start(self) -> None:
        """Start the program and wait until it listens."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        wait_until(self._answers, f"broker on port {self.port}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it in peace."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()

    def log(self) -> str:
        """What it printed."""
        return self._log.read_text()

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.log()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


StartBroker = Callable[..., Broker]


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
