"""The hub's own key towards push services (VAPID, RFC 8292), and what it signs with it.

The key is made once, beside the database. Browsers tie a subscription to it: with another key every
shopper has to subscribe anew.
"""

import base64
import contextlib
import os
import stat
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from py_vapid import Vapid02
from typing_extensions import override

from hub_server.settings import SettingsError

MODE: Final = 0o600
# RFC 8292 allows 24 h; half of it leaves room for clocks that differ.
SIGNED_S: Final = 12 * 3600
# Signed anew so long before its end: longer than any push is tried.
RENEWED_S: Final = 3600
# More than there are push services; each name below one's domain is an audience of its own.
AUDIENCES_MAX: Final = 256


class PushKeyError(SettingsError):
    """The key cannot be used; the text says which file, why, and who acts."""


class PushKey(Vapid02):  # type: ignore[misc]  # py_vapid has no types
    """The key, and its signatures: one an audience, used until shortly before it ends."""

    def __init__(self, private: EllipticCurvePrivateKey, clock: Callable[[], float]) -> None:
        super().__init__(private)
        self._clock = clock
        self._signed: OrderedDict[str, tuple[float, dict[str, str]]] = OrderedDict()
        self.public: Final = _text(
            private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        )
        """As browsers take it: the uncompressed point in base64url."""

    @classmethod
    def beside(cls, database: Path, clock: Callable[[], float]) -> Self:
        """The key of the hub with this database; made if there is none yet.

        Raises:
            PushKeyError: it cannot be read or written, or others can read it.
        """
        path = path_of(database)
        try:
            with contextlib.suppress(FileExistsError):
                _make(path)
            return cls(_load(path), clock)
        except OSError as error:
            msg = f"push key {path}: {error.strerror}; expected the hub's own file; ops mends it"
            raise PushKeyError(msg) from None

    def claims(self, audience: str, subject: str) -> dict[str, str | int]:
        """What is to be signed; a fresh dict, since pywebpush writes into it."""
        return {"aud": audience, "sub": subject, "exp": int(self._clock()) + SIGNED_S}

    @override
    def sign(self, claims: Mapping[str, Any], crypto_key: str | None = None) -> dict[str, str]:
        """The headers for an audience; pywebpush asks at each message."""
        audience = str(claims["aud"])
        until_s, headers = self._signed.get(audience, (0.0, {}))
        if until_s - self._clock() < RENEWED_S:
            headers = super().sign(claims, crypto_key)
            self._signed[audience] = (float(claims["exp"]), headers)
            self._signed.move_to_end(audience)
            if len(self._signed) > AUDIENCES_MAX:
                self._signed.popitem(last=False)
        return headers


def path_of(database: Path) -> Path:
    """Where the key of this database lies."""
    return database.with_name(f"{database.name}.push-key.pem")


def _make(path: Path) -> None:
    """Write a new key whole or not at all, readable by its owner alone from its first byte on."""
    if path.exists():
        return
    pem = generate_private_key(SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, MODE), "wb") as file:  # noqa: PTH123 - the mode
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        # Unlike a rename it fails where another process was first.
        path.hardlink_to(fresh)
    finally:
        fresh.unlink()


def _load(path: Path) -> EllipticCurvePrivateKey:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        msg = f"push key {path}: mode {mode:04o}, expected {MODE:04o}; ops: chmod 600"
        raise PushKeyError(msg)
    try:
        found = load_pem_private_key(path.read_bytes(), None)
    except ValueError:
        found = None
    if not isinstance(found, EllipticCurvePrivateKey) or not isinstance(found.curve, SECP256R1):
        msg = (
            f"push key {path}: no P-256 private key in PEM; expected what the hub wrote; ops puts "
            "the file back, or removes it: then every shopper subscribes anew"
        )
        raise PushKeyError(msg)
    return found


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
