"""Bodies that are pushed and pulled: potentials ahead, things and people around, their own mass.

Part of the second simulator (`models.other_shoppers`): for judging only, never for training.
After Helbing and Molnar's social force (1995): dv/dt = (wish - v) / tau + what pushes.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.other_ground import BODY_M, CELL_M, Floats, Ground

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

# A quarter of a second: at 1.4 m/s a step of 0.35 m, less than a shelf is deep.
DT_S: Final = 0.25
SPEED_MAX_MPS: Final = 1.6
# People slow down over the last steps to where they stop.
BRAKING_M: Final = 0.9
# Slope of a potential, cell to cell, is cut here: a wall next door is not infinitely steep.
STEEP: Final = 2.0
# Repulsion between people: strength, reach, and the radius of two bodies.
PUSH_MPS2: Final = 1.8
PUSH_REACH_M: Final = 0.3
TWO_BODIES_M: Final = 0.5
# Somebody who stands gives way less than somebody who walks.
STANDS_FIRM: Final = 0.25
# People pass on the right: the push is turned by this much.
PASSING_RAD: Final = 0.5
# Walls push softly from here on.
WALL_MPS2: Final = 1.2
WALL_FROM_M: Final = 0.45
# How fast a person's drift off the straight way changes.
MEANDER_S: Final = 4.0
# Standing is no statue: small steps, now and then a longer shuffle along the shelf.
SMALL_STEPS_HZ: Final = 0.16
SMALL_STEP_M: Final = 0.16
SHUFFLE_SHARE: Final = 0.12
SHUFFLE_M: Final = 0.45
SHUFFLE_MPS: Final = 0.45
# Jostling: random acceleration of anybody, per square root of a second.
JOSTLE_MPS: Final = 0.06
# Who means to walk but is still near where they were of late is stalled; people then squeeze
# through. Of late: an average that forgets in so many seconds; half a pace behind it at 0.35 m/s.
OF_LATE_S: Final = 4.0
STALLED_M: Final = 0.4
SQUEEZE_S: Final = 2.5
# Points looked at along a line of sight, and how far one looks.
SIGHT_POINTS: Final = 14
SIGHT_M: Final = 6.0
NOWHERE_M: Final = 1e7


class Floors:
    """Several grounds laid end to end, so that one lookup serves everybody."""

    def __init__(self, grounds: Sequence[Ground]) -> None:
        self.corner = np.array([one.corner for one in grounds])
        self.shape = np.array([one.clearance.shape for one in grounds])
        self.cells = self.shape.prod(1)
        sizes = [one.potentials.size for one in grounds]
        self.first = np.r_[0, np.cumsum(self.cells)[:-1]]
        self.first_potential = np.r_[0, np.cumsum(sizes)[:-1]]
        self._clearance = np.concatenate([one.clearance.ravel() for one in grounds])
        self._potential = np.concatenate([one.potentials.ravel() for one in grounds])

    def _cell(self, ground: Ints, xy: Floats) -> Ints:
        at = np.round((xy - self.corner[ground]) / CELL_M).astype(np.int64)
        rows, columns = self.shape[ground].T
        cell = np.clip(at[..., 1], 0, rows - 1) * columns + np.clip(at[..., 0], 0, columns - 1)
        return np.asarray(cell)

    def nearest_clearance(self, ground: Ints, xy: Floats) -> Floats:
        """Clearance in each point's cell, metres."""
        out: Floats = self._clearance[self.first[ground] + self._cell(ground, xy)].astype(float)
        return out

    def clearance(self, ground: Ints, xy: Floats) -> tuple[Floats, Floats]:
        """Clearance at each point (n,), and which way it grows (n, 2), between the cells."""
        at = (xy - self.corner[ground]) / CELL_M
        rows, columns = self.shape[ground].T
        x = np.clip(at[:, 0], 0, columns - 1.001)
        y = np.clip(at[:, 1], 0, rows - 1.001)
        column, row = x.astype(np.int64), y.astype(np.int64)
        u, v = x - column, y - row
        cell = self.first[ground] + row * columns + column
        a, b = self._clearance[cell], self._clearance[cell + 1]
        c, d = self._clearance[cell + columns], self._clearance[cell + columns + 1]
        value = (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * c + u * d)
        slope = np.stack([(1 - v) * (b - a) + v * (d - c), (1 - u) * (c - a) + u * (d - b)], 1)
        return value, slope / np.maximum(np.hypot(*slope.T), 1e-6)[:, None]

    def downhill(self, ground: Ints, place: Ints, xy: Floats) -> Floats:
        """The direction (n, 2) in which the way to a place grows shorter."""
        columns = self.shape[ground, 1]
        cell = self.first_potential[ground] + place * self.cells[ground] + self._cell(ground, xy)
        here = self._potential[cell]
        out = []
        for side in (np.ones_like(columns), columns):
            up = np.clip(self._potential[cell + side] - here, -STEEP * CELL_M, STEEP * CELL_M)
            down = np.clip(here - self._potential[cell - side], -STEEP * CELL_M, STEEP * CELL_M)
            out.append(up + down)
        slope = np.stack(out, 1).astype(float)
        return np.asarray(-slope / np.maximum(np.hypot(*slope.T), 1e-6)[:, None])

    def sees(self, ground: Ints, xy: Floats, goal: Floats) -> Mask:
        """Whether nothing stands between, within sight."""
        share = np.linspace(0, 1, SIGHT_POINTS)[None, :, None]
        points = xy[:, None] + share * (goal - xy)[:, None]
        over = np.repeat(ground, SIGHT_POINTS)
        room = self.nearest_clearance(over, points.reshape(-1, 2)).reshape(-1, SIGHT_POINTS)
        near = np.hypot(*(goal - xy).T) < SIGHT_M
        clear: Mask = near & (room[:, 1:-1] > BODY_M).all(1)
        return clear


class Bodies:
    """Everybody's place, speed and goal, as arrays over the n shoppers of all worlds."""

    def __init__(self, ground: Ints, seats: Ints, tempers: Floats) -> None:
        """Nobody is here yet.

        `seats` (worlds, most): who is in which world, -1 = nobody; `tempers` (n, 2): tau_s and the
        spread of their meander in radians.
        """
        n = len(ground)
        self.ground = ground
        self.seats = seats
        self.inertia_s, self.meander_rad = tempers.T
        self.xy = np.full((n, 2), NOWHERE_M)
        self.of_late = np.zeros((n, 2))
        self.v = np.zeros((n, 2))
        self.goal = np.zeros((n, 2))
        self.home = np.zeros((n, 2))
        self.place = np.zeros(n, np.int64)
        self.pace_mps = np.ones(n)
        self.astray_rad = np.zeros(n)
        self.here = np.zeros(n, bool)
        self.standing = np.zeros(n, bool)
        self.stalled_s = np.zeros(n)

    def to_go_m(self) -> Floats:
        """How far each is from the goal."""
        return np.asarray(np.hypot(*(self.goal - self.xy).T))


def step(floors: Floors, bodies: Bodies, rng: np.random.Generator) -> None:
    """Move everybody who is here by DT_S."""
    who = np.flatnonzero(bodies.here)
    if not len(who):
        return
    _fidget(bodies, who, rng)
    wish = _wish(floors, bodies, who, rng)
    clear, outward = floors.clearance(bodies.ground[who], bodies.xy[who])
    push = _push_of_people(bodies)[who]
    push *= np.where(bodies.standing[who], STANDS_FIRM, 1.0)[:, None]
    push *= (bodies.stalled_s[who] < SQUEEZE_S)[:, None]
    push += WALL_MPS2 * np.clip(1 - clear / WALL_FROM_M, 0, 1)[:, None] * outward
    v = bodies.v[who]
    v = v + DT_S * ((wish - v) / bodies.inertia_s[who, None] + push)
    v = v + JOSTLE_MPS * np.sqrt(DT_S) * rng.normal(size=v.shape)
    speed = np.hypot(*v.T)
    v *= np.minimum(1, SPEED_MAX_MPS / np.maximum(speed, 1e-6))[:, None]
    _land(floors, bodies, who, v, clear)
    bodies.of_late[who] += DT_S / OF_LATE_S * (bodies.xy[who] - bodies.of_late[who])
    near = np.hypot(*(bodies.xy[who] - bodies.of_late[who]).T) < STALLED_M
    change = np.where(near & ~bodies.standing[who], DT_S, -DT_S)
    bodies.stalled_s[who] = np.maximum(bodies.stalled_s[who] + change, 0)


def _fidget(bodies: Bodies, who: Ints, rng: np.random.Generator) -> None:
    """Who stands takes a small step now and then."""
    draw = rng.random(len(who))
    moves = who[bodies.standing[who] & (draw < SMALL_STEPS_HZ * DT_S)]
    long = rng.random(len(moves)) < SHUFFLE_SHARE
    size_m = np.where(long, SHUFFLE_M, SMALL_STEP_M)[:, None]
    bodies.goal[moves] = bodies.home[moves] + size_m * rng.normal(size=(len(moves), 2))
    bodies.home[moves[long]] = bodies.goal[moves[long]]


def _wish(floors: Floors, bodies: Bodies, who: Ints, rng: np.random.Generator) -> Floats:
    """The velocity that each would like to have."""
    ground, xy, goal = bodies.ground[who], bodies.xy[who], bodies.goal[who]
    to_go = goal - xy
    far = np.hypot(*to_go.T)
    direct = to_go / np.maximum(far, 1e-6)[:, None]
    standing = bodies.standing[who]
    straight = standing | floors.sees(ground, xy, goal)
    way = np.where(straight[:, None], direct, floors.downhill(ground, bodies.place[who], xy))
    keep = np.exp(-DT_S / MEANDER_S)
    noise = np.sqrt(1 - keep**2) * bodies.meander_rad[who] * rng.normal(size=len(who))
    bodies.astray_rad[who] = keep * bodies.astray_rad[who] + noise
    turn = np.where(far > 2 * BRAKING_M, bodies.astray_rad[who], 0.0)
    pace = np.where(standing, SHUFFLE_MPS, bodies.pace_mps[who]) * np.clip(far / BRAKING_M, 0, 1)
    return np.asarray(_turned(way, turn) * pace[:, None])


def _turned(vectors: Floats, by_rad: Floats) -> Floats:
    x, y = vectors.T
    cos, sin = np.cos(by_rad), np.sin(by_rad)
    return np.stack([cos * x - sin * y, sin * x + cos * y], 1)


def _push_of_people(bodies: Bodies) -> Floats:
    """What the others in the same world push each with, m/s2."""
    seats = bodies.seats
    xy = np.where((seats >= 0)[..., None], bodies.xy[seats], NOWHERE_M)
    apart = xy[:, :, None] - xy[:, None]
    far = np.hypot(apart[..., 0], apart[..., 1])
    # Nobody pushes themselves; who is nowhere is at no distance and pushes nobody either.
    strength = np.where(
        (far > 0) & (far < 4 * TWO_BODIES_M),
        PUSH_MPS2 * np.exp((TWO_BODIES_M - far) / PUSH_REACH_M) / np.maximum(far, 0.05),
        0.0,
    )
    total = (strength[..., None] * apart).sum(2)
    out = np.zeros_like(bodies.xy)
    seated = seats >= 0
    pushed = total[seated]
    out[seats[seated]] = _turned(pushed, np.full(len(pushed), -PASSING_RAD))
    return out


def _land(floors: Floors, bodies: Bodies, who: Ints, v: Floats, was: Floats) -> None:
    """Step, slide along what is in the way, stay where there is no room."""
    ground = bodies.ground[who]
    old = bodies.xy[who]
    new = old + DT_S * v
    room, outward = floors.clearance(ground, new)
    tight = room < BODY_M
    if tight.any():
        into = np.minimum((v * outward).sum(1), 0)
        new = new + np.where(tight, BODY_M - room, 0)[:, None] * outward
        v = v - np.where(tight, into, 0)[:, None] * outward
        room, _ = floors.clearance(ground, new)
    stuck = (room < BODY_M / 3) & (room <= was)
    bodies.xy[who] = np.where(stuck[:, None], old, new)
    bodies.v[who] = np.where(stuck[:, None], 0, v)
