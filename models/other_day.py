"""Days in the other stores: who comes, walks, stops, queues, pays, follows, goes.

Part of the second simulator (`models.other_shoppers`): for judging only, never for training.
All worlds (a store on one day) run side by side in steps of DT_S.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from models.other_ground import Floats, Ground
from models.other_minds import (
    ASK,
    LEAVE,
    LOOK,
    PASS,
    PHONE,
    QUEUE,
    WAIT,
    Aim,
    Mind,
    Scene,
    aim,
    persona,
)
from models.other_steering import DT_S, NOWHERE_M, Bodies, Floors, step

TICKS_A_SECOND: Final = round(1 / DT_S)
AWAY, WALKING, STANDING, IN_LINE, TO_TILL, PAYING, FOLLOWING = range(7)

# Close enough to have come; whoever is held up settles for less, up to a limit.
ARRIVED_M: Final = 0.35
SETTLE_MPS: Final = 0.2
SETTLE_M: Final = 1.6
# Out of the door; and near enough to the line's end or its head to count as there.
GONE_M: Final = 0.95
JOINED_M: Final = 1.2
HEAD_M: Final = 1.6
# A shelf this close can tempt somebody who passes.
TEMPTING_M: Final = 1.1
# Arrivals: mean seconds between two times the floor's m2, within limits.
GAP_S_M2: Final = 9000.0
GAP_S: Final = (20.0, 75.0)
# Share that comes with a companion who follows them about.
FOLLOWERS: Final = 0.09
# A companion farther away than this is waited for, with this chance a second, for so long.
APART_M: Final = 7.0
WAITS_HZ: Final = 0.06
WAITS_S: Final = (6.0, 30.0)
# A companion looks at something of their own, chance a second.
OWN_LOOK_HZ: Final = 0.03
# Share that stops inside the door, with phone or cart, for so long.
HESITATES: Final = 0.25
# At the till: fixed part and a part for each thing, seconds.
SERVED_S: Final = 14.0
EACH_S: Final = 6.0
# Patience in the line: after this many seconds a point of patience, some walk off.
PATIENCE_S: Final = 60.0
WALKS_OFF_HZ: Final = 0.02
# Share of those who ask who find staff.
HELPED: Final = 0.7
# A look at the phone while walking slows a leg down.
SLOW_LEG: Final = 0.55


class Days:
    """All worlds and everybody in them."""

    def __init__(
        self, grounds: Sequence[Ground], worlds: Sequence[Sequence[int]], rng: np.random.Generator
    ) -> None:
        """`worlds`: for each ground, the numbers of the shoppers who come to it that day."""
        self.rng = rng
        self.grounds = grounds
        self.worlds = [list(one) for one in worlds]
        count = sum(map(len, worlds))
        self.world = np.zeros(count, np.int64)
        seats = np.full((len(worlds), max(map(len, worlds))), -1)
        for number, who in enumerate(worlds):
            self.world[who] = number
            seats[number, : len(who)] = who
        people = [persona(rng) for _ in range(count)]
        tempers = np.array([(one.inertia_s, one.meander_rad) for one in people])
        self.floors = Floors(grounds)
        self.bodies = Bodies(self.world, seats, tempers)
        self.born_s = np.zeros(count)
        self.leader = np.full(count, -1)
        for number, who in enumerate(worlds):
            self._come(grounds[number], who)
        self.minds = [
            Mind(one, grounds[self.world[i]], self.born_s[i], rng) for i, one in enumerate(people)
        ]
        self.popularity = [rng.gamma(1.5, 1 / 1.5, len(one.places)) for one in grounds]
        self.mode = np.full(count, AWAY)
        self.until_s = np.zeros(count)
        self.aims: list[Aim | None] = [None] * count
        self.kept: list[Aim | None] = [None] * count
        self.lines: list[list[int]] = [[] for _ in worlds]
        self.served: list[dict[int, int]] = [{} for _ in worlds]
        self.tracks: list[list[tuple[float, float, float]]] = [[] for _ in range(count)]

    def _come(self, ground: Ground, who: Sequence[int]) -> None:
        area_m2 = float((ground.clearance > 0).mean()) * ground.clearance.size / 16
        gap_s = float(np.clip(GAP_S_M2 / area_m2, *GAP_S))
        self.born_s[list(who)] = np.cumsum(self.rng.exponential(gap_s, len(who)))
        for first, second in zip(who[::2], who[1::2], strict=False):
            if self.rng.random() < 2 * FOLLOWERS:
                self.leader[second] = first
                self.born_s[second] = self.born_s[first] + self.rng.uniform(0.5, 2.5)

    def run(self, until_s: float = np.inf) -> None:
        """Until the last one has left, or that time."""
        todo = set(range(len(self.minds)))
        tick = 0
        while (todo or self.bodies.here.any()) and tick * DT_S < until_s:
            now_s = tick * DT_S
            for i in [one for one in sorted(todo) if self.born_s[one] <= now_s]:
                todo.remove(i)
                self._enter(i, now_s)
            step(self.floors, self.bodies, self.rng)
            if tick % TICKS_A_SECOND == 0:
                self._each_second(now_s)
            self._turns(now_s)
            tick += 1

    def _scene(self, i: int, now_s: float) -> Scene:
        world = self.world[i]
        return Scene(
            now_s,
            self.bodies.xy[i].copy(),
            self.grounds[world],
            self.popularity[world],
            len(self.lines[world]),
            self.rng,
        )

    def _enter(self, i: int, now_s: float) -> None:
        ground = self.grounds[self.world[i]]
        self.bodies.here[i] = True
        self.bodies.xy[i] = ground.doors[0]
        self.bodies.v[i] = 0.5 * self.minds[i].who.pace_mps * (ground.places[0] - ground.doors[0])
        self.minds[i].tell(now_s, "door_in")
        purpose = PHONE if self.rng.random() < HESITATES else PASS
        self._take(i, aim(self.minds[i], self._scene(i, now_s), 0, purpose))

    def _take(self, i: int, new: Aim) -> None:
        if self.rng.random() < self.minds[i].who.phone / 2:
            new = new._replace(pace_mps=new.pace_mps * SLOW_LEG)
        self.aims[i] = new
        self.mode[i] = WALKING
        self.bodies.standing[i] = False
        self.bodies.goal[i] = new.point
        self.bodies.place[i] = new.place
        self.bodies.pace_mps[i] = new.pace_mps
        self.bodies.stalled_s[i] = 0

    def _decide(self, i: int, now_s: float) -> None:
        kept, self.kept[i] = self.kept[i], None
        leader = self.leader[i]
        if leader >= 0 and self.bodies.here[leader]:
            self.mode[i] = FOLLOWING
            self.bodies.standing[i] = False
        elif leader >= 0:
            self._take(i, aim(self.minds[i], self._scene(i, now_s), 1, LEAVE))
        else:
            self._take(i, kept or self.minds[i].next(self._scene(i, now_s)))

    def _stand(self, i: int, mode: int, until_s: float) -> None:
        self.mode[i] = mode
        self.until_s[i] = until_s
        self.bodies.standing[i] = True
        self.bodies.home[i] = self.bodies.xy[i]
        self.bodies.goal[i] = self.bodies.xy[i]

    def _turns(self, now_s: float) -> None:
        """Whoever has come or has stood long enough does the next thing."""
        near_m = ARRIVED_M + np.minimum(SETTLE_MPS * self.bodies.stalled_s, SETTLE_M)
        leaving = np.array([one is not None and one.purpose == LEAVE for one in self.aims])
        come = self.bodies.to_go_m() < np.where(leaving, np.maximum(near_m, GONE_M), near_m)
        for i in np.flatnonzero((self.mode == WALKING) & come):
            self._come_to(int(i), now_s)
        for i in np.flatnonzero((self.mode == TO_TILL) & come):
            things = self.minds[i].basket * self.rng.gamma(4, EACH_S / 4)
            self._stand(int(i), PAYING, now_s + self.rng.gamma(3, SERVED_S / 3) + things)
        over = self.until_s <= now_s
        for i in np.flatnonzero((self.mode == STANDING) & over):
            self._stood(int(i), now_s)
        for i in np.flatnonzero((self.mode == PAYING) & over):
            self._paid(int(i), now_s)

    def _come_to(self, i: int, now_s: float) -> None:
        came = self.aims[i]
        if came is None or came.dwell_s == 0:
            if came is not None and came.purpose == LEAVE:
                self._leave(i, now_s)
            elif came is not None and came.purpose == QUEUE:
                self.mode[i] = IN_LINE
                self.until_s[i] = now_s + PATIENCE_S * (1 + self.minds[i].who.patience)
                self.lines[self.world[i]].append(i)
            else:
                self._decide(i, now_s)
            return
        self._stand(i, STANDING, now_s + came.dwell_s)

    def _stood(self, i: int, now_s: float) -> None:
        stop = self.aims[i]
        if stop is not None and stop.purpose == LOOK:
            self.minds[i].looked(self._scene(i, now_s), stop.place, stop.dwell_s)
        if stop is not None and stop.purpose == ASK and self.rng.random() < HELPED:
            self.minds[i].tell(now_s, "staff_help")
        self._decide(i, now_s)

    def _paid(self, i: int, now_s: float) -> None:
        world = self.world[i]
        self.served[world] = {till: one for till, one in self.served[world].items() if one != i}
        self.minds[i].bought = self.minds[i].paid = True
        self.minds[i].tell(now_s - self.rng.uniform(0, 5), "pos")
        self._decide(i, now_s)

    def _leave(self, i: int, now_s: float) -> None:
        self.mode[i] = AWAY
        self.bodies.here[i] = False
        self.bodies.xy[i] = NOWHERE_M
        self.minds[i].tell(now_s, "door_out")

    def _each_second(self, now_s: float) -> None:
        for i in np.flatnonzero(self.bodies.here):
            self.tracks[i].append((now_s, *self.bodies.xy[i]))
        for i in np.flatnonzero(self.mode == WALKING):
            self._on_the_way(int(i), now_s)
        for i in np.flatnonzero(self.mode == FOLLOWING):
            self._follow(int(i), now_s)
        for world in range(len(self.worlds)):
            self._till(world, now_s)

    def _on_the_way(self, i: int, now_s: float) -> None:
        """Shelves tempt, companions are waited for; the old aim is kept for afterwards."""
        going = self.aims[i]
        if going is None or self.kept[i] is not None:
            return
        scene = self._scene(i, now_s)
        mates = np.flatnonzero((self.leader == i) & self.bodies.here)
        if len(mates) and np.hypot(*(self.bodies.xy[mates[0]] - scene.xy)) > APART_M:
            if self.rng.random() < WAITS_HZ:
                self._pause(i, now_s, going)
            return
        if going.purpose not in (LOOK, PASS, ASK) or self.minds[i].astray:
            return
        spots = scene.ground.spots
        far = np.hypot(*(scene.ground.places[spots] - scene.xy).T)
        nearest = int(np.argmin(far))
        spot = spots[nearest]
        if far[nearest] < TEMPTING_M and spot != going.place and self.minds[i].tempted(scene, spot):
            self._take(i, aim(self.minds[i], scene, spot, LOOK))
            self.kept[i] = going

    def _pause(self, i: int, now_s: float, going: Aim) -> None:
        self.kept[i] = going
        seconds = self.rng.uniform(*WAITS_S)
        self.aims[i] = going._replace(purpose=WAIT, dwell_s=seconds)
        self._stand(i, STANDING, now_s + seconds)

    def _follow(self, i: int, now_s: float) -> None:
        leader, bodies = self.leader[i], self.bodies
        if not bodies.here[leader]:
            self._decide(i, now_s)
            return
        scene = self._scene(i, now_s)
        behind = bodies.xy[leader] - bodies.xy[i]
        far = float(np.hypot(*behind))
        if far < 2 * JOINED_M and self.rng.random() < OWN_LOOK_HZ:
            spots = scene.ground.spots
            off = np.hypot(*(scene.ground.places[spots] - scene.xy).T)
            own = spots[int(np.argsort(off)[self.rng.integers(0, 4)])]
            self._take(i, aim(self.minds[i], scene, own, LOOK))
            return
        bodies.place[i] = bodies.place[leader]
        if bodies.standing[leader] or self.mode[leader] == IN_LINE:
            off = np.hypot(*(scene.ground.places - bodies.xy[leader]).T)
            bodies.place[i] = int(np.argmin(off))
        if bodies.standing[i] and far < 2 * JOINED_M:
            return
        bodies.goal[i] = bodies.xy[leader] - 0.8 * behind / max(far, 0.1)
        bodies.pace_mps[i] = float(np.clip(0.6 + 0.2 * far, 0.6, 1.4))
        bodies.standing[i] = bool(bodies.standing[leader]) and far < JOINED_M
        bodies.home[i] = bodies.xy[i]

    def _till(self, world: int, now_s: float) -> None:
        """The line moves up; whoever is first goes to a free till."""
        ground, line, served = self.grounds[world], self.lines[world], self.served[world]
        free = [one for one in ground.tills if one not in served]
        if line and free:
            head = line[0]
            if np.hypot(*(self.bodies.xy[head] - ground.queue[1])) < HEAD_M:
                line.pop(0)
                served[free[0]] = head
                self.mode[head] = TO_TILL
                self.bodies.goal[head] = ground.places[free[0]]
                self.bodies.place[head] = free[0]
        for k, i in enumerate(list(line)):
            self.bodies.goal[i] = ground.queue[min(k + 1, len(ground.queue) - 1)]
            self.bodies.place[i] = ground.tills[0]
            if now_s > self.until_s[i] and self.rng.random() < WALKS_OFF_HZ:
                line.remove(i)
                self.minds[i].gave_up = True
                self._decide(i, now_s)
        tail = ground.queue[min(len(line) + 1, len(ground.queue) - 1)]
        for i in self.worlds[world]:
            going = self.aims[i]
            if self.mode[i] == WALKING and going is not None and going.purpose == QUEUE:
                self.bodies.goal[i] = tail


def jittered(ground: Ground, xy: Floats, sigma_m: float, rng: np.random.Generator) -> Floats:
    """A track (n, 2) as a camera would have it: noisy, but never inside of things."""
    noisy = xy + rng.normal(0, sigma_m, xy.shape)
    inside = ground.at(ground.clearance, noisy) <= 0
    return np.where(inside[:, None], xy, noisy)
