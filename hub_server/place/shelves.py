"""Where one stands to take each product of the store."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product
from hub_server.place.routes import Point, Routes

# Of a newer file's places so many are worked out a second: 10 ms, and 10,000 within a minute.
SPOTS_A_STEP: Final = 200

Spot = tuple[float | None, float | None, str | None, str | None]


class Shelves:
    """The places of an assortment on the ways of a store; a newer file counts at once."""

    def __init__(self, routes: Routes, assortment: Assortment) -> None:
        self.routes = routes
        self.assortment = assortment
        self._cells: dict[Spot, int] = {}
        self._placed: list[Product] = []
        self._placed_at = np.empty(0, np.int64)
        self._laid: Mapping[str, Product] | None = None
        self._seen: Mapping[str, Product] | None = None
        self._left: Iterator[Product] = iter(())

    def step(self) -> None:
        """Once a second: work out a few places of a newer file before somebody asks for all."""
        if self._seen is not self.assortment.products:
            self._seen = self.assortment.products
            self._left = iter(self._seen.values())
            if len(self._cells) > 2 * len(self._seen):
                self._cells = {}
        for product in islice(self._left, SPOTS_A_STEP):
            self._cell(product)

    def cell(self, item: str | None) -> int:
        """The cell before an item's place, else in its zone; -1 where nobody knows."""
        product = self.assortment.product(item) if item else None
        return -1 if product is None else self._cell(product)

    def metres(self, item: str | None, start: int) -> float | None:
        """On foot from a cell to an item; None where one of the two is not known."""
        cell = self.cell(item)
        if cell < 0 or start < 0:
            return None
        return float(self.routes.field(cell)[start])

    def within(self, field_m: NDArray[np.float64], most_m: float) -> list[tuple[Product, float]]:
        """Each product whose shelf is so near, with its metres.

        Args:
            field_m: (cells,) metres from where somebody is.
            most_m: how far at most.
        """
        if self._laid is not self.assortment.products:
            self._lay(self.assortment.products)
        metres = field_m[self._placed_at]
        near = np.flatnonzero(metres <= most_m).tolist()
        return [(self._placed[at], float(metres[at])) for at in near]

    def _lay(self, products: Mapping[str, Product]) -> None:
        """Where all of them stand, until a newer file is sold."""
        cells = [(one, self._cell(one)) for one in products.values()]
        placed = [(one, cell) for one, cell in cells if cell >= 0]
        self._placed = [one for one, _ in placed]
        self._placed_at = np.array([cell for _, cell in placed], np.int64)
        self._laid = products

    def _cell(self, product: Product) -> int:
        spot = (product.x_m, product.y_m, product.level, product.zone)
        if spot not in self._cells:
            self._cells[spot] = self._found(*spot)
        return self._cells[spot]

    def _found(
        self, x_m: float | None, y_m: float | None, level: str | None, zone: str | None
    ) -> int:
        if x_m is not None and y_m is not None and level is not None:
            return self.routes.stand(Point(x_m, y_m, level), zone)
        return -1 if zone is None else self.routes.middle(zone)
