"""The truth file beside a recording (FORMATS: Truth)."""

import csv
from pathlib import Path
from typing import Final

from edge_agent.recording import RecordingError, Row, content, table
from edge_agent.truth import TruthError, TruthRow

TRUTH_COLUMNS: Final = ("t_s", "tag", "x_m", "y_m")
LEVEL_COLUMN: Final = "level"


def read_truth(path: Path) -> list[TruthRow]:
    """Every row of a truth file; whether it fits a map is for `Truth` to say.

    Raises:
        TruthError: unreadable, a column missing, a value that is no number or id.
    """
    try:
        header = next(csv.reader(content(path).splitlines()[:1]), [])
        has_level = LEVEL_COLUMN in header
        columns = (*TRUTH_COLUMNS, LEVEL_COLUMN) if has_level else TRUTH_COLUMNS
        return [truth_row(row, has_level=has_level) for row in table(path, columns)]
    except RecordingError as error:
        raise TruthError(str(error)) from None


def truth_row(row: Row, *, has_level: bool) -> TruthRow:
    """One line of a truth file; RecordingError where a value is none. An empty level is none."""
    return TruthRow(
        t_s=row.number("t_s"),
        tag=row.name("tag"),
        x_m=row.number("x_m"),
        y_m=row.number("y_m"),
        level=(row.text(LEVEL_COLUMN) or None) if has_level else None,
    )
