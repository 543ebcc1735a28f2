"""Which phones may be woken: the subscriptions in the database, each its own shopper's."""

import base64
import binascii
from typing import Any, Final

import msgspec
from sqlalchemy import Row, delete, insert, select, update

from hub_server.database import Database
from hub_server.records.shopper_tables import PUSH_SUBSCRIPTIONS as TABLE
from hub_server.sessions import random_id

# Issue 5: a subscription that took no message for so long belongs to a browser that is gone.
UNUSED_MS: Final = 60 * 86_400_000
# A phone, and a tablet at home; more browsers of one shopper are old ones of the same.
SUBSCRIPTIONS_MAX: Final = 3
# RFC 8291: an uncompressed point of P-256, and 16 random bytes.
POINT_BYTES: Final = 65
AUTH_BYTES: Final = 16
KEY_CHARS_MAX: Final = 128


class KeysRefused(ValueError):  # noqa: N818 - an answer to the phone, not a fault
    """No browser's keys; the text says which and what was expected."""


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One browser that agreed to be woken."""

    subscription: str
    shopper: str
    endpoint: str
    p256dh: str
    auth: str

    def info(self) -> dict[str, Any]:
        """As pywebpush takes it."""
        keys = {"p256dh": self.p256dh, "auth": self.auth}
        return {"endpoint": self.endpoint, "keys": keys}


class Subscriptions:
    """The table."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, shopper: str) -> list[Subscription]:
        """A shopper's, the one used last first."""
        rows = self._database.read(
            select(TABLE)
            .where(TABLE.c.shopper == shopper)
            .order_by(TABLE.c.used_ms.desc(), TABLE.c.created_ms.desc())
        )
        return [_subscription(row) for row in rows]

    def has_any(self, shopper: str) -> bool:
        """Whether some phone of the shopper may be woken."""
        return bool(
            self._database.read(
                select(TABLE.c.subscription).where(TABLE.c.shopper == shopper).limit(1)
            )
        )

    def on_phone(self, phone: bytes) -> bool:
        """Whether this very phone may be woken."""
        return bool(
            self._database.read(
                select(TABLE.c.subscription).where(TABLE.c.cookie_sha256 == phone).limit(1)
            )
        )

    def shoppers_of(self, endpoint: str) -> list[str]:
        """Whose subscription an endpoint is."""
        rows = self._database.read(select(TABLE.c.shopper).where(TABLE.c.endpoint == endpoint))
        return [row.shopper for row in rows]

    def add(self, fresh: Subscription, phone: bytes, now_ms: int) -> None:
        """Take a subscription in the place of this phone's former one, whoever's that was."""
        same = (TABLE.c.endpoint == fresh.endpoint) | (TABLE.c.cookie_sha256 == phone)
        kept = (
            select(TABLE.c.subscription)
            .where(TABLE.c.shopper == fresh.shopper)
            .order_by(TABLE.c.used_ms.desc(), TABLE.c.created_ms.desc())
            .limit(SUBSCRIPTIONS_MAX - 1)
        )
        self._database.write(
            delete(TABLE).where(same),
            delete(TABLE).where(
                TABLE.c.shopper == fresh.shopper, TABLE.c.subscription.not_in(kept)
            ),
            insert(TABLE).values(
                **msgspec.structs.asdict(fresh),
                cookie_sha256=phone,
                created_ms=now_ms,
                used_ms=now_ms,
            ),
        )

    def remove_phone(self, phone: bytes) -> None:
        """This phone is not to be woken any more."""
        self._database.write(delete(TABLE).where(TABLE.c.cookie_sha256 == phone))

    def remove(self, subscription: str) -> None:
        """Its push service says that it is gone."""
        self._database.write(delete(TABLE).where(TABLE.c.subscription == subscription))

    def used(self, subscriptions: set[str], now_ms: int) -> None:
        """They took a message."""
        self._database.write(
            update(TABLE)
            .where(TABLE.c.subscription.in_(sorted(subscriptions)))
            .values(used_ms=now_ms)
        )

    def prune(self, now_ms: int) -> int:
        """Drop those that took nothing for 60 days; how many."""
        return self._database.write(delete(TABLE).where(TABLE.c.used_ms < now_ms - UNUSED_MS))


def subscription(shopper: str, endpoint: str, p256dh: str, auth: str) -> Subscription:
    """A new subscription whose keys are a browser's.

    Raises:
        KeysRefused: they are not.
    """
    # Cryptography is loaded by now where push is on, and elsewhere nobody subscribes.
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    point = _bytes("p256dh", p256dh, POINT_BYTES)
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        msg = "p256dh, expected a point of P-256"
        raise KeysRefused(msg) from None
    _bytes("auth", auth, AUTH_BYTES)
    return Subscription(
        subscription=random_id(), shopper=shopper, endpoint=endpoint, p256dh=p256dh, auth=auth
    )


def _bytes(name: str, text: str, length: int) -> bytes:
    padded = text[:KEY_CHARS_MAX] + "=" * (-len(text) % 4)
    try:
        found = base64.b64decode(padded.encode(), b"-_", validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != length:
        msg = f"{name}, expected {length} bytes in base64url"
        raise KeysRefused(msg)
    return found


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        subscription=row.subscription,
        shopper=row.shopper,
        endpoint=row.endpoint,
        p256dh=row.p256dh,
        auth=row.auth,
    )
