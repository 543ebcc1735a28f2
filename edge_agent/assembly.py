"""An agent put together from its settings; what its role does not need is not even imported."""

# ruff: noqa: PLC0415 - a Pi that only forwards has no memory for NumPy and a map's geometry
import contextlib
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

from edge_agent import clock
from edge_agent.agent import Agent, Parts, Source
from edge_agent.exit import Exit, Stop
from edge_agent.messages import Status
from edge_agent.mqtt_link import Link
from edge_agent.outbox import PAGE_BYTES, Outbox, OutboxError
from edge_agent.roster import Roster
from edge_agent.settings import Bleak, Recording, Settings, Simulated
from edge_agent.term import begin_term

if TYPE_CHECKING:
    from edge_agent.anchor_health import AnchorHealth
    from edge_agent.locator import Locator
    from edge_agent.stays import StayTracker
    from store_maps.floor_map import FloorMap

Admit = Callable[[str], str | None]
Clock = Callable[[], float]

PAGES_A_MIB: Final = 1024 * 1024 // PAGE_BYTES


def assemble(settings: Settings, password: str | None) -> Agent:
    """The agent, ready to run.

    Raises:
        Stop: something that the settings name cannot be used; nothing is left open.
    """
    roster = Roster()
    clock_s = _clock(settings)
    store = floor_map(settings)
    source = _source(settings, store, lambda identity: roster.admit(identity, clock_s()), clock_s)
    with contextlib.ExitStack() as undo:
        outbox, term = None, 0
        if settings.locate.enabled:
            outbox, term = open_state(settings)
            undo.callback(outbox.close)
        locator, anchor_health, stays = _locating(settings, store, term)
        undo.pop_all()
    status = Status(
        up=True,
        boot=clock.boot(),
        locate=settings.locate.enabled,
        term=term,
        map_sha="" if store is None else store.map_sha,
        version=version("instep"),
    )
    parts = Parts(
        status=status,
        roster=roster,
        source=source,
        plays_all=isinstance(settings.source, Recording | Simulated),
        locator=locator,
        anchor_health=anchor_health,
        stays=stays,
        outbox=outbox,
        clock_s=clock_s,
        speed=_speed(settings),
    )
    return Agent(parts, Link(settings, password, status, outbox))


def floor_map(settings: Settings) -> "FloorMap | None":
    """The floor map, where the role needs it.

    Raises:
        Stop: it cannot be used.
    """
    is_needed = settings.locate.enabled or settings.tag or isinstance(settings.source, Simulated)
    # A recording that is only passed on is checked against a map where one is named.
    is_checked = isinstance(settings.source, Recording) and settings.map is not None
    if not (is_needed or is_checked):
        return None
    from edge_agent import floor_parts

    return floor_parts.floor_map(settings)


def open_state(settings: Settings) -> tuple[Outbox, int]:
    """The outbox and this start's term, from the state folder.

    Raises:
        Stop: the folder cannot be written.
    """
    folder = Path(settings.state_dir)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        outbox = Outbox(folder / "outbox.db", settings.outbox_mib * PAGES_A_MIB, clock.boot())
        return outbox, begin_term(folder / "term", time.time())
    except OutboxError as error:
        raise Stop(Exit.STATE, str(error)) from None
    except OSError as error:
        msg = (
            f"state_dir = {str(folder)!r}: {error.strerror}; ops: give the agent's user that folder"
        )
        raise Stop(Exit.STATE, msg) from None


def _speed(settings: Settings) -> float:
    """Seconds of the sightings' clock in a real one; a recording's seconds are made real ones."""
    return settings.source.speed if isinstance(settings.source, Simulated) else 1.0


def _clock(settings: Settings) -> Clock:
    """The sightings' clock."""
    speed = _speed(settings)
    if speed == 1.0:
        return time.monotonic
    began_s = time.monotonic()
    return lambda: began_s + (time.monotonic() - began_s) * speed


def _source(
    settings: Settings, store: "FloorMap | None", admit: Admit, clock_s: Clock
) -> Source | None:
    told = settings.source
    if told is None:
        return None
    if isinstance(told, Bleak):
        return _radio(settings, told, store, admit)
    from edge_agent import floor_parts

    if isinstance(told, Recording):
        return floor_parts.recording(told, admit, store)
    tag_height_m = settings.locate.tag_height_m
    # The settings refuse a simulation without a map.
    products = floor_parts.products_beside(Path(settings.map or ""))
    return floor_parts.simulation(
        cast("FloorMap", store), told, tag_height_m, admit, clock_s, products
    )


def _radio(settings: Settings, told: Bleak, store: "FloorMap | None", admit: Admit) -> Source:
    from edge_agent.scanner import BleakSource, Cart, Fixed

    if settings.tag is None or store is None:
        return BleakSource(Fixed(settings.anchor or ""), admit, told.adapter)
    from edge_agent import floor_parts

    return BleakSource(Cart(settings.tag, floor_parts.beacons(store)), admit, told.adapter)


def _locating(
    settings: Settings, store: "FloorMap | None", term: int
) -> "tuple[Locator | None, AnchorHealth | None, StayTracker | None]":
    if store is None or not settings.locate.enabled:
        return None, None, None
    from edge_agent import floor_parts

    locator, anchor_health = floor_parts.locating(store, settings.locate)
    return locator, anchor_health, floor_parts.stays(store, term)
