"""From the till, or from the last shelf with nothing, to the door."""

from collections.abc import Callable
from typing import Final

from store_maps.script import Script

# Cumulative shares of what people do on the way out; the rest goes straight.
PACKS_UNTIL: Final = 0.25
LOOKS_UNTIL: Final = 0.37
TALKS_UNTIL: Final = 0.5
# Who bought nothing has nothing to pack, and mostly hurries.
EMPTY_LOOKS_UNTIL: Final = 0.1
EMPTY_TALKS_UNTIL: Final = 0.18
# Packing is done a step or more from the till, on the way.
PACK_AT: Final = (0.05, 0.5)
PACK_S: Final = (8.0, 45.0)
LAST_LOOK_S: Final = (6.0, 30.0)
TALK_S: Final = (12.0, 70.0)


def pack(script: Script) -> None:
    """Put things into bags beyond the till."""
    part, seconds = script.between(PACK_AT), script.between(PACK_S)
    script.stop_on_the_way(script.shop.exit, part, seconds, share=1.0)


def last_look(script: Script) -> None:
    """Look at a table or shelf near the door."""
    cells = script.shop.last_looks
    if len(cells):
        script.go(script.any_of(cells))
        script.linger(script.between(LAST_LOOK_S))


def talk(script: Script) -> None:
    """Stand and talk away from the shelves near the door."""
    script.go(script.shop.open_cell(script.shop.exit))
    script.linger(script.between(TALK_S))


Parting = tuple[tuple[float, Callable[[Script], None]], ...]
PAID: Final[Parting] = ((PACKS_UNTIL, pack), (LOOKS_UNTIL, last_look), (TALKS_UNTIL, talk))
EMPTY: Final[Parting] = ((EMPTY_LOOKS_UNTIL, last_look), (EMPTY_TALKS_UNTIL, talk))


def part(script: Script, ways: Parting) -> None:
    """Leave the store."""
    drawn = script.rng.random()
    for until, way_out in ways:
        if drawn < until:
            way_out(script)
            break
    script.go(script.shop.exit)
