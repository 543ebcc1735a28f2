"""What the stage model sees of each journey at a tick: one row of `FEATURES` a journey.

Everything is relative to the map (distance to shelf, till, door), so that a model reads stores it
has never seen, and is taken over windows of seconds, so that a position error of 2-3 m and missing
ticks blur it but do not break it. A tick's row depends on nothing after it.
"""

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hub_server.ground import ENTRANCE_M, FAR_M, SHELF_M, SHELF_P, TILL_M, Floats
from hub_server.journeys import Journeys
from hub_server.tracks import FINE_TICKS, RADIUS_MAX_M, TICK_MIN_S, Tracks

# Windows of movement: 3 s tells standing from walking, 10 s is the labels' own, 20 s rides out an
# outlier.
WINDOWS_S: Final = (3, 10, 20)
# Windows of spread: how far measured places lie from their mean.
SPREADS_S: Final = (10, 20, 40)
# A stay this close to an earlier one is a return to it: 2 m in the labels plus the error.
NEAR_M: Final = 3.0
# The stay itself is not a return to it.
RETURN_AFTER_S: Final = 25.0
# A window that holds less than this share of its time says nothing (the hub or the tag was gone).
WINDOW_STRETCH: Final = 2.0
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
    "zone_p": 1.0,
    **{f"speed_{w}s_mps": 0.5 for w in WINDOWS_S},
    **{f"pace_{w}s_mps": 0.5 for w in WINDOWS_S[1:]},
    **{f"efficiency_{w}s": 1.0 for w in WINDOWS_S[1:]},
    **{f"spread_{w}s_m": 2.0 for w in SPREADS_S},
    "still_s": 30.0,
    "shelf_m": 2.0,
    "shelf_p": 1.0,
    "shelf_mean_10s_m": 2.0,
    "shelf_mean_10s_p": 1.0,
    "till_m": 10.0,
    "till_near_m": 3.0,
    "till_p": 1.0,
    "till_approach_10s_mps": 0.5,
    "since_till_s": 60.0,
    "entrance_m": 10.0,
    "entrance_near_m": 3.0,
    "entrance_approach_10s_mps": 0.5,
    "entrance_far_m": 10.0,
    "near_before_s": 20.0,
    "returns_90s": 2.0,
    "path_m": 100.0,
    **{f"zone_{name}_p": 1.0 for name in ZONE_GROUPS},
    "map_shelves": 1.0,
    "map_tills": 1.0,
    "map_entrance": 1.0,
}
FEATURES: Final = tuple(SCALES)
# Nothing beyond this many scales reaches the model: it has seen none of it.
LIMIT: Final = 6.0
# Grows when a feature's meaning changes under the same name.
REVISION: Final = 1
SCHEMA_SHA: Final = hashlib.sha256(
    "\n".join([f"{REVISION}", *(f"{name} {scale}" for name, scale in SCALES.items())]).encode()
).hexdigest()


def step(journeys: Journeys, now_s: float) -> NDArray[np.float32]:
    """Sample the tick at `now_s` and return its features, (n, len(FEATURES)), always finite."""
    journeys.sample(now_s)
    return read(journeys)


def read(journeys: Journeys) -> NDArray[np.float32]:
    """The features of the last tick."""
    tracks = journeys.tracks
    columns = {
        **_time(tracks),
        **_fix(journeys),
        **_movement(tracks),
        **_spread(tracks),
        **_places(tracks),
        **_memory(tracks),
        **_map(tracks),
    }
    scaled = np.stack([columns[name] / scale for name, scale in SCALES.items()], axis=1)
    return np.clip(np.nan_to_num(scaled), -LIMIT, LIMIT).astype(np.float32)


def _time(tracks: Tracks) -> dict[str, Floats]:
    in_store_s = tracks.now_s - tracks["opened_s"]
    return {
        "in_store_s": in_store_s,
        "in_store_first_s": np.minimum(in_store_s, 90.0),
        "place_age_s": tracks.now_s - tracks["placed_s"],
        "placed": np.isfinite(tracks["x_m"]).astype(float),
        "path_m": tracks["path_m"],
    }


def _fix(journeys: Journeys) -> dict[str, Floats]:
    zone, zone_p, radius_m = journeys.zones()
    types = np.array([*journeys.ground.zone_types, ""])
    return {
        "zone_p": zone_p,
        "radius_m": np.minimum(radius_m, RADIUS_MAX_M),
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
    still_s = tracks.now_s - tracks["still_since_s"]
    out["still_s"] = np.where(np.isfinite(still_s), still_s, 0.0)
    return out


def _means(tracks: Tracks, window_s: float) -> tuple[Floats, Floats, Floats]:
    """Mean x, mean y and root mean square distance from them of the window's measured places."""
    within = tracks.columns_within(window_s)
    x_m = tracks["fine_x_m"][:, within].astype(np.float64)
    y_m = tracks["fine_y_m"][:, within].astype(np.float64)
    there = np.isfinite(x_m)
    count = np.maximum(there.sum(axis=1), 1)
    mean_x = np.where(there, x_m, 0.0).sum(axis=1) / count
    mean_y = np.where(there, y_m, 0.0).sum(axis=1) / count
    off_m2 = (x_m - mean_x[:, None]) ** 2 + (y_m - mean_y[:, None]) ** 2
    spread_m = np.sqrt(np.where(there, off_m2, 0.0).sum(axis=1) / count)
    nothing = ~there.any(axis=1)
    mean_x[nothing], mean_y[nothing] = tracks["x_m"][nothing], tracks["y_m"][nothing]
    return mean_x, mean_y, spread_m


def _spread(tracks: Tracks) -> dict[str, Floats]:
    out = {f"spread_{w}s_m": _means(tracks, w)[2] for w in SPREADS_S}
    x_m, y_m, _ = _means(tracks, WINDOWS_S[1])
    layers = _layers(tracks, x_m, y_m)
    out["shelf_mean_10s_m"] = np.minimum(layers[:, SHELF_M], 8.0)
    out["shelf_mean_10s_p"] = layers[:, SHELF_P]
    return out


def _layers(tracks: Tracks, x_m: Floats, y_m: Floats) -> Floats:
    """Ground.layers at places on the rows' levels; NaN where the place is."""
    level = tracks["level"].astype(np.int64)
    layers = tracks.ground.layers(level, np.nan_to_num(x_m), np.nan_to_num(y_m))
    return np.where(np.isfinite(x_m)[:, None], layers, np.nan)


def _places(tracks: Tracks) -> dict[str, Floats]:
    here, then = tracks.layers, tracks.column_at(WINDOWS_S[1])
    span_s = _span_s(tracks, then, WINDOWS_S[1])
    before = _layers(tracks, tracks["smooth_x_m"][:, then], tracks["smooth_y_m"][:, then])
    return {
        "shelf_m": np.minimum(here["shelf_m"], 8.0),
        "shelf_p": here["shelf_p"],
        "till_m": np.minimum(here["till_m"], 40.0),
        "till_near_m": np.minimum(here["till_m"], 8.0),
        "till_p": here["till_p"],
        "till_approach_10s_mps": (before[:, TILL_M] - here["till_m"]) / span_s,
        "entrance_m": np.minimum(here["entrance_m"], 40.0),
        "entrance_near_m": np.minimum(here["entrance_m"], 8.0),
        "entrance_approach_10s_mps": (before[:, ENTRANCE_M] - here["entrance_m"]) / span_s,
        "entrance_far_m": np.minimum(tracks["entrance_far_m"], 40.0),
    }


def _memory(tracks: Tracks) -> dict[str, Floats]:
    age_s = tracks.now_s - tracks.coarse_s
    before = np.flatnonzero((age_s >= RETURN_AFTER_S) & np.isfinite(age_s))
    off_m = np.hypot(
        tracks["coarse_x_m"][:, before] - tracks["x_m"][:, None],
        tracks["coarse_y_m"][:, before] - tracks["y_m"][:, None],
    )
    still_s = np.nan_to_num(tracks.now_s - tracks["still_since_s"], neginf=0.0)
    earlier = age_s[before] >= (still_s + RETURN_AFTER_S)[:, None]
    gaps_s = np.minimum(tracks.now_s - tracks["till_s"], 240.0)
    lately = tracks.now_s - tracks.fine_s <= min(90, FINE_TICKS)
    return {
        "near_before_s": 5.0 * ((off_m < NEAR_M) & earlier).sum(axis=1),
        "since_till_s": gaps_s,
        "returns_90s": tracks["fine_returns"][:, lately].sum(axis=1),
    }


def _map(tracks: Tracks) -> dict[str, Floats]:
    every = np.ones(tracks.count)
    shelves, tills, door = (low_m < FAR_M for low_m in tracks.ground.nearest_m)
    return {
        "map_shelves": every * shelves,
        "map_tills": every * tills,
        "map_entrance": every * door,
    }
