"""`TAG@T`: why is this tag said to be there, at this second of a recording?"""

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from edge_agent.explain import Store, explained, text
from edge_agent.fix import Fix
from edge_agent.ladder import Ladder
from edge_agent.listed import listed
from edge_agent.locator import TRACK_SILENCE_S, Locator
from edge_agent.option import OptionError
from edge_agent.recording import read_recording, refuse_strange_anchors
from edge_agent.replay import seconds
from edge_agent.sighting import Sighting
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import load

INSTANT: Final = (
    "explained is the instant fix, as messages have it; the file's, with --lag-s {lag_s}, is later "
    "and may differ:"
)


class Question(msgspec.Struct, frozen=True):
    """What `--explain` asks."""

    tag: str
    t_s: int
    """On the recording's clock."""

    @classmethod
    def parse(cls, words: str) -> "Question":
        """Read TAG@T.

        Raises:
            OptionError: no tag, or no whole second.
        """
        tag, _, at = words.rpartition("@")
        try:
            t_s = float(at)
        except ValueError:
            t_s = math.nan
        if not tag or not t_s.is_integer():
            msg = (
                f"--explain {words}: expected TAG@T, T a whole second of the recording's clock, "
                "e.g. cart-17@120; you: correct it"
            )
            raise OptionError(msg)
        return cls(tag, int(t_s))

    def refusal(self, why: str, expected: str) -> OptionError:
        """What to raise about a question without an answer."""
        return OptionError(
            f"--explain {self.tag}@{self.t_s}: {why}, expected {expected}; you: correct it"
        )


def answer(options: argparse.Namespace) -> list[str]:
    """What `edge-agent replay` was asked to explain, if it was; raises as `answered`."""
    if options.explain is None:
        return []
    question = Question.parse(options.explain)
    ladder = Ladder(
        survey=options.survey, radio_map=options.radio_map, tag_height_m=options.tag_height_m
    )
    why = answered(question, options.recording, options.map, ladder)
    return [INSTANT.format(lag_s=options.lag_s), why] if options.lag_s else [why]


def answered(question: Question, recording: Path, map_path: Path, ladder: Ladder) -> str:
    """Why the tag is said to be there, in lines for a person.

    The recording is replayed up to that second, as `replay` does it.

    Raises:
        OptionError: a tag that the recording has not, a second in which it has no fix.
        RecordingError: a recording that cannot be used, an anchor not on the map.
        SurveyError: a survey that cannot be read, or does not fit the map.
        RadioMapError: a radio map that cannot be read, or of another site.
        MapError: a map that is refused.
        OSError: the map cannot be read.
    """
    sightings = read_recording(recording)
    floor_map = load(map_path)
    refuse_strange_anchors(recording, sightings, floor_map)
    heard_s = heard_times_s(question, sightings)
    grid = FloorGrid.build(floor_map)
    store = Store(floor_map, grid, ladder.radio_map_of(floor_map, grid))
    locator = Locator(floor_map, grid, store.radio_map)
    fix = last_fix(question, locator, sightings)
    latest_s = max((t_s for t_s in heard_s if t_s <= question.t_s), default=heard_s[0])
    return text(explained(store, locator, fix, question.t_s - latest_s))


def heard_times_s(question: Question, sightings: Sequence[Sighting]) -> list[float]:
    """When the tag was heard; OptionError where it never was."""
    heard_s = [one.t_s for one in sightings if one.tag == question.tag]
    if not heard_s:
        tags = sorted({one.tag for one in sightings})
        why = "the recording has no such tag"
        raise question.refusal(why, f"one of {listed(tags)}")
    return heard_s


def last_fix(question: Question, locator: Locator, sightings: Sequence[Sighting]) -> Fix:
    """The tag's fix at the question's second; the locator is left as it was then.

    Raises:
        OptionError: there is none.
    """
    until = [one for one in sightings if one.t_s <= question.t_s]
    for second, heard in seconds(until, TRACK_SILENCE_S):
        locator.observe(heard)
        for fix in locator.step(second):
            if (fix.tag, fix.t_s) == (question.tag, question.t_s):
                return fix
    heard_s = heard_times_s(question, sightings)
    first_s, last_s = math.ceil(heard_s[0]), math.floor(heard_s[-1]) + TRACK_SILENCE_S
    why = "the tag has no fix at that second"
    raise question.refusal(why, f"a second from {first_s} to {last_s} that follows a sighting")
