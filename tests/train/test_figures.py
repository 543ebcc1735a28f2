"""The figures need torch and scikit-learn; `make train-test` runs this."""

from pathlib import Path

import pytest

from hub_server.stage import StageModel
from models import oracle
from models.card import ESTIMATORS, MODEL, ORACLE, RULES
from models.data import FROZEN
from models.figures import ORACLE_SEED, PLAIN, measure, pace, record
from models.train_stage import train

SCALE = 0.02


@pytest.mark.timeout(600)
def test_every_split_has_a_line_of_every_estimator(tmp_path: Path) -> None:
    shipped = StageModel.load().manifest
    assert shipped is not None
    path = tmp_path / f"oracle-{ORACLE_SEED}.onnx"
    train(ORACLE_SEED, epochs=1, scale=SCALE, observe=oracle.observe).package.write(path)
    kept = path.read_bytes()
    found = record(measure([shipped.seed], tmp_path, SCALE))
    assert path.read_bytes() == kept
    assert [one.name for one in tmp_path.glob("*.onnx")] == [path.name]
    assert {row.split for row in found.rows} == {*FROZEN, PLAIN}
    lines = {(row.split, row.estimator) for row in found.rows}
    expected = {
        (split, name) for split in (*FROZEN, PLAIN) for name in ESTIMATORS if name != ORACLE
    }
    assert lines == {*expected, (FROZEN[0], ORACLE)}
    at = {row.estimator: row.figures.macro_f1_8 for row in found.rows if row.split == FROZEN[0]}
    assert at[MODEL] > at[RULES]
    assert found.shipped.sha256 == shipped.sha256


def test_a_tick_is_measured() -> None:
    found = pace(StageModel.load(), shoppers=20)
    assert 0 < found.model_ms < found.features_ms
