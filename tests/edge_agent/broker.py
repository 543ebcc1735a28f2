"""A real broker on a port of its own, that a test may kill and start again."""

import asyncio
import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

# A broker starts in a few milliseconds; a hundred times that is a hang.
START_S: Final = 10.0
# What tests wait for takes under two seconds.
HANG_S: Final = 20.0


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


async def until(is_true: Callable[[], bool], seconds: float = HANG_S) -> None:
    """The same for a test that is a coroutine."""
    async with asyncio.timeout(seconds):
        while not is_true():  # noqa: ASYNC110 - the condition is another thread's
            await asyncio.sleep(0.02)


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

    def pause(self) -> None:
        """Freeze it: its connections stay and nothing is read."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

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
