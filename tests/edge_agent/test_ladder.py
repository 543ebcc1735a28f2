from pathlib import Path

import numpy as np
import pytest

from edge_agent import radio_map_file
from edge_agent.calibration import Calibration
from edge_agent.ladder import Ladder
from edge_agent.radio_map import RadioMap
from edge_agent.radio_map_file import RadioMapError
from edge_agent.survey import SurveyError
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import two_zones

MAP = two_zones()
GRID = FloorGrid.build(MAP)


def test_without_files_there_are_the_defaults_for_the_height_of_the_tags() -> None:
    low, high = (Ladder(tag_height_m=height_m).radio_map_of(MAP, GRID) for height_m in (0.5, 2.0))
    assert (low.rung, high.rung) == ("defaults", "defaults")
    assert np.array_equal(low.expected_dbm, RadioMap.defaults(MAP, GRID, 0.5).expected_dbm)
    assert (high.expected_dbm.max(1) > low.expected_dbm.max(1)).all()


def test_a_survey_is_a_rung(tmp_path: Path) -> None:
    survey = tmp_path / "survey.csv"
    head = "point,x_m,y_m,anchor,n,rssi_mean_dbm,rssi_sd_db\n"
    survey.write_text(head + "1,4,4,p0,30,-62,3\n1,4,4,p1,30,-70,3\n")
    assert Ladder(survey=survey).radio_map_of(MAP, GRID).rung == "survey"
    survey.write_text(head)
    with pytest.raises(SurveyError, match="no rows"):
        Ladder(survey=survey).radio_map_of(MAP, GRID)


def test_a_radio_map_is_for_the_height_that_it_was_made_for(tmp_path: Path) -> None:
    path = tmp_path / "radio_map.json"
    radio_map_file.write(path, Calibration.defaults(MAP, 1.8), MAP)
    found = Ladder(radio_map=path, tag_height_m=0.5).radio_map_of(MAP, GRID)
    expected = RadioMap.defaults(MAP, GRID, 1.8).expected_dbm
    assert np.allclose(found.expected_dbm, expected, atol=1e-3)
    path.write_text("{}")
    with pytest.raises(RadioMapError, match="radio map "):
        Ladder(radio_map=path).radio_map_of(MAP, GRID)
