"""The demo's own decisions; tests/e2e runs the whole of it."""

import argparse
import gzip
import os
import socket
import sys
from pathlib import Path

import pytest

from hub_server.demo import __main__ as demo
from hub_server.demo import processes as demo_processes
from hub_server.demo.tills import Tills
from store_maps import corner_market

HEADER = "t_s,tag,anchor,rssi_dbm\n"


def options(**given: object) -> argparse.Namespace:
    defaults = {"recording": None, "map": None, "survey": None, "tag_height_m": 1.0}
    return argparse.Namespace(**{**defaults, **given})


def test_without_a_recording_shoppers_walk_the_corner_market() -> None:
    scene = demo.scene(options())
    assert scene.map_path == corner_market.path()
    assert scene.tags[0] == "sim-01"
    assert len(scene.tags) == demo.CARTS


@pytest.mark.parametrize("name", ["walk.csv", "walk.csv.gz"])
def test_a_recording_brings_its_own_tags(tmp_path: Path, name: str) -> None:
    text = f"{HEADER}0,b,a1,-60\n1,a,a1,-61\n2,b,a1,-62\n"
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    scene = demo.scene(options(recording=path, map=corner_market.path()))
    assert scene.tags == ["b", "a"]
    assert scene.recording == path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "has no rows"),
        (HEADER.encode(), "has no rows"),
        (b"a,b\n1,2\n", "no CSV with the columns"),
        (b"\xff\xfe\x00", "no CSV with the columns"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(content)
    with pytest.raises(demo_processes.DemoError, match=words):
        demo.scene(options(recording=path, map=corner_market.path()))


def test_a_recording_needs_its_map(tmp_path: Path) -> None:
    with pytest.raises(demo_processes.DemoError, match="needs its map"):
        demo.scene(options(recording=tmp_path / "x.csv"))


def test_a_map_needs_its_recording() -> None:
    with pytest.raises(demo_processes.DemoError, match="comes with its recording"):
        demo.scene(options(map=corner_market.path()))


def test_a_cut_or_unreadable_recording_is_refused(tmp_path: Path) -> None:
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(HEADER.encode() * 9)[:-9])
    with pytest.raises(demo_processes.DemoError, match="no CSV"):
        demo.recorded_tags(cut)
    with pytest.raises(demo_processes.DemoError, match="Is a directory"):
        demo.recorded_tags(tmp_path)


def test_a_broken_map_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording = tmp_path / "r.csv"
    recording.write_text(f"{HEADER}0,a,a1,-60\n")
    broken = tmp_path / "map.geojson"
    broken.write_text("{}")
    given = ["--recording", str(recording), "--map", str(broken)]
    assert demo.main(given) == demo.EXIT_USAGE
    assert f"MAP={broken}:" in capsys.readouterr().err


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(demo_processes.DemoError, match=r"x\.csv is not a file"):
        demo.scene(options(recording=tmp_path / "x.csv", map=corner_market.path()))


def test_a_taken_port_gives_the_next(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(demo, "HTTP_PORT", port)
        assert demo.http_port() > port
        assert f"Port {port} is taken" in capsys.readouterr().out
        monkeypatch.setattr(demo, "HTTP_PORTS_TRIED", 1)
        with pytest.raises(demo_processes.DemoError, match="all taken"):
            demo.http_port()


def test_without_mosquitto_amqtt_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name, **_: None)
    assert demo.broker_command(tmp_path)[0] == demo_processes.program("amqtt")


def test_a_child_that_ends_says_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no floor')"]
    child = demo_processes.Child("hub", command, tmp_path, dict(os.environ))
    child.process.wait()
    with pytest.raises(demo_processes.DemoError, match=r"The hub ended with code 1(.|\n)*no floor"):
        child.check()
    child.stop()


def test_a_child_that_does_not_listen_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_processes, "STOP_S", 0.5)
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    script += "print('up', flush=True); time.sleep(60)"
    child = demo_processes.Child("hub", [sys.executable, "-c", script], tmp_path, dict(os.environ))
    while "up" not in child.log_path.read_text():
        child.check()
    child.stop()
    assert child.process.returncode == -9


def test_a_failing_command_passes_its_words_on() -> None:
    with pytest.raises(demo_processes.DemoError, match="out of order"):
        demo_processes.run_once(
            [sys.executable, "-c", "raise SystemExit('out of order')"], dict(os.environ)
        )
    assert demo_processes.run_once([sys.executable, "-c", "print(1)"], dict(os.environ)) == "1"


def test_tills_wait_for_the_hub_and_for_whole_lines(tmp_path: Path) -> None:
    log = tmp_path / "till.jsonl"
    tills = Tills(demo_processes.free_port(), "a token", log)
    tills.tick()
    log.write_text('{"tag": "sim-02", "items": ["oats"]}\n{"tag": "sim')
    tills.tick()
    assert tills.sent_count == 0


def test_a_wrong_call_ends_with_its_own_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main(["--recording", "nowhere.csv"]) == demo.EXIT_USAGE
    assert "needs its map" in capsys.readouterr().err
