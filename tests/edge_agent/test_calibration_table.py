import msgspec
import numpy as np
import pytest

from edge_agent import calibration_table
from edge_agent.calibration import AnchorCalibration, Calibration
from edge_agent.calibration_table import advice, arrow, lines, verdict
from edge_agent.checkpoints import Checkpoints, of_survey, of_walks
from edge_agent.climb import Climb, Judgement, Step
from edge_agent.proof import Proof
from edge_agent.sighting import Sighting
from edge_agent.survey import SurveyRow
from edge_agent.truth import TruthRow
from edge_agent.walking_misfit import WalkingMisfit
from tests.edge_agent.small_store import two_zones

MAP = two_zones()
POINTS = of_survey(
    MAP, [SurveyRow(n, 2, 2, p, 30, -60, 3) for n in ("a", "b") for p in ("p0", "p1")]
)

LEFT_OUT = (
    "left out in 2 parts with all within 0.5 m; misfit: heard less expected, less the tag's own "
    "offset"
)

STOOD = (
    "these metres are for a tag that stood 5 s at places which were not measured; one that walks, "
    "on the finished map, is usually located better"
)


def calibration(**first: float) -> Calibration:
    defaults = Calibration.defaults(MAP)
    changed = msgspec.structs.replace(defaults.anchors[0], **first)
    return msgspec.structs.replace(
        defaults, rung="survey", anchors=(changed, *defaults.anchors[1:])
    )


def proof(misfit_db: float, error_m: float) -> Proof:
    misfits_db = np.full(4, misfit_db)
    errors_m = np.array([error_m, 3 * error_m, 2 * error_m])
    return Proof(misfits_db, misfits_db, errors_m, errors_m, np.array([True, False]), np.arange(3))


def climb(*steps: Step) -> Climb:
    return Climb(steps=steps, below=steps[0])


def test_the_whole_of_a_survey() -> None:
    below = Step(Calibration.defaults(MAP), proof(6.0, 2.0))
    judgement = Judgement(is_better=True, text="left out, it errs less")
    top = Step(calibration(power_dbm_1m=-61.23, exponent=1.8), proof(3.0, 1.0), judgement)
    assert list(lines(climb(below, top), POINTS)) == [
        "anchor   places     dBm at 1 m       exponent     misfit dB",
        "p0            2   -59.0 ->  -61.2  2.50 -> 1.80   6.0 ->  3.0",
        "p1            2   -59.0 ->  -59.0  2.50 -> 2.50   6.0 ->  3.0",
        *(f"p{n}            0   -59.0 ->  -59.0  2.50 -> 2.50     - ->    -" for n in range(2, 6)),
        "all           4                                   6.0 ->  3.0",
        "",
        "radio map         misfit dB  mean m  median m  zone",
        "defaults                6.0    4.00      4.00  0.50",
        "survey                  3.0    2.00      2.00  0.50",
        "errors: of the shipped locator at 2 survey points, after 5 s of standing",
        LEFT_OUT,
        STOOD,
        "",
        "survey: taken: left out, it errs less",
    ]


def test_of_unlabelled_walking_no_place_is_known() -> None:
    heard = WalkingMisfit(np.array([60.0, 0, 0, 0, 0, 0]), np.array([240.0, 0, 0, 0, 0, 0]))
    refused = Judgement(is_better=False, text="no news")
    found = climb(
        Step(Calibration.defaults(MAP), walking=heard),
        Step(calibration(), judgement=refused, walking=heard),
    )
    told = list(lines(found, None))
    assert told[0].startswith("anchor  seconds  ")
    assert told[1].endswith("2.0 ->  2.0")
    assert told[2].endswith("- ->    -")
    assert told[7] == "all          60                                   2.0 ->  2.0"
    assert told[-3:] == [
        "survey                  2.0       -         -     -",
        "misfit: at the places where each radio map puts the tags itself; no place is known",
        "",
    ]
    assert list(lines(found, None, is_forced=True)) == [*told, "survey: refused: no news"]


def test_advice_is_of_what_was_refused() -> None:
    walked = msgspec.structs.replace(Calibration.defaults(MAP), rung="self-calibrated")
    assert advice(Step(walked)) == "survey instead"
    assert advice(Step(calibration())) == "measure at more places"
    assert advice(Step(calibration(), proof(1.0, 1.0))).startswith("look at places, clocks, ")


def test_where_nothing_says_there_are_dashes() -> None:
    alone = Step(calibration(), judgement=Judgement(is_better=False, text="alone"))
    told = list(lines(climb(Step(Calibration.defaults(MAP)), alone), POINTS))
    assert told[1].endswith("- ->    -")
    assert told[7].endswith("- ->    -")
    nothing = list(lines(climb(Step(Calibration.defaults(MAP)), alone), None))
    assert nothing[1].startswith("p0            0   -59.0 ->  -59.0")


@pytest.fixture
def walks() -> Checkpoints:
    heard = [Sighting("t", name, -60, t) for t in (0.0, 30.0) for name in ("p0", "p1")]
    rows = [TruthRow(t, "t", 2, 2) for t in (0.0, 1.0, 29.0, 30.0)]
    return of_walks(MAP, [(heard, rows)])


def test_walks_are_named(walks: Checkpoints) -> None:
    assert list(calibration_table.method_lines(walks)) == [
        "errors: of the shipped locator at 2 pieces of walks, each covered second from 5 s on",
        "left out in 2 parts; misfit: heard less expected, less the tag's own offset",
    ]


def test_anchors_with_long_names_keep_their_columns() -> None:
    defaults = Calibration.defaults(MAP)
    named = AnchorCalibration(
        anchor="a-very-long-name", power_dbm_1m=-100.5, exponent=2.0, map_sd_db=6.0
    )
    long = msgspec.structs.replace(defaults, anchors=(named, *defaults.anchors[1:]))
    told = list(calibration_table.anchor_lines(climb(Step(defaults), Step(long)), None))
    assert {line.index("->") for line in told[2:-1]} == {told[1].index("->")}


def test_what_has_nothing_below_it_has_no_verdict() -> None:
    assert verdict(Step(Calibration.defaults(MAP))) == "defaults: the map's own words"
    assert arrow(1.0, float("nan"), 2, 4) == "1.00 ->    -"


def test_swapped_anchors_are_named_once() -> None:
    assert list(calibration_table.swapped_lines({0: 2, 2: 0}, ("a", "b", "c"))) == [
        "a reads as if it hung where c does, and the other way round: are their names swapped?"
    ]
