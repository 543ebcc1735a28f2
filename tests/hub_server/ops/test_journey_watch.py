"""The card "Journey": what it counts, and when it says that too little was seen."""

import numpy as np

from edge_agent.messages import FixRow
from hub_server.impact.checkouts import Share
from hub_server.journey.tracks import STATE_WIDTH
from hub_server.journeys import STAGES, Journeys
from hub_server.model.seat import ModelSeat
from hub_server.ops.journey_watch import COUNT_MIN, SECONDS_MIN, JourneyWatch
from hub_server.stage import StageModel
from hub_server.views.hub import ShareView
from store_maps import corner_market

GATES = np.full(len(STAGES), 0.7)
HOUR_S = 3600


class Floor:
    """Journeys that the test tells their stage."""

    def __init__(self) -> None:
        self.journeys = Journeys(corner_market.load())
        self.watch = JourneyWatch(self.journeys, ModelSeat(StageModel(None, "no model")))
        self.now_s = 0.0

    def open(self, *handles: str) -> None:
        for handle in handles:
            self.journeys.open(handle, self.now_s)

    def tick(
        self, seconds: int = 1, *, stage: str = "engaged", p: float = 0.9, x_m: float = 10.0
    ) -> None:
        """Everybody is in `stage` with `p`; `x_m` NaN: nobody is placed."""
        answer = np.full((len(self.journeys), len(STAGES)), (1 - p) / 7, np.float32)
        answer[:, STAGES.index(stage)] = p
        rest = np.zeros(len(answer), np.float32), np.zeros((len(answer), STATE_WIDTH), np.float32)
        for _ in range(seconds):
            self.now_s += 1
            rows = [FixRow(h, 0, x_m, 10.0, 1.5, None, 0.0, "L0") for h in self.journeys.handles]
            if np.isfinite(x_m):
                self.journeys.fix(rows, self.now_s)
            assert self.journeys.sample(self.now_s)
            self.journeys.follow(answer, *rest, GATES)
            self.watch.see()


def test_too_little_is_said_to_be_too_little() -> None:
    floor = Floor()
    assert floor.watch.view().sure_share is None
    floor.open("a")
    floor.tick(SECONDS_MIN - 1)
    view = floor.watch.view()
    assert (view.sure_share, view.flips_per_min, view.unplaced_share) == (None, None, None)
    assert (view.payments, view.checkouts) == (None, None)
    floor.tick()
    assert floor.watch.view().sure_share == 1.0
    assert floor.watch.view().window_s == SECONDS_MIN


def test_shares_of_the_seconds() -> None:
    floor = Floor()
    floor.open("a", "b")
    floor.tick(300, p=0.9)
    floor.tick(300, p=0.6)
    for _ in range(5):
        floor.tick(30, stage="checkout", p=0.9)
        floor.tick(30, stage="exploring", p=0.9)
    view = floor.watch.view()
    assert view.sure_share == round(600 / 900, 3)
    assert view.flips_per_min == round(60 * 10 / 900, 3)
    assert view.unplaced_share == 0.0
    assert view.window_s == 900
    assert view.stage_unknown_count == 0


def test_nobody_knows_where() -> None:
    floor = Floor()
    floor.open("a")
    floor.tick(SECONDS_MIN, x_m=np.nan)
    view = floor.watch.view()
    assert (view.unplaced_share, view.sure_share, view.stage_unknown_count) == (1.0, 0.0, 1)
    assert view.flips_per_min is None


def test_an_hour_ago_is_history() -> None:
    floor = Floor()
    floor.open("a")
    floor.tick(HOUR_S, p=0.6)
    floor.tick(HOUR_S // 2, p=0.9)
    view = floor.watch.view()
    assert (view.window_s, view.sure_share) == (HOUR_S, 0.5)


def test_payments_at_the_till_are_told_from_five_on() -> None:
    floor = Floor()
    handles = [f"h{number}" for number in range(COUNT_MIN)]
    floor.open(*handles)
    floor.tick(10, stage="checkout")
    floor.open("somebody else")
    floor.tick(60, stage="exploring")
    for handle in handles[1:]:
        floor.watch.pay([handle], floor.now_s)
    floor.watch.pay(["who paused"], floor.now_s)
    assert floor.watch.view().payments is None
    floor.watch.pay(["somebody else"], floor.now_s)
    assert floor.watch.view().payments == ShareView(part=COUNT_MIN - 1, count=COUNT_MIN)
    floor.tick()
    assert floor.watch.view().checkouts == ShareView(part=COUNT_MIN - 1, count=COUNT_MIN)


def test_a_payment_of_who_could_not_be_seen_at_the_till_counts_for_nothing() -> None:
    floor = Floor()
    floor.open("a", "b", "c")
    floor.tick(59)
    floor.watch.pay(["a"], floor.now_s)
    assert floor.watch.checkouts.recent()[0] == Share(0, 0)
    floor.tick()
    floor.watch.pay(["a"], floor.now_s)
    assert floor.watch.checkouts.recent()[0] == Share(0, 1)
    floor.journeys.close("b")
    floor.open("b")
    floor.watch.pay(["b"], floor.now_s)
    floor.tick(60, x_m=np.nan)
    floor.watch.pay(["b"], floor.now_s)
    assert floor.watch.checkouts.recent()[0] == Share(0, 1)
    floor.watch.pay(["b", "c"], floor.now_s)
    assert floor.watch.checkouts.recent()[0] == Share(0, 2)


def test_the_rules_are_called_rules() -> None:
    floor = Floor()
    assert (floor.watch.view().model, floor.watch.view().by_rules) == ("rules", True)
    assert floor.watch.has_alarm
    model = JourneyWatch(floor.journeys, ModelSeat(StageModel.load()))
    assert not model.view().by_rules
    assert not model.has_alarm
