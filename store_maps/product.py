"""What stands on the shelves: `products.csv`."""

import csv
import io
from collections.abc import Iterator
from math import isfinite
from typing import Final

import msgspec

COLUMNS: Final = (
    "item",
    "name",
    "variant_of",
    "price",
    "stock",
    "stock_at",
    "category",
    "durable",
    "sensitive",
    "attributes",
    "zone",
    "x_m",
    "y_m",
    "level",
)


class ProductError(ValueError):
    """A products file that is refused: the line, what was found and what was expected."""

    def __init__(self, line: int, found: str, expected: str) -> None:
        super().__init__(f"line {line}: {found}; expected {expected}")


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """One product and its place; other columns of the file are left out."""

    item: str
    name: str
    variant_of: str | None = None
    price: float
    stock: int | None = None
    stock_at: str | None = None
    category: str
    durable: bool = False
    sensitive: bool = False
    attributes: tuple[str, ...] = ()
    zone: str
    x_m: float
    y_m: float
    level: str
    names: tuple[tuple[str, str], ...] = ()
    """None by language: simulated shoppers read the shelf."""


def read_products(text: str) -> tuple[Product, ...]:
    """The products of a CSV with FORMATS' columns; an empty field is the default.

    Raises:
        ProductError: with the first line that is wrong.
    """
    rows = csv.DictReader(io.StringIO(text))
    try:
        missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
        if missing:
            raise ProductError(1, f"no column {', '.join(missing)}", ", ".join(COLUMNS))
        return tuple(read_rows(rows))
    except csv.Error as error:
        raise ProductError(rows.line_num, str(error), "CSV") from None


def read_rows(rows: "csv.DictReader[str]") -> Iterator[Product]:
    """A product for each row."""
    for row in rows:
        fields: dict[str, object] = {key: row[key] for key in COLUMNS if row[key]}
        if "attributes" in fields:
            fields["attributes"] = tuple(row["attributes"].split(";"))
        try:
            product = msgspec.convert(fields, Product, strict=False)
        except msgspec.ValidationError as error:
            raise ProductError(rows.line_num, str(error), "a product") from None
        if not isfinite(product.x_m + product.y_m + product.price):
            raise ProductError(rows.line_num, "a number that is not finite", "metres and a price")
        yield product
