from pathlib import Path

import pytest

from edge_agent.truth import TruthError, TruthRow
from edge_agent.truth_file import read_truth


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def test_rows_with_and_without_a_level(tmp_path: Path) -> None:
    plain = written(tmp_path / "t.csv", "t_s,tag,x_m,y_m", "1.5,cart,2,3")
    assert read_truth(plain) == [TruthRow(1.5, "cart", 2.0, 3.0)]
    levels = written(tmp_path / "l.csv", "t_s,tag,x_m,y_m,level", "1,cart,2,3,L1", "2,cart,2,3,")
    assert [row.level for row in read_truth(levels)] == ["L1", None]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["t_s,tag,x_m"], "the first line lacks y_m"),
        (["t_s,tag,x_m,y_m", "1,cart,far,3"], "t.csv:2: x_m is 'far', expected a number"),
        ([], "the first line lacks t_s, tag, x_m, y_m"),
    ],
)
def test_a_bad_file_says_what_and_where(tmp_path: Path, lines: list[str], expected: str) -> None:
    with pytest.raises(TruthError, match=expected):
        read_truth(written(tmp_path / "t.csv", *lines))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TruthError, match=r"none\.csv: cannot be read"):
        read_truth(tmp_path / "none.csv")
