"""A whole visit, from door to door, as training and judging use it."""

from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from store_maps.body import Body, Noise
from store_maps.path import Path
from store_maps.script import Script, VisitEvent
from store_maps.trip import Trip, Word

Floats = npt.NDArray[np.float64]

# A companion walks beside or behind: spread to the sides, and seconds behind.
SIDE_M: Final = 0.45
LAG_S: Final = (0.3, 2.5)
# Shares of groups: of two (else three), and of the others in it who carry a tag of their own.
PAIR_P: Final = 0.75
OWN_TAG_P: Final = 0.35
# A group walks at the pace of its slowest.
GROUP_SPEED_SHARE: Final = 0.9


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A whole visit, from door to door."""

    shopper_id: str
    intent: Word
    track: Floats
    """(n, 3) t_s, x_m, y_m at 1 Hz, from 0."""
    levels: npt.NDArray[np.int32]
    """(n,) positions in the map's `levels`."""
    events: tuple[VisitEvent, ...]
    items: tuple[str, ...]
    """What was paid for; in a group, by any of them."""
    group: int | None = None
    """The same for all who came together, None for who came alone."""

    @property
    def bought(self) -> bool:
        """Whether anything was paid for."""
        return bool(self.items)


class Shopper:
    """One visit in the making.

    Args:
        number: names the shopper, and the group where there is one.
        trip: what they came for.
        script: at the entrance.
        party: how many came together.
    """

    def __init__(self, number: int, trip: Trip, script: Script, party: int) -> None:
        self.number: Final = number
        self.shopper_id: Final = f"s{number}"
        self.trip: Final = trip
        self.script: Final = script
        self.party: Final = party
        self.paid_s: float | None = None
        self.is_gone = False

    @property
    def path(self) -> Path:
        """Where they are."""
        return self.script.path

    @property
    def items(self) -> tuple[str, ...]:
        """What they carry."""
        return self.script.basket


def draw_party(group_p: float, rng: np.random.Generator) -> int:
    """How many come together."""
    if rng.random() >= group_p:
        return 1
    return 2 if rng.random() < PAIR_P else 3


def visits_of(shopper: Shopper, noise: Noise) -> list[Visit]:
    """A finished visit, and those of companions who carry a tag of their own."""
    result = [visit_on(shopper, shopper.path, shopper.shopper_id, shopper.script.events)]
    rng = shopper.script.rng
    shared = [event for event in shopper.script.events if event.kind == "staff_help"]
    for which in range(1, shopper.party):
        body = Body(noise, shopper.script.person, rng, SIDE_M)
        lag_s = shopper.script.between(LAG_S)
        if rng.random() < OWN_TAG_P:
            path = shopper.path.followed(body, lag_s)
            name = f"{shopper.shopper_id}.{which}"
            result.append(visit_on(shopper, path, name, shared))
    return result


def visit_on(shopper: Shopper, path: Path, name: str, noticed: list[VisitEvent]) -> Visit:
    """A visit with its clock at the door."""
    seconds = np.arange(np.floor(path.end_s - path.start_s) + 1)
    xy_m, levels = path.sampled(path.start_s + seconds)
    last_s = float(seconds[-1])
    events = [VisitEvent(0.0, "door_in"), VisitEvent(last_s, "door_out")]
    events += [event for event in noticed if event.t_s < last_s]
    if shopper.paid_s is not None:
        events.append(VisitEvent(round(shopper.paid_s - path.start_s, 3), "pos"))
    return Visit(
        shopper_id=name,
        intent=shopper.trip.word,
        track=np.column_stack([seconds, xy_m]),
        levels=levels,
        events=tuple(sorted(events, key=lambda event: event.t_s)),
        items=shopper.items if shopper.paid_s is not None else (),
        group=shopper.number if shopper.party > 1 else None,
    )
