"""One store as its hub serves it: settings, map, campaigns and products, read once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from hub_server import campaigns, settings
from hub_server.campaigns import Campaign
from hub_server.settings import Settings, SettingsError
from hub_server.till import categories_in
from store_maps import floor_map, map_check
from store_maps.floor_map import FloorMap

PRODUCTS: Final = "products.csv"


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """What does not change while the hub runs."""

    settings: Settings
    floor_map: FloorMap
    campaigns: tuple[Campaign, ...]
    categories: Mapping[str, str]
    """Item to category."""
    salt: bytes
    """Draws the holdout."""


def load(path: Path, environ: Mapping[str, str]) -> Store:
    """The store whose settings are in `path`.

    Raises:
        SettingsError, MapError, CampaignError, ProductsError: each says what to mend, and who.
    """
    loaded = settings.load(path)
    plan = read_map(loaded.map)
    if plan.store_id != loaded.store:
        msg = (
            f"settings {path}: store {loaded.store!r}, but the map {loaded.map} is of "
            f"{plan.store_id!r}; ops names the store's own map"
        )
        raise SettingsError(msg)
    if loaded.hours is not None and plan.timezone is None:
        msg = f"settings {path}: hours, but the map {loaded.map} names no time zone; ops adds one"
        raise SettingsError(msg)
    return Store(
        settings=loaded,
        floor_map=plan,
        campaigns=read_campaigns(loaded.campaigns, plan),
        categories=categories_in(_products(loaded)),
        salt=settings.salt(loaded, environ),
    )


def read_map(path: Path) -> FloorMap:
    """The floor map in `path`.

    Raises:
        SettingsError: it cannot be read.
        MapError: every problem in it.
    """
    try:
        return floor_map.load(path)
    except OSError as error:
        raise SettingsError(_unreadable("map", path, error)) from None


def map_lines(path: Path) -> tuple[tuple[str, ...], bool]:
    """What `map check` prints of the floor map in `path`, and whether it can be used.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        return map_check.check_text(path.read_bytes())
    except OSError as error:
        raise SettingsError(_unreadable("map", path, error)) from None


def read_campaigns(path: Path, plan: FloorMap) -> tuple[Campaign, ...]:
    """The campaigns in `path`.

    Raises:
        SettingsError: it cannot be read.
        CampaignError: every problem in it.
    """
    try:
        return campaigns.parse(path.read_bytes(), plan)
    except OSError as error:
        raise SettingsError(_unreadable("campaigns", path, error)) from None


def _products(loaded: Settings) -> Path | None:
    beside = loaded.map.with_name(PRODUCTS)
    if loaded.products is None and beside.is_file():
        return beside
    return loaded.products


def _unreadable(what: str, path: Path, error: OSError) -> str:
    return f"{what} {path}: {error.strerror}; ops gives the path of a readable file"
