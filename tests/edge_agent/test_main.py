import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from edge_agent import __main__ as program
from edge_agent.exit import Exit
from edge_agent.messages import Fixes, Health, Identity, Status, TagRow, Tags
from store_maps import corner_market
from tests.edge_agent.broker import Broker, StartBroker, wait_until
from tests.edge_agent.small_hub import SmallHub

AGENT: Final = "corner-market.pi-1"
SETTINGS: Final = """
store = "corner-market"
agent = "corner-market.pi-1"
map = "{map}"
state_dir = "state"
[broker]
host = "127.0.0.1"
port = {port}
[locate]
enabled = true
cell_m = 1.0
[source]
kind = "simulated"
population = 4
"""
README: Final = Path(program.__file__).parent / "README.md"


def edge_agent(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "edge_agent", *arguments], stderr=subprocess.PIPE, text=True
    )


@pytest.fixture
def broker(start_mosquitto: StartBroker) -> Broker:
    return start_mosquitto()


@pytest.fixture
def config(tmp_path: Path, broker: Broker) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(SETTINGS.format(map=corner_market.path(), port=broker.port))
    return path


@pytest.fixture
def hub(broker: Broker) -> Iterator[SmallHub]:
    with SmallHub(broker.port, AGENT) as hub:
        yield hub


def test_an_agent_runs_serves_only_who_is_paired_and_stops_in_peace(
    config: Path, hub: SmallHub
) -> None:
    with edge_agent("run", str(config)) as agent:
        wait_until(lambda: bool(hub.of(Status)), "status", 20)
        assert hub.of(Fixes) == []
        row = TagRow(identities=[Identity(identity="sim-02")], handle="h-2", ttl_s=60.0)
        hub.send_tags(Tags(rows=[row]))
        wait_until(lambda: len(hub.of(Fixes)) >= 2, "fixes")
        agent.send_signal(signal.SIGTERM)
        _, log = agent.communicate(timeout=20)
        assert agent.returncode == 0, log
    assert {row.handle for fixes in hub.of(Fixes) for row in fixes.rows} == {"h-2"}
    assert hub.of(Health)[0].strangers_count >= 0
    wait_until(lambda: not hub.of(Status)[-1].up, "the goodbye")
    assert "broker reached, MQTT 5" in log
    assert "h-2" not in log
    assert "sim-" not in log


def test_run_ends_at_sigterm(config: Path, hub: SmallHub) -> None:
    def stop() -> None:
        wait_until(lambda: bool(hub.of(Status)), "status", 20)
        os.kill(os.getpid(), signal.SIGTERM)

    stopper = threading.Thread(target=stop)
    stopper.start()
    assert program.main(["run", str(config)]) == 0
    stopper.join()


def test_scan_refuses_to_record_everybody(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["scan", "--record", "everybody.csv"]) == Exit.USAGE
    assert "--record needs --map or --tag" in capsys.readouterr().err


def test_a_killed_agent_leaves_its_will_and_comes_back_with_a_higher_term(
    config: Path, hub: SmallHub
) -> None:
    for starts in (1, 2):
        with edge_agent("run", str(config)) as agent:
            count = len(hub.of(Status))
            wait_until(lambda count=count: len(hub.of(Status)) > count, "status", 20)  # type: ignore[misc]
            agent.kill()
            agent.communicate()
        wait_until(lambda: not hub.of(Status)[-1].up, "the last will")
        assert len(hub.of(Status)) == 2 * starts
    terms = [status.term for status in hub.of(Status)]
    assert terms[0] == terms[1] < terms[2] == terms[3]


def test_every_command_and_exit_code_is_in_the_readme() -> None:
    text = README.read_text()
    for name in program.COMMANDS:
        assert f"`edge-agent {name}" in text
    for code in Exit:
        assert f"| {int(code)} |" in text


def test_usage_errors_are_code_2(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for arguments in ([], ["frobnicate"], ["run"], ["replay", "x.csv"]):
        with pytest.raises(SystemExit) as stop:
            program.main(arguments)
        assert stop.value.code == Exit.USAGE
    assert program.main(["run", str(tmp_path / "none.toml")]) == Exit.USAGE
    assert "edge-agent: " in capsys.readouterr().err


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        program.main(["--help"])
    assert stop.value.code == 0
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in program.COMMANDS)
    with pytest.raises(SystemExit):
        program.main(["scan", "--help"])
    assert "--record" in capsys.readouterr().out


def test_schema_is_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["schema"]) == 0
    assert "StayRow" in json.loads(capsys.readouterr().out)["$defs"]


def test_acl_is_printed_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["acl", "m", "m.pi-1", "--locator", "m.box"]) == 0
    text = capsys.readouterr().out
    assert text.count("topic read instep/v1/m/+/sightings") == 1
    assert program.main(["acl", "m", "mall.pi-1"]) == Exit.USAGE


def test_check_prints_its_findings_and_ends_with_the_first_code(
    config: Path, broker: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    broker.stop()
    assert program.main(["check", str(config)]) == Exit.BROKER
    text = capsys.readouterr().out
    assert "ok    settings: agent corner-market.pi-1" in text
    assert "FAIL  broker: " in text


def test_run_ends_with_the_code_of_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(SETTINGS.format(map="none.geojson", port=1))
    assert program.main(["run", str(path)]) == Exit.MAP
    assert "Traceback" not in capsys.readouterr().err


def test_run_refuses_a_recording_of_another_store(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "walk.csv").write_text("t_s,tag,anchor,rssi_dbm\n0.5,cart,a99,-60\n")
    path = tmp_path / "agent.toml"
    head = SETTINGS.format(map=corner_market.path(), port=1).partition("[source]")[0]
    path.write_text(f'{head}[source]\nkind = "recording"\npath = "walk.csv"\n')
    assert program.main(["run", str(path)]) == Exit.RECORDING
    text = capsys.readouterr().err
    assert text.count("\n") == 1
    assert "walk.csv: anchors a99 are not on the map of 'corner-market'" in text


def refusal(capsys: pytest.CaptureFixture[str], code: Exit, words: list[str]) -> str:
    """What the command says on stderr when it ends with `code`."""
    assert program.main(words) == code
    return capsys.readouterr().err


def test_replay_writes_fixes_or_says_why_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = tmp_path / "walk.csv"
    recording.write_text("t_s,tag,anchor,rssi_dbm\n0.5,cart,a1,-60\n1.5,cart,a2,-62\n")
    out = tmp_path / "fixes.jsonl"
    map_path = str(corner_market.path())
    base = ["replay", str(recording), "--out", str(out), "--map"]
    assert program.main([*base, map_path]) == 0
    assert "fixes written" in capsys.readouterr().out
    assert json.loads(out.read_text().splitlines()[0])["tag"] == "cart"
    said = refusal(capsys, Exit.MAP, [*base, str(tmp_path / "none")])
    assert said == (
        f"edge-agent: map {tmp_path}/none: cannot be read: No such file or directory; "
        "you: give a floor map's path\n"
    )
    said = refusal(capsys, Exit.MAP, [*base, str(recording)])
    assert said.startswith(f"edge-agent: map {recording}:\nthe file: ")
    said = refusal(capsys, Exit.MAP, [*base, map_path, "--survey", str(recording)])
    assert said.startswith(f"edge-agent: survey {recording}: the first line lacks point, ")
    strange = tmp_path / "strange.csv"
    strange.write_text("point,x_m,y_m,anchor,n,rssi_mean_dbm,rssi_sd_db\n1,5,5,a77,10,-60,2\n")
    said = refusal(capsys, Exit.MAP, [*base, map_path, "--survey", str(strange)])
    assert said.startswith(f"edge-agent: survey {strange}:\npoint '1': anchor 'a77' is not on")
    said = refusal(capsys, Exit.MAP, [*base, map_path, "--survey", str(tmp_path / "none")])
    assert said.startswith(f"edge-agent: survey {tmp_path}/none: cannot be read: No such file")
    said = refusal(capsys, Exit.MAP, [*base, map_path, "--radio-map", str(tmp_path / "none")])
    assert said.startswith(f"edge-agent: radio map {tmp_path}/none: cannot be read: No such file")
    for option, value in (("--lag-s", "11"), ("--tag-height-m", "nan"), ("--out", "/dev/full")):
        said = refusal(capsys, Exit.USAGE, [*base, map_path, option, value])
        assert said.startswith(f"edge-agent: {option} {value}: ")
        assert said.count("\n") == 1
    recording.write_text("t_s,tag,anchor,rssi_dbm\n0.5,cart,a99,-60\n")
    assert "walk.csv: anchors a99" in refusal(capsys, Exit.RECORDING, [*base, map_path])


def test_ctrl_c_under_way_is_no_traceback() -> None:
    def interrupt() -> int:
        raise KeyboardInterrupt

    assert program._answered(interrupt) == Exit.INTERRUPTED


def test_an_oserror_that_is_no_outputs_is_a_bug() -> None:
    def open_none() -> int:
        return len(Path("/dev/null/none").read_bytes())

    with pytest.raises(NotADirectoryError):
        program._answered(open_none)


def test_a_closed_pipe_is_no_error() -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "edge_agent", "schema"],
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, "")


PRINTING: Final = (
    ["schema"],
    ["acl", "m", "m.pi-1"],
    ["replay", "{recording}", "--map", "{map}", "--out", "{out}"],
)


@pytest.mark.parametrize("words", PRINTING, ids=lambda words: words[0])
def test_an_output_that_is_full_or_closed_is_no_traceback(tmp_path: Path, words: list[str]) -> None:
    recording = tmp_path / "walk.csv"
    recording.write_text("t_s,tag,anchor,rssi_dbm\n0.5,cart,a1,-60\n")
    names = {"recording": recording, "map": corner_market.path(), "out": tmp_path / "out"}
    command = [sys.executable, "-m", "edge_agent", *(word.format(**names) for word in words)]
    for redirected, code, said in (
        (">/dev/full", Exit.USAGE, "edge-agent: the output cannot be written: No space left on"),
        (">&-", Exit.OK, ""),
        (">&- 2>&-", Exit.OK, ""),
    ):
        shell = ["sh", "-c", f'"$@" {redirected}', "sh", *command]
        done = subprocess.run(shell, stderr=subprocess.PIPE, text=True, check=False)
        assert done.returncode == code
        lines = [one for one in done.stderr.splitlines() if not one.startswith("the map alone")]
        assert "".join(lines).startswith(said)
        assert len(lines) == bool(said)
