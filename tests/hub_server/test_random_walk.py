"""FEATURES 94: who walks as no model expects hears next to nothing, with no cap to thank for it."""

from collections import Counter

import msgspec
import numpy as np

from edge_agent.messages import FixRow, StayRow
from hub_server import stage
from hub_server.decide import decide
from hub_server.decision.snapshot import ContextSnapshot, Said
from hub_server.journeys import Journeys
from hub_server.visit.moments import Moments
from hub_server.visit.visits import Visit
from tests.hub_server.conftest import market

WALKERS = 8
SECONDS = 400
# A walk without aim: a new heading every few seconds, at the locator's error of 2 m.
SPEED_MPS = 0.8
TURN_RAD = 0.9
ERROR_M = 2.0
STAY_AFTER_S = 5


class RandomWalkers:
    """Walkers on the market's floor, located as well as our locator can."""

    def __init__(self, seed: int) -> None:
        floor_map, _, _, self.model = market()
        self.rng = np.random.default_rng(seed)
        self.journeys = Journeys(floor_map)
        self.moments = Moments(floor_map)
        self.place = np.tile([15.0, 8.0], (WALKERS, 1))
        self.heading = self.rng.uniform(-np.pi, np.pi, WALKERS)
        self.error = np.zeros((WALKERS, 2))
        self.zones: list[list[str | None]] = [[] for _ in range(WALKERS)]
        self.visits = [
            Visit(
                visit=f"v{i}",
                shopper=f"s{i}",
                visit_code="",
                join_code="",
                opened_s=0.0,
                may_locate=True,
                may_message=True,
            )
            for i in range(WALKERS)
        ]
        for i in range(WALKERS):
            self.journeys.open(f"h{i}", 0.0)

    def zone_of(self, i: int) -> str | None:
        ground = self.journeys.ground
        x_m, y_m = self.place[i]
        (zone,) = ground.zone(np.zeros(1, np.int64), np.array([x_m]), np.array([y_m]))
        return None if zone < 0 else ground.zone_ids[zone]

    def step(self, now_s: float) -> None:
        self.heading += self.rng.normal(0, TURN_RAD, WALKERS)
        move = SPEED_MPS * np.stack([np.cos(self.heading), np.sin(self.heading)], axis=1)
        inside = np.clip(self.place + move, [0.5, 0.5], [29.5, 19.5])
        self.heading[(inside != self.place + move).any(axis=1)] += np.pi
        self.place = inside
        self.error = 0.8 * self.error + 0.6 * self.rng.normal(0, ERROR_M / 2**0.5, (WALKERS, 2))
        for i, (x_m, y_m) in enumerate(self.place + self.error):
            zone = self.zone_of(i)
            self.journeys.fix([FixRow(f"h{i}", 0, x_m, y_m, 2.0, zone, 0.9, "L0")], now_s)
            self.zones[i].append(zone)
            if zone and set(self.zones[i][-STAY_AFTER_S:]) == {zone}:
                self.enter(i, zone, now_s)
        stage.step(self.journeys, self.model, now_s)

    def moment(self, i: int, now_s: float) -> ContextSnapshot:
        journey = self.journeys.at(f"h{i}", now_s)
        assert journey is not None
        self.visits[i].visible["phone"] = now_s
        return self.moments.snapshot(self.visits[i], journey, now_s)

    def enter(self, i: int, zone: str, now_s: float) -> None:
        row = StayRow(
            seq=1,
            stay=f"{i}.{now_s}",
            handle=f"h{i}",
            zone=zone,
            kind="enter",
            at_ms=0,
            boot="b",
            mono_ms=0,
            synced=True,
            zone_p=0.9,
            map_sha="",
            term=1,
        )
        self.journeys.stay(row, now_s - STAY_AFTER_S)


def test_a_random_walk_is_answered_by_silence() -> None:
    walkers, (_, campaigns, _, _) = RandomWalkers(seed=1), market()
    spoken: Counter[str | None] = Counter()
    heard: list[list[Said]] = [[] for _ in range(WALKERS)]
    for second in range(1, SECONDS + 1):
        walkers.step(float(second))
        for i in range(WALKERS):
            moment = walkers.moment(i, float(second))
            # With nothing said before, no cap and no annoyance holds anything back.
            spoken[decide(moment, campaigns).campaign] += 1
            capped = decide(msgspec.structs.replace(moment, said=tuple(heard[i])), campaigns)
            if capped.outcome == "send":
                said = (str(capped.campaign), str(capped.kind), str(capped.topic))
                heard[i].append(Said(*said, "page", moment.at_s))
    asked = WALKERS * SECONDS
    assert spoken[None] >= 0.7 * asked
    assert spoken["ask-the-counter"] <= 0.05 * asked
    assert sum(len(said) for said in heard) <= 0.01 * asked
