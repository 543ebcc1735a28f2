"""Does a survey of a few points locate better than the rung below it? Many draws say how surely.

`python tests/bench/survey_draws.py [--site DIR] [--draws 30]`: from a surveyed site it draws 5, 10,
20 and 40 points, calibrates on each draw and scores every track; the rungs below are the defaults
and, where a site has several tracks, self-calibration on all tracks but the scored one. A survey
builds on the best of them, as `edge-agent calibrate` does. Ends with 1 where the mean over the
draws is above the rung below. About 15 minutes on one core for the office.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

# Before NumPy, which counts its threads as it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import msgspec
import numpy as np
import numpy.typing as npt

from edge_agent.calibration import Calibration
from edge_agent.locator import Locator
from edge_agent.radio_map import RadioMap, from_survey
from edge_agent.recording import read_recording, read_survey
from edge_agent.replay import fixes
from edge_agent.self_calibration import self_calibrated
from edge_agent.sighting import Sighting
from edge_agent.survey import SurveyRow
from edge_agent.truth import Truth
from edge_agent.truth_file import read_truth
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap, load

OFFICE: Final = Path(__file__).parents[3] / "shared" / "sites" / "office"
POINTS: Final = (5, 10, 20, 40)
DRAWS: Final = 30
# As the scorer: the filter's first seconds are left out.
WARM_UP_S: Final = 5.0
# 19 times in 20 a mean of 30 draws lies within so many of its standard errors.
T_95: Final = 2.045

Floats = npt.NDArray[np.float64]
Law = Callable[[str], Calibration]
"""The calibration with which a track is scored, by the track's name."""


class Ground(msgspec.Struct, frozen=True, eq=False):
    """A surveyed site with its tracks."""

    floor_map: FloorMap
    grid: FloorGrid
    tag_height_m: float
    survey: Sequence[SurveyRow]
    tracks: dict[str, list[Sighting]]
    truth: dict[str, Truth]

    @classmethod
    def of(cls, folder: Path) -> "Ground":
        """Read a site's folder (FORMATS.md)."""
        floor_map = load(folder / "map.geojson")
        about = msgspec.json.decode((folder / "site.json").read_bytes())
        paths = sorted((folder / "recordings").iterdir())
        return cls(
            floor_map=floor_map,
            grid=FloorGrid.build(floor_map),
            tag_height_m=about["tag_height_m"],
            survey=read_survey(next(folder.glob("survey*.csv"))),
            tracks={path.name: read_recording(path) for path in paths},
            truth={
                path.name: Truth(floor_map, read_truth(folder / "truth" / path.name))
                for path in paths
            },
        )

    def error_m(self, law: Law) -> Floats:
        """The errors of all scored fixes of all tracks."""
        return np.concatenate([self._track_error_m(name, law(name)) for name in self.tracks])

    def _track_error_m(self, name: str, calibration: Calibration) -> Floats:
        radio_map = RadioMap.of(calibration, self.floor_map, self.grid)
        locator = Locator(self.floor_map, self.grid, radio_map)
        first_s: dict[str, float] = {}
        errors = [np.zeros(0)]
        for fix in fixes(locator, self.tracks[name]):
            begin_s = first_s.setdefault(fix.tag, fix.t_s)
            there = self.truth[name].at(fix.tag, np.array([fix.t_s]))
            if fix.t_s >= begin_s + WARM_UP_S:
                apart_m = np.hypot(*(there.xy_m - (fix.x_m, fix.y_m)).T)
                errors.append(apart_m[there.is_known])
        return np.concatenate(errors)

    def taught(self) -> dict[str, Calibration]:
        """For each track what all the others teach unlabelled; the defaults where it is refused."""
        plain = Calibration.defaults(self.floor_map, self.tag_height_m)
        laws: dict[str, Calibration] = {}
        for name in self.tracks:
            others = [rows for other, rows in self.tracks.items() if other != name]
            laws[name] = plain
            if others:
                found = self_calibrated(self.floor_map, self.grid, plain, others)
                laws[name] = found.calibration if found.accepted else plain
        return laws

    def drawn(self, count: int, seed: int) -> list[SurveyRow]:
        """The survey's rows of some points."""
        points = sorted({row.point for row in self.survey})
        chosen = np.random.default_rng(seed).choice(len(points), count, replace=False)
        kept = {points[index] for index in chosen}
        return [row for row in self.survey if row.point in kept]


def surveyed(ground: Ground, rows: Sequence[SurveyRow], below: dict[str, Calibration]) -> Law:
    """The rung of a survey on that below it."""
    by_prior = {
        name: from_survey(ground.floor_map, rows, ground.tag_height_m, prior)
        for name, prior in below.items()
    }
    return by_prior.__getitem__


def compared(ground: Ground, label: str, below: dict[str, Calibration], draws: int) -> bool:
    """Print a table on one rung below; whether no count of points is worse than it."""
    below_m = float(ground.error_m(below.__getitem__).mean())
    print(f"{label}: {below_m:.3f} m")
    is_held = True
    for count in POINTS:
        means_m = np.array(
            [
                ground.error_m(surveyed(ground, ground.drawn(count, seed), below)).mean()
                for seed in range(draws)
            ]
        )
        within_m = T_95 * means_m.std(ddof=1) / np.sqrt(draws)
        is_held = is_held and bool(means_m.mean() <= below_m)
        print(
            f"  {count:2} points: {means_m.mean():.3f} m +- {within_m:.3f} (19 times in 20), draws "
            f"{means_m.min():.2f} to {means_m.max():.2f} m, {(means_m <= below_m).mean():.0%} of "
            "them no worse",
            flush=True,
        )
    return is_held


def main(arguments: Sequence[str] | None = None) -> int:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, default=OFFICE)
    parser.add_argument("--draws", type=int, default=DRAWS)
    options = parser.parse_args(arguments)
    ground = Ground.of(options.site)
    plain = Calibration.defaults(ground.floor_map, ground.tag_height_m)
    rungs = {
        "defaults": dict.fromkeys(ground.tracks, plain),
        "self-calibrated on the other tracks": ground.taught(),
    }
    held = [compared(ground, label, below, options.draws) for label, below in rungs.items()]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
