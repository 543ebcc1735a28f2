"""The sheet that hangs on the wall before a hole is drilled: the floor, its weak zones, what to do.

One SVG without scripts, light on paper and on screens.
"""

from collections.abc import Iterator
from html import escape
from itertools import pairwise
from textwrap import wrap
from typing import Final

import msgspec

from edge_agent.coverage_plan import COLOURS, STEPS_M, Plan, Store, mark, spot_mark, text
from edge_agent.coverage_table import (
    WEAK_ACCURACY,
    advice,
    gain,
    is_weak,
    place,
    store_line,
    weakest,
)
from store_maps.drawing import metres
from store_maps.label import LETTER_EM

# Page units: 1,200 across. With one level of usual shape it fits A4, landscape or portrait.
WIDE: Final = 1200.0
MARGIN: Final = 40.0
PLAN_HIGH_MAX: Final = 900.0
HEAD_HIGH: Final = 124.0
LINE: Final = 18.0
TEXT_SIZE: Final = 13.0
SMALL_SIZE: Final = 11.0
# Columns under the plan: where they begin, and letters a line.
LEGEND_X, WEAK_X, MORE_X = MARGIN, 300.0, 820.0
MORE_LETTERS: Final = 54
FOOTER_LETTERS: Final = 180
ADVICE_LETTERS: Final = 84
# The title is as large as it fits.
TITLE_SIZE: Final = 26.0
WEAK_ROWS: Final = 6
# Where none is weak.
LAST_ROWS: Final = 3
KEY_WIDE: Final = 42.0
NOTE: Final = (
    "Simulated by edge-agent coverage: people walk all of the floor, and the store's locator says "
    "where they are. Real stores differ; walk with a tag once all hangs."
)

STYLE: Final = (
    "svg{background:#fff;max-width:100%;max-height:95vh}"
    "@page{size:A4 portrait;margin:10mm}"
    'text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;'
    "fill:#13201a}"
    ".title{font-weight:700}.strong{font-weight:600}.small{fill:#4d5b54}"
    ".name,.id,.letter{text-anchor:middle}"
    ".name,.id{paint-order:stroke;stroke:#fff;stroke-width:3;stroke-linejoin:round}"
    ".name{font-weight:600}.told{font-weight:400}.id{fill:#0b3d91}.letter{fill:#fff;font-weight:700}"
    ".floor{fill:#fff}.closed{fill:#e9edeb}.zone,.weak,.quiet{fill:none;stroke:#4d5b54;stroke-width:1}"
    ".zone{stroke-opacity:.55}.weak{stroke:#13201a;stroke-width:3;stroke-dasharray:9 6}"
    ".quiet{fill:url(#quiet);stroke-opacity:.55}"
    ".shelf{fill:#cfd6d2;stroke:#8d9992;stroke-width:1}"
    ".thing{fill:none;stroke:#8d9992;stroke-width:1}"
    ".outline,.wall{fill:none;stroke:#13201a;stroke-width:4;stroke-linejoin:round}"
    ".wall{stroke-width:3}.gap{fill:none;stroke:#fff;stroke-width:6}"
    ".door{fill:none;stroke:#0b6b4f;stroke-width:2.5}"
    ".tick{stroke:#4d5b54;stroke-width:1}.bar{fill:#13201a}"
    ".radio{fill:#0b57d0;stroke:#fff;stroke-width:1}"
    ".spot{fill:#13201a;stroke:#fff;stroke-width:2}.key{stroke:#8d9992;stroke-width:1}"
    + "".join(f".error-{number}{{fill:{colour}}}" for number, colour in enumerate(COLOURS))
)
QUIET: Final = (
    '<defs><pattern id="quiet" width="8" height="8" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect width="8" height="8" fill="#f2f2f4"/>'
    '<path d="M0 0V8" stroke="#a9a7b8" stroke-width="2"/></pattern></defs>'
)


class Column:
    """Lines under each other; `y` is where the next begins."""

    def __init__(self, x: float, y: float) -> None:
        self.x: Final = x
        self.y = y
        self.parts: list[str] = []

    def line(self, words: str, word: str, size: float = TEXT_SIZE, indent: float = 0.0) -> None:
        """One line of text."""
        self.y += LINE
        self.parts.append(text(words, self.x + indent, self.y, size, word))

    def key(self, drawn: str, words: str) -> None:
        """A sign, drawn around (0, 0), and what it means."""
        self.line(words, "label", indent=KEY_WIDE)
        place = f"{metres(self.x + KEY_WIDE / 2 - 6)} {metres(self.y - 5)}"
        self.parts.append(f'<g transform="translate({place})">{drawn}</g>')


class Sheet(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """A prediction as a page."""

    store: Store
    basis: str
    """What is known of the radio."""
    below: str
    """A line under that."""
    verdict: str = ""
    """Whether one more is worth a hole."""
    kind: str = "anchor"
    """What one more would be."""
    who: str = "shoppers"
    """Who is located, and by what."""
    footer: tuple[str, ...] = ()
    """What the figures stand on, a line each."""

    def svg(self) -> str:
        """The document."""
        levels = self.store.floor_map.levels
        parts = [*self._head()]
        top = HEAD_HIGH
        for level in levels:
            if len(levels) > 1:
                parts.append(text(level.name, MARGIN, top + TEXT_SIZE, 16, "strong"))
                top += 2 * LINE
            plan = Plan(self.store, level, WIDE - 2 * MARGIN, PLAN_HIGH_MAX)
            parts.append(f'<g transform="translate({metres(MARGIN)} {metres(top)})">')
            parts += [*plan.parts(), "</g>"]
            top += plan.high + LINE
        columns = (self._legend(top), self._weak(top), self._more(top))
        for column in columns:
            parts += column.parts
        footer = Column(MARGIN, max(column.y for column in columns) + LINE / 2)
        for words in self.footer:
            for row in wrap(capital(words), FOOTER_LETTERS):
                footer.line(row, "small", SMALL_SIZE)
        parts += footer.parts
        high = metres(footer.y + MARGIN / 2)
        wide = metres(WIDE)
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{wide}" '
            f'height="{high}" viewBox="0 0 {wide} {high}">'
            f"<title>{escape(self._title)}</title><style>{STYLE}</style>{QUIET}"
            f'<rect width="{wide}" height="{high}" fill="#fff"/>'
        )
        return "\n".join([head, *parts, "</svg>\n"])

    @property
    def _title(self) -> str:
        return f"{self.store.floor_map.name}: how well {self.who} will be located"

    def _head(self) -> Iterator[str]:
        size = min(TITLE_SIZE, (WIDE - 2 * MARGIN) / (LETTER_EM * len(self._title)))
        yield text(self._title, MARGIN, 48, size, "title")
        yield text(capital(store_line(self.basis, self.store.prediction)), MARGIN, 78, 15, "strong")
        yield text(capital(self.below), MARGIN, 101, 14, "small")

    def _legend(self, top: float) -> Column:
        column = Column(LEGEND_X, top)
        column.line("Expected error", "strong", 15)
        starts = (0.0, *STEPS_M)
        names = [f"{start:g} to {end:g} m" for start, end in pairwise(starts)]
        for number, name in enumerate([*names, f"more than {starts[-1]:g} m"]):
            box = '<rect x="-14" y="-7" width="28" height="14" '
            column.key(f'{box}class="key error-{number}"/>', name)
        column.y += LINE / 2
        kinds = (("anchor", self.store.floor_map.anchors), ("beacon", self.store.floor_map.beacons))
        for kind, places in kinds:
            if places:
                column.key(mark(kind, 0, 0), kind)
        for there, sign, words in self._signs():
            if there:
                column.key(sign, words)
        if any(zone.sensitive for zone in self.store.floor_map.leaf_zones):
            box = '<rect x="-14" y="-7" width="28" height="14" class="quiet"/>'
            column.key(box, "nobody is located here")
        if self.store.prediction.zones:
            column.line("A zone's figures: mean error,", "small", SMALL_SIZE)
            column.line("how often it is named rightly.", "small", SMALL_SIZE)
        return column

    def _signs(self) -> Iterator[tuple[bool, str, str]]:
        """Whether it is on the map, the sign, and what it means."""
        floor_map, zones = self.store.floor_map, bool(self.store.prediction.zones)
        box = '<rect x="-14" y="-7" width="28" height="14" class="{}"/>'
        stroke = '<path d="M-14 0H14" class="{}"/>'
        yield zones, stroke.format("weak"), f"weak zone: right under {WEAK_ACCURACY:.0%}"
        yield zones, stroke.format("zone"), "zone"
        yield True, stroke.format("wall"), "wall, edge of the floor"
        yield bool(floor_map.openings), stroke.format("door"), "door, opening"
        yield bool(floor_map.fixtures or floor_map.checkouts), box.format("shelf"), "shelf, till"
        yield bool(floor_map.walkable), box.format("closed"), "nobody walks there"

    def _weak(self, top: float) -> Column:
        column = Column(WEAK_X, top)
        if not self.store.prediction.zones:
            return column
        column.line("Weakest zones", "strong", 15)
        floor_map = self.store.floor_map
        order = weakest(self.store.prediction)
        worst = [figure for figure in order if is_weak(figure)]
        if not worst:
            column.line(
                f"none is right less than {WEAK_ACCURACY:.0%} of the time; the last are", "label"
            )
        for figure in worst[:WEAK_ROWS] or order[:LAST_ROWS]:
            name = floor_map.leaf_zones[figure.zone].name
            told = f"{figure.error_m:.1f} m, right {figure.accuracy:.0%}"
            if self.kind == "anchor":
                reach = f"heard by {figure.anchors_heard:.0f} anchors"
            else:
                reach = f"hears {figure.anchors_heard:.0f} beacons"
            column.line(f"{name}: {told}, {reach}", "label")
            if is_weak(figure):
                column.y -= 3
                for row in wrap(advice(figure, floor_map), ADVICE_LETTERS):
                    column.line(row, "small", SMALL_SIZE, indent=12)
        if len(worst) > WEAK_ROWS:
            column.line(f"and {len(worst) - WEAK_ROWS} more, dashed on the plan", "small")
        return column

    def _more(self, top: float) -> Column:
        column = Column(MORE_X, top)
        column.line(f"One more {self.kind}", "strong", 15)
        for row in wrap(self.verdict, MORE_LETTERS - 6):
            column.line(row, "label")
        for number, proposal in enumerate(self.store.proposals):
            column.y += LINE / 2
            first, *rest = wrap(place(self.store.floor_map, proposal.spot), MORE_LETTERS)
            column.key(spot_mark(number, 0, 0), first)
            for row in (*rest, *wrap(gain(proposal), MORE_LETTERS)):
                column.line(row, "small", SMALL_SIZE, indent=KEY_WIDE)
        column.y += LINE / 2
        for row in wrap(NOTE, MORE_LETTERS):
            column.line(row, "small", SMALL_SIZE)
        return column


def capital(words: str) -> str:
    """The same, as a sentence begins."""
    return words[:1].upper() + words[1:]
