"""The service as it runs: a process of its own, with a real broker, over HTTP."""

import asyncio
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub_server.__main__ import main
from hub_server.database import Database
from hub_server.service import PortTakenError, listening, serve, tick_for_ever
from hub_server.settings import Http
from hub_server.store import load
from store_maps import corner_market
from tests.hub_server.conftest import CAMPAIGNS

OK = 200


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


@pytest.fixture
def broker(mosquitto: str, tmp_path: Path) -> Iterator[int]:
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    process = subprocess.Popen([mosquitto, "-c", str(config)], stderr=subprocess.DEVNULL)
    yield port
    process.kill()
    process.wait()


def write(folder: Path, broker_port: int, http_port: int) -> Path:
    path = folder / "hub.toml"
    path.write_text(
        f"""
store = "corner-market"
map = "{corner_market.path()}"
campaigns = "{CAMPAIGNS}"
database = "hub.db"
public_url = "http://127.0.0.1"
demo = true
operator = {{name = "Market", contact = "desk"}}
broker = {{port = {broker_port}}}
http = {{port = {http_port}}}
"""
    )
    return path


def test_it_comes_up_serves_and_goes_down_by_a_signal(broker: int, tmp_path: Path) -> None:
    port = free_port()
    config = write(tmp_path, broker, port)
    command = [sys.executable, "-m", "hub_server", "run", str(config)]
    log = tmp_path / "log"
    with log.open("w") as stderr:
        process = subprocess.Popen(command, stderr=stderr, env=dict(os.environ))
        for _ in range(400):
            if get(port, "/readyz")[0] == 200:
                break
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        assert json.loads(get(port, "/readyz")[1]) == {"ready": True}
        assert main(["run", str(config)]) == 3
        assert main(["check", str(config)]) == 0
        assert get(port, "/t/some-code-of-a-cart")[0] in {200, 503}
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert log.read_text() == ""


@pytest.fixture
def untouched() -> Iterator[None]:
    """A service changes its whole process; a test must not."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    interval_s = sys.getswitchinterval()
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)
    sys.setswitchinterval(interval_s)
    gc.unfreeze()


@pytest.mark.usefixtures("untouched")
async def test_it_serves_while_it_ticks_until_a_signal(broker: int, tmp_path: Path) -> None:
    port = free_port()
    loaded = load(write(tmp_path, broker, port), {})
    database = Database(loaded.settings.database)
    serving = asyncio.create_task(serve(loaded, database))
    async with asyncio.timeout(40):
        while (await asyncio.to_thread(get, port, "/readyz"))[0] != OK:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        assert "instep_ready 1" in (await asyncio.to_thread(get, port, "/metrics"))[1]
        signal.raise_signal(signal.SIGTERM)
        await serving
    database.close()


class Faulty:
    """An engine whose first second fails."""

    def __init__(self, ended: asyncio.Event) -> None:
        self.alarms = self
        self.said: list[str] = []
        self._ended = ended

    def steps(self) -> Iterator[None]:
        yield
        if not self.said:
            raise ZeroDivisionError

    def raised(self, part: str, fault: str) -> None:
        self.said.append(f"{part} {fault}")

    def mended(self, part: str) -> None:
        self.said.append(f"{part} mended")
        self._ended.set()


async def test_a_second_that_fails_is_an_alarm_and_the_next_one_is_tried() -> None:
    ended = asyncio.Event()
    engine = Faulty(ended)
    ticking = asyncio.create_task(tick_for_ever(engine))  # type: ignore[arg-type]
    async with asyncio.timeout(20):
        await ended.wait()
    ticking.cancel()
    assert engine.said == ["tick tick: ZeroDivisionError; our fault, see the log", "tick mended"]


def test_a_taken_port_is_named() -> None:
    with listening(Http(port=0)) as held:
        port = held.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"127.0.0.1:{port}: Address already in use"):
            listening(Http(port=port))
    with pytest.raises(PortTakenError, match="ops stops what uses it"):
        listening(Http(host="203.0.113.7", port=1))
    listening(Http(host="::1", port=0)).close()


def test_what_only_pushes_migrations_and_sheets_need_is_not_loaded_with_the_hub() -> None:
    """80 MB that a hub without push and with a current schema does without."""
    heavy = {"aiohttp", "pywebpush", "requests", "cryptography", "py_vapid", "alembic", "segno"}
    loaded = "import sys, hub_server.service; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", loaded], check=True, capture_output=True, text=True
    )
    assert heavy.isdisjoint(done.stdout.split())
