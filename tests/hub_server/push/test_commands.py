"""`hub-server push keys`, and what `check` says of push."""

from pathlib import Path

import pytest

from hub_server import commands, settings
from hub_server.__main__ import main
from hub_server.commands import EXIT_OK, EXIT_SETTINGS
from hub_server.settings import SettingsError

CONFIG = """
store = "corner-market"
map = "map.geojson"
campaigns = "campaigns.json"
database = "hub.db"
public_url = "{url}"
operator = {{name = "Corner Market", contact = "desk"}}
"""
Said = pytest.CaptureFixture[str]


def config(folder: Path, url: str = "https://store.example", more: str = "") -> str:
    path = folder / "hub.toml"
    path.write_text(CONFIG.format(url=url) + more)
    return str(path)


def test_the_key_is_made_once_and_printed(tmp_path: Path, capsys: Said) -> None:
    path = config(tmp_path)
    assert main(["push", "keys", path]) == EXIT_OK
    first = capsys.readouterr().out
    assert main(["push", "keys", path]) == EXIT_OK
    assert capsys.readouterr().out == first
    assert len(first.strip()) == 87
    main(["check", path])
    assert f"ok    push: public key {first[:12]}…" in capsys.readouterr().out


def test_without_anybody_to_ask_there_is_no_push(tmp_path: Path, capsys: Said) -> None:
    path = config(tmp_path, "http://127.0.0.1:8000")
    assert main(["push", "keys", path]) == EXIT_SETTINGS
    assert "ops sets push.subject" in capsys.readouterr().err
    assert commands._push_state(settings.load(Path(path))).startswith("off: ")
    path = config(tmp_path, "http://127.0.0.1:8000", 'push = {subject = "mailto:a@b.example"}\n')
    assert main(["push", "keys", path]) == EXIT_OK


@pytest.mark.parametrize("subject", ["ops@store.example", "http://store.example", "mailto:", ""])
def test_a_subject_is_an_address(tmp_path: Path, capsys: Said, subject: str) -> None:
    path = config(tmp_path, more=f'push = {{subject = "{subject}"}}\n')
    assert main(["push", "keys", path]) == EXIT_SETTINGS
    assert "push.subject" in capsys.readouterr().err


def test_a_key_that_others_can_read_is_a_fault(tmp_path: Path, capsys: Said) -> None:
    path = config(tmp_path)
    main(["push", "keys", path])
    (tmp_path / "hub.db.push-key.pem").chmod(0o640)
    capsys.readouterr()
    assert main(["push", "keys", path]) == EXIT_SETTINGS
    assert "mode 0640, expected 0600" in capsys.readouterr().err
    with pytest.raises(SettingsError, match="ops: chmod 600"):
        commands._push_state(settings.load(Path(path)))
