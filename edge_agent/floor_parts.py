"""The parts of an agent that know the floor map. Only agents that need it load this module."""

from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from edge_agent.anchor_health import AnchorHealth
from edge_agent.exit import Exit, Stop
from edge_agent.ladder import Ladder
from edge_agent.locator import Locator
from edge_agent.recording import RecordingSource
from edge_agent.refusals import refusals
from edge_agent.settings import Locate, Recording, Settings, Simulated
from edge_agent.simulated_radio import OnTill, SimulatedSource, SimulationSettings
from edge_agent.stays import STAY_LAG_S, StayTracker
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap, load
from store_maps.problem import MapError
from store_maps.product import Product, ProductError, read_products
from store_maps.shoppers import Crowd

Admit = Callable[[str], str | None]


def floor_map(settings: Settings) -> FloorMap:
    """The map that `settings` name, if its store and places are those of the settings.

    Raises:
        Stop: no map, a map that is refused, of another store, or without a place that `settings`
            name.
    """
    path = Path(settings.map or "")
    try:
        store = load(path)
    except OSError as error:
        msg = f"map {path}: cannot be read: {error.strerror}; ops: mend the setting `map`"
        raise Stop(Exit.MAP, msg) from None
    except MapError as error:
        msg = f"map {path}:\n{error}"
        raise Stop(Exit.MAP, msg) from None
    if store.store_id != settings.store:
        msg = f"map {path} is of {store.store_id!r}, expected {settings.store!r}; ops: mend `store`"
        raise Stop(Exit.MAP, msg)
    _refuse_strange_places(settings, store)
    return store


def _refuse_strange_places(settings: Settings, store: FloorMap) -> None:
    """Stop on the first place in `settings` that the map has not."""
    source = settings.source
    zones = source.lead_zones if isinstance(source, Simulated) else ()
    own = () if settings.anchor is None else (settings.anchor,)
    named = [
        ("anchor", own, [anchor.id for anchor in store.anchors]),
        ("source.lead_zones", zones, [zone.id for zone in store.zones]),
    ]
    for key, wanted, known in named:
        for name in wanted:
            if name not in known:
                has = ", ".join(known) or "none"
                msg = f"{key} = {name!r}: the map has {has}; ops: mend `{key}` or the map"
                raise Stop(Exit.MAP, msg)


def beacons(store: FloorMap) -> Mapping[str, str]:
    """Identity -> feature id of the map's beacons, which a cart hears.

    Raises:
        Stop: the map has none.
    """
    if not store.beacons:
        msg = f"the map of {store.store_id!r} has no beacons for a cart to hear; map author: add"
        raise Stop(Exit.MAP, msg)
    return {beacon.beacon.lower(): beacon.id for beacon in store.beacons}


def locating(store: FloorMap, locate: Locate) -> tuple[Locator, AnchorHealth]:
    """The locator of `store` with the radio map that the settings give, and who watches anchors.

    The locator is lagged for stays.

    Raises:
        Stop: a map with nothing to locate by, a survey or radio map that cannot be used.
    """
    if not store.anchors and not store.beacons:
        msg = f"the map of {store.store_id!r} has no anchors or beacons to locate by; "
        raise Stop(Exit.MAP, msg + "map author: add them")
    grid = FloorGrid.build(store, locate.cell_m)
    ladder = Ladder(
        survey=None if locate.survey is None else Path(locate.survey),
        radio_map=None if locate.radio_map is None else Path(locate.radio_map),
        tag_height_m=locate.tag_height_m,
    )
    with refusals():
        radio_map = ladder.radio_map_of(store, grid)
    locator = Locator(store, grid, radio_map, lag_s=STAY_LAG_S)
    return locator, AnchorHealth(store, grid, radio_map)


def stays(store: FloorMap, term: int) -> StayTracker:
    """What turns fixes into stays named by `term`."""
    return StayTracker(store, term=term)


def recording(played: Recording, admit: Admit, store: FloorMap | None = None) -> RecordingSource:
    """The recording as a source; where there is a map, one of that store.

    Raises:
        Stop: the file cannot be used, or was made with anchors that the map has not.
    """
    with refusals():
        source = RecordingSource(Path(played.path), admit, played.speed, loop=played.loop)
        if store is not None:
            source.refuse_strange_anchors(store)
    return source


def products_beside(path: Path) -> tuple[Product, ...]:
    """What the shelves of the map at `path` hold: the `products.csv` beside it, if there is one.

    Raises:
        Stop: there is one that cannot be used.
    """
    beside = path.parent / "products.csv"
    if not beside.is_file():
        return ()
    try:
        return read_products(beside.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ProductError) as error:
        msg = f"products {beside}: {error}; ops: mend the file"
        raise Stop(Exit.MAP, msg) from None


def till(path: Path) -> OnTill:
    """A simulated till: a JSON line a payment, which whoever plays the tills reads."""

    def paid(tag: str, _t_s: float, items: tuple[str, ...]) -> None:
        with path.open("ab") as log:
            log.write(msgspec.json.encode({"tag": tag, "items": items}) + b"\n")

    return paid


def simulation(
    store: FloorMap,
    told: Simulated,
    tag_height_m: float,
    admit: Admit,
    clock_s: Callable[[], float],
    products: tuple[Product, ...] = (),
) -> SimulatedSource:
    """Shoppers on the map, each with a cart that is heard by every anchor."""
    grid = FloorGrid.build(store)
    crowd = Crowd(
        store,
        grid,
        told.seed,
        population=told.population,
        pace=told.pace,
        products=products,
    )
    settings = SimulationSettings(
        seed=told.seed,
        carts_count=told.population,
        lead_tag=told.lead_tag,
        lead_zones=told.lead_zones,
        tag_height_m=tag_height_m,
        clock_s=clock_s,
        on_till=till(Path(told.till_log)) if told.till_log else None,
    )
    return SimulatedSource(store, grid, crowd, admit, settings, told.speed)
