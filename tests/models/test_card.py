from pathlib import Path

import msgspec
import numpy as np
import pytest

from hub_server.stage import StageModel
from models.card import (
    BEGIN,
    END,
    GBDT,
    HMM,
    MODEL,
    ORACLE,
    README,
    RULES,
    Pace,
    Record,
    Row,
    Shipped,
    markdown,
    quick,
    read,
    shortened,
    spread,
    write,
)
from models.data import FROZEN
from models.scores import Figures, Gated, Judged, score

SPLIT = "unseen"
TOLD = "market"
REMEDY = "another model, world or judge: `python -m models.figures --write` puts it on record"
# Another machine's last digits may turn a few seconds over.
QUICK_SLACK = 0.005
NEVER_REACHED = {"engaged": Gated(0.5, None, 0.0)}


def figures(right: float) -> Figures:
    """Of a visit of 800 s whose share `right` of the seconds is called as it is, else exploring."""
    stages = np.repeat(np.arange(8), 100)
    guess = np.where(np.arange(800) % 100 < 100 * right, stages, 1)
    p = np.eye(8)[guess]
    t_s = np.arange(800.0)
    one = Judged(t_s, stages, p, guess, np.full(800, 0.7), bought=True)
    return score([one, one._replace(bought=False)], {"engaged": 0.5})


def drawn() -> Record:
    rows = [
        Row(SPLIT, RULES, 0, figures(0.4)),
        *(Row(SPLIT, GBDT, seed, figures(0.5)) for seed in (1, 2, 3)),
        *(Row(SPLIT, MODEL, seed, figures(0.6 + 0.01 * seed)) for seed in (1, 2, 3)),
        Row(SPLIT, ORACLE, 1, figures(0.7)),
        Row("market", RULES, 0, figures(0.3)),
        Row("market", MODEL, 1, figures(0.55)),
    ]
    shipped = Shipped(1, "ab" * 32, 123_456, [1.0] * 8, {"engaged": 0.75, "stuck": 2.0})
    return Record(SPLIT, TOLD, rows, shipped, Pace(0.91, 5.2), ["| a |", "|---|"], figures(0.6))


def test_the_card_shows_means_and_spreads() -> None:
    text = markdown(drawn())
    model = [f.macro_f1_8 for f in (figures(0.61), figures(0.62), figures(0.63))]
    assert f"{np.mean(model):.3f} ± {(model[2] - model[0]) / 2:.3f} |" in text
    assert "123,456 bytes" in text
    assert "gates engaged 0.75, stuck never." in text
    assert "model 0.91 ms, with features 5.20 ms" in text
    assert "| market (2 visits, 0 h) | rules |" in text
    assert "| engaged | 0 | 39 | 0 | 61 | 0 | 0 | 0 | 0 | 0 | 200 |" in text
    assert "| P(buy) AUC at 50 %, till and phone heard | 0.500 | - | 0.500 | - |  | 0.75 |" in text
    assert "nan" not in text


def test_the_gates_of_the_shipped_model_are_told_for_every_split() -> None:
    text = markdown(drawn())
    gated = figures(0.61).gated["engaged"]
    assert gated.precision is not None
    table = "| split | engaged |\n| --- | --- |\n"
    shown = f"{gated.precision:.2f} ({gated.share:.2f})"
    rows = drawn().rows
    market = rows[-1].figures.gated["engaged"]
    assert f"{table}| {SPLIT} | {shown} |\n| {TOLD} | {market.precision:.2f} (" in text
    rows[-1] = Row(TOLD, MODEL, 1, msgspec.structs.replace(rows[-1].figures, gated={}))
    rows[4] = Row(SPLIT, MODEL, 1, msgspec.structs.replace(figures(0.6), gated=NEVER_REACHED))
    text = markdown(msgspec.structs.replace(drawn(), rows=rows))
    assert f"{table}| {SPLIT} | - |\n| {TOLD} | - |\n" in text


def test_the_margins_are_said() -> None:
    record = drawn()
    text = markdown(record)
    at = {name: figures(right).macro_f1_8 for name, right in (("r", 0.4), ("g", 0.5), ("o", 0.7))}
    mean = float(np.mean([figures(0.6 + 0.01 * seed).macro_f1_8 for seed in (1, 2, 3)]))
    assert f"{(mean - at['r']) / (at['o'] - at['r']):.2f} of the way" in text
    assert f"{mean - at['g']:+.3f} from the gradient" in text
    rows = [row for row in record.rows if row.estimator != ORACLE]
    assert "of the way" not in markdown(msgspec.structs.replace(record, rows=rows))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([0.5, None, 0.7], "0.600 ± 0.100"), ([0.25], "0.250"), ([None], "-"), ([], "-")],
)
def test_a_spread(values: list[float | None], expected: str) -> None:
    assert spread(values, 3) == expected


def test_numbers_are_kept_short() -> None:
    assert shortened({"a": [0.123456, 3, None, "x"]}) == {"a": [0.1235, 3, None, "x"]}


def test_what_is_written_is_read_and_shown(tmp_path: Path) -> None:
    file, readme = tmp_path / "figures.json", tmp_path / "README.md"
    readme.write_text(f"before\n{BEGIN}old{END}after\n")
    write(drawn(), file, readme)
    shown = readme.read_text()
    assert shown == f"before\n{BEGIN}{markdown(read(file))}{END}after\n"
    assert read(file) == msgspec.convert(shortened(msgspec.to_builtins(drawn())), Record)


@pytest.fixture(scope="module")
def on_record() -> Record:
    return read()


def test_the_readme_shows_what_is_on_record(on_record: Record) -> None:
    shown = README.read_text(encoding="utf-8")
    assert BEGIN + markdown(on_record) + END in shown, REMEDY


def test_the_record_is_of_the_shipped_model(on_record: Record) -> None:
    shipped = StageModel.load().manifest
    assert shipped is not None
    assert on_record.shipped.sha256 == shipped.sha256, REMEDY
    assert on_record.shipped.seed == shipped.seed
    seeds = {row.seed for row in on_record.rows if row.estimator == MODEL}
    assert len(seeds) >= 3
    assert shipped.seed in seeds


def test_every_split_and_every_estimator_is_on_record(on_record: Record) -> None:
    splits = {row.split for row in on_record.rows}
    assert set(FROZEN) <= splits
    for split in splits:
        found = {row.estimator for row in on_record.rows if row.split == split}
        assert found >= {RULES, HMM, GBDT, MODEL}
    assert ORACLE in {row.estimator for row in on_record.rows if row.split == on_record.primary}


def test_the_shipped_model_does_as_on_record(on_record: Record) -> None:
    now, then = quick(StageModel.load()), on_record.quick
    assert now.seconds == then.seconds
    for name in ("macro_f1_8", "macro_f1_6", "accuracy", "ece"):
        assert getattr(now, name) == pytest.approx(getattr(then, name), abs=QUICK_SLACK), REMEDY
