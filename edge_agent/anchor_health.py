"""Which anchors no longer read as the radio map says, learnt from the tags that pass them.

Once a second a few tags are looked at; each look says how far each anchor's reading lies from what
the others make likely. What that adds up to is weighed anew every 15 s. It names anchors, never
tags: nothing of a tag is kept longer than its track.

False names: aimed at fewer than one a month for 15 anchors. In the simulated corner market (8
anchors, 15 carts, a survey) nobody was named or doubted in 7.5 hours: the highest log odds of each
ten minutes were -6.5 to -10, more than eight below SURE_ODDS. Ten minutes of office and library
came to -4.6, where they begin. That the tail falls on as it begins is assumed, not measured.
"""

import math
from collections.abc import Sequence
from typing import Final, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.anchor_evidence import PRIOR_ODDS, Evidence, Verdict
from edge_agent.anchor_look import Looker
from edge_agent.anchor_record import AnchorRecord
from edge_agent.belief import Reading
from edge_agent.messages import Suspect
from edge_agent.radio_map import RadioMap
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# Looks a second, tags in turn: ten minutes of it are far more than the evidence needs, and with
# 100 tags it costs what the locator spends on 5.
LOOKS_MAX: Final = 6
# A new track's offset has settled by then.
WARM_UP_S: Final = 10.0
# A tag that stands says the same again: it counts once for each metre, or every two minutes.
STEP_M: Final = 1.0
STAND_S: Final = 120.0
# A posterior wider than this has the tag in several aisles.
VAGUE_M: Final = 4.0
# A tag's own offset as the looks see it follows them at this rate: in ten of them, a minute, it has
# left what a wrong anchor made the locator believe.
OFFSET_RATE: Final = 0.15
# Every anchor is weighed once in this time.
WEIGH_EVERY_S: Final = 15
# From 12 % on an anchor is doubted, and places no tag for the others; below 2 % no more.
DOUBT_ODDS: Final = -2.0
TRUST_ODDS: Final = -4.0
# A doubt is dropped for another one that is this much stronger.
STRONGER_ODDS: Final = 3.0
# At most this share of the anchors heard is doubted: who has most against him is wrong himself.
DOUBTED_SHARE: Final = 1 / 3
# Fewer looks than make this weight (dB^-2, some ten) at an anchor: it is not among those heard.
HEARD_WEIGHT: Final = 0.3
# 90 % sure for 45 s (three weighings) names an anchor; below 50 % the name is taken back.
SURE_ODDS: Final = 2.2
SURE_FOR_S: Final = 45.0
UNSURE_ODDS: Final = 0.0
# How sure is said in steps, so that what is said changes when something has; and who has not seen
# an anchor with his own eyes is no surer than the last.
P_STEPS: Final = (0.5, 0.7, 0.9, 0.95, 0.99)
# An anchor is silent after so long at least, and once that is so surprising (nats): a queue may be
# before it. In five simulated hours sound anchors came to 6; dead ones pass 60 in ten minutes.
SILENT_S: Final = 90.0
SILENT_NATS: Final = 20.0


class Beliefs(Protocol):
    """What is asked of a locator after each step."""

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags with a track."""

    def offset_db(self, tag: str) -> float:
        """By how much a tag reads stronger than the radio map expects."""

    def posterior(self, tag: str) -> npt.NDArray[np.float32]:
        """How probable each of the grid's cells is."""

    def readings(self, tag: str) -> tuple[Reading, ...]:
        """What counted in the last second."""


class Seen(msgspec.Struct):
    """What is kept of one tag while it has a track."""

    first_s: float
    offset_db: float
    x_m: float = math.inf
    y_m: float = math.inf
    look_s: float = -math.inf
    """When a look at it last counted."""


class AnchorHealth:
    """The anchors of one locator; call `observe` after each of its steps."""

    def __init__(self, floor_map: FloorMap, grid: FloorGrid, radio_map: RadioMap) -> None:
        count = len(radio_map.anchor_ids)
        self._ids = radio_map.anchor_ids
        self._xy_m = grid.xy_m
        self._level_index = grid.level_index
        self._looker = Looker(floor_map, grid, radio_map)
        self._record = AnchorRecord(count)
        map_sd_db = np.broadcast_to(radio_map.map_sd_db, radio_map.expected_dbm.shape)
        self._evidence = Evidence(
            map_sd_db.mean(1, dtype=np.float64),
            self._looker.is_beacon,
            is_measured=radio_map.rung != "defaults",
        )
        self._verdicts = [Verdict()] * count
        self._odds: Floats = np.full(count, PRIOR_ODDS)
        self._doubted: Flags = np.zeros(count, bool)
        self._sure_s: Floats = np.zeros(count)
        """How long each has been doubted beyond SURE_ODDS."""
        self._silent_s: Floats = np.zeros(count)
        """How long each has been silent beyond chance."""
        self._named: dict[int, Suspect] = {}
        self._seen: dict[str, Seen] = {}
        self._next_tag = 0
        self._next_anchor = 0
        self._now_s: float | None = None
        self.looks_count = 0
        """Looks that counted."""

    @property
    def suspects(self) -> tuple[Suspect, ...]:
        """The anchors to look at, by name.

        One fault at a time: while it stands, its neighbours are read in its light. Any number may
        be silent.
        """
        found = sorted(self._named.values(), key=lambda suspect: suspect.anchor)
        return tuple(found)

    def observe(self, locator: Beliefs, now_s: float) -> None:
        """Take in the locator's last second."""
        tags = locator.tags
        fresh = {tag: Seen(now_s, locator.offset_db(tag)) for tag in tags if tag not in self._seen}
        self._seen = {tag: fresh.get(tag) or self._seen[tag] for tag in tags}
        for tag in self._turn(tags):
            self._look(locator, tag, now_s)
        passed_s = 0.0 if self._now_s is None else max(0.0, now_s - self._now_s)
        self._now_s = now_s
        self._record.age(passed_s, self._odds < UNSURE_ODDS)
        self._weigh()
        self._doubt()
        self._name(passed_s)

    def _turn(self, tags: Sequence[str]) -> list[str]:
        """The tags whose turn it is."""
        count = min(LOOKS_MAX, len(tags))
        first = self._next_tag
        self._next_tag = (first + count) % max(len(tags), 1)
        return [tags[(first + place) % len(tags)] for place in range(count)]

    def _look(self, locator: Beliefs, tag: str, now_s: float) -> None:
        """Look at one tag, if that tells anything new."""
        seen = self._seen[tag]
        readings = locator.readings(tag)
        if now_s - seen.first_s < WARM_UP_S or not readings:
            return
        posterior = locator.posterior(tag)
        level = int(self._level_index[posterior.argmax()])
        x_m, y_m = posterior @ self._xy_m
        wide_m = math.sqrt(posterior @ ((self._xy_m - (x_m, y_m)) ** 2).sum(1))
        stands = math.hypot(x_m - seen.x_m, y_m - seen.y_m) < STEP_M
        if wide_m > VAGUE_M or (stands and now_s - seen.look_s < STAND_S):
            return
        near_m = np.array([x_m, y_m])
        self._record.hear(*self._looker.due(readings, near_m, level, locator.offset_db(tag)))
        found = self._looker.look(readings, near_m, level, seen.offset_db, self._doubted)
        if found is None:
            return
        misfits, shift_db = found
        self._record.take(misfits)
        self._seen[tag] = Seen(
            seen.first_s, seen.offset_db + OFFSET_RATE * shift_db, x_m, y_m, now_s
        )
        self.looks_count += 1

    def _weigh(self) -> None:
        """Weigh a share of the anchors, in turn."""
        for _ in range(math.ceil(len(self._ids) / WEIGH_EVERY_S)):
            row = self._next_anchor
            self._next_anchor = (row + 1) % len(self._ids)
            self._verdicts[row] = self._evidence.of(row, self._record)
            self._odds[row] = self._verdicts[row].odds

    def _doubt(self) -> None:
        """Choose whom not to believe: a wrong anchor drags tags along, and its neighbours misfit.

        What the others showed so far was seen through the newly doubted one: most of it goes.
        """
        heard = int((self._record.recent_weight.sum(1) > HEARD_WEIGHT).sum())
        self._doubted &= self._odds > TRUST_ODDS
        best = int(np.where(self._doubted, -np.inf, self._odds).argmax())
        if self._odds[best] <= DOUBT_ODDS:
            return
        if self._doubted.sum() >= max(1, int(heard * DOUBTED_SHARE)):
            weakest = int(np.where(self._doubted, self._odds, np.inf).argmin())
            if self._odds[best] < self._odds[weakest] + STRONGER_ODDS:
                return
            self._doubted[weakest] = False
        self._doubted[best] = True
        self._record.discard(~self._doubted)

    def _name(self, passed_s: float) -> None:
        """Name whom enough speaks against for long enough; take back what no longer holds."""
        silent_odds = PRIOR_ODDS + self._record.silent_nats
        self._sure_s = (self._sure_s + passed_s) * (self._doubted & (self._odds > SURE_ODDS))
        self._silent_s = (self._silent_s + passed_s) * (self._record.silent_nats > SILENT_NATS)
        named: dict[int, Suspect] = {}
        for row in np.flatnonzero(self._silent_s >= SILENT_S).tolist():
            verdict = Verdict(odds=float(silent_odds[row]), kind="silent")
            named[row] = self._suspect(row, verdict)
        fault = self._standing() or self._new()
        if len(fault) == 1 and self._verdicts[fault[0]].other >= 0:
            fault = [*fault, self._verdicts[fault[0]].other]
        for row in fault:
            named.setdefault(row, self._suspect(row, self._verdicts[row]))
        self._named = named

    def _standing(self) -> list[int]:
        """The fault that is named already, as far as it still holds."""
        return [
            row
            for row, suspect in self._named.items()
            if suspect.kind != "silent" and self._odds[row] > UNSURE_ODDS
        ]

    def _new(self) -> list[int]:
        """The anchor to name now, if there is one."""
        best = int(np.where(self._sure_s >= SURE_FOR_S, self._odds, -np.inf).argmax())
        return [best] if self._sure_s[best] >= SURE_FOR_S else []

    def _suspect(self, row: int, verdict: Verdict) -> Suspect:
        """What is said of an anchor; as it was said, where nothing but a digit would change."""
        other = self._ids[verdict.other] if verdict.other >= 0 else None
        sure_p = max((step for step in P_STEPS if step <= verdict.p), default=P_STEPS[0])
        before = self._named.get(row)
        said = None if before is None else (before.sure_p, before.kind, before.other)
        if before is not None and said == (sure_p, verdict.kind, other):
            return before
        return Suspect(
            anchor=self._ids[row],
            sure_p=sure_p,
            kind=verdict.kind,
            other=other,
            change_db=round(verdict.change_db, 1),
            moved_m=round(verdict.moved_m, 1),
            towards=verdict.towards,
        )
