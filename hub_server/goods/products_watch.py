"""A newer products.csv is taken up while the hub runs; a broken one is told, and the old stays."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hub_server.goods.assortment import Assortment, Range
from hub_server.goods.products import ProductsError, read

# Prices and stock change a few times a day; a look costs some microseconds.
LOOK_S: Final = 60.0

Stamp = tuple[int, int]


class ProductsWatch:
    """Looks at one file each minute; reading it, in a thread of its own, holds nobody up."""

    def __init__(self, path: Path | None, assortment: Assortment) -> None:
        self._path = path
        self._assortment = assortment
        self._seen = _stamp(path)
        self._looked_s = float("-inf")
        self._reader: threading.Thread | None = None
        self._found: Range | str | None = None
        self._fault: str | None = None
        self.on_new: list[Callable[[], None]] = []
        """Told once newer products are sold."""

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
        if isinstance(self._found, Range):
            self._assortment.put(self._found)
            self._fault = None
            for told in self.on_new:
                told()
        else:
            self._fault = self._found

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
            self._found = Range(read(path))
        except ProductsError as error:
            self._found = str(error)


def _stamp(path: Path | None) -> Stamp | None:
    """When the file was written and how long it is; None: it is not there."""
    try:
        found = path.stat() if path is not None else None
    except OSError:
        return None
    return None if found is None else (found.st_mtime_ns, found.st_size)
