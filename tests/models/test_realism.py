import numpy as np
import pytest

from hub_server.journeys import STAGES
from models.realism import Lived, main, row, shares, speeds, stores, survey
from store_maps.habits import TEST_HABITS, TRAIN_HABITS
from store_maps.layouts import FAMILIES, HELD_OUT


@pytest.mark.parametrize("family", FAMILIES)
def test_every_stage_occurs_and_time_goes_as_published(family: str) -> None:
    seen = survey(stores(family, 1), TEST_HABITS if family in HELD_OUT else TRAIN_HABITS, 40)
    assert (shares(seen) > 0.003).all()
    assert 6 < np.median([one.minutes for one in seen]) < 18
    assert 0.25 < np.mean([one.shopping for one in seen]) < 0.7
    assert np.mean([one.navigating for one in seen]) < 0.27
    assert 0.2 < np.mean([one.bought for one in seen]) < 0.9


def test_a_row_says_what_empty_handed_leavers_do_more() -> None:
    even = np.full(len(STAGES), 1 / len(STAGES))
    full = Lived(minutes=10.0, bought=True, shopping=0.5, navigating=0.1, stages=even)
    empty = Lived(minutes=20.0, bought=False, shopping=0.3, navigating=0.18, stages=even)
    told = row("a store", [full, empty])
    assert told.startswith("| a store | 2 | 15.0 | 19.0 | 0.40 | 0.14 | +80% | 0.50 | 0.125 |")
    assert "nan" in row("nobody left with nothing", [full])


def test_speeds_are_those_of_the_smoothed_track() -> None:
    walked = np.stack([np.arange(20.0), np.zeros(20)], axis=1)
    assert speeds(walked)[3:-3] == pytest.approx(1.0)
    assert len(speeds(walked)) == 20


def test_the_table_names_every_world(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--visits", "4", "--stores", "1", "--families", "boutique"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 + 3 * 2 + 1
    assert lines[2].startswith("| published | | 12 |")
    assert {line.count("|") for line in lines} == {lines[0].count("|")}


@pytest.mark.parametrize("word", ["0", "-3", "many"])
def test_no_visits_make_no_table(capsys: pytest.CaptureFixture[str], word: str) -> None:
    with pytest.raises(SystemExit):
        main(["--visits", word])
    assert f"argument --visits: {word!r}, expected a number of 1 or more" in capsys.readouterr().err
