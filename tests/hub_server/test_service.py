"""The service as it runs: a process of its own, with a real broker, over HTTP."""

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
from hub_server.service import PortTakenError, listening
from hub_server.settings import Http
from store_maps import corner_market
from tests.hub_server.conftest import CAMPAIGNS


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


def test_a_taken_port_is_named() -> None:
    with listening(Http(port=0)) as held:
        port = held.getsockname()[1]
        with pytest.raises(PortTakenError, match=f"127.0.0.1:{port}: Address already in use"):
            listening(Http(port=port))
    with pytest.raises(PortTakenError, match="ops stops what uses it"):
        listening(Http(host="203.0.113.7", port=1))
    listening(Http(host="::1", port=0)).close()
