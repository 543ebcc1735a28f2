import msgspec
import pytest

from edge_agent.calibration import Calibration, Left
from edge_agent.path_loss import nominal
from tests.edge_agent.small_store import two_zones

MAP = two_zones()


def test_defaults_are_the_map_s_own_words() -> None:
    calibration = Calibration.defaults(MAP, 1.5)
    assert (calibration.rung, calibration.tag_height_m) == ("defaults", 1.5)
    assert [anchor.anchor for anchor in calibration.anchors] == ["p0", "p1", "p2", "p3", "p4", "p5"]
    assert calibration.law.power_dbm_1m == pytest.approx(nominal(MAP).power_dbm_1m)
    assert calibration.law.exponent == pytest.approx(nominal(MAP).exponent)
    assert calibration.law.loss_share == 1.0


def test_a_calibration_goes_through_json() -> None:
    calibration = Calibration.defaults(MAP)
    measured = msgspec.structs.replace(
        calibration.anchors[0], left=(Left(1.0, 2.0, "L0", -3.5, 0.25),)
    )
    calibration = msgspec.structs.replace(
        calibration, rung="survey", anchors=(measured, *calibration.anchors[1:])
    )
    assert msgspec.json.decode(msgspec.json.encode(calibration), type=Calibration) == calibration
