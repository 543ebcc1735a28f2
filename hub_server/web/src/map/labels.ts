/** Where a zone's name and count stand: inside the zone, as large as they fit, or not at all. */

import type { Box, Point, Ring, ZoneShape } from "./plan";
import { bounds } from "./plan";

export interface Line {
  text: string;
  size_px: number;
  /** Baseline below the label's centre. */
  dy_px: number;
  bold: boolean;
}

export interface Label {
  zone: string;
  x: number;
  y: number;
  names: Line[];
  /** Where the count goes; its text is live and not part of the layout. */
  count: Line | null;
  /** Of the box on the map. */
  width_px: number;
  height_px: number;
  /** Read from below upwards: a narrow aisle has no room for it across. */
  turned: boolean;
}

export type Measure = (text: string, size_px: number, bold: boolean) => number;

/** Name and count sizes to try, largest first; under 10 px a name is no longer read. */
const SIZES: readonly (readonly [name_px: number, count_px: number])[] = [
  [15, 20],
  [13, 17],
  [11.5, 15],
  [10, 13],
];
/** A count alone says something down to this size. */
const COUNT_ONLY_PX = [15, 12, 10];
const LINE_HEIGHT = 1.2;
/** Space kept between a label and its zone's border. */
const MARGIN_PX = 3;
/** The grid over a zone's bounds on which a label's centre is sought. */
const STEPS = 15;
/** The count a layout leaves room for; a busier zone is wider than a label anyway. */
const WIDEST_COUNT = "88";

function isInside([x, y]: Point, shape: readonly Ring[]): boolean {
  let inside = false;
  for (const ring of shape) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [xi, yi] = ring[i] as Point;
      const [xj, yj] = ring[j] as Point;
      if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
    }
  }
  return inside;
}

/** Whether a box lies wholly in a shape: its border points are inside, no corner of the shape is in it. */
export function fits(box: Box, shape: readonly Ring[]): boolean {
  const right = box.x + box.width;
  const bottom = box.y + box.height;
  for (let i = 0; i <= 4; i++) {
    const x = box.x + (box.width * i) / 4;
    const y = box.y + (box.height * i) / 4;
    const border: Point[] = [[x, box.y], [x, bottom], [box.x, y], [right, y]];
    if (!border.every((point) => isInside(point, shape))) return false;
  }
  return !shape.some((ring) => ring.some(([x, y]) => x > box.x && x < right && y > box.y && y < bottom));
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > 0 && height > 0 ? width * height : 0;
}

/** The centre for a box of this size: inside the shape, off the shelves, near the middle. */
export function place(shape: readonly Ring[], width: number, height: number, shelves: readonly Box[]): Point | null {
  const area = bounds(shape);
  if (width > area.width || height > area.height) return null;
  const middle: Point = [area.x + area.width / 2, area.y + area.height / 2];
  let best: Point | null = null;
  let best_cost = Infinity;
  for (let i = 0; i < STEPS * STEPS; i++) {
    const x = area.x + (area.width * ((i % STEPS) + 0.5)) / STEPS;
    const y = area.y + (area.height * (Math.floor(i / STEPS) + 0.5)) / STEPS;
    const box = { x: x - width / 2, y: y - height / 2, width, height };
    const away = Math.hypot((x - middle[0]) / area.width, (y - middle[1]) / area.height);
    if (away >= best_cost) continue;
    const hidden = shelves.reduce((sum, shelf) => sum + overlap(box, shelf), 0) / (width * height);
    const cost = away + hidden;
    if (cost < best_cost && fits(box, shape)) {
      best = [x, y];
      best_cost = cost;
    }
  }
  return best;
}

/** A name in one line, and in two lines of about equal length. */
export function wraps(name: string): string[][] {
  const words = name.split(/(?<=[\s/-])/u).map((word) => word.trimEnd());
  if (words.length < 2) return [[name]];
  const join = (part: string[]) => part.reduce((line, word) => (/[/-]$/u.test(line) ? line + word : `${line} ${word}`));
  const halves = words.slice(1).map((_, i) => [join(words.slice(0, i + 1)), join(words.slice(i + 1))]);
  halves.sort((a, b) => Math.max(...a.map((t) => t.length)) - Math.max(...b.map((t) => t.length)));
  return [[name], halves[0] ?? [name]];
}

function lines(names: readonly string[], name_px: number, count_px: number): Pick<Label, "names" | "count"> {
  const height = names.length * name_px * LINE_HEIGHT + count_px * LINE_HEIGHT;
  let top = -height / 2;
  const next = (text: string, size_px: number, bold: boolean): Line => {
    const line = { text, size_px, dy_px: top + size_px * 0.95, bold };
    top += size_px * LINE_HEIGHT;
    return line;
  };
  const drawn = names.map((text) => next(text, name_px, false));
  return { names: drawn, count: count_px ? next(WIDEST_COUNT, count_px, true) : null };
}

function* layouts(name: string, has_count: boolean) {
  for (const [name_px, count_px] of SIZES) {
    for (const names of wraps(name)) yield lines(names, name_px, has_count ? count_px : 0);
  }
  if (has_count) for (const count_px of COUNT_ONLY_PX) yield lines([], 0, count_px);
}

/**
 * The label of one zone at `scale` px a metre, or null where nothing fits.
 * `has_count` leaves room for a count under the name.
 */
export function label(
  zone: ZoneShape,
  scale: number,
  has_count: boolean,
  shelves: readonly Box[],
  measure: Measure,
): Label | null {
  const area = bounds(zone.rings);
  const near = shelves.filter((shelf) => overlap(area, shelf) > 0);
  for (const turned of [false, true]) {
    for (const layout of layouts(zone.name, has_count)) {
      const all = layout.count ? [...layout.names, layout.count] : layout.names;
      const sides: [number, number] = [
        Math.max(...all.map((line) => measure(line.text, line.size_px, line.bold))) + 2 * MARGIN_PX,
        all.reduce((sum, line) => sum + line.size_px * LINE_HEIGHT, 2 * MARGIN_PX),
      ];
      if (turned) sides.reverse();
      const [width_px, height_px] = sides;
      const centre = place(zone.rings, width_px / scale, height_px / scale, near);
      if (centre) return { zone: zone.id, x: centre[0], y: centre[1], width_px, height_px, turned, ...layout };
    }
  }
  return null;
}

let context: CanvasRenderingContext2D | null = null;

/** The width of a text in the page's own font. */
export const measure: Measure = (text, size_px, bold) => {
  context ??= document.createElement("canvas").getContext("2d") as CanvasRenderingContext2D;
  context.font = `${bold ? 700 : 500} ${size_px}px system-ui, sans-serif`;
  return context.measureText(text).width;
};
