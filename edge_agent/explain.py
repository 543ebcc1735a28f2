"""Why a tag is said to be where it is: one second of the locator, in words for a person."""

from collections.abc import Sequence
from typing import Final

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.anchor_pattern import direction
from edge_agent.fix import Fix
from edge_agent.left_out import LeftOut
from edge_agent.locator import DEFAULT, Locator, LocatorSettings, withheld
from edge_agent.radio_map import RadioMap
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]

ZONES_SHOWN: Final = 3
# Zones and offset states less probable change nothing.
SHOWN_P: Final = 0.01
# An anchor that expects a tag this loudly and hears nothing is worth a look; a receiver loses
# nothing to noise there (simulated_air.SENSITIVITY_DBM is 25 dB below).
LOUD_DBM: Final = -70.0
LOUD_SHOWN: Final = 3
# A tag's offset is told by so many of its likeliest steps (of 3 dB). Where these hold less than
# this of the probability, as in a track's first second, it is not known.
OFFSETS_SHOWN: Final = 3
OFFSETS_P: Final = 0.8
# Less is the grid's own step: no direction can be told.
PULL_MIN_M: Final = 0.05
MAP_ALONE: Final = (
    "the map alone, no radio map: places are rough, and it may be sure and wrong; calibrate first"
)
WITHHELD_ZONE: Final = "a sensitive zone, withheld"


class Pull(msgspec.Struct, frozen=True, kw_only=True):
    """One anchor's part in a second."""

    anchor: str
    rssi_dbm: float
    """Mean of its packets."""
    count: int
    expected_dbm: float
    """What the radio map says of where the tag is taken to be, its offset included."""
    expected_sd_db: float
    """How far a reading may lie from it: map, fading, and not knowing the place."""
    pull_m: float
    """How far it drew the estimate from where all others of this second have it."""
    towards: str
    """In which direction on the map; empty where nothing moved."""
    is_withheld: bool = False
    """Without this anchor the tag may be in a sensitive zone: where that is, is not said."""

    @property
    def misfit_db(self) -> float:
        """How much stronger it was than expected."""
        return self.rssi_dbm - self.expected_dbm


class Loud(msgspec.Struct, frozen=True, kw_only=True):
    """An anchor that should have heard the tag, or a beacon to be heard, and neither was."""

    anchor: str
    expected_dbm: float
    is_beacon: bool


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What the locator knew of one tag in one second."""

    fix: Fix
    is_withheld: bool
    """The tag may be in a sensitive zone: nothing else is filled in."""
    silent_s: float
    is_measured: bool = True
    """The radio map stands on measurements; else on the map's defaults."""
    pulls: tuple[Pull, ...] = ()
    loud: tuple[Loud, ...] = ()
    zones: tuple[tuple[str, float], ...] = ()
    """(name and id, probability), the most probable first."""
    no_zone_p: float = 0.0
    offsets: tuple[tuple[float, float], ...] = ()
    """(dB, probability)."""


class Store(msgspec.Struct, frozen=True):
    """What explanations need of a store."""

    floor_map: FloorMap
    grid: FloorGrid
    radio_map: RadioMap
    settings: LocatorSettings = DEFAULT


def explained(store: Store, locator: Locator, fix: Fix, silent_s: float) -> Explanation:
    """Why `fix`, the locator's last of its tag, is as it is."""
    is_measured = store.radio_map.rung != "defaults"
    told = withheld(store.floor_map.level(fix.level))
    spot = (round(told.x_m, 3), round(told.y_m, 3), round(told.radius_m, 3))
    if fix.zone is None and (fix.x_m, fix.y_m, fix.radius_m) == spot:
        return Explanation(fix=fix, is_withheld=True, silent_s=silent_s, is_measured=is_measured)
    posterior = locator.posterior(fix.tag)
    offsets = locator.offsets(fix.tag)
    second = LeftOut(
        store.radio_map,
        posterior,
        locator.readings(fix.tag),
        sum(offset_db * p for offset_db, p in offsets),
        nu=store.settings.nu,
        temper=store.settings.temper,
    )
    in_zone: Floats = store.grid.zone_mask.astype(float) @ posterior
    return Explanation(
        fix=fix,
        is_withheld=False,
        silent_s=silent_s,
        is_measured=is_measured,
        pulls=tuple(pulls(store, locator, fix, second)),
        loud=tuple(loud(store, locator, fix, second)),
        zones=tuple(likeliest(store.floor_map, in_zone)),
        no_zone_p=max(0.0, 1 - float(in_zone.sum())),
        offsets=tuple((db, p) for db, p in offsets if p >= SHOWN_P),
    )


def pulls(store: Store, locator: Locator, fix: Fix, second: LeftOut) -> list[Pull]:
    """What each anchor that was heard did, the one that moved the estimate most first."""
    xy_m = store.grid.xy_m[second.cells]
    sensitive = sensitive_cells(store)[second.cells]
    expected_dbm = second.expected_dbm @ second.full
    spread = (second.expected_dbm - expected_dbm[:, None]) ** 2 @ second.full
    sd_db = np.sqrt(second.variance_db @ second.full + spread)
    found = []
    for row, reading in enumerate(locator.readings(fix.tag)):
        pull_m = (second.full - second.without[row]) @ xy_m
        far_m = float(np.hypot(*pull_m))
        hidden_p = float(second.without[row] @ sensitive)
        pull = Pull(
            anchor=store.radio_map.anchor_ids[reading.anchor],
            rssi_dbm=reading.rssi_dbm,
            count=reading.count,
            expected_dbm=float(expected_dbm[row]),
            expected_sd_db=float(sd_db[row]),
            pull_m=far_m,
            towards=direction(*pull_m) if far_m >= PULL_MIN_M else "",
            is_withheld=hidden_p >= store.settings.sensitive_p,
        )
        found.append(pull)
    return sorted(found, key=lambda pull: (-pull.pull_m, pull.anchor))


def loud(store: Store, locator: Locator, fix: Fix, second: LeftOut) -> list[Loud]:
    """Anchors that the radio map expects loudly and that heard nothing this second."""
    heard = {reading.anchor for reading in locator.readings(fix.tag)}
    offset_db = locator.offset_db(fix.tag)
    expected_dbm = store.radio_map.expected_dbm[:, second.cells] @ second.full + offset_db
    beacons = {beacon.id for beacon in store.floor_map.beacons}
    silent = [
        Loud(
            anchor=store.radio_map.anchor_ids[row],
            expected_dbm=float(expected_dbm[row]),
            is_beacon=store.radio_map.anchor_ids[row] in beacons,
        )
        for row in np.argsort(-expected_dbm, kind="stable")
        if row not in heard and expected_dbm[row] >= LOUD_DBM
    ]
    return silent[:LOUD_SHOWN]


def likeliest(floor_map: FloorMap, in_zone: Floats) -> list[tuple[str, float]]:
    """The most probable leaf zones; a sensitive one without its name."""
    order = np.argsort(-in_zone, kind="stable")[:ZONES_SHOWN]
    zones = [(floor_map.leaf_zones[row], float(in_zone[row])) for row in order]
    zones = [(zone, p) for zone, p in zones if p >= SHOWN_P]
    return [
        (WITHHELD_ZONE if zone.sensitive else f"{zone.name} ({zone.id})", p) for zone, p in zones
    ]


def sensitive_cells(store: Store) -> Floats:
    """(cells,) 1 in a sensitive zone."""
    rows = [zone.sensitive for zone in store.floor_map.leaf_zones]
    inside: Floats = store.grid.zone_mask[np.array(rows, bool)].sum(0).astype(np.float64)
    return inside


def text(found: Explanation) -> str:
    """The explanation as lines for a person."""
    fix = found.fix
    head = f"{fix.tag} at {fix.t_s:g} s:"
    if not found.is_measured:
        head = f"{MAP_ALONE}\n{head}"
    if found.is_withheld:
        return f"{head} withheld, as it may be in a sensitive zone; nothing else is said of it"
    place = f"({fix.x_m:.2f}, {fix.y_m:.2f}) m on level {fix.level}"
    lines = [
        f"{head} {place}, within {fix.radius_m:.1f} m (68 %), {zone_text(fix)}",
        "zones: "
        + ", ".join(f"{name} {p:.0%}" for name, p in found.zones)
        + f"; in none {found.no_zone_p:.0%}",
        offsets_text(found),
        *heard_text(found),
    ]
    return "\n".join(lines)


def zone_text(fix: Fix) -> str:
    """The zone of a fix, or that it has none."""
    if fix.zone is None:
        return "zone unknown: too little is known to name one"
    return f"zone {fix.zone} ({fix.zone_p:.0%})"


def offsets_text(found: Explanation) -> str:
    """How strongly the tag reads, where that is known."""
    than = "than the radio map's" if found.is_measured else "than the map's defaults expect"
    likely = sorted(found.offsets, key=lambda pair: -pair[1])[:OFFSETS_SHOWN]
    if sum(p for _, p in likely) < OFFSETS_P:
        return f"how much stronger or weaker {than} the tag reads is not known yet"
    told = ", ".join(f"{offset_text(db)} ({p:.0%})" for db, p in likely)
    return f"the tag reads {told} {than}"


def offset_text(offset_db: float) -> str:
    """One offset."""
    return f"{abs(offset_db):.1f} dB {'stronger' if offset_db >= 0 else 'weaker'}"


def heard_text(found: Explanation) -> Sequence[str]:
    """What each anchor said, and what was missing."""
    missing = [
        f"{one.anchor} {'was not heard' if one.is_beacon else 'heard nothing'}, though "
        f"{one.expected_dbm:.0f} dBm was to be expected"
        for one in found.loud
    ]
    if not found.pulls:
        return [
            f"silent for {found.silent_s:.0f} s: the place is the last one, walked on",
            *missing,
        ]
    return [
        "heard in this second, the one that moved the estimate most first:",
        *map(pull_text, found.pulls),
        *missing,
    ]


def pull_text(pull: Pull) -> str:
    """One anchor's line."""
    word = "stronger" if pull.misfit_db >= 0 else "weaker"
    sds = abs(pull.misfit_db) / pull.expected_sd_db
    packets = "1 packet" if pull.count == 1 else f"{pull.count} packets"
    return (
        f"  {pull.anchor}: {pull.rssi_dbm:.1f} dBm ({packets}), expected "
        f"{pull.expected_dbm:.1f}: {abs(pull.misfit_db):.1f} dB {word} ({sds:.1f} sd); "
        f"{pulled_text(pull)}"
    )


def pulled_text(pull: Pull) -> str:
    """Where one anchor drew the estimate."""
    if pull.is_withheld:
        return "where the tag would be without it is withheld"
    if not pull.towards:
        return "moved nothing"
    return f"pulled {pull.pull_m:.2f} m {pull.towards} on the map"
