"""A newer products.csv is taken up while the hub runs; a broken one is told, and the old stays."""

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from hub_server.goods.assortment import Assortment, Range
from hub_server.goods.products import Product, ProductsError, read

LOG: Final = logging.getLogger(__name__)

# Prices and stock change a few times a day; a look costs some microseconds.
LOOK_S: Final = 60.0

Stamp = tuple[int, int]
Swap = Callable[[], None]


class Found(NamedTuple):
    """Newer products, and what puts in place all that was worked out from them."""

    sold: Range
    swaps: list[Swap]


class ProductsWatch:
    """Looks at one file each minute; reading it, in a thread of its own, holds nobody up."""

    def __init__(self, path: Path | None, assortment: Assortment) -> None:
        self._path = path
        self._assortment = assortment
        self._seen = _stamp(path)
        self._looked_s = float("-inf")
        self._reader: threading.Thread | None = None
        self._found: Found | str = ""
        self._fault: str | None = None
        self.on_new: list[Callable[[Mapping[str, Product]], Swap]] = []
        """Asked in the reader's thread what follows from newer products; what they return puts it
        in place, in the hub's own thread and at once, as soon as the products are sold."""

    def step(self, now_s: float) -> None:
        """Look whether the file is another, and take up what was read; never waits."""
        self.take()
        if self._path is None or abs(now_s - self._looked_s) < LOOK_S:
            return
        self._looked_s = now_s
        stamp = _stamp(self._path)
        if stamp == self._seen or self._reader is not None:
            return
        self._seen = stamp
        self._reader = threading.Thread(
            target=self._read, args=(self._path,), name="products", daemon=True
        )
        self._reader.start()

    def take(self) -> None:
        """Sell what the reader has found."""
        if self._reader is None or self._reader.is_alive():
            return
        self._reader = None
        if isinstance(self._found, str):
            self._fault = self._found
            return
        self._assortment.put(self._found.sold)
        self._fault = None
        for swap in self._found.swaps:
            swap()

    def wait(self) -> None:
        """Until the reader is done, and take what it found."""
        if self._reader is not None:
            self._reader.join()
        self.take()

    def sentences(self) -> list[str]:
        """What is wrong with the file, for the alarms."""
        return [] if self._fault is None else [f"{self._fault}; the products of before stay"]

    def _read(self, path: Path) -> None:
        try:
            sold = Range(read(path))
            self._found = Found(sold, [worked_out(sold.products) for worked_out in self.on_new])
        except ProductsError as error:
            self._found = str(error)
        except Exception as error:
            LOG.exception("newer products could not be prepared")
            self._found = f"products {path}: {type(error).__name__}; our fault, see the log"


def _stamp(path: Path | None) -> Stamp | None:
    """When the file was written and how long it is; None: it is not there."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return None if found is None else (found.st_mtime_ns, found.st_size)
