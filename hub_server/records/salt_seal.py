"""Which salt the rows of a database were written with: a seal of 31 bits in the file's own header.

What another salt writes is found by nobody and tells nobody, so whoever writes beside the hub asks
here first. The seal says nothing of the salt: of a long one too many have the same.
"""

import hashlib
import hmac
from typing import Final

from sqlalchemy import text

from hub_server.database import Database

# SQLite keeps a signed number of 32 bits; 0 is a file that was never sealed.
BYTES: Final = 4
BITS: Final = 0x7FFF_FFFF


def put(database: Database, salt: bytes) -> None:
    """The hub runs with `salt` from now on."""
    seal = _seal(salt)
    if _found(database) != seal:
        with database.begin() as connection:
            connection.exec_driver_sql(f"PRAGMA application_id={seal}")


def fits(database: Database, salt: bytes) -> bool:
    """Whether what `salt` writes is found by the hub that ran last; True where none ever ran."""
    return _found(database) in {0, _seal(salt)}


def _found(database: Database) -> int:
    return int(database.read(text("PRAGMA application_id"))[0][0])


def _seal(salt: bytes) -> int:
    digest = hmac.new(salt, b"seal", hashlib.sha256).digest()
    return int.from_bytes(digest[:BYTES]) & BITS or 1
