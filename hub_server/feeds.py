"""What the world tells: weather, queues, stock. Each feed is read every 10 s, in its own thread.

A feed that is gone keeps its last readings, which grow old: what rests on them falls silent, and
nothing has to notice that it died.
"""

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

import msgspec

from hub_server import instants
from hub_server.decision.snapshot import Reading
from hub_server.goods.assortment import Assortment
from hub_server.settings import FeedFile

# Weather and queues change in minutes; reading a small file costs less than a millisecond.
REFRESH_S: Final = 10.0
# A feed is a handful of numbers, or the counts of a range: 1 MiB is 50,000 items.
BYTES_MAX: Final = 1_048_576
NUMBERS_MAX: Final = 100
# Whose clock runs ahead by more would be believed for so much longer, and a wrong year for ever.
AHEAD_S: Final = 300.0


class FeedError(ValueError):
    """A feed that cannot be read; the text says why and what was expected."""


class Readings(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed says, and as of when."""

    at_s: float
    numbers: dict[str, float] = {}
    stock: dict[str, int] = {}


class Feed(Protocol):
    """A source of readings."""

    name: str
    max_age_s: float

    def read(self) -> Readings:
        """What it says now; may take its time.

        Raises:
            FeedError: it says nothing that can be used.
        """
        ...


class FileFeed:
    """A JSON file: {"at": RFC 3339, numbers by name, "stock": {item: count}}."""

    def __init__(self, name: str, source: FeedFile) -> None:
        self.name = name
        self.max_age_s = source.max_age_s
        self._path = source.path

    def read(self) -> Readings:
        """What the file says.

        Raises:
            FeedError: unreadable, or not as documented.
        """
        try:
            document = msgspec.json.decode(_bytes(self._path), type=dict[str, object])
        except OSError as error:
            raise FeedError(self._fault(error.strerror or "unreadable")) from None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise FeedError(self._fault(str(error))) from None
        try:
            at_s = _moment(document.pop("at", None))
            stock = msgspec.convert(document.pop("stock", {}), dict[str, int])
            numbers = {k: float(one) for k, one in document.items() if isinstance(one, int | float)}
        except (ValueError, OverflowError) as error:
            raise FeedError(self._fault(str(error))) from None
        return Readings(at_s=at_s, numbers=dict(list(numbers.items())[:NUMBERS_MAX]), stock=stock)

    def _fault(self, fault: str) -> str:
        expected = 'expected JSON with "at" (RFC 3339) and numbers'
        return f"{self._path}: {fault}; {expected}; ops looks at what writes it"


class Feeds:
    """The feeds of one store; a feed's stock goes into the assortment."""

    def __init__(self, feeds: Sequence[Feed], assortment: Assortment) -> None:
        self._feeds = {feed.name: feed for feed in feeds}
        self._assortment = assortment
        self._known: dict[str, Readings] = {}
        self._faults: dict[str, str] = {}
        self._inbox: dict[str, Readings | str] = {}
        self._readers: dict[str, threading.Thread] = {}
        self._asked_s = float("-inf")
        self._now_s = 0.0
        self.version = 0
        """Grows with everything that was read."""

    @classmethod
    def of_files(cls, files: Mapping[str, FeedFile], assortment: Assortment) -> "Feeds":
        """The feeds that the settings name."""
        return cls([FileFeed(name, one) for name, one in files.items()], assortment)

    def step(self, now_s: float) -> None:
        """Take what was read, and every 10 s have each feed read anew; never waits."""
        self._now_s = now_s
        self.take()
        if abs(now_s - self._asked_s) < REFRESH_S:
            return
        self._asked_s = now_s
        for name, feed in self._feeds.items():
            reader = self._readers.get(name)
            if reader is None or not reader.is_alive():
                self._readers[name] = threading.Thread(
                    target=self._read, args=(feed,), name=f"feed {name}", daemon=True
                )
                self._readers[name].start()

    def take(self) -> None:
        """Take what the readers have put down."""
        for name in list(self._inbox):
            found = self._inbox.pop(name)
            self.version += 1
            if not isinstance(found, str) and found.at_s > self._now_s + AHEAD_S:
                found = "its time lies ahead of ours; ops sets the clock of what writes it"
            if isinstance(found, str):
                self._faults[name] = found
                continue
            self._faults.pop(name, None)
            self._known[name] = found
            if found.stock:
                self._assortment.restock(found.stock, found.at_s)

    def wait(self) -> None:
        """Until every reader is done, and take what they found."""
        for reader in self._readers.values():
            reader.join()
        self.take()

    def readings(self, now_s: float) -> tuple[Reading, ...]:
        """Every number, with its age."""
        return tuple(
            Reading(
                name=f"{name}.{key}",
                value=value,
                age_s=max(now_s - found.at_s, 0.0),
                max_age_s=self._feeds[name].max_age_s,
            )
            for name, found in sorted(self._known.items())
            for key, value in sorted(found.numbers.items())
        )

    def sentences(self, now_s: float) -> list[str]:
        """What is wrong with each feed, for the alarms."""
        found = []
        for name, feed in self._feeds.items():
            known = self._known.get(name)
            if known is None or now_s - known.at_s > feed.max_age_s:
                age = "never read" if known is None else f"{round(now_s - known.at_s)} s old"
                fault = self._faults.get(name, "expected it newer; ops looks at what writes it")
                found.append(f"feed {name} is {age}, its rules are silent: {fault}")
            elif name in self._faults:
                found.append(f"feed {name}: {self._faults[name]}; what it said before still counts")
        return found

    def _read(self, feed: Feed) -> None:
        try:
            self._inbox[feed.name] = feed.read()
        except FeedError as error:
            self._inbox[feed.name] = str(error)


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        data = file.read(BYTES_MAX + 1)
    if len(data) > BYTES_MAX:
        msg = f"over {BYTES_MAX} bytes"
        raise msgspec.DecodeError(msg)
    return data


def _moment(value: object) -> float:
    at_s = instants.unix_s(str(value))
    if at_s is None:
        msg = f"at is {value!r}"
        raise ValueError(msg)
    return at_s
