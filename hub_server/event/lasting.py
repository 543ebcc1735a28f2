"""What lasts, as it was when somebody bought it: so it is still known when it is sold no more."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import insert, select
from sqlalchemy.sql import Executable

from hub_server.database import Database
from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product
from hub_server.records.shopper_tables import LASTING

# SQLite takes 32,766 values in one statement.
ITEMS_A_PART: Final = 1_000


class Lasting:
    """What lasts of all that was ever bought in one store, by nobody in particular."""

    def __init__(self, database: Database, sold: Assortment) -> None:
        self._database = database
        self._sold = sold

    def noted(self, items: Iterable[str]) -> list[Executable]:
        """These are bought: keep what products.csv says now of each that lasts."""
        found = (self._sold.product(item) for item in sorted(set(items)))
        return [
            insert(LASTING)
            .prefix_with("OR REPLACE")
            .values(
                item=one.item,
                category=one.category,
                horizon_days=one.horizon_days,
                sensitive=one.sensitive,
            )
            for one in found
            if one is not None and one.durable
        ]

    def recall(self, items: Iterable[str]) -> None:
        """Let the assortment know those of `items` that it sells no more."""
        gone = sorted({item for item in items if self._sold.product(item) is None})
        for start in range(0, len(gone), ITEMS_A_PART):
            part = LASTING.c.item.in_(gone[start : start + ITEMS_A_PART])
            self._sold.remember(
                Product(
                    item=row.item,
                    name=row.item,
                    category=row.category,
                    durable=True,
                    horizon_days=row.horizon_days,
                    sensitive=row.sensitive,
                )
                for row in self._database.read(select(LASTING).where(part))
            )
