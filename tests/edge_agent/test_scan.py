"""`edge-agent scan` on the fake bluetoothd: who is shown, who is recorded, who is only counted."""

import argparse
import asyncio
import csv
import gzip
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import store_maps
from edge_agent import scan
from edge_agent.advertisement import APPLE_COMPANY
from edge_agent.exit import Exit, Stop
from edge_agent.messages import Identity, TagRow, Tags
from edge_agent.recording import read_recording
from tests.edge_agent.broker import StartBroker
from tests.edge_agent.fake_bluez import FakeBluez, forget_manager, private_bus
from tests.edge_agent.small_hub import SmallHub

MAP = Path(store_maps.__file__).parent / "corner_market" / "map.geojson"
BEACON = bytes.fromhex("0215 2f234454cf6d4a0fadf2f4911ba9ffa6 0001 0001 c5")
TAG = bytes.fromhex("0215") + bytes(16) + bytes.fromhex("0001 0002 c5")
TAG_IDENTITY = f"ib-{'00' * 16}-1-2"
ACTIVE = bytes.fromhex("0215") + bytes(16) + bytes.fromhex("0003 0004 c5")
ACTIVE_IDENTITY = f"ib-{'00' * 16}-3-4"
HANG_S = 20.0
STRANGER = bytes.fromhex("0215") + b"\xee" * 16 + bytes.fromhex("0007 0009 c5")


@pytest.fixture
def bus(dbus_daemon: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with private_bus(dbus_daemon) as address:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
        yield address


def arguments(*words: object) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    scan.add_arguments(parser)
    return parser.parse_args([str(word) for word in words])


async def scanned(bluez: FakeBluez, *words: object) -> tuple[str, Exit]:
    """What the command prints while four devices send."""
    out = io.StringIO()
    task = asyncio.create_task(scan.run(arguments(*words), out))
    while not task.done():
        for n, data in enumerate((BEACON, TAG, ACTIVE, STRANGER)):
            if bluez.is_discovering:
                packet = {APPLE_COMPANY: data}
                await bluez.advertise(f"C0:FF:EE:00:00:0{n}", -60 - n, packet, name="Ann's phone")
        await asyncio.sleep(0.05)
    await forget_manager()
    bluez.die()
    return out.getvalue(), task.result()


def last_table(text: str) -> dict[str, list[str]]:
    """Name -> the rest of its line, of the last picture."""
    lines = text.rpartition("edge-agent scan")[2].splitlines()
    return {words[0]: words[1:] for line in lines if (words := line.split())}


async def test_beacons_and_the_named_tag_have_rows_all_else_is_a_count(
    bus: str, tmp_path: Path
) -> None:
    bluez = await FakeBluez(bus, rssi_gate="new").start()
    record = tmp_path / "new.csv"
    text, code = await scanned(
        bluez, "--map", MAP, "--tag", TAG_IDENTITY.upper(), "--seconds", 1.5, "--record", record
    )
    table = last_table(text)
    assert code == Exit.OK
    assert table["b1"][0] == "beacon"
    assert float(table["b1"][1]) > 5
    assert table["b1"][2:4] == ["-60.0", "0.0"]
    assert table[TAG_IDENTITY][2] == "-61.0"
    assert table["b2"][1:4] == ["0.0", "-", "-"]
    assert int(table["others:"][0]) > 10
    rows = read_recording(record)
    assert {(row.tag, row.anchor) for row in rows} == {("here", "b1"), (TAG_IDENTITY, "here")}
    assert rows[0].t_s >= 0
    seen = text + record.read_text()
    for secret in ("ee" * 16, ACTIVE_IDENTITY, "Ann", "C0:FF:EE", "C0_FF_EE"):
        assert secret not in seen


async def test_a_picture_comes_every_second(bus: str) -> None:
    bluez = await FakeBluez(bus).start()
    text, _ = await scanned(bluez, "--tag", TAG_IDENTITY, "--seconds", 2.5)
    assert text.count("edge-agent scan") == 3
    assert "\x1b" not in text


async def test_on_a_terminal_a_picture_replaces_the_last(bus: str) -> None:
    bluez = await FakeBluez(bus).start()
    screen, terminal = os.openpty()
    with open(terminal, "w", encoding="utf-8") as out:  # noqa: ASYNC230, PTH123 - a pty has no path
        assert await scan.run(arguments("--seconds", 0.3), out) == Exit.OK
        assert os.read(screen, 100).decode().startswith(scan.CLEAR)
    os.close(screen)
    await forget_manager()
    bluez.die()


async def test_the_hub_s_active_tags_are_shown_and_never_recorded(
    bus: str, start_mosquitto: StartBroker, tmp_path: Path
) -> None:
    broker = start_mosquitto()
    config = tmp_path / "agent.toml"
    config.write_text(
        f'store = "s"\nagent = "s.pi-1"\nanchor = "a1"\nstate_dir = "state"\nmap = "{MAP}"\n'
        f'[broker]\nport = {broker.port}\n[source]\nkind = "bleak"\nadapter = "hci0"\n'
    )
    record = tmp_path / "new.csv.gz"
    bluez = await FakeBluez(bus).start()
    row = TagRow(identities=[Identity(identity=ACTIVE_IDENTITY)], handle="h-1", ttl_s=60.0)
    with SmallHub(broker.port, "s.pi-1") as hub:

        async def send_tags() -> None:
            for _ in range(40):
                hub.send_tags(Tags(rows=[row]))
                await asyncio.sleep(0.05)

        sending = asyncio.create_task(send_tags())
        words = ("--config", config, "--map", MAP, "--seconds", 1.5, "--record", record)
        text, code = await scanned(bluez, *words)
        await sending
    assert code == Exit.OK
    table = last_table(text)
    assert table[ACTIVE_IDENTITY][:2] == ["active", "tag"]
    with gzip.open(record, "rt", encoding="utf-8") as file:
        assert {(r["tag"], r["anchor"]) for r in csv.DictReader(file)} == {("a1", "b1")}
    assert "h-1" not in text


async def test_a_broker_that_is_away_is_named(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(
        'store = "s"\nagent = "s.pi-1"\nanchor = "a1"\nstate_dir = "state"\n'
        '[broker]\nport = 1\n[source]\nkind = "bleak"\n'
    )
    with pytest.raises(Stop, match="broker localhost:1 is not reachable") as caught:
        await scan.run(arguments("--config", config), io.StringIO())
    assert caught.value.code == Exit.BROKER


async def test_a_password_that_is_not_set_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("INSTEP_ABSENT", raising=False)
    config = tmp_path / "agent.toml"
    config.write_text(
        'store = "s"\nagent = "s.pi-1"\nstate_dir = "state"\n[broker]\n'
        'password_env = "INSTEP_ABSENT"\n[source]\nkind = "recording"\npath = "x.csv"\n'
    )
    with pytest.raises(Stop, match="INSTEP_ABSENT") as caught:
        await scan.run(arguments("--config", config), io.StringIO())
    assert caught.value.code == Exit.USAGE


def test_a_radio_that_is_missing_ends_with_its_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    code = scan.main(arguments("--tag", TAG_IDENTITY, "--seconds", 0.3))
    assert code == Exit.RADIO
    out = capsys.readouterr().out
    assert "radio missing: no system D-Bus; ops: install and start `dbus` and `bluez`" in out
    assert "Traceback" not in out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            ["--record", "x.csv"],
            Exit.USAGE,
            "--record needs --map or --tag: it writes down nobody who was not named; you: add one",
        ),
        (["--seconds", "0"], Exit.USAGE, "--seconds 0.0: expected more than 0; you: correct it"),
        (["--tag", "a b"], Exit.USAGE, "--tag 'a b': expected ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
        (["--here", "#"], Exit.USAGE, "--here '#': expected"),
        (["--map", "/absent.geojson"], Exit.MAP, "/absent.geojson: cannot be read: No such file"),
        (["--config", "/absent.toml"], Exit.USAGE, "/absent.toml: cannot be read"),
    ],
)
def test_what_cannot_be_is_refused_before_the_radio_is_touched(
    words: list[str], code: Exit, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert scan.main(arguments(*words)) == code
    assert capsys.readouterr().err.startswith(f"edge-agent scan: {said}")


def test_a_map_with_problems_is_refused_with_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "map.geojson"
    path.write_text("{}")
    assert scan.main(arguments("--map", path)) == Exit.MAP
    assert str(path) in capsys.readouterr().err


def test_an_existing_recording_is_never_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "old.csv"
    path.write_text("precious")
    words = ("--tag", TAG_IDENTITY, "--record", path)
    assert scan.main(arguments(*words)) == Exit.RECORDING
    assert "cannot be created: File exists; you: choose another name" in capsys.readouterr().err
    assert path.read_text() == "precious"


def command(stdout: int) -> subprocess.Popen[str]:
    """The command on a machine without D-Bus."""
    return subprocess.Popen(
        [sys.executable, "-m", "edge_agent", "scan"],
        env=os.environ | {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_ctrl_c_ends_in_peace() -> None:
    with command(subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("edge-agent scan")
        process.send_signal(signal.SIGINT)
        _, error = process.communicate(timeout=HANG_S)
    assert process.returncode == Exit.OK
    assert "Traceback" not in error


def test_a_reader_that_has_seen_enough_ends_it_in_peace() -> None:
    reader, writer = os.pipe()
    with command(writer) as process:
        os.close(writer)
        os.read(reader, 10)
        os.close(reader)
        _, error = process.communicate(timeout=HANG_S)
    assert process.returncode == Exit.OK
    assert "Traceback" not in error
    assert "BrokenPipe" not in error


def test_a_full_disk_is_named() -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    with command(full) as process:
        _, error = process.communicate(timeout=HANG_S)
    os.close(full)
    assert process.returncode == Exit.USAGE
    assert error.endswith(
        "edge-agent: the output cannot be written: No space left on device; "
        "you: make room, or write elsewhere\n"
    )
    assert "Traceback" not in error
    assert "Exception ignored" not in error
