"""Every feature of one journey at a tick, by its definition, computed from the whole visit."""

import math
from dataclasses import dataclass

import numpy as np

from hub_server.features import (
    HOPS_S,
    LINES_S,
    WINDOWS_S,
    ZONE_GROUPS,
)
from hub_server.journey.tracks import EVENTS
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
    Ground,
)
from store_maps.layouts import store

MAP = store("boutique", 1)
GROUND = Ground(MAP)

EVENTS_TOLD = [
    (20.5, "scan"),
    (33.0, "app_open"),
    (33.0, "door_in"),
    (80.2, "scan"),
    (110.0, "pos"),
]

Fix = tuple[float, float, float, float, str | None, float]
"""t_s, x_m, y_m, radius_m, zone, zone_p"""
Smooth = list[tuple[float, float, float, float]]
"""at each tick: t_s, x_m, y_m, path_m; NaN before the first place"""


def smoothed(fixes: list[Fix], ticks: list[float], opened_s: float) -> tuple[Smooth, list[float]]:
    """The smoothed track and when its place was last measured, by the definition."""
    out: Smooth = []
    placed: list[float] = []
    x = y = math.nan
    path, placed_s, taken = 0.0, -math.inf, 0
    for tick in ticks:
        last = None
        while taken < len(fixes) and fixes[taken][0] <= tick:
            last = fixes[taken]
            taken += 1
        if last is not None and last[0] >= opened_s and last[3] <= 12.0:
            gap_s = last[0] - placed_s
            if gap_s > 20.0:
                x, y = last[1], last[2]
            else:
                gain = 1 - math.exp(-gap_s / 3.0)
                move = (gain * (last[1] - x), gain * (last[2] - y))
                x, y, path = x + move[0], y + move[1], path + math.hypot(*move)
            placed_s = last[0]
        out.append((tick, x, y, path))
        placed.append(placed_s)
    return out, placed


def layer(k: int, x_m: float, y_m: float) -> float:
    if math.isnan(x_m):
        return math.nan
    return float(GROUND.layers(np.array([0]), np.array([x_m]), np.array([y_m]))[0, k])


@dataclass
class Stay:
    x_m: float
    y_m: float
    since_s: float
    end_s: float


class Batch:
    """Every feature of one journey at tick `n`, computed from the whole visit."""

    def __init__(self, fixes: list[Fix], ticks: list[float], opened_s: float) -> None:
        self.fixes, self.ticks, self.opened_s = fixes, ticks, opened_s
        self.track, self.placed = smoothed(fixes, ticks, opened_s)

    def then(self, n: int, window_s: float) -> int | None:
        """The last tick at least `window_s` before tick `n`, not too long before it."""
        now_s = self.ticks[n]
        old = [k for k in range(n) if now_s - self.ticks[k] >= window_s - 0.25]
        if not old or now_s - self.ticks[old[-1]] > 2 * window_s:
            return None
        return old[-1]

    def movement(self, n: int, window_s: float) -> tuple[float, float, float]:
        """Speed, pace and efficiency."""
        k = self.then(n, window_s)
        if k is None or self.ticks[k] < self.opened_s:
            return 0.0, 0.0, 0.0
        (t0, x0, y0, path0), (t1, x1, y1, path1) = self.track[k], self.track[n]
        net, path = math.hypot(x1 - x0, y1 - y0), path1 - path0
        if math.isnan(net):
            return 0.0, (path / (t1 - t0)), 0.0
        return net / (t1 - t0), path / (t1 - t0), min(net / (path + 0.5), 1.0)

    def measured(self, n: int, window_s: float) -> list[tuple[float, float, float]]:
        """(tick, x, y) of the new places of the ticks in the window."""
        out = []
        for k in range(n + 1):
            before = self.placed[k - 1] if k else -math.inf
            if self.ticks[n] - self.ticks[k] < window_s and self.placed[k] > before:
                fix = next(f for f in self.fixes if f[0] == self.placed[k])
                out.append((self.ticks[k], fix[1], fix[2]))
        return out

    def line(self, n: int, window_s: float) -> tuple[float, float, float]:
        """Speed along the least-squares line, spread, distance off the line."""
        places = np.array(self.measured(n, window_s))
        if not len(places):
            return 0.0, 0.0, 0.0
        t, xy = places[:, 0] - places[:, 0].mean(), places[:, 1:] - places[:, 1:].mean(axis=0)
        spread = float(np.sqrt((xy**2).sum(axis=1).mean()))
        steady = max(float((t**2).mean()), 0.5)
        slope = (t[:, None] * xy).mean(axis=0) / steady
        off = math.sqrt(max(spread**2 - float((slope**2).sum()) * steady, 0.0))
        return float(np.hypot(*slope)) if len(places) >= 3 else 0.0, spread, off

    def ahead(self, n: int) -> tuple[float, float]:
        """Where the line through the last 4 s will be in 3 s; without a line its middle."""
        places = np.array(self.measured(n, 4.0))
        if not len(places):
            return self.track[n][1:3]
        t, middle = places[:, 0] - places[:, 0].mean(), places[:, 1:].mean(axis=0)
        slope = (t[:, None] * places[:, 1:]).mean(axis=0) / max(float((t**2).mean()), 0.5)
        run_s = 3.0 + self.ticks[n] - places[:, 0].mean() if len(places) >= 3 else 0.0
        x, y = middle + slope * run_s
        return float(x), float(y)

    def nearing(self, n: int, window_s: float, k: int) -> float:
        """How fast the measured places come near what layer `k` measures, by least squares."""
        places = np.array(self.measured(n, window_s))
        if len(places) < 3:
            return 0.0
        far = np.array([layer(k, x, y) for _, x, y in places])
        t = places[:, 0] - places[:, 0].mean()
        return -float((t * far).mean() / max((t**2).mean(), 0.5))

    def hops(self, n: int, window_s: float) -> float:
        """Metres a second from measured place to measured place."""
        k = self.then(n, window_s)
        if k is None or self.ticks[k] < self.opened_s:
            return 0.0
        since = [p for p in self.measured(n, 1e9) if p[0] > self.ticks[k]]
        before = [p for p in self.measured(n, 1e9) if p[0] <= self.ticks[k]][-1:]
        way = np.array([*before, *since])[:, 1:] if before or since else np.empty((0, 2))
        return float(np.hypot(*np.diff(way, axis=0).T).sum()) / (self.ticks[n] - self.ticks[k])

    def hop_m(self, n: int) -> float:
        """The running mean distance between measured places, once there are four."""
        places, mean = self.measured(n, 1e9), 0.0
        for k in range(1, len(places)):
            hop = math.hypot(places[k][1] - places[k - 1][1], places[k][2] - places[k - 1][2])
            mean += (hop - mean) / min(k, 40)
        return mean if len(places) > 4 else 0.0

    def stays(self, n: int) -> tuple[list[Stay], Stay]:
        """The ended stays, and the one under way."""
        ended: list[Stay] = []
        now = Stay(math.nan, math.nan, 0.0, 0.0)
        ticks = 0.0
        for k in range(n + 1):
            t, x, y, _ = self.track[k]
            new = self.placed[k] > (self.placed[k - 1] if k else -math.inf)
            if math.hypot(x - now.x_m, y - now.y_m) <= 2.5:
                ticks = min(ticks + 1, 15)
                now.x_m += (x - now.x_m) / ticks
                now.y_m += (y - now.y_m) / ticks
                now.end_s = t
            elif new:
                if ticks and t - now.since_s >= 8.0:
                    now.end_s = t
                    ended.append(now)
                ticks, now = 1.0, Stay(x, y, t, t)
        now.end_s = self.ticks[n] if ticks else now.since_s
        return ended, now

    def stay(self, n: int) -> dict[str, float]:
        """The features of stays."""
        ended, now = self.stays(n)
        now_s, long_s = self.ticks[n], now.end_s - now.since_s
        late = [one for one in ended[-16:] if now_s - one.end_s < 240.0 + long_s]
        far = [math.hypot(one.x_m - now.x_m, one.y_m - now.y_m) for one in late]
        near = int(np.argmin(far)) if far else -1
        back_m = min(far, default=8.0)
        last = ended[-1] if ended else Stay(0.0, 0.0, 0.0, -math.inf)
        lengths = [one.end_s - one.since_s for one in ended]
        return {
            "stay_s": long_s,
            "stay_shelf_m": min(layer(SHELF_M, now.x_m, now.y_m), 8.0),
            "stay_shelf_p": layer(STAY_SHELF_P, now.x_m, now.y_m),
            "stay_till_p": layer(STAY_TILL_P, now.x_m, now.y_m),
            "stay_shelf_rough_p": layer(SHELF_P, now.x_m, now.y_m),
            "stay_till_rough_p": layer(TILL_P, now.x_m, now.y_m),
            "back_m": min(back_m, 8.0),
            "back_long_s": late[near].end_s - late[near].since_s if back_m < 8.0 else 0.0,
            "since_stay_s": min(now_s - last.end_s, 240.0),
            "last_stay_s": lengths[-1] if ended else 0.0,
            "stays": float(len(ended)),
            "stays_share": sum(lengths) / max(now_s - self.opened_s, 10.0),
            "longest_s": max([*lengths, long_s]),
        }

    def still_s(self, n: int) -> float:
        """Seconds for which every tick found less than 0.4 m/s over 5 s."""
        since = math.inf
        for m in range(n + 1):
            if self.ticks[m] < self.opened_s:
                continue
            old = [k for k in range(m) if self.ticks[m] - self.ticks[k] >= 4.75]
            if not old or math.isnan(self.track[old[-1]][1]):
                since = math.inf
                continue
            (t0, x0, y0, _), (t1, x1, y1, _) = self.track[old[-1]], self.track[m]
            still = math.hypot(x1 - x0, y1 - y0) / (t1 - t0) < 0.4
            since = min(since, t1) if still else math.inf
        return 0.0 if math.isinf(since) else self.ticks[n] - since

    def returns(self, n: int) -> float:
        zone, left, at = -1, dict[int, float](), []
        for t, x, y, _ in self.track[: n + 1]:
            here = (
                -1
                if math.isnan(x)
                else int(GROUND.zone(np.array([0]), np.array([x]), np.array([y]))[0])
            )
            if here != zone:
                if here >= 0 and t - left.get(here, -math.inf) < 150.0:
                    at.append(t)
                if zone >= 0:
                    left[zone] = t
                zone = here
        return float(sum(self.ticks[n] - t <= 90.0 for t in at))

    def approach(self, n: int, k: int, window_s: float = 10.0) -> float:
        """Metres a second towards till or exit over the window."""
        then = self.then(n, window_s)
        if then is None or self.ticks[then] < self.opened_s:
            return 0.0
        before, now = layer(k, *self.track[then][1:3]), layer(k, *self.track[n][1:3])
        rate = (before - now) / (self.ticks[n] - self.ticks[then])
        return 0.0 if math.isnan(rate) else rate

    def row(self, n: int) -> dict[str, float]:
        now_s, x, y, path = self.track[n]
        seen = [k for k in range(n + 1) if not math.isnan(self.track[k][1])]
        at_till = [self.ticks[k] for k in seen if layer(TILL_P, *self.track[k][1:3]) >= 0.35]
        mine = [f for f in self.fixes if self.opened_s <= f[0] <= now_s]
        zone, zone_p = (mine[-1][4], mine[-1][5]) if mine else (None, 0.0)
        zone_type = GROUND.zone_types[GROUND.zone_index[zone]] if zone else ""
        places = self.measured(n, 10.0)
        middle = np.mean(places, axis=0)[1:].tolist() if places else [x, y]
        out = {
            "in_store_s": now_s - self.opened_s,
            "in_store_first_s": min(now_s - self.opened_s, 90.0),
            "place_age_s": now_s - self.placed[n],
            "placed": float(not math.isnan(x)),
            "radius_m": min(mine[-1][3], 12.0) if mine else 0.0,
            "zone_p": zone_p,
            "still_s": self.still_s(n),
            "hop_m": self.hop_m(n),
            "shelf_m": min(layer(SHELF_M, x, y), 8.0),
            "shelf_p": layer(SHELF_P, x, y),
            "shelf_mean_10s_m": min(layer(SHELF_M, *middle), 8.0),
            "shelf_mean_10s_p": layer(SHELF_P, *middle),
            "till_m": min(layer(TILL_M, x, y), 40.0),
            "till_near_m": min(layer(TILL_M, x, y), 8.0),
            "till_p": layer(TILL_P, x, y),
            "shelf_wide_p": layer(WIDE_SHELF_P, x, y),
            "till_wide_p": layer(WIDE_TILL_P, x, y),
            "till_mean_10s_p": layer(TILL_P, *middle),
            "till_approach_10s_mps": self.approach(n, TILL_M),
            "since_till_s": min(now_s - max(at_till, default=-math.inf), 240.0),
            "entrance_m": min(layer(ENTRANCE_M, x, y), 40.0),
            "entrance_near_m": min(layer(ENTRANCE_M, x, y), 8.0),
            "entrance_far_m": max(
                (layer(ENTRANCE_M, *self.track[k][1:3]) for k in seen), default=0.0
            ),
            "exit_m": min(layer(EXIT_M, x, y), 40.0),
            "exit_approach_10s_mps": self.approach(n, EXIT_M),
            "exit_approach_20s_mps": self.approach(n, EXIT_M, 20.0),
            "pace_all_mps": path / max(now_s - self.opened_s, 10.0),
            **self.stay(n),
            "returns_90s": self.returns(n),
            "path_m": path,
            "map_shelves": 1.0,
            "map_tills": 1.0,
            "map_entrance": 1.0,
        }
        for name, group in ZONE_GROUPS.items():
            out[f"zone_{name}_p"] = zone_p if zone_type in group else 0.0
        for window_s in WINDOWS_S:
            speed, pace, efficiency = self.movement(n, window_s)
            out[f"speed_{window_s}s_mps"] = speed
            out[f"pace_{window_s}s_mps"] = pace
            out[f"efficiency_{window_s}s"] = efficiency
        for window_s in LINES_S:
            found = self.line(n, window_s)
            for name, value in zip(
                ("line_{}s_mps", "spread_{}s_m", "off_line_{}s_m"), found, strict=True
            ):
                out[name.format(window_s)] = value
            out[f"exit_{window_s}s_mps"] = self.nearing(n, window_s, EXIT_M)
            out[f"till_{window_s}s_mps"] = self.nearing(n, window_s, TILL_M)
        for window_s in HOPS_S:
            out[f"hops_{window_s}s_mps"] = self.hops(n, window_s)
        last = self.measured(n, 1e9)[-1:]
        out["fix_shelf_p"] = layer(SHELF_P, *last[0][1:]) if last else 0.0
        out["fix_till_p"] = layer(TILL_P, *last[0][1:]) if last else 0.0
        out["ahead_shelf_p"] = layer(SHELF_P, *self.ahead(n))
        out["ahead_till_p"] = layer(TILL_P, *self.ahead(n))
        out |= self.told(n)
        return {name: 0.0 if math.isnan(value) else value for name, value in out.items()}

    def told(self, n: int) -> dict[str, float]:
        """The features of events."""
        now_s = self.ticks[n]
        at = {kind: [t for t, k in EVENTS_TOLD if k == kind and t <= now_s] for kind in EVENTS}
        fresh = {
            f"{k}_fresh": 0.5 ** ((now_s - max(t)) / 30.0) if t else 0.0 for k, t in at.items()
        }
        return {**fresh, "scans": len(at["scan"]), "app_opens": len(at["app_open"])}
