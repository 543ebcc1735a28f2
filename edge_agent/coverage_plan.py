"""One level of a store, drawn with the error that is expected in each cell: SVG, in page units."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final, Protocol

import msgspec
import numpy as np
import numpy.typing as npt
import shapely

from edge_agent.coverage import Prediction, ZoneFigure
from edge_agent.coverage_ruler import RULER_HIGH, Box, ruler
from edge_agent.coverage_table import Proposal, is_weak
from store_maps.drawing import metres
from store_maps.feature import Anchor, Beacon, Level, Zone
from store_maps.floor_grid import FloorGrid
from store_maps.floor_map import FloorMap
from store_maps.label import LETTER_EM, LINE_EM, Label, place_label

Floats = npt.NDArray[np.float64]

# Where one colour ends and the next begins, in metres: a shelf section, an aisle with its shelf,
# a department.
STEPS_M: Final = (0.75, 1.0, 1.5, 2.0, 3.0, 5.0)
# ColorBrewer YlOrBr, seven classes (Harrower and Brewer, 2003): told apart by colour-blind people,
# and on a black and white printer, as each is darker than the last.
COLOURS: Final = ("#ffffd4", "#fee391", "#fec44f", "#fe9929", "#ec7014", "#cc4c02", "#8c2d04")
# Page units, of 1,200 across an A4 sheet: smaller ones are not read from a ladder.
ID_SIZE: Final = 11.0
SPOT_RADIUS: Final = 11.0
CLEAR: Final = 8.0
# A till drawn as a point.
TILL_M: Final = 0.3
# Of the size that names have on the plain map: here they bring figures.
NAME_SHARE: Final = 0.8
# Keeps a name and its figures whole where a label breaks at spaces.
JOINER: Final = "\N{WORD JOINER}"
# How many cells from a cell's centre a square beside it is coloured like it.
BESIDE_CELLS: Final = 1.5


class OnLevel(Protocol):
    """What stands on one level."""

    @property
    def level(self) -> str:
        """The level's id."""


class Store(msgspec.Struct, frozen=True, eq=False):
    """What is drawn."""

    floor_map: FloorMap
    grid: FloorGrid
    prediction: Prediction
    proposals: tuple[Proposal, ...]
    """Those worth it, the best first."""


class Plan:
    """One level in a box of the page; y grows downwards in SVG, upwards on the map."""

    def __init__(self, store: Store, level: Level, wide: float, high_max: float) -> None:
        left, bottom, right, top = level.polygon.bounds
        self._store: Final = store
        self._map: Final = store.floor_map
        self._level: Final = level
        self._left_m: Final = left
        self._top_m: Final = top
        self._floor_m: Final = max(right - left, top - bottom)
        self._scale: Final = min(wide / (right - left), high_max / (top - bottom))
        self._aside: Final = (wide - (right - left) * self._scale) / 2
        self._floor_high: Final = (top - bottom) * self._scale
        self.high: Final = self._floor_high + RULER_HIGH
        self._solid: list[shapely.Geometry] = []
        """What stands on the floor: a zone's name is better beside it."""
        self._marks: list[shapely.Geometry] = []
        """What no words are to cover; both in metres."""

    def parts(self) -> Iterator[str]:
        """The elements, from the floor up."""
        yield self._path(self._level.polygon, "floor")
        yield from self._cells()
        yield from self._zones()
        yield from self._things()
        yield from self._lines()
        radios = list(self._radios())
        spots = list(self._spots())
        yield from self._names()
        yield from radios
        yield from spots
        left_m, bottom_m, right_m, top_m = self._level.polygon.bounds
        box = Box(self._aside, 0.0, self._scale, self._floor_high)
        yield from ruler((left_m, right_m), (bottom_m, top_m), box)

    def _cells(self) -> Iterator[str]:
        x_m, y_m, error_m = self._squares()
        area = self._map.walkable_area(self._level.id)
        yield self._path(shapely.difference(self._level.polygon, area), "closed")
        colour = np.digitize(error_m, STEPS_M)
        half_m = self._store.grid.cell_m / 2
        for number in np.unique(colour).tolist():
            x, y = x_m[colour == number], y_m[colour == number]
            squares = shapely.box(x - half_m, y - half_m, x + half_m, y + half_m)
            filled = shapely.intersection(shapely.union_all(squares), area)
            yield self._path(filled, f"error-{number}")

    def _squares(self) -> tuple[Floats, Floats, Floats]:
        """Centres and errors; where only a part can be walked on, the next cell's."""
        grid = self._store.grid
        index = self._map.level_index(self._level.id)
        rows, columns = np.indices(grid.shapes[index])
        x_m = grid.origins_m[index, 0] + columns.ravel() * grid.cell_m
        y_m = grid.origins_m[index, 1] + rows.ravel() * grid.cell_m
        cell = grid.cell_at(x_m, y_m, index, within_m=BESIDE_CELLS * grid.cell_m)
        error_m = np.where(cell >= 0, self._store.prediction.cell_error_m[cell], np.nan)
        known = np.isfinite(error_m)
        return x_m[known], y_m[known], error_m[known]

    def _zones(self) -> Iterator[str]:
        for zone, figure in self._figures():
            word = "quiet" if zone.sensitive else "weak" if is_weak(figure) else "zone"
            yield self._path(zone.polygon, word)

    def _figures(self) -> Iterator[tuple[Zone, ZoneFigure]]:
        """The level's zones."""
        for figure in self._store.prediction.zones:
            zone = self._map.leaf_zones[figure.zone]
            if self._is_here(zone):
                yield zone, figure

    def _things(self) -> Iterator[str]:
        for fixture in filter(self._is_here, self._map.fixtures):
            self._solid.append(fixture.polygon)
            word = "shelf" if fixture.blocks_walking else "thing"
            yield self._path(self._clipped(fixture.polygon), word)
        for checkout in filter(self._is_here, self._map.checkouts):
            is_spot = isinstance(checkout.geometry, shapely.Point)
            area = shapely.buffer(checkout.geometry, TILL_M) if is_spot else checkout.geometry
            self._solid.append(area)
            yield self._path(area, "shelf")

    def _lines(self) -> Iterator[str]:
        yield self._path(self._level.polygon, "outline")
        for wall in filter(self._is_here, self._map.walls):
            yield self._path(self._clipped(wall.line), "wall")
        for opening in filter(self._is_here, self._map.openings):
            yield self._path(opening.line, "gap")
            yield self._path(opening.line, "door")

    def _is_here(self, thing: OnLevel) -> bool:
        return thing.level == self._level.id

    def _radios(self) -> Iterator[str]:
        kinds: dict[str, Sequence[Anchor | Beacon]] = {
            "anchor": self._map.anchors,
            "beacon": self._map.beacons,
        }
        here = [
            (word, place) for word, all_ in kinds.items() for place in all_ if self._is_here(place)
        ]
        for word, place in here:
            x, y = self._point((place.x_m, place.y_m))
            self._marks.append(self._box(x, y, CLEAR, CLEAR))
            yield mark(word, x, y, f"{place.id}, {place.height_m:g} m up")
        for _, place in here:
            yield from self._id(place)

    def _id(self, place: Anchor | Beacon) -> Iterator[str]:
        """An anchor's id above, below, right or left of it; nowhere if all are taken."""
        x, y = self._point((place.x_m, place.y_m))
        wide = len(place.id) * LETTER_EM * ID_SIZE
        aside = (wide + CLEAR) / 2 + 2
        for right, down in ((0.0, -CLEAR - 1), (0.0, CLEAR + 1), (aside, 0.0), (-aside, 0.0)):
            box = self._box(x + right, y + down, wide, ID_SIZE)
            if not shapely.intersects(shapely.union_all(self._marks), box):
                self._marks.append(box)
                yield text(place.id, x + right, y + down + ID_SIZE / 3, ID_SIZE, "id")
                return

    def _spots(self) -> Iterator[str]:
        for number, proposal in enumerate(self._store.proposals):
            spot = proposal.spot
            if self._is_here(spot):
                x, y = self._point((spot.x_m, spot.y_m))
                self._marks.append(self._box(x, y, 2 * SPOT_RADIUS, 2 * SPOT_RADIUS))
                yield spot_mark(number, x, y)

    def _names(self) -> Iterator[str]:
        taken = [*self._solid, *self._marks]
        for zone, figure in self._figures():
            told = "" if zone.sensitive else f"{figure.error_m:.1f} m, {figure.accuracy:.0%}"
            words = " ".join(part.replace(" ", JOINER) for part in (zone.name, told) if part)
            named = msgspec.structs.replace(zone, name=words)
            yield self._label(place_label(named, taken, NAME_SHARE * self._floor_m), told)

    def _label(self, label: Label, told: str) -> str:
        x, y = self._point((label.x_m, label.y_m))
        size = label.size_m * self._scale
        first = y + (0.35 - (len(label.lines) - 1) / 2 * LINE_EM) * size
        rows = []
        for number, line in enumerate(label.lines):
            name = line.replace(JOINER, " ").removesuffix(told)
            rest = (
                f'<tspan class="told">{told}</tspan>' if told in line.replace(JOINER, " ") else ""
            )
            at = f'x="{metres(x)}" y="{metres(first + number * LINE_EM * size)}"'
            at += f' font-size="{metres(size)}" class="name"'
            rows.append(f"<text {at}>{escape(name)}{rest}</text>")
        turn = f' transform="rotate(-90 {metres(x)} {metres(y)})"' if label.is_upright else ""
        return f"<g{turn}>{''.join(rows)}</g>"

    def _clipped(self, geometry: shapely.Geometry) -> shapely.Geometry:
        """What lies on the level."""
        return shapely.intersection(geometry, self._level.polygon)

    def _path(self, geometry: shapely.Geometry, word: str) -> str:
        """Lines or outlines, holes included."""
        steps: list[str] = []
        for part in shapely.get_parts(geometry):
            closed = isinstance(part, shapely.Polygon)
            for ring in [part.exterior, *part.interiors] if closed else [part]:
                points = (self._point(point) for point in ring.coords)
                line = "L".join(f"{metres(x)} {metres(y)}" for x, y in points)
                steps.append(f"M{line}{'Z' if closed else ''}")
        return f'<path class="{word}" fill-rule="evenodd" d="{"".join(steps)}"/>'

    def _point(self, point: tuple[float, ...]) -> tuple[float, float]:
        """A place of the map on the page."""
        return (
            self._aside + (point[0] - self._left_m) * self._scale,
            (self._top_m - point[1]) * self._scale,
        )

    def _box(self, x: float, y: float, wide: float, high: float) -> shapely.Polygon:
        """A box around a place of the page, in metres of the map."""
        x_m = self._left_m + (x - self._aside) / self._scale
        y_m = self._top_m - y / self._scale
        half_m, up_m = wide / 2 / self._scale, high / 2 / self._scale
        return shapely.box(x_m - half_m, y_m - up_m, x_m + half_m, y_m + up_m)


def text(words: str, x: float, y: float, size: float, word: str) -> str:
    """A line of text."""
    place = f'x="{metres(x)}" y="{metres(y)}" font-size="{metres(size)}"'
    return f'<text {place} class="{word}">{escape(words)}</text>'


def mark(word: str, x: float, y: float, title: str = "") -> str:
    """An anchor is a square, a beacon a dot."""
    about = f"<title>{escape(title)}</title>"
    if word == "beacon":
        return f'<circle cx="{metres(x)}" cy="{metres(y)}" r="3.6" class="radio">{about}</circle>'
    place = f'x="{metres(x - 4)}" y="{metres(y - 4)}" width="8" height="8"'
    return f'<rect {place} class="radio">{about}</rect>'


def spot_mark(number: int, x: float, y: float) -> str:
    """Where one more would help: a dot with a letter, the best is A."""
    place = f'cx="{metres(x)}" cy="{metres(y)}" r="{metres(SPOT_RADIUS)}"'
    letter = chr(ord("A") + number)
    return f'<circle {place} class="spot"/>{text(letter, x, y + 5, 14, "letter")}'
