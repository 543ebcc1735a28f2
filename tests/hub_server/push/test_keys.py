"""The key that subscriptions are tied to: made once, private, signed with sparingly."""

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from hub_server.push import keys
from hub_server.push.keys import PushKey, PushKeyError

NOW_S = 1_790_000_000.0


def test_it_is_made_once_and_is_its_owners_alone(tmp_path: Path) -> None:
    database = tmp_path / "hub.sqlite3"
    first = PushKey.beside(database, lambda: NOW_S)
    path = keys.path_of(database)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert PushKey.beside(database, lambda: NOW_S).public == first.public
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert len(first.public) == 87


def test_another_process_that_was_first_wins(tmp_path: Path) -> None:
    path = keys.path_of(tmp_path / "hub.sqlite3")
    keys._make(path)
    before = path.read_bytes()
    keys._make(path)
    assert path.read_bytes() == before


def test_one_that_others_can_read_is_refused(tmp_path: Path) -> None:
    database = tmp_path / "hub.sqlite3"
    PushKey.beside(database, lambda: NOW_S)
    keys.path_of(database).chmod(0o644)
    with pytest.raises(PushKeyError, match="mode 0644, expected 0600"):
        PushKey.beside(database, lambda: NOW_S)


@pytest.mark.parametrize("curve", [None, ec.SECP384R1()])
def test_another_file_is_refused(tmp_path: Path, curve: ec.EllipticCurve | None) -> None:
    database = tmp_path / "hub.sqlite3"
    path = keys.path_of(database)
    pem = b"nothing"
    if curve is not None:
        other = ec.generate_private_key(curve)
        pem = other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem)
    path.chmod(0o600)
    with pytest.raises(PushKeyError, match="P-256"):
        PushKey.beside(database, lambda: NOW_S)


def test_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(PushKeyError, match="ops mends it"):
        PushKey.beside(tmp_path / "none" / "hub.sqlite3", lambda: NOW_S)


def test_a_signature_is_used_until_shortly_before_its_end(tmp_path: Path) -> None:
    now_s = [NOW_S]
    key = PushKey.beside(tmp_path / "hub.sqlite3", lambda: now_s[0])

    def signed(audience: str) -> str:
        claims = key.claims(audience, "mailto:ops@store.example")
        return key.sign(claims)["Authorization"]

    first = signed("https://fcm.googleapis.com")
    assert first.startswith("vapid t=")
    assert signed("https://fcm.googleapis.com") == first
    assert signed("https://web.push.apple.com") != first
    now_s[0] += keys.SIGNED_S - keys.RENEWED_S + 1
    assert signed("https://fcm.googleapis.com") != first


def test_audiences_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "AUDIENCES_MAX", 2)
    key = PushKey.beside(tmp_path / "hub.sqlite3", lambda: NOW_S)
    for number in range(4):
        key.sign(key.claims(f"https://a{number}.notify.windows.com", "https://store.example"))
    assert list(key._signed) == [f"https://a{number}.notify.windows.com" for number in (2, 3)]
