"""People who pass by: beacons, phones and headsets on nobody's list, and the traces of any."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from edge_agent.advertisement import APPLE_COMPANY, EDDYSTONE_SERVICE

# As short as the shortest of what is searched, a raw radio address.
KEY_BYTES = 6
SEPARATORS = b":-_. /"
# An identity as text is looked for by 16 of its hex digits, which nothing holds by chance.
TEXT_CHARACTERS = 16


class Stranger(NamedTuple):
    """One advertisement of nobody we know."""

    address: str
    name: str
    rssi_dbm: int
    manufacturer: dict[int, bytes]
    service: dict[str, bytes]
    secrets: tuple[bytes, ...]
    """What of it would tell who passed by."""


def strangers(rng: np.random.Generator, count: int) -> Iterator[Stranger]:
    """`count` of them, each another: every frame that we can read, and what we cannot."""
    for number in range(count):
        address = rng.bytes(6)
        secret = rng.bytes(20)
        yield Stranger(
            address=address.hex(":").upper(),
            name=f"Phone of {address.hex()}",
            rssi_dbm=int(rng.integers(-99, -30)),
            manufacturer=_MANUFACTURER[number % len(_MANUFACTURER)](secret),
            service=_SERVICE[number % len(_SERVICE)](secret),
            secrets=(address, address[::-1], secret),
        )


_MANUFACTURER: tuple[Callable[[bytes], dict[int, bytes]], ...] = (
    lambda secret: {APPLE_COMPANY: b"\x02\x15" + secret + b"\xc5"},
    lambda secret: {0x0118: b"\xbe\xac" + secret + b"\xc5\x00"},
    lambda secret: {APPLE_COMPANY: b"\x10\x05" + secret[:8]},
    lambda _: {},
    lambda _: {},
)
_SERVICE: tuple[Callable[[bytes], dict[str, bytes]], ...] = (
    lambda _: {},
    lambda _: {},
    lambda _: {},
    lambda secret: {EDDYSTONE_SERVICE: b"\x00\xe7" + secret[:16] + b"\x00\x00"},
    lambda secret: {EDDYSTONE_SERVICE: b"\x30\xe7" + secret[:8]},
)


def traces(everything: bytes, secrets: Iterable[bytes]) -> list[bytes]:
    """Which `secrets` stand in `everything`: raw, or as hex in any case with any separators."""
    plain = everything.lower().translate(None, SEPARATORS)
    known = list(secrets)
    texts = [secret.hex()[:TEXT_CHARACTERS].encode() for secret in known]
    return [*_found(everything, known), *_found(plain, texts)]


def _found(text: bytes, wanted: list[bytes]) -> list[bytes]:
    """The `wanted` that occur in `text`: by a key of their first bytes, then byte by byte."""
    keys = _keys(text)
    own = np.concatenate([_keys(one[:KEY_BYTES]) for one in wanted])
    places = np.flatnonzero(np.isin(keys, own))
    by_key: dict[bytes, list[bytes]] = {}
    for one in wanted:
        by_key.setdefault(one[:KEY_BYTES], []).append(one)
    return [
        one
        for place in places.tolist()
        for one in by_key.get(text[place : place + KEY_BYTES], [])
        if text.startswith(one, place)
    ]


def _keys(text: bytes) -> npt.NDArray[np.uint64]:
    """Each run of KEY_BYTES bytes as a number."""
    values = np.frombuffer(text, np.uint8).astype(np.uint64)
    count = max(len(values) - KEY_BYTES + 1, 0)
    keys = np.zeros(count, np.uint64)
    for place in range(KEY_BYTES):
        keys |= values[place : place + count] << np.uint64(8 * place)
    return keys
