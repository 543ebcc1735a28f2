"""The commands as people type them: what they print, what they return, and never a traceback."""

import getpass
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hub_server import commands, settings
from hub_server.__main__ import main
from hub_server.decide import REASONS
from hub_server.model.folder import ModelFolder
from hub_server.visit.endings import ENDED_TEXTS
from store_maps import corner_market
from tests.hub_server.conftest import CAMPAIGNS

CONFIG = """
store = "corner-market"
map = "{map}"
campaigns = "{campaigns}"
database = "hub.db"
public_url = "https://store.example"
{more}
[operator]
name = "Market"
contact = "desk"
[broker]
port = 1
"""

Out = pytest.CaptureFixture[str]
MAP = str(corner_market.path())


@pytest.fixture
def config(tmp_path: Path) -> str:
    return write(tmp_path, "demo = true")


def write(folder: Path, more: str = "", map_path: Path | None = None) -> str:
    path = folder / "hub.toml"
    path.write_text(
        CONFIG.format(map=map_path or corner_market.path(), campaigns=CAMPAIGNS, more=more)
    )
    return str(path)


def test_tags_go_in_out_and_away(config: str, tmp_path: Path, capsys: Out) -> None:
    tags = tmp_path / "tags.csv"
    tags.write_text("tag,identity\ncart-1,ib-1\ncart-2,ib-2\n")
    assert main(["tags", "import", config, str(tags)]) == 0
    assert main(["tags", "retire", config, "cart-2"]) == 0
    assert main(["tags", "print", config]) == 0
    out = capsys.readouterr().out
    assert "2 tags" in out
    assert "<b>cart-1</b>" in out
    assert "<b>cart-2</b>" not in out
    assert main(["tags", "print", config, "--out", str(tmp_path / "sheet.html")]) == 0
    assert "<svg" in (tmp_path / "sheet.html").read_text()
    assert main(["tags", "print", config, "--out", str(tmp_path / "no" / "sheet.html")]) == 4
    assert main(["tags", "retire", config, "cart-3"]) == 4
    assert main(["tags", "import", config, str(tmp_path / "absent.csv")]) == 4
    assert "expected a readable file" in capsys.readouterr().err


def test_a_user_comes_from_stdin_and_a_token_is_shown_once(
    config: str, capsys: Out, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given = tmp_path / "password"
    given.write_text("ten letters or more\n")
    with given.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert main(["user", "add", config, "ada"]) == 0
        assert main(["user", "add", config, "bob"]) == 4
    assert "at least 10" in capsys.readouterr().err
    given.write_bytes(b"\xff\xfe no text\n")
    with given.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        assert main(["user", "add", config, "bob"]) == 4
    assert "no UTF-8" in capsys.readouterr().err
    assert main(["token", "add", config, "till"]) == 0
    assert len(capsys.readouterr().out.split()[-1]) == 43


def test_maps_and_campaigns_are_checked(tmp_path: Path, capsys: Out) -> None:
    plan = str(corner_market.path())
    assert main(["map", "check", plan]) == 0
    assert main(["map", "show", plan, "--out", str(tmp_path / "map.svg")]) == 0
    assert (tmp_path / "map.svg").read_text().startswith("<svg")
    assert main(["campaign", "check", str(CAMPAIGNS), "--map", plan]) == 0
    assert "leaf zones" in capsys.readouterr().out
    bad = tmp_path / "bad.json"
    bad.write_text("{}")
    assert main(["map", "check", str(bad)]) == 2
    assert main(["campaign", "check", str(bad), "--map", plan]) == 2
    assert main(["campaign", "check", str(tmp_path / "absent"), "--map", plan]) == 2
    assert main(["map", "check", str(tmp_path / "absent")]) == 2
    assert "ops gives the path of a readable file" in capsys.readouterr().err


def test_check_says_a_line_each_and_what_to_do(config: str, capsys: Out) -> None:
    assert main(["check", config]) == 6
    out = capsys.readouterr().out
    assert "ok    map: Corner market" in out
    assert "ok    database: 0 tags, 0 users" in out
    assert "fault broker: the broker 127.0.0.1:1 does not answer" in out


def test_check_tells_of_a_map_on_which_every_stage_is_unknown(tmp_path: Path, capsys: Out) -> None:
    document = json.loads(corner_market.path().read_bytes())
    features = document["features"]
    document["features"] = [f for f in features if f["properties"]["kind"] != "checkout"]
    plan = tmp_path / "plan.geojson"
    plan.write_text(json.dumps(document))
    main(["check", write(tmp_path, map_path=plan)])
    said = capsys.readouterr().out
    assert "ok    map: Corner market; note: no till; every stage of a journey is unknown" in said


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("gone-1", "ops: `hub-server model list`, then `use` one of them"),
        ("packaged", "ops: install the program again"),
    ],
)
def test_check_says_what_to_do_about_a_bad_model(
    config: str,
    tmp_path: Path,
    capsys: Out,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    remedy: str,
) -> None:
    folder = ModelFolder.beside(settings.load(Path(config)).database)
    folder.use(name, 1)
    monkeypatch.setattr("hub_server.model.folder.MANIFEST_PATH", tmp_path / "gone.json")
    assert main(["check", config]) == 6
    (line,) = [x for x in capsys.readouterr().out.splitlines() if x.startswith("fault stage model")]
    assert line.startswith(f"fault stage model: {name}: ")
    assert line.endswith(f"; the hub answers with another or by rules; {remedy}")


def test_check_names_a_missing_secret_and_a_foreign_map(tmp_path: Path, capsys: Out) -> None:
    assert main(["check", write(tmp_path)]) == 6
    assert "fault salt: salt_env: INSTEP_SALT has 0 characters" in capsys.readouterr().out
    config = write(tmp_path, map_path=tmp_path / "absent.geojson")
    assert main(["run", config]) == 2
    text = Path(config).read_text().replace("corner-market", "another", 1)
    text = text.replace(str(tmp_path / "absent.geojson"), str(corner_market.path()))
    Path(config).write_text(text)
    assert main(["run", config]) == 2
    assert "ops names the store's own map" in capsys.readouterr().err


def test_a_backup_that_cannot_be_is_one_line(config: str, tmp_path: Path, capsys: Out) -> None:
    assert main(["token", "add", config, "till"]) == 0
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    folders = (tmp_path / "absent" / "b.db", tmp_path / ("x" * 300), Path("/proc/b.db"))
    for command, path in [
        *(("backup", path) for path in folders),
        *(("restore", path) for path in (*folders, fifo, tmp_path, Path("/dev/zero"))),
    ]:
        capsys.readouterr()
        assert main([command, config, str(path)]) == 3
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1
        assert "; ops " in lines[0]


def other_map(folder: Path, **head: object) -> Path:
    """The corner market's map with another head."""
    document = json.loads(corner_market.path().read_bytes())
    path = folder / "map.geojson"
    path.write_text(json.dumps(document | head))
    return path


HOURS = 'demo = true\nhours = {opens = "08:00", closes = "20:00"}'


@pytest.mark.parametrize(
    ("head", "more", "line"),
    [
        ({"store_id": "mall"}, "demo = true", "ops names the store's own map"),
        ({"timezone": None}, HOURS, "names no time zone; the map's author adds `timezone`"),
        ({"timezone": "Mars/Phobos"}, "demo = true", 'the file: timezone is "Mars/Phobos"'),
        ({"timezone": "Europe"}, "demo = true", "expected an IANA time zone's name"),
        ({"format": "plan"}, "demo = true", 'map.geojson: the file: format is "plan"'),
        ({}, 'demo = true\nproducts = "absent.csv"', "products {folder}/absent.csv: "),
        ({}, 'demo = true\nproducts = "/dev/zero"', "products /dev/zero: no regular file"),
        ({}, 'demo = true\nproducts = "{x}"', ": File name too long; ops gives the path"),
        ({}, 'demo = true\nproducts = "hub.toml"', "expected CSV with item and category"),
        ({}, 'demo = true\nhttp = {host = "192.0.2.1"}', "ops stops what uses it or sets"),
    ],
)
def test_check_says_what_run_refuses(
    tmp_path: Path, capsys: Out, head: dict[str, object], more: str, line: str
) -> None:
    config = write(tmp_path, more.replace("{x}", "x" * 300), other_map(tmp_path, **head))
    line = line.format(folder=tmp_path)
    assert main(["check", config]) == 6
    found = [one for one in capsys.readouterr().out.splitlines() if line in one]
    assert found
    assert found[0].startswith("fault ")
    assert main(["run", config]) in {2, 5}
    assert line in capsys.readouterr().err


def test_map_check_knows_the_time_zones_and_reads_files_only(tmp_path: Path, capsys: Out) -> None:
    assert main(["map", "check", str(other_map(tmp_path, timezone="Mars/Phobos"))]) == 2
    assert capsys.readouterr().err == (
        'the file: timezone is "Mars/Phobos"; expected an IANA time zone\'s name '
        "(the map's author mends it)\n"
    )
    assert main(["map", "check", "/dev/zero"]) == 2
    assert "no regular file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "reason"),
    [(None, "No such file or directory"), ("", "Is a directory"), ("no PEM", "no certificate")],
)
def test_a_ca_that_is_none_is_one_line_for_check_and_run(
    tmp_path: Path, capsys: Out, given: str | None, reason: str
) -> None:
    config = write(tmp_path, "demo = true")
    with Path(config).open("a") as file:
        file.write('tls_ca = "ca.pem"\n')
    if given is not None:
        ca = tmp_path / "ca.pem"
        ca.write_text(given) if given else ca.mkdir()
    line = f"broker.tls_ca = {str(tmp_path / 'ca.pem')!r}: {reason}"
    assert main(["check", config]) == 6
    assert f"fault broker: {line}" in capsys.readouterr().out
    assert main(["run", config]) == 2
    assert line in capsys.readouterr().err


def test_backup_and_restore(config: str, tmp_path: Path, capsys: Out) -> None:
    saved = str(tmp_path / "saved.db")
    assert main(["backup", config, saved]) == 3
    assert main(["token", "add", config, "till"]) == 0
    assert main(["backup", config, saved]) == 0
    assert main(["restore", config, saved]) == 0
    assert main(["backup", config, saved]) == 3
    assert "expected a new file" in capsys.readouterr().err


def test_inventory_and_version(capsys: Out) -> None:
    assert main(["inventory"]) == 0
    assert "purpose" in capsys.readouterr().out
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("instep ")


def ended(words: list[str], stdout: int) -> tuple[int, str]:
    """Exit code and stderr of a hub-server whose stdout is that file, buffered as usual."""
    done = subprocess.run(
        [sys.executable, "-m", "hub_server", *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"},
        text=True,
        check=False,
    )
    return done.returncode, done.stderr


@pytest.mark.parametrize("words", [["inventory"], ["--help"], ["--version"], ["map", "check", MAP]])
def test_a_full_or_closed_output_is_no_traceback(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        assert ended(words, full.fileno()) == (7, "standard output: No space left on device\n")
    reader, writer = os.pipe()
    os.close(reader)
    assert ended(words, writer) == (7, "")
    os.close(writer)


def test_no_output_at_all_is_no_fault() -> None:
    command = f"exec {sys.executable} -m hub_server inventory >&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_ctrl_c_ends_a_command_without_a_traceback(
    config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> str:
        raise KeyboardInterrupt

    with Path(os.devnull).open() as stdin:
        monkeypatch.setattr(stdin, "isatty", lambda: True)
        monkeypatch.setattr(getpass, "getpass", interrupted)
        monkeypatch.setattr(sys, "stdin", stdin)
    assert main(["user", "add", config, "ada"]) == 130


def test_each_refusal_has_its_exit_code() -> None:
    assert set(commands.EXITS.values()) == {2, 3, 4, 8}
    assert commands.EXIT_PORT not in commands.EXITS.values()


def test_the_readme_names_every_command_and_setting() -> None:
    from hub_server import settings  # noqa: PLC0415 - this test's own

    text = (CAMPAIGNS.parents[1] / "README.md").read_text()
    for command in (
        *("run", "check", "user add", "token add", "tags import", "tags print", "tags retire"),
        *("map check", "map show", "campaign check", "inventory", "backup", "restore"),
        *("model list", "model use", "model rollback"),
    ):
        assert f"hub-server {command}" in text, command
    kinds = (settings.Settings, settings.Operator, settings.Broker, settings.Http, settings.Hours)
    for kind in kinds:
        for name in kind.__struct_fields__:
            assert f"`{name}`" in text, name


def test_the_readme_names_every_silence_and_every_ending() -> None:
    text = (CAMPAIGNS.parents[1] / "README.md").read_text()
    for code, reason in [*REASONS.items(), *ENDED_TEXTS.items()]:
        assert f"| `{code}` | {reason} |" in text
