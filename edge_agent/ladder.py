"""The rung of the radio-map ladder that a store's files give: radio map, survey or neither."""

import logging
from pathlib import Path

import msgspec

from edge_agent import radio_map_file
from edge_agent.radio_map import RadioMap
from edge_agent.recording import surveyed
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap

log = logging.getLogger(__name__)


class Ladder(msgspec.Struct, frozen=True, kw_only=True):
    """The files that a store has; at most one of the two."""

    survey: Path | None = None
    radio_map: Path | None = None
    """`radio_map.json` of `edge-agent calibrate`."""
    tag_height_m: float = 1.0
    """Without a radio map, which knows its own."""

    def radio_map_of(self, floor_map: FloorMap, grid: FloorGrid) -> RadioMap:
        """The table of the highest rung; what no longer holds of a radio map is logged.

        Raises:
            SurveyError: a survey that cannot be read, or does not fit the map.
            RadioMapError: a radio map that cannot be read, or of another site.
        """
        if self.radio_map is not None:
            calibration, warnings = radio_map_file.read(self.radio_map, floor_map)
            for warning in warnings:
                log.warning("radio map %s: %s", self.radio_map, warning)
            return RadioMap.of(calibration, floor_map, grid)
        if self.survey is not None:
            return surveyed(self.survey, floor_map, grid, self.tag_height_m)
        return RadioMap.defaults(floor_map, grid, self.tag_height_m)
