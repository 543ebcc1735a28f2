"""The processes of the demo: started, waited for, looked after and stopped."""

import contextlib
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from hub_server.commands import EXIT_PORT

# A Pi-class machine needs about 10 s for imports and the first radio map; ten times that is a hang.
START_S: Final = 100.0
STOP_S: Final = 5.0


class DemoError(Exception):
    """The demo cannot run; the text says what to do."""


class Child:
    """One process of the topology, with its log."""

    def __init__(self, name: str, command: list[str], folder: Path, env: dict[str, str]) -> None:
        self.name = name
        self.log_path = folder / f"{name}.log"
        self._log: IO[bytes] = self.log_path.open("wb")
        self.process = subprocess.Popen(  # noqa: S603 - our own programs
            command,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            env=env,
            start_new_session=True,
        )

    def check(self) -> None:
        """Raise where the process has ended."""
        code = self.process.poll()
        if code is not None:
            tail = self.log_path.read_text(errors="replace")[-1500:]
            text = f"The {self.name} ended with code {code}. The end of its log:\n{tail}"
            raise DemoError(text)

    def stop(self) -> None:
        """Ask, wait, then insist."""
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._log.close()


def free_port() -> int:
    """A port on loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def taken(port: int) -> bool:
    """Whether something listens on the port already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


def program(name: str) -> str:
    """A command of this environment."""
    return str(Path(sys.executable).parent / name)


def wait_for(port: int, child: Child) -> None:
    """Return when something answers on the port.

    Raises:
        DemoError: the process ended, or nothing answered in START_S.
    """

    def answers() -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    _until(answers, child, f"The {child.name} does not answer on port {port}")


def knows(hub: Child, port: int, codes: dict[str, str]) -> bool:
    """True when the hub on the port knows the demo's codes; False where it lost the port.

    Raises:
        DemoError: the hub ended otherwise, or did not answer in START_S.
    """
    path = f"/api/phone/tag/{next(iter(codes.values()))}"

    def is_ours() -> bool:
        # Another hub may answer here until ours has found its port taken.
        return _answer_at(port, path).get("state", "unknown") != "unknown"

    try:
        _until(is_ours, hub, f"The hub does not answer on port {port}")
    except DemoError:
        if hub.process.returncode == EXIT_PORT:
            return False
        raise
    return True


def wait_for_agent(agent: Child, port: int) -> None:
    """Return when the hub hears the agent.

    Raises:
        DemoError: the agent ended, or was not heard in START_S.
    """

    def is_heard() -> bool:
        return bool(_answer_at(port, "/healthz").get("agents_up_count"))

    _until(is_heard, agent, "The hub does not hear the agent")


def _until(is_there: Callable[[], bool], child: Child, complaint: str) -> None:
    """Ask again and again while the child lives."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        child.check()
        if is_there():
            return
        time.sleep(0.1)
    text = f"{complaint} after {START_S:.0f} s."
    raise DemoError(text)


def _answer_at(port: int, path: str) -> dict[str, object]:
    """What the hub answers, or nothing."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    with contextlib.closing(connection):
        try:
            connection.request("GET", path)
            answer: dict[str, object] = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        return answer


def run_once(command: list[str], env: dict[str, str], given: str = "") -> str:
    """Run a short command of the hub.

    Raises:
        DemoError: it failed; its words are passed on.
    """
    done = subprocess.run(  # noqa: S603 - our own programs
        command, env=env, input=given, capture_output=True, text=True, check=False
    )
    if done.returncode:
        text = f"{' '.join(command[:3])} failed: {done.stderr or done.stdout}"
        raise DemoError(text)
    return done.stdout.strip()
