"""The retailer's products.csv (FORMATS): each line checked, the first fault named with its line."""

import csv
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Final

import msgspec

from hub_server import instants
from store_maps.naming import NAME_KEY, Names, name_in

# Of what lasts, nobody needs a second within a year, unless the file says how long (FEATURES 24).
HORIZON_DAYS: Final = 365.0
COLUMNS_NEEDED: Final = ("item", "category")
# Far above a hypermarket's range; a file beyond it is another file.
PRODUCTS_MAX: Final = 200_000
ID_CHARS_MAX: Final = 64
TEXT_CHARS_MAX: Final = 200
YES: Final = frozenset({"true", "1", "yes"})
NO: Final = frozenset({"false", "0", "no", ""})


class ProductsError(ValueError):
    """A products file that cannot be used; the text names file, line, value, and who acts."""


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """One product of the store; None: the file does not say."""

    item: str
    name: str
    variant_of: str | None = None
    """The item that this is another size, make or flavour of."""
    price: float | None = None
    stock: int | None = None
    stock_at_s: float | None = None
    """When `stock` was counted."""
    category: str = ""
    durable: bool = False
    """Lasts: who has one needs no other within `horizon_days`."""
    sensitive: bool = False
    attributes: tuple[str, ...] = ()
    zone: str | None = None
    x_m: float | None = None
    y_m: float | None = None
    level: str | None = None
    horizon_days: float = HORIZON_DAYS
    warranty: str = ""
    """What the shelf's page says of warranty and returns, in the retailer's words."""
    names: Names = ()
    """Language and the name in it, where the file has one."""
    words: tuple[str, ...] = ()
    """What else people call it, in any language."""

    def name_in(self, language: str) -> str:
        """The name for who reads `language`, else the shelf's."""
        return name_in(self.names, language, self.name)


def read(path: Path) -> tuple[Product, ...]:
    """The products in `path`.

    Raises:
        ProductsError: unreadable, or the first line that is wrong.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _parsed(path, csv.DictReader(file, strict=True))
    except OSError as error:
        raise ProductsError(_fault(path, error.strerror or "unreadable", "a file")) from None
    except UnicodeDecodeError as error:
        raise ProductsError(_fault(path, f"byte {error.start} is no UTF-8", "UTF-8")) from None


def _parsed(path: Path, rows: "csv.DictReader[str]") -> tuple[Product, ...]:
    try:
        missing = [name for name in COLUMNS_NEEDED if name not in (rows.fieldnames or ())]
        if missing:
            fault = f"no column {', '.join(missing)}"
            raise ProductsError(_fault(path, fault, "CSV with item and category"))
        return tuple(_products(path, rows))
    except csv.Error as error:
        raise ProductsError(_fault(path, f"line {rows.line_num}: {error}", "CSV")) from None


def _products(path: Path, rows: "csv.DictReader[str]") -> Iterator[Product]:
    lines: dict[str, int] = {}
    for row in rows:
        try:
            product = _product(row)
            _refuse_second(product.item, rows.line_num, lines)
        except _Wrong as wrong:
            fault = f"line {rows.line_num}: {wrong.column} is {wrong.value!r}"
            raise ProductsError(_fault(path, fault, wrong.expected)) from None
        yield product


def _refuse_second(item: str, line: int, lines: dict[str, int]) -> None:
    before = lines.setdefault(item, line)
    if before != line:
        raise _Wrong(item, "item", f"each once; line {before} has it too")
    if len(lines) > PRODUCTS_MAX:
        raise _Wrong(item, "item", f"at most {PRODUCTS_MAX} products")


class _Wrong(Exception):  # noqa: N818 - told to the one caller, who names the line
    def __init__(self, value: str, column: str, expected: str) -> None:
        super().__init__(column)
        self.column = column
        self.value = value
        self.expected = expected


def _product(row: Mapping[str, str | None]) -> Product:
    cells = {key: (row.get(key) or "").strip() for key in Product.__struct_fields__}
    cells["stock_at"] = (row.get("stock_at") or "").strip()
    item = _name(cells, "item", ID_CHARS_MAX)
    if not item:
        raise _Wrong(item, "item", "an item's id")
    horizon_days = _number(cells, "horizon_days")
    return Product(
        item=item,
        name=_name(cells, "name", TEXT_CHARS_MAX) or item,
        variant_of=_name(cells, "variant_of", ID_CHARS_MAX) or None,
        price=_number(cells, "price"),
        stock=_stock(cells),
        stock_at_s=_moment(cells),
        category=_name(cells, "category", ID_CHARS_MAX),
        durable=_is_so(cells, "durable"),
        sensitive=_is_so(cells, "sensitive"),
        attributes=tuple(one.strip() for one in cells["attributes"].split(";") if one.strip()),
        zone=_name(cells, "zone", ID_CHARS_MAX) or None,
        x_m=_number(cells, "x_m", lowest=None),
        y_m=_number(cells, "y_m", lowest=None),
        level=_name(cells, "level", ID_CHARS_MAX) or None,
        horizon_days=HORIZON_DAYS if horizon_days is None else horizon_days,
        warranty=_name(cells, "warranty", TEXT_CHARS_MAX),
        names=_names(row),
        words=tuple(one.strip() for one in cells["words"].split(";") if one.strip()),
    )


def _names(row: Mapping[str, str | None]) -> Names:
    # Cells beyond the header's stand under None.
    matches = [found for column in row if column and (found := NAME_KEY.fullmatch(column))]
    cells = {found[0]: (row.get(found[0]) or "").strip() for found in matches}
    named = [(found[1], _name(cells, found[0], TEXT_CHARS_MAX)) for found in matches]
    return tuple((language, name) for language, name in named if name)


def _name(cells: Mapping[str, str], column: str, chars_max: int) -> str:
    value = cells[column]
    if len(value) > chars_max or not value.isprintable():
        raise _Wrong(value[:chars_max], column, f"at most {chars_max} printable characters")
    return value


def _number(cells: Mapping[str, str], column: str, lowest: float | None = 0.0) -> float | None:
    value = cells[column]
    if not value:
        return None
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not isfinite(number) or (lowest is not None and number < lowest):
        expected = "a number" if lowest is None else f"a number from {lowest:g}"
        raise _Wrong(value, column, expected)
    return number


def _stock(cells: Mapping[str, str]) -> int | None:
    # Tills book faster than shelves are counted: below nothing there is nothing.
    number = _number(cells, "stock", lowest=None)
    return None if number is None else max(int(number), 0)


def _is_so(cells: Mapping[str, str], column: str) -> bool:
    value = cells[column].lower()
    if value not in YES | NO:
        raise _Wrong(value, column, "true or false")
    return value in YES


def _moment(cells: Mapping[str, str]) -> float | None:
    value = cells["stock_at"]
    if not value:
        return None
    at_s = instants.unix_s(value)
    if at_s is None:
        raise _Wrong(value, "stock_at", instants.EXPECTED)
    return at_s


def _fault(path: Path, fault: str, expected: str) -> str:
    return f"products {path}: {fault}; expected {expected}; ops mends the file"
