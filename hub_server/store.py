"""One store as its hub serves it: settings, map, campaigns and products, read once."""

from collections.abc import Mapping
from datetime import UTC, tzinfo
from functools import cached_property
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from hub_server import campaigns, settings
from hub_server.campaigns import Campaign
from hub_server.event import service_plans
from hub_server.event.service_plans import Plan
from hub_server.goods import products
from hub_server.goods.assortment import Assortment
from hub_server.goods.products import Product
from hub_server.settings import Settings, SettingsError
from store_maps import floor_map, map_check
from store_maps.floor_map import FloorMap, MapError, Problem
from store_maps.problem import AUTHOR, shown

PRODUCTS: Final = "products.csv"


class Store(msgspec.Struct, frozen=True, kw_only=True):
    """What does not change while the hub runs."""

    settings: Settings
    floor_map: FloorMap
    campaigns: tuple[Campaign, ...]
    assortment: Assortment
    """What is sold here; a newer file is taken up while the hub runs."""
    plans: tuple[Plan, ...] = ()
    """When what was bought is due for service."""
    salt: bytes
    """Draws the holdout."""

    @property
    def timezone(self) -> tzinfo:
        """In which its days begin and end; UTC where the map names no time zone."""
        named = self.floor_map.timezone
        return ZoneInfo(named) if named else UTC


class Parts:
    """What the settings in `path` name, read one by one, so that `check` may name every fault."""

    def __init__(self, path: Path, loaded: Settings) -> None:
        self._path = path
        self._settings = loaded
        self.salt = b""
        """Marks the gifts among what campaigns name."""

    @cached_property
    def floor_map(self) -> FloorMap:
        """The store's own map.

        Raises:
            SettingsError: unreadable, refused, of another store, or hours without a time zone.
        """
        loaded = self._settings
        plan = read_map(loaded.map)
        if plan.store_id != loaded.store:
            msg = (
                f"settings {self._path}: store {loaded.store!r}, but the map {loaded.map} is of "
                f"{plan.store_id!r}; ops names the store's own map"
            )
            raise SettingsError(msg)
        hours = "quiet hours" if loaded.limits.quiet_from else "hours" if loaded.hours else None
        if hours is not None and plan.timezone is None:
            msg = (
                f"settings {self._path}: {hours}, but the map {loaded.map} names no time zone; "
                "the map's author adds `timezone`, or ops leaves the hours out"
            )
            raise SettingsError(msg)
        return plan

    @cached_property
    def campaigns(self) -> tuple[Campaign, ...]:
        """What may be said.

        Raises:
            SettingsError, CampaignError, ProductsError: of map, products, or campaigns.
        """
        sold = {one.item: one for one in self.products}
        read = read_campaigns(self._settings.campaigns, self.floor_map, sold, self.salt)
        return tuple(msgspec.structs.replace(one, currency=self._settings.currency) for one in read)

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """What is sold here; nothing without a file.

        Raises:
            SettingsError, ProductsError: no file, or not as documented.
        """
        path = products_path(self._settings)
        if path is None:
            return ()
        _refuse_endless("products", path)
        return products.read(path)

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """The service plans; none without a file.

        Raises:
            SettingsError, PlanError: no file, or not as documented.
        """
        path = self._settings.service_plans
        if path is None:
            return ()
        _refuse_endless("service plans", path)
        return service_plans.read(path)


def load(path: Path, environ: Mapping[str, str]) -> Store:
    """The store whose settings are in `path`.

    Raises:
        SettingsError, CampaignError, ProductsError, PlanError: each says what to mend, and who.
    """
    loaded = settings.load(path)
    parts = Parts(path, loaded)
    plan = parts.floor_map
    parts.salt = settings.salt(loaded, environ)
    return Store(
        settings=loaded,
        floor_map=plan,
        campaigns=parts.campaigns,
        assortment=Assortment(parts.products, loaded.stock_max_age_s),
        plans=parts.plans,
        salt=parts.salt,
    )


def read_map(path: Path) -> FloorMap:
    """The floor map in `path`.

    Raises:
        SettingsError: it cannot be read, or every problem in it.
    """
    try:
        plan = floor_map.load(path)
        _refuse_strange_time(plan)
    except OSError as error:
        raise SettingsError(_unreadable("map", path, error)) from None
    except MapError as error:
        lines = [f"map {path}: {problem}" for problem in error.problems]
        raise SettingsError("\n".join(lines)) from None
    return plan


def map_lines(path: Path) -> tuple[tuple[str, ...], bool]:
    """What `map check` prints of the floor map in `path`, and whether it can be used.

    Raises:
        SettingsError: it cannot be read.
    """
    try:
        data = floor_map.read(path)
        _refuse_strange_time(floor_map.parse(data))
    except OSError as error:
        raise SettingsError(_unreadable("map", path, error)) from None
    except MapError as error:
        return tuple(str(problem) for problem in error.problems), False
    return map_check.check_text(data)


def _refuse_strange_time(plan: FloorMap) -> None:
    """Refuse a time zone that only looks like one.

    Here and not with the map's other rules: which zones there are is read from this machine's
    files, and a Pi, which has no use for local time, may lack them.
    """
    if plan.timezone is None:
        return
    try:
        ZoneInfo(plan.timezone)
    except (KeyError, ValueError, OSError):
        value = f"timezone is {shown(plan.timezone)}"
        raise MapError([Problem(None, value, "an IANA time zone's name", AUTHOR)]) from None


def read_campaigns(
    path: Path, plan: FloorMap, sold: Mapping[str, Product] | None = None, salt: bytes = b""
) -> tuple[Campaign, ...]:
    """The campaigns in `path`, about what is sold; `salt` marks the gifts among it.

    Raises:
        SettingsError: it cannot be read.
        CampaignError: every problem in it.
    """
    _refuse_endless("campaigns", path)
    try:
        return campaigns.parse(path.read_bytes(), plan, sold, salt)
    except OSError as error:
        raise SettingsError(_unreadable("campaigns", path, error)) from None


def products_path(loaded: Settings) -> Path | None:
    """Where the products lie; None: there are none."""
    beside = loaded.map.with_name(PRODUCTS)
    if loaded.products is None and beside.is_file():
        return beside
    return loaded.products


def _refuse_endless(what: str, path: Path) -> None:
    """A pipe or a device might never end."""
    try:
        is_endless = path.exists() and not path.is_file()
    except OSError as error:
        raise SettingsError(_unreadable(what, path, error)) from None
    if is_endless:
        msg = f"{what} {path}: no regular file; ops gives the path of a file"
        raise SettingsError(msg)


def _unreadable(what: str, path: Path, error: OSError) -> str:
    return f"{what} {path}: {error.strerror}; ops gives the path of a readable file"
