"""Receipts that are imported beside a running hub are found by it, or the import says why not."""

from pathlib import Path

import pytest

from hub_server.__main__ import main
from hub_server.records import salt_seal
from tests.hub_server.conftest import SALT, Hub
from tests.hub_server.event.test_imports import HEAD
from tests.hub_server.shopper.test_facts import opened

TYPED = "7788 4711"
WRITTEN = "7788-4711"


def config(hub: Hub, folder: Path) -> str:
    path = folder / "hub.toml"
    settings = hub.settings
    path.write_text(
        f'store = "{settings.store}"\nmap = "{settings.map}"\ncampaigns = "{settings.campaigns}"\n'
        f'database = "{settings.database}"\npublic_url = "{settings.public_url}"\ndemo = true\n'
        '[operator]\nname = "Market"\ncontact = "desk"\n'
    )
    return str(path)


@pytest.fixture
def receipts(tmp_path: Path) -> str:
    path = tmp_path / "receipts.csv"
    path.write_text(HEAD + f"2026-06-01T10:00:00+02:00,c0,{WRITTEN},1001,1,1.9\n")
    return str(path)


def test_what_is_imported_beside_the_hub_is_on_the_linked_phone(
    hub: Hub, tmp_path: Path, receipts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows 86 and 92: by the real command; profile and export both have it."""
    salt_seal.put(hub.database, SALT)
    monkeypatch.setenv("INSTEP_SALT", SALT.decode())
    assert main(["import", "purchases", config(hub, tmp_path), receipts]) == 0
    session, _ = opened(hub)
    rooms = hub.engine.rooms
    assert rooms.profile.of(session.cookie, "en").purchases == []
    rooms.loyalty.link(session.cookie, TYPED)
    assert [one.item for one in rooms.profile.of(session.cookie, "en").purchases] == ["1001"]
    assert len(rooms.export.of(session.cookie).tables["purchases"]) == 1


def test_another_salt_is_refused(
    hub: Hub,
    tmp_path: Path,
    receipts: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It would write what nobody ever finds."""
    salt_seal.put(hub.database, SALT)
    salt_seal.put(hub.database, SALT)
    monkeypatch.delenv("INSTEP_SALT", raising=False)
    assert main(["import", "purchases", config(hub, tmp_path), receipts]) == 4
    assert "INSTEP_SALT: not the salt that the hub runs with" in capsys.readouterr().err
    assert hub.query("SELECT * FROM purchases") == []
    salt_seal.put(hub.database, b"the salt was changed")
    assert not salt_seal.fits(hub.database, SALT)
