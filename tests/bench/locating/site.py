"""A site's folder as FORMATS.md lays it out: map, tag height, survey or labelled walks, tracks."""

import re
from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, Final

import msgspec

from edge_agent.calibration import Calibration
from edge_agent.checkpoints import Walk, of_walks
from edge_agent.measurements import Measurements, calibrated
from edge_agent.proof import Ground, left_out
from edge_agent.radio_map import RadioMap, from_survey
from edge_agent.recording import read_recording, read_survey
from edge_agent.sighting import Sighting
from edge_agent.survey import SurveyRow
from edge_agent.truth import TruthRow
from edge_agent.truth_file import read_truth
from edge_agent.walks import from_walks
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap, load

# A recording of this name calibrates and is never scored.
LABELLED: Final = "labelled_walks"
# Beyond this area cells of 0.5 m cost minutes and gain nothing where the error is metres: measured
# on the public malls, medians differ by 0.3 %. What is said of such a floor is of 1 m cells.
LARGE_M2: Final = 5_000.0
LARGE_CELL_M: Final = 1.0
CELL_M: Final = 0.5
# Halves are located by each other: within 8 % of what the ten parts of the command say, in a fifth
# of the time.
PARTS: Final = 2


class Site(msgspec.Struct, frozen=True, dict=True, eq=False):
    """One site, read as it is asked for."""

    name: str
    folder: Path

    @cached_property
    def about(self) -> dict[str, Any]:
        """`site.json`, empty without."""
        path = self.folder / "site.json"
        about: dict[str, Any] = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
        return about

    @property
    def tag_height_m(self) -> float:
        """As `site.json` says, else the default of `edge-agent replay`."""
        return float(self.about.get("tag_height_m", 1.0))

    @cached_property
    def floor_map(self) -> FloorMap:
        """The floor."""
        return load(self.folder / "map.geojson")

    @cached_property
    def is_large(self) -> bool:
        """Whether its floor is a mall's."""
        levels = self.floor_map.levels
        area_m2 = sum(self.floor_map.walkable_area(level.id).area for level in levels)
        return bool(area_m2 > LARGE_M2)

    @cached_property
    def grid(self) -> FloorGrid:
        """Its cells: of 1 m where the floor is large."""
        return FloorGrid.build(self.floor_map, LARGE_CELL_M if self.is_large else CELL_M)

    @cached_property
    def survey(self) -> tuple[SurveyRow, ...]:
        """The first survey's rows, none without one."""
        paths = sorted(self.folder.glob("survey*.csv"))
        return tuple(read_survey(paths[0])) if paths else ()

    @cached_property
    def is_walked(self) -> bool:
        """Whether labelled walks stand in for a survey."""
        return not self.survey and LABELLED in names(self.folder / "truth")

    @property
    def is_covered_only(self) -> bool:
        """Scored only where three anchors are heard: where coverage is too thin for a survey."""
        return self.is_walked

    @cached_property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The tracks with a truth by what their names begin with: straight_01, straight_02."""
        groups: dict[str, tuple[str, ...]] = {}
        with_truth = names(self.folder / "truth")
        for name in names(self.folder / "recordings"):
            if name in with_truth and name != LABELLED:
                group = re.sub(r"[-_]?\d+$", "", name) or name
                groups[group] = (*groups.get(group, ()), name)
        return groups

    def sightings(self, track: str) -> list[Sighting]:
        """A recording's rows."""
        return recorded(self.folder, track)

    def truth(self, track: str) -> list[TruthRow]:
        """Where the tags of a recording were."""
        return read_truth(file_of(self.folder / "truth", track))

    @property
    def defaults(self) -> Calibration:
        """What the map alone says."""
        return Calibration.defaults(self.floor_map, self.tag_height_m)

    @cached_property
    def measured(self) -> Calibration | None:
        """What survey or labelled walks say; None without."""
        if self.survey:
            return from_survey(self.floor_map, self.survey, self.tag_height_m)
        if self.is_walked:
            walks = (self.sightings(LABELLED), self.truth(LABELLED))
            return proved(self, from_walks(self.floor_map, *walks, self.tag_height_m), walks)
        return None

    def radio_map(self, calibration: Calibration) -> RadioMap:
        """The table of a rung on this site's cells."""
        return RadioMap.of(calibration, self.floor_map, self.grid)


def proved(site: Site, calibration: Calibration, walks: Walk) -> Calibration:
    """With what its places err by, as `edge-agent calibrate` finds it, but in fewer parts."""
    checkpoints = msgspec.structs.replace(of_walks(site.floor_map, [walks]), parts_max=PARTS)

    def fit(points: Measurements) -> Calibration:
        return calibrated(site.floor_map, points, "walks", site.tag_height_m)

    ground = Ground(site.floor_map, site.grid)
    found = left_out(ground, checkpoints, fit, lambda _: None)
    return msgspec.structs.replace(calibration, place_sd_m=found.place_sd_m)


def sites(folder: Path) -> list[Site]:
    """The sites in a folder, or the one that it is, by name.

    Raises:
        SystemExit: there is none.
    """
    found = [folder] if (folder / "map.geojson").exists() else sorted(folder.glob("*/"))
    known = [one for one in found if (one / "map.geojson").exists()]
    if not known:
        msg = f"{folder}: no site, expected folders with map.geojson; you: name it by --sites"
        raise SystemExit(msg)
    return [Site(one.resolve().name, one) for one in known]


def names(folder: Path) -> Sequence[str]:
    """The CSV files of a folder without their endings, sorted."""
    return sorted({path.name.split(".csv")[0] for path in folder.glob("*.csv*")})


def file_of(folder: Path, name: str) -> Path:
    """The file of that name, gzipped or not."""
    plain = folder / f"{name}.csv"
    return plain if plain.exists() else folder / f"{name}.csv.gz"


@cache
def recorded(folder: Path, track: str) -> list[Sighting]:
    """A recording's rows, read once."""
    return read_recording(file_of(folder / "recordings", track))
