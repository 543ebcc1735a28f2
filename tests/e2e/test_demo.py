"""`make demo` as a person meets it: two addresses, a place, a message with its reason, Ctrl-C."""

import contextlib
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub_server.demo import __main__ as demo
from hub_server.demo.files import Scene
from hub_server.demo.phones import AGAIN_S, HEARTBEAT_S, Phones
from store_maps import corner_market

pytestmark = pytest.mark.timeout(200)
OWN = {"X-Instep": "1"}
HANG_S = 90.0


@contextmanager
def started(ending: signal.Signals = signal.SIGINT) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The demo as its own process, and what it printed until it was up."""
    process = subprocess.Popen(
        [sys.executable, "-m", "hub_server.demo"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    told = ""
    try:
        while "Ctrl-C" not in told and (line := process.stdout.readline()):
            told += line
        yield process, told
    finally:
        process.send_signal(ending)
        process.wait(HANG_S)
        process.stdout.close()


def folder_in(told: str) -> Path:
    return Path(re.findall(r"Logs +(\S+)", told)[0])


def processes_of(folder: Path) -> list[str]:
    """Command lines that name the demo's folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().decode()
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found


def wait_for(client: httpx.Client, wanted: str) -> tuple[dict[str, Any], float]:
    """The phone's state once `wanted` of it is there, and the seconds that took."""
    began_s = time.monotonic()
    state: dict[str, Any] = {}
    while time.monotonic() - began_s < HANG_S:
        client.post("/api/phone/heartbeat", json={"visible": True})
        state = client.get("/api/phone/state").json()
        if state.get(wanted):
            return state, time.monotonic() - began_s
        time.sleep(0.25)
    raise AssertionError(state)


def wait_for_a_payment(folder: Path) -> None:
    """Return once a simulated shopper's till has told the hub of a payment."""
    began_s = time.monotonic()
    database = sqlite3.connect(f"file:{folder / 'hub.sqlite3'}?mode=ro", uri=True)
    with contextlib.closing(database):
        while time.monotonic() - began_s < HANG_S:
            if database.execute("select 1 from events where type = 'payment'").fetchall():
                return
            time.sleep(0.5)
    raise AssertionError((folder / "till.jsonl").exists())


def open_phone(told: str) -> tuple[httpx.Client, str]:
    url = re.findall(r"Phone page +(\S+)", told)[0]
    origin, _, code = url.partition("/t/")
    return httpx.Client(base_url=origin, headers=OWN, timeout=20), code


def test_the_demo_shows_a_place_then_a_message_and_stops_whole(mosquitto: str) -> None:
    assert mosquitto
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", demo.HTTP_PORT))
            taken.listen()
        except OSError:
            pass  # something else holds it: taken all the same
        # A terminal that is closed sends SIGHUP.
        with started(signal.SIGHUP) as (process, told):
            assert f"Port {demo.HTTP_PORT} is taken; using" in told
            client, code = open_phone(told)
            with client:
                answer = client.post("/api/phone/yes", json={"code": code})
                assert answer.status_code == 200
                _, place_s = wait_for(client, "place")
                state, message_s = wait_for(client, "messages")
                print(f"\nplace {place_s:.1f} s after yes, message {message_s:.1f} s after that")
                assert state["messages"][0]["why"][0].startswith("Because")
                wait_for_a_payment(folder_in(told))
                health = client.get("/healthz").json()
                assert health["badge"] == "live", health
            folder = folder_in(told)
            assert processes_of(folder)
    assert process.returncode == 0
    assert processes_of(folder) == []
    assert not folder.exists()


def test_without_mosquitto_the_same_runs_on_amqtt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name, **_: None)
    tags = [f"sim-{number:02d}" for number in range(1, 4)]
    running = demo.Demo(Scene(map_path=corner_market.path(), tags=tags), tmp_path)
    try:
        phones = running.start()
        client, code = open_phone(capsys.readouterr().out)
        with client:
            assert client.post("/api/phone/yes", json={"code": code}).status_code == 200
            wait_for(client, "place")
        running.check()
        play_phones(phones, tmp_path)
    finally:
        running.stop()


def play_phones(phones: Phones, folder: Path) -> None:
    """The demo's own phones say yes, give signs of life, and begin again after an end."""
    now_s = 0.0
    for _ in range(3):
        phones.tick(now_s)
        now_s += HEARTBEAT_S
    carts = [phone for phone in phones.phones if phone.cookie]
    assert len(carts) == 2
    origin = re.findall(r'public_url = "(\S+)"', (folder / "hub.toml").read_text())[0]
    with httpx.Client(base_url=origin, headers=OWN) as client:
        name, _, value = str(carts[0].cookie).partition("=")
        client.cookies.set(name, value)
        assert client.post("/api/phone/leave").status_code == 200
        body = {"code": carts[1].code, "takeover": True}
        client.cookies.clear()
        assert client.post("/api/phone/yes", json=body).status_code == 200
    phones.tick(now_s)
    assert [phone.is_theirs for phone in carts] == [False, True]
    phones.tick(now_s + AGAIN_S)
    assert carts[0].cookie is not None
    assert carts[1].cookie is None


def test_phones_outlive_a_hub_that_is_away() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    phones = Phones(port, ["0" * 32])
    phones.tick(0.0)
    assert phones.phones[0].cookie is None
    phones.close()


def kill_the_agent(folder: Path) -> None:
    """As soon as it has begun: a process that is just being started has its parent's name."""
    wanted = str(folder / "agent.toml").encode()
    while True:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if wanted in path.read_bytes():
                    os.kill(int(path.parent.name), signal.SIGKILL)
                    return
        time.sleep(0.05)


def test_a_child_that_dies_ends_the_demo_with_its_words(mosquitto: str) -> None:
    assert mosquitto
    with started() as (process, told):
        folder = folder_in(told)
        kill_the_agent(folder)
        assert process.wait(HANG_S) == demo.EXIT_CHILD
    assert processes_of(folder) == []
    assert (folder / "agent.log").is_file()
    shutil.rmtree(folder)
