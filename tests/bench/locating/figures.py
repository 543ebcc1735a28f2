"""The figures on record: the file, what counts as worse than it, and the README's table of it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from edge_agent import __file__ as edge_agent_file
from tests.bench.locating.espresense import Errors
from tests.bench.locating.rows import Row

FILE: Final = Path(__file__).parents[1] / "location_figures.json"
README: Final = Path(edge_agent_file).parent / "README.md"
BEGIN: Final = "<!-- make bench-location writes from here -->\n"
END: Final = "<!-- to here -->\n"

# A figure may be this much of itself worse than the one on record.
WORSE_MAX: Final = 0.05
# radius_m holds 68 %: a coverage is as bad as it is far from this.
HONEST_COVERAGE: Final = 0.68
# Nothing that hears these radios is this good: below, truth or later rows got in.
LEAK_M: Final = 0.6
DIGITS: Final = 4

Kind = Literal["less", "more", "honest"]


class Metric(msgspec.Struct, frozen=True):
    """A column: what is better, and by how much it may move where 5 % of it are next to nothing."""

    name: str
    title: str
    better: Kind
    slack: float = 0.0
    """Absolute; the larger of it and WORSE_MAX counts."""


# The slacks are those of shares over some hundred fixes: one walker's few seconds move an error
# of calibration by 0.01, a share of unknowns by 0.02, and a coverage by 0.03.
METRICS: Final = (
    Metric("n", "n", "more"),
    Metric("mean_m", "mean m", "less"),
    Metric("median_m", "median m", "less"),
    Metric("p90_m", "p90 m", "less"),
    Metric("zone_accuracy", "zone", "more"),
    Metric("unknown_share", "unknown", "less", 0.02),
    Metric("act_precision", "act precision", "more"),
    Metric("act_share", "act share", "more"),
    Metric("zone_ece", "ECE", "less", 0.01),
    Metric("radius_coverage", "radius", "honest", 0.03),
    Metric("answered", "answered", "more"),
)
ERRORS: Final = (
    Metric("n", "n", "more"),
    Metric("median_m", "median m", "less", 0.01),
    Metric("p95_m", "p95 m", "less", 0.01),
    Metric("room_wrong", "room wrong", "less", 0.01),
)


class Figures(msgspec.Struct, frozen=True):
    """Everything on record."""

    rows: tuple[Row, ...]
    espresense: tuple[Errors, ...]


def read(path: Path = FILE) -> Figures:
    """The figures on record."""
    return msgspec.json.decode(path.read_bytes(), type=Figures)


def write(figures: Figures, path: Path = FILE, readme: Path = README) -> None:
    """Put figures on record, and their table into the README."""
    rounded = msgspec.convert(shortened(msgspec.to_builtins(figures)), Figures)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(rounded), indent=1) + b"\n")
    text = readme.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    readme.write_text(before + BEGIN + markdown(rounded) + END + after, encoding="utf-8")


def shortened(value: object) -> object:
    """The same with numbers of four digits."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: shortened(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [shortened(one) for one in value]
    return value


def worse(now: Sequence[Row], then: Sequence[Row]) -> list[str]:
    """What of `now` is worse than the same line of `then`; a line for each figure."""
    on_record = {row.key: row for row in then}
    found: list[str] = []
    for row in now:
        if row.key in on_record:
            known = on_record[row.key].score
            name = " | ".join(row.key)
            found += worse_metrics(METRICS, name, row.score, known)
    return found


def worse_errors(now: Sequence[Errors], then: Sequence[Errors]) -> list[str]:
    """The same of ESPresense's scenario."""
    on_record = {(one.track, one.who): one for one in then}
    found: list[str] = []
    for one in now:
        known = on_record.get((one.track, one.who))
        if known is not None:
            found += worse_metrics(ERRORS, f"{one.track} | {one.who}", one, known)
    return found


def worse_metrics(
    metrics: Iterable[Metric], name: str, now: msgspec.Struct, then: msgspec.Struct
) -> list[str]:
    """A line for each metric of `now` that is worse than `then` allows."""
    lines: list[str] = []
    for metric in metrics:
        one: float | None = getattr(now, metric.name)
        other: float | None = getattr(then, metric.name)
        if other is not None and (one is None or loss(metric, one, other) > slack(metric, other)):
            lines.append(f"{name}: {metric.title} is {one}, on record {other}")
    return lines


def loss(metric: Metric, now: float, then: float) -> float:
    """By how much `now` is worse than `then`; negative where it is better."""
    if metric.better == "honest":
        return abs(now - HONEST_COVERAGE) - abs(then - HONEST_COVERAGE)
    return now - then if metric.better == "less" else then - now


def slack(metric: Metric, then: float) -> float:
    """By how much a figure may be worse."""
    return max(WORSE_MAX * abs(then), metric.slack) + 10**-DIGITS


def leaks(rows: Iterable[Row]) -> list[str]:
    """The lines that are too good to be true."""
    return [
        f"LEAK? {' | '.join(row.key)}: mean {row.score.mean_m:.2f} m, expected {LEAK_M} m or more: "
        "look for truth or later rows that got in"
        for row in rows
        if row.score.mean_m < LEAK_M
    ]


def lines(rows: Sequence[Row]) -> list[str]:
    """The table for a terminal; the columns' names on the first line."""
    table = [HEAD, *(cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in table) for column in range(len(HEAD))]
    return ["  ".join(pad(line, widths)) for line in table]


def error_lines(found: Sequence[Errors]) -> list[str]:
    """The same of ESPresense's scenario."""
    table = [ERROR_HEAD, *(error_cells(one) for one in found)]
    widths = [max(len(line[column]) for line in table) for column in range(len(ERROR_HEAD))]
    return ["  ".join(pad(line, widths)) for line in table]


HEAD: Final = ["site", "tracks", "radio map", "who", *(metric.title for metric in METRICS)]
ERROR_HEAD: Final = ["track", "who", *(metric.title for metric in ERRORS)]


def pad(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Words to the left, numbers to the right."""
    return [
        text.rjust(width) if text[:1] in "0123456789-" else text.ljust(width)
        for text, width in zip(line, widths, strict=True)
    ]


def cells(row: Row) -> list[str]:
    """A row as text."""
    return [*row.key, *(shown(metric, getattr(row.score, metric.name)) for metric in METRICS)]


def error_cells(one: Errors) -> list[str]:
    """A row of ESPresense's scenario as text."""
    return [one.track, one.who, *(shown(metric, getattr(one, metric.name)) for metric in ERRORS)]


def shown(metric: Metric, value: float | None) -> str:
    """Counts whole, small shares to a thousandth, all else to a hundredth."""
    if value is None:
        return "-"
    digits = {"n": 0, "zone_ece": 3, "room_wrong": 3}.get(metric.name, 2)
    return f"{value:.{digits}f}"


def markdown(figures: Figures) -> str:
    """The README's tables."""
    tables = [
        [HEAD, *(cells(row) for row in figures.rows)],
        [ERROR_HEAD, *(error_cells(one) for one in figures.espresense)],
    ]
    return "\n".join(markdown_table(table) for table in tables)


def markdown_table(table: Sequence[Sequence[str]]) -> str:
    """One table; its first line is the head."""
    head, *rest = (f"| {' | '.join(line)} |" for line in table)
    rule = "|" + "---|" * len(table[0])
    return "\n".join([head, rule, *rest, ""])
