"""The figures on record, and the part of the model card (README.md) that shows them.

`python -m models.figures --write` measures them anew and writes both.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from hub_server.journeys import ONE_OF_P, STAGES
from hub_server.stage import StageModel
from models.answers import by_model
from models.data import FROZEN, followed
from models.oracle import closed
from models.scores import ALIKE, Figures, Gated, score

FILE: Final = Path(__file__).with_name("figures.json")
README: Final = Path(__file__).with_name("README.md")
BEGIN: Final = "<!-- python -m models.figures --write writes from here -->\n"
END: Final = "<!-- to here -->\n"
DIGITS: Final = 4
# A store of each family and four visits to each: seconds, not minutes.
QUICK_SCALE: Final = 0.01

RULES: Final = "rules"
GBDT: Final = "gbdt"
HMM: Final = "hmm"
MODEL: Final = "model"
ORACLE: Final = "oracle"
# In the order of the tables.
ESTIMATORS: Final = (RULES, HMM, GBDT, MODEL, ORACLE)


class Row(msgspec.Struct, frozen=True):
    """How one estimator did on one split."""

    split: str
    estimator: str
    seed: int
    """Of its training; 0 where nothing was trained."""
    figures: Figures


class Shipped(msgspec.Struct, frozen=True):
    """The model in hub_server/."""

    seed: int
    sha256: str
    size_bytes: int
    temperatures: list[float]
    gates: dict[str, float]


class Pace(msgspec.Struct, frozen=True):
    """Milliseconds of one tick for 1,024 shoppers, one thread."""

    model_ms: float
    features_ms: float
    """Features and model together."""


class Record(msgspec.Struct, frozen=True):
    """Everything on record."""

    primary: str
    """The split that the first table is about: positions only."""
    told: str
    """The same visits with the events of till and phone."""
    rows: list[Row]
    shipped: Shipped
    pace: Pace
    realism: list[str]
    """Lines of a table."""
    quick: Figures
    """Of the shipped model on a few visits of the primary split; a test measures them again."""


def read(path: Path = FILE) -> Record:
    """The figures on record."""
    return msgspec.json.decode(path.read_bytes(), type=Record)


def shortened(value: object) -> object:
    """The same with numbers of four digits."""
    if isinstance(value, float):
        return round(value, DIGITS)
    if isinstance(value, dict):
        return {key: shortened(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shortened(one) for one in value]
    return value


def write(record: Record, path: Path = FILE, readme: Path = README) -> None:
    """Put figures on record, and their tables into the card."""
    short = msgspec.convert(shortened(msgspec.to_builtins(record)), Record)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(short), indent=0) + b"\n")
    before, rest = readme.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    readme.write_text(before + BEGIN + markdown(short) + END + after, encoding="utf-8")


def quick(model: StageModel) -> Figures:
    """The figures of a model on a few visits of the primary split."""
    return score(by_model(followed(FROZEN[0], 0, QUICK_SCALE), model))


TOGETHER: Final = (
    f"**Two stages that are one to a message**, where the model holds them {ONE_OF_P} likely "
    "together (engaged or weighing; moving = exploring or purposeful): how often that is right, "
    "and in which share of their own seconds it says so.\n"
)
# Beside the mean of the seeds stands what is acted upon: the one model that is shipped.
GATES: Final = (
    "**What the gates are worth, by split**, the shipped model: how often a stage is right past "
    "its gate, and in brackets in which share of its own seconds it gets there.\n"
)

Get = Callable[[Figures], float | None]


class Measure(msgspec.Struct, frozen=True):
    """A line of the first table."""

    title: str
    get: Get
    digits: int = 3
    floor: str = ""
    aim: str = ""


def _gated(stage: str, *, share: bool = False) -> Get:
    def get(figures: Figures) -> float | None:
        found = figures.gated.get(stage)
        if found is None:
            return None
        return found.share if share else found.precision

    return get


# Floor and aim are what this work set itself: the least, and what to reach.
MEASURES: Final = (
    Measure("macro-F1, 8 stages", lambda f: f.macro_f1_8, floor="0.57", aim="0.60"),
    Measure("macro-F1, 6 stages", lambda f: f.macro_f1_6, floor="0.66", aim="0.69"),
    Measure("accuracy", lambda f: f.accuracy),
    Measure("ECE", lambda f: f.ece, floor="0.03", aim="0.015"),
    Measure("delay, median s", lambda f: f.delay_median_s, 1, "7", "5"),
    Measure("delay, p90 s", lambda f: f.delay_p90_s, 1, "18", "14"),
    Measure("changes never recognized", lambda f: f.missed),
    Measure("checkout F1", lambda f: f.f1.get("checkout"), floor="0.91", aim="0.94"),
    Measure("engaged, precision past the gate", _gated("engaged"), floor="0.86", aim="0.90"),
    Measure("engaged, share past the gate", _gated("engaged", share=True), aim="0.20"),
    Measure("checkout, precision past the gate", _gated("checkout"), floor="0.97", aim="0.97"),
    Measure("checkout, share past the gate", _gated("checkout", share=True), aim="0.80"),
    Measure(
        "engaged, precision at a share of 0.20", lambda f: f.at_share.get("engaged"), aim="0.90"
    ),
    Measure(
        "checkout, precision at a share of 0.80", lambda f: f.at_share.get("checkout"), aim="0.97"
    ),
    Measure("P(buy) AUC at 25 %", lambda f: f.p_buy_auc_25, floor="0.60", aim="0.64"),
    Measure("P(buy) AUC at 50 %", lambda f: f.p_buy_auc_50, floor="0.62", aim="0.66"),
    Measure("P(buy) AUC at 75 %", lambda f: f.p_buy_auc_75, floor="0.62", aim="0.66"),
    Measure("flips a minute served", lambda f: f.flips_per_min, 2, "2.2", "2.0"),
    Measure("flips a minute true", lambda f: f.true_flips_per_min, 2),
    Measure("seconds answered", lambda f: f.answered),
)


def _named(title: str) -> Get:
    return next(measure.get for measure in MEASURES if measure.title == title)


BUYS: Final = tuple(one for one in MEASURES if one.title.startswith("P(buy)"))
# Of every split, in columns.
COLUMNS: Final = (
    ("macro-F1 8", _named("macro-F1, 8 stages"), 3),
    ("6", _named("macro-F1, 6 stages"), 3),
    ("accuracy", _named("accuracy"), 3),
    ("ECE", _named("ECE"), 3),
    ("delay", _named("delay, median s"), 1),
    ("p90 s", _named("delay, p90 s"), 1),
    ("checkout F1", _named("checkout F1"), 3),
    ("AUC 50 %", _named("P(buy) AUC at 50 %"), 3),
    ("flips (true)", _named("flips a minute served"), 2),
)


def spread(values: Sequence[float | None], digits: int) -> str:
    """The mean of the seeds' values and, with several, half of their range."""
    known = [value for value in values if value is not None]
    if not known:
        return "-"
    mean = f"{np.mean(known):.{digits}f}"
    half = (max(known) - min(known)) / 2
    return mean if len(known) == 1 else f"{mean} ± {half:.{digits}f}"


def _table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


class _Split:
    """The rows of one split."""

    def __init__(self, record: Record, split: str) -> None:
        self.rows: Final = [row for row in record.rows if row.split == split]

    @property
    def estimators(self) -> list[str]:
        there = {row.estimator for row in self.rows}
        return [name for name in ESTIMATORS if name in there]

    def of(self, estimator: str) -> list[Figures]:
        return [row.figures for row in self.rows if row.estimator == estimator]

    def shown(self, estimator: str, get: Get, digits: int) -> str:
        return spread([get(one) for one in self.of(estimator)], digits)

    def mean(self, estimator: str, get: Get) -> float:
        return float(np.mean([get(one) for one in self.of(estimator)]))


def markdown(record: Record) -> str:
    """Every table of the card."""
    primary = _Split(record, record.primary)
    seconds = (
        f"**What is taken for what, {record.primary}**, the shipped model: of each stage's "
        "seconds (row), how many in a hundred were called so (column).\n"
    )
    first = (
        f"**{record.primary}** (mean of the seeds ± half of their range; floor and aim are what "
        "this work set itself: the least, and what to reach):\n"
    )
    parts = [
        _shipped(record),
        first,
        _first(primary, _Split(record, record.told)),
        _margins(primary),
        GATES,
        _gates(record),
        TOGETHER,
        _together(record),
        "**Every split**:\n",
        _splits(record),
        f"**F1 of each stage, {record.primary}**:\n",
        _stages(primary),
        seconds,
        _confusion(primary, record.shipped.seed),
        "**Realism**, as `python -m models.realism` prints it:\n",
        "".join(f"{line}\n" for line in record.realism),
    ]
    return "\n".join(parts)


def _shipped(record: Record) -> str:
    shipped, pace = record.shipped, record.pace
    gates = ", ".join(
        f"{stage} {f'{gate:.2f}' if gate < 1 else 'never'}" for stage, gate in shipped.gates.items()
    )
    temperatures = ", ".join(f"{value:.2f}" for value in shipped.temperatures)
    return (
        f"Shipped: seed {shipped.seed}, {shipped.size_bytes:,} bytes, sha256 "
        f"{shipped.sha256[:16]}…; temperatures {temperatures}; gates {gates}. A tick of 1,024 "
        f"shoppers on one thread: model {pace.model_ms:.2f} ms, with features "
        f"{pace.features_ms:.2f} ms (aim 1 and 6).\n"
    )


def _first(primary: _Split, told: _Split) -> str:
    names = primary.estimators
    lines = [
        [m.title, *(primary.shown(name, m.get, m.digits) for name in names), m.floor, m.aim]
        for m in MEASURES
    ]
    for measure in BUYS:
        shown = [told.shown(name, measure.get, measure.digits) for name in names]
        lines.append([f"{measure.title}, till and phone heard", *shown, "", "0.75"])
    return _table(["", *names, "floor", "aim"], lines)


def _margins(primary: _Split) -> str:
    """What the model is above the others, in words."""
    get = _named("macro-F1, 8 stages")
    model, gbdt, rules = (primary.mean(name, get) for name in (MODEL, GBDT, RULES))
    gap = ""
    if ORACLE in primary.estimators:
        share = closed(rules, model, primary.mean(ORACLE, get))
        gap = f"{share:.2f} of the way from the rules to the oracle (floor 0.65, aim 0.75), and "
    return (
        f"In macro-F1 of eight stages the model goes {gap}{model - gbdt:+.3f} from the gradient "
        f"boosting. In the study that ordered this model the rules had 0.40 and the boosting 0.553 "
        f"in its own world: here they have {rules:.3f} and {gbdt:.3f}.\n"
    )


def _gates(record: Record) -> str:
    """Of each stage that has a gate, on each split."""
    open_to = [stage for stage, gate in record.shipped.gates.items() if gate < 1]
    lines = []
    for row in record.rows:
        if (row.estimator, row.seed) == (MODEL, record.shipped.seed):
            found = [row.figures.gated.get(stage) for stage in open_to]
            lines.append([row.split, *(_worth(one) for one in found)])
    return _table(["split", *open_to], lines)


def _worth(found: Gated | None) -> str:
    if found is None or found.precision is None or found.share is None:
        return "-"
    return f"{found.precision:.2f} ({found.share:.2f})"


def _together(record: Record) -> str:
    lines = []
    for name in dict.fromkeys(row.split for row in record.rows):
        split = _Split(record, name)
        shown = [
            split.shown(MODEL, _pair(pair, what), 3)
            for pair in ALIKE
            for what in ("precision", "share")
        ]
        lines.append([name, *shown])
    return _table(["split", *(f"{pair}, {w}" for pair in ALIKE for w in ("right", "share"))], lines)


def _pair(pair: str, what: str) -> Get:
    def get(figures: Figures) -> float | None:
        found: float | None = getattr(figures.together[pair], what)
        return found

    return get


def _splits(record: Record) -> str:
    lines = []
    for name in dict.fromkeys(row.split for row in record.rows):
        split = _Split(record, name)
        first = split.rows[0].figures
        what = f"{name} ({first.visits} visits, {first.seconds / 3600:.0f} h)"
        for estimator in split.estimators:
            shown = [split.shown(estimator, get, digits) for _, get, digits in COLUMNS]
            true = f" ({split.mean(estimator, _named('flips a minute true')):.2f})"
            lines.append([what, estimator, *shown[:-1], shown[-1] + true])
            what = ""
    return _table(["split", "", *(title for title, _, _ in COLUMNS)], lines)


def _stages(primary: _Split) -> str:
    names = primary.estimators
    lines = [
        [stage, *(primary.shown(name, lambda f, s=stage: f.f1.get(s), 2) for name in names)]  # type: ignore[misc]
        for stage in STAGES
    ]
    return _table(["", *names], lines)


def _confusion(primary: _Split, seed: int) -> str:
    (figures,) = (row.figures for row in primary.rows if (row.estimator, row.seed) == (MODEL, seed))
    counts = np.array(figures.confusion)
    shares = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    lines = [
        [stage, *(f"{share:.0f}" for share in row), f"{n:,}"]
        for stage, row, n in zip(STAGES, shares, counts.sum(axis=1).tolist(), strict=True)
    ]
    return _table(["", *STAGES, "no answer", "seconds"], lines)
