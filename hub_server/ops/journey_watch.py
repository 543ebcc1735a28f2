"""How well journeys are followed, over the last hour and since the start: counts, nobody's.

The floor page's card "Journey" and `/metrics` are read from here.
"""

from collections import deque
from collections.abc import Iterable
from typing import Final

import msgspec
import numpy as np

from hub_server.impact.checkouts import NEAR_TICKS, WINDOW_TICKS, Checkouts, Share
from hub_server.journeys import STAGES, Journeys, Seconds
from hub_server.model.seat import ModelSeat
from hub_server.views.hub import JourneyView, ShareView

# The hour moves on in steps of a minute: 61 sums are kept instead of 3,600.
STEP_TICKS: Final = 60
# Below ten minutes of one shopper a share of seconds is that shopper's, not the store's.
SECONDS_MIN: Final = 600
# DESIGN: fewer than five are not told.
COUNT_MIN: Final = 5
MINUTE_S: Final = 60
CHECKOUT: Final = STAGES.index("checkout")


class JourneyWatch:
    """Watches the journeys of one store, and what the model says of them."""

    def __init__(self, journeys: Journeys, models: ModelSeat) -> None:
        self.checkouts: Final = Checkouts()
        self._journeys = journeys
        self._models = models
        self._tick = 0
        # Tick, and what was counted up to it; the first is where the last hour began.
        self._steps: deque[tuple[int, Seconds]] = deque(maxlen=WINDOW_TICKS // STEP_TICKS + 1)
        self._steps.append((0, Seconds()))

    def see(self) -> None:
        """Count one tick; call it after the journeys' own."""
        self._tick += 1
        if self._tick % STEP_TICKS == 0:
            self._steps.append((self._tick, msgspec.structs.replace(self._journeys.seconds)))
        handles = self._journeys.handles
        served = self._journeys.tracks["served"]
        paying = np.flatnonzero(self._journeys.fresh() & (served == CHECKOUT))
        self.checkouts.see([handles[row] for row in paying])

    def pay(self, handles: Iterable[str], at_s: float) -> None:
        """A payment of the visit that holds `handles`; of a paused one nobody knows the stage.

        Who is followed since a moment ago, or was never placed, had no chance to be seen at the
        till: such a payment counts neither for nor against.
        """
        followed = [handle for handle in handles if handle in self._journeys]
        for handle in followed:
            self._journeys.event(handle, "pos", at_s)
        if followed:
            self.checkouts.pay(followed, judged=any(self._was_seen(one) for one in followed))

    def view(self) -> JourneyView:
        """The card as it is now."""
        (began_tick, began), now = self._steps[0], self._journeys.seconds
        followed_s = now.followed - began.followed
        payments, episodes = self.checkouts.recent()
        return JourneyView(
            model=self.model_name,
            by_rules=self._models.manifest is None,
            window_s=self._tick - began_tick,
            stage_unknown_count=self.unknown_count,
            sure_share=_ratio(now.sure - began.sure, followed_s),
            flips_per_min=_ratio(MINUTE_S * (now.flips - began.flips), now.staged - began.staged),
            unplaced_share=_ratio(now.unplaced - began.unplaced, followed_s),
            payments=_told(payments),
            checkouts=_told(episodes),
        )

    def _was_seen(self, handle: str) -> bool:
        """Whether `handle` was followed for as long as a payment looks back, and was placed."""
        row = self._journeys.handles.index(handle)
        tracks = self._journeys.tracks
        followed_s = tracks.now_s - float(tracks["opened_s"][row])
        return followed_s >= NEAR_TICKS and bool(np.isfinite(tracks["placed_s"][row]))

    @property
    def unknown_count(self) -> int:
        """Shoppers whose stage is not known now."""
        return len(self._journeys) - sum(self._journeys.stage_counts().values())

    @property
    def model_name(self) -> str:
        """What tells the stages."""
        return self._models.title

    @property
    def has_alarm(self) -> bool:
        """Whether the model in use is not the one that was meant."""
        return self._models.alarm is not None


def _ratio(part: int, seconds: int) -> float | None:
    return None if seconds < SECONDS_MIN else round(part / seconds, 3)


def _told(share: Share) -> ShareView | None:
    return None if share.count < COUNT_MIN else ShareView(part=share.part, count=share.count)
