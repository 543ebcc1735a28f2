"""The demo store: a corner market of 30 x 20 m, drawn for this project."""

from pathlib import Path

from store_maps import floor_map
from store_maps.product import Product, read_products


def path() -> Path:
    """Where its map lies."""
    return Path(__file__).parent / "map.geojson"


def products_path() -> Path:
    """Where its products lie, as FORMATS' `products.csv`."""
    return Path(__file__).parent / "products.csv"


def load() -> floor_map.FloorMap:
    """Its map."""
    return floor_map.load(path())


def products() -> tuple[Product, ...]:
    """What stands on its shelves."""
    return read_products(products_path().read_text(encoding="utf-8"))
