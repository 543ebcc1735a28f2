"""What the stage model sees of each journey at a tick: one row of `FEATURES` a journey.

Everything is relative to the map (distance to shelf, till, door), so that a model reads stores it
has never seen, and is taken over windows of seconds, so that a position error of 2-3 m and missing
ticks blur it but do not break it. A tick's row depends on nothing after it.
"""

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_server.journey.tracks import EVENTS, FINE_TICKS, RADIUS_MAX_M, TICK_MIN_S, Tracks
from hub_server.journeys import Journeys
from hub_server.place.ground import (
    ENTRANCE_M,
    EXIT_M,
    SHELF_M,
    SHELF_P,
    STAY_SHELF_P,
    STAY_TILL_P,
    TILL_M,
    TILL_P,
    WIDE_SHELF_P,
    WIDE_TILL_P,
    Floats,
    Ints,
)

# Windows of movement: 3 s tells standing from walking, 10 s is the labels' own, 20 s rides out an
# outlier.
WINDOWS_S: Final = (3, 10, 20)
# Windows over measured places: their spread, and the speed of the straight line through them.
LINES_S: Final = (4, 7, 10, 20, 40)
# Windows over the way from fix to fix: how restless the fixes are.
HOPS_S: Final = (2, 4, 10, 30)
# Our locator's place is where a walker was 3 s ago, so that they are by now that far ahead of it.
AHEAD_S: Final = 3.0
# Rows whose windows are summed at once: their arrays stay in the cache (1,024 rows take 1.0 ms,
# 10,000 in one go twice as long a row).
LINES_AT_ONCE: Final = 1024
# Fewer places than this make no line.
LINE_PLACES: Final = 3
# Farther from every earlier stay, none is returned to: 2 m in the labels plus a bad error.
BACK_MAX_M: Final = 8.0
# An earlier stay counts for so long (labels: 240 s).
BACK_S: Final = 240.0
# The mean distance between fixes rates as known from so many on.
HOPS_MIN: Final = 4.0
# A window that holds less than this share of its time says nothing (the hub or the tag was gone).
WINDOW_STRETCH: Final = 2.0
# How fast an event is forgotten: half in 30 s.
EVENT_S: Final = 30.0
# Zone types by what one does there; a type not named here reads as none of them.
ZONE_GROUPS: Final = {
    "shelves": frozenset({"department", "aisle", "bay"}),
    "entrance": frozenset({"entrance", "cart_bay"}),
    "checkout": frozenset({"checkout", "queue"}),
    "service": frozenset({"service", "fitting_room"}),
}

# Name with unit -> what it is divided by, so that usual values lie within about +-3.
SCALES: Final[dict[str, float]] = {
    "in_store_s": 300.0,
    "in_store_first_s": 30.0,
    "place_age_s": 10.0,
    "placed": 1.0,
    "radius_m": 3.0,
    "hop_m": 2.0,
    "zone_p": 1.0,
    **{f"speed_{w}s_mps": 0.5 for w in WINDOWS_S},
    **{f"pace_{w}s_mps": 0.5 for w in WINDOWS_S[1:]},
    **{f"efficiency_{w}s": 1.0 for w in WINDOWS_S[1:]},
    **{f"line_{w}s_mps": 0.5 for w in LINES_S},
    **{f"spread_{w}s_m": 2.0 for w in LINES_S},
    **{f"off_line_{w}s_m": 2.0 for w in LINES_S[1:]},
    **{f"exit_{w}s_mps": 0.5 for w in LINES_S},
    **{f"till_{w}s_mps": 0.5 for w in LINES_S},
    **{f"hops_{w}s_mps": 0.5 for w in HOPS_S},
    "fix_shelf_p": 1.0,
    "fix_till_p": 1.0,
    "ahead_shelf_p": 1.0,
    "ahead_till_p": 1.0,
    "still_s": 30.0,
    "stay_s": 30.0,
    "stay_shelf_m": 2.0,
    "stay_shelf_p": 1.0,
    "stay_till_p": 1.0,
    "stay_shelf_rough_p": 1.0,
    "stay_till_rough_p": 1.0,
    "back_m": 3.0,
    "back_long_s": 30.0,
    "since_stay_s": 60.0,
    "last_stay_s": 30.0,
    "stays": 4.0,
    "stays_share": 1.0,
    "longest_s": 60.0,
    "shelf_m": 2.0,
    "shelf_p": 1.0,
    "shelf_wide_p": 1.0,
    "shelf_mean_10s_m": 2.0,
    "shelf_mean_10s_p": 1.0,
    "till_m": 10.0,
    "till_near_m": 3.0,
    "till_p": 1.0,
    "till_wide_p": 1.0,
    "till_mean_10s_p": 1.0,
    "till_approach_10s_mps": 0.5,
    "since_till_s": 60.0,
    "entrance_m": 10.0,
    "entrance_near_m": 3.0,
    "entrance_far_m": 10.0,
    "exit_m": 10.0,
    "exit_approach_10s_mps": 0.5,
    "exit_approach_20s_mps": 0.5,
    "returns_90s": 2.0,
    "path_m": 100.0,
    "pace_all_mps": 0.5,
    **{f"zone_{name}_p": 1.0 for name in ZONE_GROUPS},
    "map_shelves": 1.0,
    "map_tills": 1.0,
    "map_entrance": 1.0,
    **{f"{kind}_fresh": 1.0 for kind in EVENTS},
    "scans": 3.0,
    "app_opens": 2.0,
}
FEATURES: Final = tuple(SCALES)
# Nothing beyond this many scales reaches the model: it has seen none of it.
LIMIT: Final = 6.0
# Grows when a feature's meaning changes under the same name.
REVISION: Final = 2
SCHEMA_SHA: Final = hashlib.sha256(
    "\n".join([f"{REVISION}", *(f"{name} {scale}" for name, scale in SCALES.items())]).encode()
).hexdigest()


def step(journeys: Journeys, now_s: float) -> NDArray[np.float32]:
    """Sample the tick at `now_s` and return its features, (n, len(FEATURES)), always finite."""
    journeys.sample(now_s)
    return read(journeys)


def read(journeys: Journeys) -> NDArray[np.float32]:
    """The features of the last tick."""
    return rows(journeys.tracks, *journeys.zones())


def rows(tracks: Tracks, zone: Ints, zone_p: Floats, radius_m: Floats) -> NDArray[np.float32]:
    """The features of the last tick.

    Args:
        tracks: the journeys.
        zone: of each row's last fix, index into the ground's zones, -1 = none.
        zone_p: how likely that zone is.
        radius_m: of the last fix, NaN before it.
    """
    columns = {
        **_time(tracks),
        **_fix(tracks, zone, zone_p, radius_m),
        **_movement(tracks),
        **_lines(tracks),
        **_stay(tracks),
        **_places(tracks),
        **_map(tracks),
        **_events(tracks),
    }
    # One array of the whole size and no more: memory that is given back and asked for again each
    # tick took longer than everything else.
    scaled = np.empty((tracks.count, len(FEATURES)), np.float32)
    for column, (name, scale) in zip(scaled.T, SCALES.items(), strict=True):
        np.divide(columns[name], scale, out=column, casting="same_kind")
    return np.clip(np.nan_to_num(scaled, copy=False), -LIMIT, LIMIT, out=scaled)


def _time(tracks: Tracks) -> dict[str, Floats]:
    in_store_s = tracks.now_s - tracks["opened_s"]
    return {
        "in_store_s": in_store_s,
        "in_store_first_s": np.minimum(in_store_s, 90.0),
        "place_age_s": tracks.now_s - tracks["placed_s"],
        "placed": np.isfinite(tracks["x_m"]).astype(float),
        "path_m": tracks["path_m"],
        "pace_all_mps": tracks["path_m"] / np.maximum(in_store_s, 10.0),
    }


def _fix(tracks: Tracks, zone: Ints, zone_p: Floats, radius_m: Floats) -> dict[str, Floats]:
    types = np.array([*tracks.ground.zone_types, ""])
    return {
        "zone_p": zone_p,
        "radius_m": np.minimum(radius_m, RADIUS_MAX_M),
        "hop_m": np.where(tracks["hops"] >= HOPS_MIN, tracks["hop_m"], 0.0),
        **{
            f"zone_{name}_p": np.where(np.isin(types[zone], list(group)), zone_p, 0.0)
            for name, group in ZONE_GROUPS.items()
        },
    }


def _span_s(tracks: Tracks, then: int, window_s: float) -> float:
    """The seconds between column `then` and now; NaN where they are not about `window_s`."""
    span_s = tracks.now_s - tracks.fine_s[then]
    return float(span_s) if TICK_MIN_S <= span_s <= WINDOW_STRETCH * window_s else np.nan


def _movement(tracks: Tracks) -> dict[str, Floats]:
    out: dict[str, Floats] = {}
    for window_s in WINDOWS_S:
        then = tracks.column_at(window_s)
        span_s = _span_s(tracks, then, window_s)
        net_m = np.hypot(
            tracks["x_m"] - tracks["smooth_x_m"][:, then],
            tracks["y_m"] - tracks["smooth_y_m"][:, then],
        )
        path_m = tracks["path_m"] - tracks["fine_path_m"][:, then]
        out[f"speed_{window_s}s_mps"] = net_m / span_s
        out[f"pace_{window_s}s_mps"] = path_m / span_s
        known = np.isfinite(span_s)
        out[f"efficiency_{window_s}s"] = np.minimum(net_m / (path_m + 0.5), 1.0) * known
    for window_s in HOPS_S:
        then = tracks.column_at(window_s)
        hops_m = tracks["hops_m"] - tracks["fine_hops_m"][:, then]
        out[f"hops_{window_s}s_mps"] = hops_m / _span_s(tracks, then, window_s)
    still_s = tracks.now_s - tracks["still_since_s"]
    out["still_s"] = np.where(np.isfinite(still_s), still_s, 0.0)
    return out


def _lines(tracks: Tracks) -> dict[str, Floats]:
    """The columns of `_lines_of`, some rows after others."""
    firsts = range(0, max(tracks.count, 1), LINES_AT_ONCE)
    parts = [_lines_of(tracks.part(first, first + LINES_AT_ONCE)) for first in firsts]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _lines_of(tracks: Tracks) -> dict[str, Floats]:
    """Spread, speed along and distance off the straight line through the measured places.

    Least squares of place over time in each window, from sums of 1, t, t², x, tx, x², y, ty, y².
    """
    within = tracks.columns_within(LINES_S[-1])
    age_s = tracks.now_s - tracks.fine_s[within]
    x_m = tracks["fine_x_m"][:, within].astype(np.float64) - tracks["x_m"][:, None]
    y_m = tracks["fine_y_m"][:, within].astype(np.float64) - tracks["y_m"][:, None]
    there = np.isfinite(x_m).astype(np.float64)
    x_m, y_m = np.nan_to_num(x_m), np.nan_to_num(y_m)
    windows = (age_s[:, None] < np.array(LINES_S)).astype(np.float64)
    late = windows * -age_s[:, None]
    count = there @ windows
    some = np.maximum(count, 1.0)
    mean_t, mean_x, mean_y = there @ late / some, x_m @ windows / some, y_m @ windows / some
    spread_t = there @ (late * -age_s[:, None]) / some - mean_t**2
    slope_x = (x_m @ late / some - mean_t * mean_x) / np.maximum(spread_t, TICK_MIN_S)
    slope_y = (y_m @ late / some - mean_t * mean_y) / np.maximum(spread_t, TICK_MIN_S)
    spread_m2 = np.maximum((x_m**2 + y_m**2) @ windows / some - mean_x**2 - mean_y**2, 0.0)
    slope2 = slope_x**2 + slope_y**2
    off_m2 = np.maximum(spread_m2 - slope2 * np.maximum(spread_t, TICK_MIN_S), 0.0)
    line = count >= LINE_PLACES
    out: dict[str, Floats] = {}
    for k, window_s in enumerate(LINES_S):
        out[f"line_{window_s}s_mps"] = np.where(line[:, k], np.sqrt(slope2[:, k]), 0.0)
        out[f"spread_{window_s}s_m"] = np.sqrt(spread_m2[:, k])
        out[f"off_line_{window_s}s_m"] = np.sqrt(off_m2[:, k])
    for name in ("exit", "till"):
        far_m = tracks[f"fine_{name}_m"][:, within].astype(np.float64)
        far_m = np.nan_to_num(far_m)
        steady = np.maximum(spread_t, TICK_MIN_S)
        slope = (far_m @ late / some - mean_t * (far_m @ windows / some)) / steady
        for k, window_s in enumerate(LINES_S):
            out[f"{name}_{window_s}s_mps"] = np.where(line[:, k], -slope[:, k], 0.0)
    run_s = np.where(line[:, 0], AHEAD_S - mean_t[:, 0], 0.0)
    ahead = _layers(
        tracks,
        tracks["x_m"] + mean_x[:, 0] + slope_x[:, 0] * run_s,
        tracks["y_m"] + mean_y[:, 0] + slope_y[:, 0] * run_s,
    )
    out["ahead_shelf_p"], out["ahead_till_p"] = ahead[:, SHELF_P], ahead[:, TILL_P]
    middle = LINES_S.index(10)
    at = _layers(tracks, tracks["x_m"] + mean_x[:, middle], tracks["y_m"] + mean_y[:, middle])
    out["shelf_mean_10s_m"] = np.minimum(at[:, SHELF_M], 8.0)
    out["shelf_mean_10s_p"] = at[:, SHELF_P]
    out["till_mean_10s_p"] = at[:, TILL_P]
    return out


def _layers(tracks: Tracks, x_m: Floats, y_m: Floats) -> Floats:
    """Ground.layers at places on the rows' levels; NaN where the place is."""
    level = tracks["level"].astype(np.int64)
    layers = tracks.ground.layers(level, np.nan_to_num(x_m), np.nan_to_num(y_m))
    return np.where(np.isfinite(x_m)[:, None], layers, np.nan)


def _stay(tracks: Tracks) -> dict[str, Floats]:
    """The stay under way, and what it has to do with earlier ones."""
    at, stay_s = _layers(tracks, tracks["stay_x_m"], tracks["stay_y_m"]), tracks.stay_s
    back_m = np.hypot(
        tracks["ended_x_m"] - tracks["stay_x_m"][:, None],
        tracks["ended_y_m"] - tracks["stay_y_m"][:, None],
    )
    late = tracks.now_s - tracks["ended_s"] < BACK_S + stay_s[:, None]
    back_m = np.where(late & np.isfinite(back_m), back_m, BACK_MAX_M)
    nearest = back_m.argmin(axis=1)[:, None]
    near_m = np.take_along_axis(back_m, nearest, axis=1)[:, 0]
    long_s = np.take_along_axis(tracks["ended_long_s"], nearest, axis=1)[:, 0]
    last = ((tracks["stays"] - 1) % tracks["ended_s"].shape[1]).astype(np.int64)[:, None]
    since_s = tracks.now_s - np.take_along_axis(tracks["ended_s"], last, axis=1)[:, 0]
    in_store_s = np.maximum(tracks.now_s - tracks["opened_s"], 10.0)
    return {
        "stay_s": stay_s,
        "stay_shelf_m": np.minimum(at[:, SHELF_M], 8.0),
        "stay_shelf_p": at[:, STAY_SHELF_P],
        "stay_till_p": at[:, STAY_TILL_P],
        "stay_shelf_rough_p": at[:, SHELF_P],
        "stay_till_rough_p": at[:, TILL_P],
        "back_m": np.minimum(near_m, BACK_MAX_M),
        "back_long_s": np.where(near_m < BACK_MAX_M, long_s, 0.0),
        "since_stay_s": np.minimum(since_s, BACK_S),
        "last_stay_s": np.take_along_axis(tracks["ended_long_s"], last, axis=1)[:, 0],
        "stays": tracks["stays"],
        "stays_share": tracks["stays_s"] / in_store_s,
        "longest_s": np.maximum(tracks["longest_s"], stay_s),
    }


def _places(tracks: Tracks) -> dict[str, Floats]:
    here = np.where(np.isfinite(tracks["x_m"])[:, None], tracks["layers"], np.nan)
    out = {
        "shelf_m": np.minimum(here[:, SHELF_M], 8.0),
        "shelf_p": here[:, SHELF_P],
        "fix_shelf_p": tracks["fix_layers"][:, SHELF_P],
        "fix_till_p": tracks["fix_layers"][:, TILL_P],
        "till_m": np.minimum(here[:, TILL_M], 40.0),
        "till_near_m": np.minimum(here[:, TILL_M], 8.0),
        "till_p": here[:, TILL_P],
        "shelf_wide_p": here[:, WIDE_SHELF_P],
        "till_wide_p": here[:, WIDE_TILL_P],
        "entrance_m": np.minimum(here[:, ENTRANCE_M], 40.0),
        "entrance_near_m": np.minimum(here[:, ENTRANCE_M], 8.0),
        "entrance_far_m": np.minimum(tracks["entrance_far_m"], 40.0),
        "exit_m": np.minimum(here[:, EXIT_M], 40.0),
        "since_till_s": np.minimum(tracks.now_s - tracks["till_s"], 240.0),
    }
    for window_s in WINDOWS_S[1:]:
        then = tracks.column_at(window_s)
        span_s = _span_s(tracks, then, window_s)
        before = _layers(tracks, tracks["smooth_x_m"][:, then], tracks["smooth_y_m"][:, then])
        approach_m = before - here
        out[f"exit_approach_{window_s}s_mps"] = approach_m[:, EXIT_M] / span_s
        out[f"till_approach_{window_s}s_mps"] = approach_m[:, TILL_M] / span_s
    lately = tracks.now_s - tracks.fine_s <= min(90, FINE_TICKS)
    out["returns_90s"] = tracks["fine_returns"][:, lately].sum(axis=1)
    return out


def _map(tracks: Tracks) -> dict[str, Floats]:
    has = tracks.ground.has[tracks["level"].astype(np.int64)].astype(float)
    return {"map_shelves": has[:, 0], "map_tills": has[:, 1], "map_entrance": has[:, 2]}


def _events(tracks: Tracks) -> dict[str, Floats]:
    fresh = np.exp2(-np.maximum(tracks.now_s - tracks["event_s"], 0.0) / EVENT_S)
    counts = tracks["events"]
    return {
        **{f"{kind}_fresh": fresh[:, k] for k, kind in enumerate(EVENTS)},
        "scans": counts[:, EVENTS.index("scan")],
        "app_opens": counts[:, EVENTS.index("app_open")],
    }
