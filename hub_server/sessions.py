"""Logins of managers and tokens of tills: passwords by scrypt, tokens only as their sha256."""

import base64
import functools
import hashlib
import hmac
import secrets
from typing import Final

import msgspec
from sqlalchemy import delete, insert, select

from edge_agent.messages import Id
from hub_server.database import Database
from hub_server.records.tables import SESSIONS, SOURCES, USERS
from hub_server.throttle import Throttle

# OWASP's scrypt advice (2024): n = 2^15, r = 8, p = 3 or 2^17, 8, 1; one of ours takes 80 ms and
# 32 MB, which a Pi can spare, and the throttle below carries the rest.
SCRYPT_N: Final = 2**15
SCRYPT_R: Final = 8
SCRYPT_P: Final = 1
SCRYPT_BYTES_MAX: Final = 64 * 1024 * 1024
PASSWORD_CHARS_MIN: Final = 10
SESSION_MS: Final = 12 * 3_600_000
TOKEN_BYTES: Final = 32
# Wrong guesses a minute from one address: five for one name, thirty for all (a retailer's managers
# may share an address). From 120 of everybody's on it is one a second, since each costs 80 ms of
# the loop; a password of ten letters outlives us all the same.
TRIES_A_NAME: Final = 5
TRIES_AN_ADDRESS: Final = 30
TRIES_OF_ALL: Final = 120
SLOW_MS: Final = 1_000


class LoginError(ValueError):
    """A user or source that cannot be added; the text says what was expected."""


def digest(token: str) -> bytes:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).digest()


@functools.cache
def _nobody() -> str:
    """What a name that nobody has is compared with, so that it takes as long as any other."""
    return scrypt(secrets.token_urlsafe(), secrets.token_bytes(16))


class Logins:
    """Users, their sessions, and the tokens of event sources."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.throttle: Final = Throttle(TRIES_AN_ADDRESS, TRIES_OF_ALL, SLOW_MS, TRIES_A_NAME)

    def add_user(self, user: str, password: str, now_ms: int) -> None:
        """Add `user`, or give them a new password; their sessions end.

        Raises:
            LoginError: an empty name, a short password, or one of them no UTF-8.
        """
        for what, given in (("name", user), ("password", password)):
            if not _is_utf8(given):
                msg = f"user {user!a}: the {what} is no UTF-8, expected text; type it in UTF-8"
                raise LoginError(msg)
        if not user or len(password) < PASSWORD_CHARS_MIN:
            msg = (
                f"user {user!r}: a password of {len(password)} characters, expected a name and "
                f"at least {PASSWORD_CHARS_MIN}; choose a longer one"
            )
            raise LoginError(msg)
        hashed = scrypt(password, secrets.token_bytes(16))
        self._database.write(
            delete(SESSIONS).where(SESSIONS.c.user == user),
            delete(USERS).where(USERS.c.user == user),
            insert(USERS).values(user=user, password=hashed, created_ms=now_ms),
        )

    def login(self, user: str, password: str, now_ms: int, client: str = "") -> str | None:
        """A session token, or None when name or password is wrong.

        Takes as long for a name that does not exist.

        Raises:
            Refused: 429, too many failures from this address, or from everywhere.
        """
        self.throttle.check(client, now_ms, user)
        nobody = _nobody()
        found = self._database.read(
            select(USERS.c.password).where(USERS.c.user == (user if _is_utf8(user) else ""))
        )
        known = str(found[0][0]) if found else nobody
        if not matches(password, known) or not found:
            self.throttle.failed(client, now_ms, user)
            return None
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._database.write(
            insert(SESSIONS).values(
                token_sha256=digest(token), user=user, expires_ms=now_ms + SESSION_MS
            )
        )
        return token

    def user(self, token: str, now_ms: int) -> str | None:
        """Whose session `token` is."""
        found = self._database.read(
            select(SESSIONS.c.user).where(
                SESSIONS.c.token_sha256 == digest(token), SESSIONS.c.expires_ms > now_ms
            )
        )
        return str(found[0][0]) if found else None

    def logout(self, token: str) -> None:
        """End the session."""
        self._database.write(delete(SESSIONS).where(SESSIONS.c.token_sha256 == digest(token)))

    def add_source(self, source: str, now_ms: int) -> str:
        """A bearer token for `source`, returned once; a former one of that name ends.

        Raises:
            LoginError: the name is empty or no name.
        """
        if not is_id(source):
            msg = (
                f"source {source!a}: expected a name of at most 64 letters, digits, . _ -; "
                "give the till or service one"
            )
            raise LoginError(msg)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._database.write(
            delete(SOURCES).where(SOURCES.c.source == source),
            insert(SOURCES).values(source=source, token_sha256=digest(token), created_ms=now_ms),
        )
        return token

    def source(self, bearer: str) -> str | None:
        """Which source's token `bearer` is."""
        found = self._database.read(
            select(SOURCES.c.source).where(SOURCES.c.token_sha256 == digest(bearer))
        )
        return str(found[0][0]) if found else None

    def expire(self, now_ms: int) -> None:
        """Remove sessions that are over."""
        self._database.write(delete(SESSIONS).where(SESSIONS.c.expires_ms <= now_ms))

    def users_count(self) -> int:
        """How many may log in."""
        return len(self._database.read(select(USERS.c.user)))


class _Hashed(msgspec.Struct, frozen=True):
    n: int
    r: int
    p: int
    salt: bytes
    key: bytes


def scrypt(password: str, salt: bytes) -> str:
    """The password's hash with everything that is needed to check it."""
    key = _key(password, salt, (SCRYPT_N, SCRYPT_R, SCRYPT_P))
    return msgspec.json.encode(_Hashed(SCRYPT_N, SCRYPT_R, SCRYPT_P, salt, key)).decode()


def matches(password: str, hashed: str) -> bool:
    """Whether `hashed` was made from `password`."""
    known = msgspec.json.decode(hashed, type=_Hashed)
    key = _key(password, known.salt, (known.n, known.r, known.p))
    return hmac.compare_digest(key, known.key)


def random_id() -> str:
    """A topic-safe random name of 128 bits."""
    return base64.b32encode(secrets.token_bytes(16)).decode().rstrip("=").lower()


def is_id(name: str) -> bool:
    """Whether `name` may stand in topics and tables: letters, digits and . _ - only."""
    try:
        msgspec.convert(name, Id)
    except (msgspec.ValidationError, UnicodeEncodeError):
        return False
    # The pattern's $ lets one line end pass.
    return name.isprintable()


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _key(password: str, salt: bytes, cost: tuple[int, int, int]) -> bytes:
    n, r, p = cost
    return hashlib.scrypt(
        password.encode(errors="surrogatepass"),
        salt=salt,
        n=n,
        r=r,
        p=p,
        maxmem=SCRYPT_BYTES_MAX,
        dklen=32,
    )
