"""A floor map as a picture: SVG in metres, for light and dark pages."""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Final, Protocol

import shapely

from store_maps.feature import Anchor, Beacon, Checkout, Level, Opening, Poi
from store_maps.floor_map import FloorMap
from store_maps.label import LINE_EM, place_label

# Around each level, for a floor of 30 m: room for the scale bar and the level's name.
MARGIN_M: Final = 2.0
# A page's width in pixels; the picture scales to any other.
WIDTH_PX: Final = 1200
# Zones of one department share a tint, neighbours mostly do not.
TINTS_COUNT: Final = 3
# More places than this are drawn without their ids: they would cover each other.
NAMED_PLACES_MAX: Final = 60
# Metres on a floor of 30 m: what a name keeps clear of, around an anchor, beacon or point.
CLEAR_M: Final = 0.45
# The scale bar is the longest of these that is a fifth of the floor or less.
BARS_M: Final = (100, 50, 20, 10, 5, 2, 1)

STYLE: Final = """
svg{--page:#f5f6f4;--floor:#fff;--zone:#e1f1ea;--zone-1:#ecf3df;--zone-2:#e2eff5;--quiet:#eceaf3;--line:#fff;
--shelf:#b9c6bf;--shelf-line:#93a49b;--till:#9fb0cf;--wall:#13201a;--text:#13201a;--muted:#4d5b54;
--anchor:#0b57d0;--beacon:#a8480b;--door:#0b6b4f;--fix:#16233f;background:var(--page)}
@media (prefers-color-scheme:dark){svg{--page:#0d1311;--floor:#161e1b;--zone:#1f382f;
--zone-1:#2c3722;--zone-2:#1f333e;--quiet:#2c2a3a;--line:#0d1311;--shelf:#47564f;--shelf-line:#61736b;--till:#44577c;
--wall:#eef4f1;--text:#eef4f1;--muted:#a9b8b1;--anchor:#8ab8ff;--beacon:#f0a46c;--door:#53cb9f;
--fix:#f4f8f6}}
text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;
fill:var(--text);text-anchor:middle}
.name{font-weight:600}
.small{fill:var(--muted)}
.floor{fill:var(--floor)}
.zone{stroke:var(--line);fill:var(--zone)}
.tint-1{fill:var(--zone-1)}.tint-2{fill:var(--zone-2)}.quiet{fill:var(--quiet)}
.shelf{fill:var(--shelf);stroke:var(--shelf-line)}
.thing{fill:none;stroke:var(--shelf-line)}
.closed{fill:var(--shelf);fill-opacity:.45}
.till{fill:var(--till)}
.outline,.wall{fill:none;stroke:var(--wall);stroke-linejoin:round;stroke-linecap:square}
.rail{stroke:var(--muted)}
.gap{fill:none;stroke:var(--floor)}.door{fill:none;stroke:var(--door)}
.anchor{fill:var(--anchor)}.beacon{fill:var(--beacon)}.poi{fill:var(--muted)}
.radius{fill:var(--fix);fill-opacity:.12}.fix{fill:var(--fix)}
.key.door{fill:var(--door);stroke:none}
.bar{fill:none;stroke:var(--muted)}
"""


class Placed(Protocol):
    """What `draw_svg` needs of a fix."""

    @property
    def x_m(self) -> float:
        """Metres to the right."""

    @property
    def y_m(self) -> float:
        """Metres up."""

    @property
    def radius_m(self) -> float:
        """Of the circle that holds it with 68 %."""

    @property
    def level(self) -> str:
        """The id of its level."""


def draw_svg(floor_map: FloorMap, fixes: Iterable[Placed] | None = None) -> str:
    """The map as an SVG document: levels side by side, zones named, anchors, doors, a scale bar."""
    shown = list(fixes or ())
    drawings = [LevelDrawing(floor_map, level) for level in floor_map.levels]
    width = sum(drawing.width_m for drawing in drawings)
    height = max(drawing.height_m for drawing in drawings)
    parts: list[str] = []
    left = 0.0
    for drawing in drawings:
        parts.append(f'<g transform="translate({metres(left)} 0)">')
        parts += drawing.parts([fix for fix in shown if fix.level == drawing.level.id])
        parts.append("</g>")
        left += drawing.width_m
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{WIDTH_PX}" '
        f'height="{round(WIDTH_PX * height / width)}" '
        f'viewBox="0 0 {metres(width)} {metres(height)}">'
        f"<title>{escape(floor_map.name)}</title><style>{STYLE}</style>"
    )
    return "\n".join([head, *parts, "</svg>\n"])


class LevelDrawing:
    """One level; y grows downwards in SVG, upwards on the map."""

    def __init__(self, floor_map: FloorMap, level: Level) -> None:
        self.level: Final = level
        self._map: Final = floor_map
        left, bottom, right, top = level.polygon.bounds
        self._floor_m: Final = max(right - left, top - bottom)
        # Lines and dots are drawn for a floor of 30 m; a larger one gets thicker ones.
        self._unit_m: Final = self._floor_m / 30
        margin_m = MARGIN_M * self._unit_m
        self._left_m: Final = left - margin_m
        self._top_m: Final = top + margin_m
        self.width_m: Final = right - left + 2 * margin_m
        self.height_m: Final = top - bottom + 2 * margin_m

    def parts(self, fixes: Iterable[Placed]) -> Iterator[str]:
        """The elements, from the floor up."""
        yield self._path(self.level.polygon, "floor")
        yield from self._zones()
        yield from self._things()
        yield from self._lines()
        yield from self._names()
        yield from self._radios()
        for fix in fixes:
            yield self._dot(fix, fix.radius_m, "radius")
            yield self._dot(fix, 0.2 * self._unit_m, "fix")
        yield from self._legend()

    def _zones(self) -> Iterator[str]:
        parents = list(dict.fromkeys(zone.parent for zone in self._map.leaf_zones))
        for zone in self._map.leaf_zones:
            if zone.level == self.level.id:
                tint = f"tint-{parents.index(zone.parent) % TINTS_COUNT}"
                word = tint if zone.messages_allowed else "quiet"
                yield self._path(zone.polygon, f"zone {word}", 0.06)

    def _things(self) -> Iterator[str]:
        if any(part.level == self.level.id for part in self._map.walkable):
            area = self._map.walkable_area(self.level.id)
            yield self._path(shapely.difference(self.level.polygon, area), "closed")
        for fixture in self._map.fixtures:
            if fixture.level == self.level.id:
                word = "shelf" if fixture.blocks_walking else "thing"
                yield self._path(self._clipped(fixture.polygon), word, 0.03)
        for checkout in self._map.checkouts:
            if checkout.level == self.level.id:
                yield self._till(checkout)

    def _till(self, checkout: Checkout) -> str:
        if isinstance(checkout.geometry, shapely.Point):
            return self._path(shapely.buffer(checkout.geometry, 0.3 * self._unit_m), "till")
        return self._path(checkout.geometry, "till")

    def _lines(self) -> Iterator[str]:
        yield self._path(self.level.polygon, "outline", 0.18)
        for wall in self._map.walls:
            if wall.level == self.level.id:
                word = "wall" if wall.attenuation_db > 0 else "wall rail"
                yield self._path(self._clipped(wall.line), word, 0.12)
        for opening in self._map.openings:
            if opening.level == self.level.id:
                yield from self._door(opening)

    def _door(self, opening: Opening) -> Iterator[str]:
        yield self._path(opening.line, "gap", 0.26)
        yield self._path(opening.line, "door", 0.1)
        if opening.category:
            words = opening.category.replace("_", " / ")
            yield self._text(words, self._outward(opening.line), 0.42 * self._unit_m, "small")

    def _outward(self, line: shapely.LineString) -> tuple[float, float]:
        """A place beside the middle of a line, off the level if there is one."""
        (x_0, y_0), (x_1, y_1) = line.coords[0], line.coords[-1]
        away = 0.8 * self._unit_m / max(line.length, 1e-3)
        normal = ((y_1 - y_0) * away, (x_0 - x_1) * away)
        middle = line.centroid
        sides = [(middle.x + sign * normal[0], middle.y + sign * normal[1]) for sign in (1, -1)]
        return max(sides, key=lambda side: self.level.polygon.distance(shapely.Point(side)))

    def _names(self) -> Iterator[str]:
        taken = self._taken()
        for zone in self._map.leaf_zones:
            if zone.level != self.level.id:
                continue
            label = place_label(zone, taken, self._floor_m)
            x, y = self._xy((label.x_m, label.y_m))
            turn = f' transform="rotate(-90 {x} {y})"' if label.is_upright else ""
            first = -(len(label.lines) - 1) / 2 * LINE_EM + 0.35
            lines = "".join(
                f'<tspan x="{x}" dy="{metres((first if i == 0 else LINE_EM) * label.size_m)}">'
                f"{escape(line)}</tspan>"
                for i, line in enumerate(label.lines)
            )
            size = metres(label.size_m)
            yield f'<text x="{x}" y="{y}" font-size="{size}" class="name"{turn}>{lines}</text>'

    def _taken(self) -> list[shapely.Geometry]:
        """What a name should not cover."""
        places = (self._map.anchors, self._map.beacons, self._map.pois)
        points = [
            shapely.Point(place.x_m, place.y_m)
            for kind in places
            for place in kind
            if place.level == self.level.id
        ]
        solid = [f.polygon for f in self._map.fixtures if f.level == self.level.id]
        solid += [c.geometry for c in self._map.checkouts if c.level == self.level.id]
        return [*solid, *shapely.buffer(points, CLEAR_M * self._unit_m)]

    def _radios(self) -> Iterator[str]:
        for anchor in self._map.anchors:
            if anchor.level == self.level.id:
                yield from self._radio(anchor, "anchor")
        for beacon in self._map.beacons:
            if beacon.level == self.level.id:
                yield from self._radio(beacon, "beacon")
        for poi in self._map.pois:
            if poi.level == self.level.id:
                yield self._dot(poi, 0.14 * self._unit_m, "poi")
                below = (poi.x_m, poi.y_m - 0.6 * self._unit_m)
                yield self._text(poi.name, below, 0.42 * self._unit_m, "small")

    def _radio(self, place: Anchor | Beacon, word: str) -> Iterator[str]:
        size_m = (0.36 if word == "anchor" else 0.24) * self._unit_m
        x, y = self._xy((place.x_m - size_m / 2, place.y_m + size_m / 2))
        side = metres(size_m)
        yield (
            f'<rect x="{x}" y="{y}" width="{side}" height="{side}" rx="{metres(size_m / 5)}" '
            f'class="{word}"><title>{escape(place.id)}, {place.height_m:g} m up</title></rect>'
        )
        if len(self._map.anchors) + len(self._map.beacons) <= NAMED_PLACES_MAX:
            above = (place.x_m, place.y_m + 0.7 * size_m)
            yield self._text(place.id, above, 0.34 * self._unit_m, "small")

    def _legend(self) -> Iterator[str]:
        left, bottom, right, top = self.level.polygon.bounds
        size = 0.5 * self._unit_m
        bar_m = next((bar for bar in BARS_M if bar <= self._floor_m / 5), BARS_M[-1])
        low = bottom - 0.8 * MARGIN_M * self._unit_m
        yield self._path(shapely.LineString([(right - bar_m, low), (right, low)]), "bar", 0.08)
        yield self._text(f"{bar_m} m", (right - bar_m / 2, low + 0.3 * size), size, "small")
        name = f"{self._map.name} · {self.level.name}"
        yield self._text(
            name, ((left + right) / 2, top + 0.35 * MARGIN_M * self._unit_m), size * 1.4, "name"
        )
        kinds = (self._map.anchors, self._map.beacons, self._map.openings)
        drawn = zip(("anchor", "beacon", "door"), kinds, strict=True)
        for place, word in enumerate([word for word, things in drawn if things]):
            x, y = self._xy((left + place * 5 * size, low))
            side = metres(0.7 * size)
            yield f'<rect x="{x}" y="{y}" width="{side}" height="{side}" class="key {word}"/>'
            yield self._text(
                word, (left + (place * 5 + 2.8) * size, low - 0.65 * size), size, "small"
            )

    def _clipped(self, geometry: shapely.Geometry) -> shapely.Geometry:
        """What lies on the level."""
        return shapely.intersection(geometry, self.level.polygon)

    def _path(self, geometry: shapely.Geometry, word: str, width: float = 0) -> str:
        """Lines or outlines, holes included; widths for a floor of 30 m."""
        stroke = f' stroke-width="{metres(width * self._unit_m)}"' if width else ""
        steps: list[str] = []
        for part in shapely.get_parts(geometry):
            closed = isinstance(part, shapely.Polygon)
            for ring in [part.exterior, *part.interiors] if closed else [part]:
                points = [self._xy(point) for point in ring.coords]
                line = "L".join(f"{x} {y}" for x, y in points)
                steps.append(f"M{line}{'Z' if closed else ''}")
        return f'<path class="{word}" fill-rule="evenodd"{stroke} d="{"".join(steps)}"/>'

    def _dot(self, place: Placed | Poi, radius_m: float, word: str) -> str:
        x, y = self._xy((place.x_m, place.y_m))
        title = f"<title>{escape(place.name)}</title>" if isinstance(place, Poi) else ""
        return f'<circle cx="{x}" cy="{y}" r="{metres(radius_m)}" class="{word}">{title}</circle>'

    def _text(self, words: str, place: tuple[float, float], size_m: float, word: str) -> str:
        x, y = self._xy(place)
        size = metres(size_m)
        return f'<text x="{x}" y="{y}" font-size="{size}" class="{word}">{escape(words)}</text>'

    def _xy(self, point: tuple[float, ...]) -> tuple[str, str]:
        return metres(point[0] - self._left_m), metres(self._top_m - point[1])


def metres(value: float) -> str:
    """A length to a millimetre, without trailing zeros."""
    return f"{value:.3f}".rstrip("0").rstrip(".")
