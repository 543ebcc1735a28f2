import msgspec
import numpy as np
import pytest

from edge_agent.calibration import Calibration
from edge_agent.checkpoints import Checkpoints, of_survey, of_walks
from edge_agent.climb import Climb, Climber, TooLittle, judged_labels, judged_walking
from edge_agent.path_loss import PathLoss, nominal, place_ids, rays
from edge_agent.prediction import Gain
from edge_agent.proof import Difference, Ground
from edge_agent.self_calibration import SelfCalibration
from edge_agent.sighting import Sighting
from edge_agent.survey import SurveyRow
from edge_agent.truth import TruthRow
from store_maps.floor_grid import FloorGrid
from tests.edge_agent.small_store import two_zones

MAP = two_zones()
GROUND = Ground(MAP, FloorGrid.build(MAP, 1.0))
TRUTH = PathLoss(nominal(MAP).power_dbm_1m + np.array([-6, 5, 0, 7, -3, 2]), np.full(6, 1.6))
FADING_SD_DB = 4.0


def survey(law: PathLoss = TRUTH, count: int = 16) -> list[SurveyRow]:
    random = np.random.default_rng(2)
    xy_m = random.uniform([0.5, 0.5], [15.5, 7.5], (count, 2))
    rssi_dbm = law.expected_dbm(rays(MAP, xy_m, np.zeros(count, int), 1.0))
    rssi_dbm += random.normal(0, 1.0, rssi_dbm.shape)
    return [
        SurveyRow(f"{place:02}", float(x_m), float(y_m), name, 30, float(value), 3.0)
        for place, (x_m, y_m) in enumerate(xy_m)
        for name, value in zip(place_ids(MAP), rssi_dbm[:, place], strict=True)
    ]


def walk(law: PathLoss, seed: int, seconds: int = 45) -> tuple[list[Sighting], list[TruthRow]]:
    """To one place after another; every anchor hears each second once."""
    random = np.random.default_rng(seed)
    at_m = goal_m = np.array([8.0, 4.0])
    heard: list[Sighting] = []
    truth: list[TruthRow] = []
    for t in range(1, seconds):
        if np.hypot(*(goal_m - at_m)) < 1:
            goal_m = random.uniform([0.5, 0.5], [15.5, 7.5])
        at_m = at_m + (goal_m - at_m) / max(1.0, float(np.hypot(*(goal_m - at_m))))
        rssi_dbm = law.expected_dbm(rays(MAP, at_m[None], np.zeros(1, int), 1.0))[:, 0]
        rssi_dbm += random.normal(0, FADING_SD_DB, len(rssi_dbm))
        pairs = zip(place_ids(MAP), rssi_dbm, strict=True)
        heard += [Sighting("t", name, float(rssi), float(t)) for name, rssi in pairs]
        truth.append(TruthRow(float(t), "t", float(at_m[0]), float(at_m[1])))
    return heard, truth


def climbed(checkpoints: Checkpoints | None, *recordings: list[Sighting]) -> Climb:
    return Climber(GROUND, checkpoints, 1.0, lambda _: None).climb(recordings)


def rungs(found: Climb) -> list[str]:
    return [step.calibration.rung for step in found.steps]


def test_a_survey_is_taken_over_the_defaults() -> None:
    found = climbed(of_survey(MAP, survey()))
    assert rungs(found) == ["defaults", "survey"]
    assert found.below is found.steps[0]
    assert found.is_better
    assert found.top.judgement is not None
    assert found.top.judgement.text.startswith("left out, it errs ")
    assert " m less than defaults (+-" in found.top.judgement.text
    assert found.top.walking is None
    assert found.top.proof is not None


def test_walking_alone_is_judged_by_what_it_foresees() -> None:
    found = climbed(None, walk(TRUTH, 1, 60)[0], walk(TRUTH, 2, 60)[0])
    assert rungs(found) == ["defaults", "self-calibrated"]
    assert found.is_better
    assert found.top.judgement is not None
    assert found.top.judgement.text.startswith(
        "it foresees unseen walking clearly better than defaults (log-likelihood +0."
    )
    assert found.top.judgement.text.endswith("; expected at least 0.04 and 3 standard errors)")
    assert found.top.proof is None
    assert found.top.walking is not None
    assert found.below.walking is not None
    assert found.top.walking.all_rms_db < found.below.walking.all_rms_db


def test_walking_that_is_no_news_is_refused() -> None:
    found = climbed(None, walk(nominal(MAP), 1, 25)[0], walk(nominal(MAP), 2, 25)[0])
    assert not found.is_better


def test_labelled_walks_stand_on_what_unlabelled_ones_say() -> None:
    walks = [walk(TRUTH, seed) for seed in (1, 2, 3)]
    found = climbed(of_walks(MAP, walks), *(walk(TRUTH, seed, 60)[0] for seed in (4, 5)))
    assert rungs(found) == ["defaults", "self-calibrated", "walks"]
    assert found.below is found.steps[1]
    assert found.steps[1].judgement is not None
    assert found.is_better
    assert found.top.proof is not None
    assert found.top.calibration.place_sd_m == found.top.proof.place_sd_m
    alone = climbed(of_walks(MAP, walks)).top.calibration.law
    near, far = (
        np.abs(law.power_dbm_1m - found.below.calibration.law.power_dbm_1m).mean()
        for law in (found.top.calibration.law, alone)
    )
    assert near < far


def test_a_rung_that_was_refused_carries_none() -> None:
    near = nominal(MAP)
    found = climbed(of_survey(MAP, survey(near)), *(walk(TRUTH, seed, 25)[0] for seed in (4, 5)))
    assert found.below is found.steps[0]
    assert found.steps[1].judgement is not None
    assert not found.steps[1].judgement.is_better


def test_a_single_place_proves_nothing() -> None:
    found = climbed(of_survey(MAP, survey(count=1)))
    assert not found.is_better
    assert found.top.judgement is not None
    assert found.top.judgement.text.startswith("one place alone was measured")


def test_walks_too_short_to_locate_in_prove_nothing() -> None:
    found = climbed(of_walks(MAP, [walk(TRUTH, 1, 5)]))
    assert not found.is_better


def test_too_little_unlabelled_walking_is_refused() -> None:
    with pytest.raises(TooLittle, match="1 stretch of walking"):
        climbed(None, walk(TRUTH, 1, 60)[0])


def test_labels_decide_over_likelihood() -> None:
    likely = SelfCalibration(
        calibration=Calibration.defaults(MAP),
        gain=Gain(nats=0.1, z=9.0),
        beyond_flat=Gain(nats=0.1, z=9.0),
        accepted=True,
        anchors=(),
        seconds=600,
    )
    assert judged_walking(likely, None, "defaults").is_better
    worse = judged_walking(likely, Difference(0.2, 0.5), "defaults")
    assert not worse.is_better
    assert worse.text == (
        "at labelled places it errs 0.20 m more than defaults "
        "(+-0.50 m 19 times in 20, so it may be chance)"
    )
    unlikely = msgspec.structs.replace(likely, accepted=False)
    assert not judged_walking(unlikely, Difference(-0.1, 0.5), "defaults").is_better
    assert judged_walking(unlikely, Difference(-0.6, 0.5), "defaults").is_better
    assert judged_walking(likely, Difference(-0.1, 0.5), "defaults").is_better


def test_walking_that_is_refused_says_why() -> None:
    defaults = Calibration.defaults(MAP)
    gain = Gain(nats=0.1, z=9.0)
    none = Gain(nats=-0.01, z=-2.0)
    found = SelfCalibration(
        calibration=defaults, gain=gain, beyond_flat=none, accepted=False, anchors=(), seconds=600
    )
    assert judged_walking(found, None, "defaults").text.startswith(
        "it foresees unseen walking worse than levels that are the same everywhere "
        "(log-likelihood -0.010 a reading, -2.0 standard errors): readings do not fall"
    )
    found = msgspec.structs.replace(found, gain=none)
    assert judged_walking(found, None, "defaults").text.endswith("standard errors): it is no news")
    law = PathLoss(nominal(MAP).power_dbm_1m, np.full(6, 0.2))
    flat = Calibration.of_law(law, MAP, "self-calibrated", 1.0)
    noise = judged_walking(msgspec.structs.replace(found, calibration=flat), None, "defaults")
    assert not noise.is_better
    assert noise.text.startswith("path-loss exponent 0.2, expected 1.2 to 5: readings do not fall")


def test_labelled_rungs_are_refused_when_surely_worse_or_beyond_sense() -> None:
    assert judged_labels(Difference(-1.0, 0.5), 0.5, "defaults").is_better
    assert judged_labels(Difference(0.3, 0.5), 0.5, "defaults").is_better
    assert not judged_labels(Difference(0.6, 0.5), 0.5, "defaults").is_better
    mixed_up = judged_labels(Difference(-1.0, 0.5), -0.11, "defaults")
    assert not mixed_up.is_better
    assert mixed_up.text == (
        "distance and walls explain -11% of what the anchors heard, expected at least 5%: "
        "places, anchors or clocks seem mixed up"
    )
    short = judged_labels(None, 0.5, "defaults")
    assert short.text == "the walks are too short to locate anything in them"
    assert not short.is_better
