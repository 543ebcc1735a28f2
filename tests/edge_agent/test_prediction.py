"""Which of two radio maps says better what will be heard next."""

import numpy as np

from edge_agent.hindsight import Hindsight
from edge_agent.path_loss import PathLoss, nominal, rays
from edge_agent.prediction import BLOCK_S, Gain, Ratio, ratio
from edge_agent.radio_map import RadioMap
from edge_agent.sighting import Sighting
from edge_agent.unlabelled import Piece, pieces_of
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import Air, two_zones

MAP = two_zones()
GRID = FloorGrid.build(MAP, 1.0)
DEFAULTS = RadioMap.defaults(MAP, GRID)
SEEN = rays(MAP, GRID.xy_m, GRID.level_index, 1.0)


def radio_map(exponent: float) -> RadioMap:
    law = PathLoss(nominal(MAP).power_dbm_1m, np.full(6, exponent))
    return RadioMap(
        anchor_ids=DEFAULTS.anchor_ids,
        expected_dbm=law.expected_dbm(SEEN).astype(np.float32),
        map_sd_db=DEFAULTS.map_sd_db,
        fading_sd_db=DEFAULTS.fading_sd_db,
        places_sha=DEFAULTS.places_sha,
        rung="defaults",
    )


def pieces(seconds: int) -> tuple[Piece, ...]:
    """Back and forth in the defaults' own air, silent for a while."""
    air = Air(MAP, 2)
    heard: list[Sighting] = []
    for t_s in range(1, seconds + 1):
        heard += air.second(8 + 6 * np.sin(t_s / 9), 4.0, t_s) if t_s % 40 < 35 else []
    return pieces_of([heard], DEFAULTS.anchor_ids)


def test_the_true_law_predicts_better() -> None:
    found = pieces(100)
    steep = ratio(Hindsight(MAP, GRID), radio_map(3.8), DEFAULTS, found).gain
    assert steep.nats > 0.04
    assert steep.z > 3
    back = ratio(Hindsight(MAP, GRID), DEFAULTS, radio_map(3.8), found).gain
    assert back.nats == -steep.nats


def test_blocks_make_the_error() -> None:
    found = ratio(Hindsight(MAP, GRID), radio_map(3.0), DEFAULTS, pieces(35))
    assert len(found.nats) == -(-34 // BLOCK_S)
    whole = Ratio(np.array([1.0, 2.0, 3.0]), np.array([10.0, 10.0, 10.0])).gain
    assert whole.nats == 0.2
    assert abs(whole.z - 6 / np.sqrt(3)) < 1e-9


def test_one_block_says_how_much_but_not_how_sure() -> None:
    assert Ratio(np.array([2.0]), np.array([10.0])).gain == Gain(0.2, 0.0)
    assert Ratio(np.array([0.0, 0.0]), np.array([0.0, 0.0])).gain == Gain(0.0, 0.0)
