/** The floor map of FORMATS.md (local metres, y up) as shapes to draw (y down). */

export type Point = readonly [x: number, y: number];
export type Ring = readonly Point[];

export interface Geometry {
  type: string;
  coordinates: unknown;
}

export interface Feature {
  id: string;
  geometry: Geometry | null;
  properties: { kind: string; level?: string; name?: string; parent?: string | null; ordinal?: number };
}

export interface MapDocument {
  name?: string;
  features: Feature[];
}

export interface ZoneShape {
  id: string;
  name: string;
  path: string;
  rings: Ring[];
}

export interface Anchor {
  id: string;
  x: number;
  y: number;
}

/** A place as the hub tells it: metres, y up. */
export interface Spot {
  x_m: number;
  y_m: number;
  level: string;
}

/** The part of a way that lies on one level: corners (x_m, y_m), y up. */
export interface Leg {
  level: string;
  points: readonly Point[];
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface LevelPlan {
  id: string;
  name: string;
  box: Box;
  outline: string;
  zones: ZoneShape[];
  departments: string[];
  fixtures: string[];
  fixtureBoxes: Box[];
  checkouts: string[];
  walls: string[];
  openings: string[];
  /** All that the map says of this level. */
  features: readonly Feature[];
}

function flip(point: unknown): Point {
  const [x, y] = point as [number, number];
  return [x, -y];
}

/** Every ring (or line) of a geometry; a MultiPolygon's are all in one list. */
export function rings(geometry: Geometry | null): Ring[] {
  const value = geometry?.coordinates;
  switch (geometry?.type) {
    case "Point":
      return [[flip(value)]];
    case "LineString":
    case "MultiPoint":
      return [(value as unknown[]).map(flip)];
    case "Polygon":
    case "MultiLineString":
      return (value as unknown[][]).map((ring) => ring.map(flip));
    case "MultiPolygon":
      return (value as unknown[][][]).flat().map((ring) => ring.map(flip));
    default:
      return [];
  }
}

export function path(shape: readonly Ring[], close: boolean): string {
  return shape
    .map((ring) => `M${ring.map(([x, y]) => `${+x.toFixed(3)} ${+y.toFixed(3)}`).join("L")}${close ? "Z" : ""}`)
    .join("");
}

export function bounds(shape: readonly Ring[]): Box {
  const xs = shape.flat().map(([x]) => x);
  const ys = shape.flat().map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function zoneShapes(features: Feature[]): { zones: ZoneShape[]; departments: string[] } {
  const zones = features.filter((f) => f.properties.kind === "zone");
  const parents = new Set(zones.map((f) => f.properties.parent).filter(Boolean));
  const departments: string[] = [];
  const leaves: ZoneShape[] = [];
  for (const zone of zones) {
    const shape = rings(zone.geometry);
    if (parents.has(zone.id)) departments.push(path(shape, true));
    else leaves.push({ id: zone.id, name: zone.properties.name ?? zone.id, path: path(shape, true), rings: shape });
  }
  return { zones: leaves, departments };
}

function level(feature: Feature, features: Feature[]): LevelPlan {
  const id = feature.properties.level ?? feature.id;
  const here = features.filter((f) => f.properties.level === id);
  const of = (kind: string) => here.filter((f) => f.properties.kind === kind).map((f) => rings(f.geometry));
  const outline = rings(feature.geometry);
  return {
    id,
    name: feature.properties.name ?? id,
    box: bounds(outline),
    outline: path(outline, true),
    ...zoneShapes(here),
    fixtures: of("fixture").map((shape) => path(shape, true)),
    fixtureBoxes: of("fixture").map(bounds),
    checkouts: of("checkout").filter((shape) => shape.flat().length > 2).map((shape) => path(shape, true)),
    walls: of("wall").map((shape) => path(shape, false)),
    openings: of("opening").map((shape) => path(shape, false)),
    features: here,
  };
}

/** Where a level's anchors and beacons hang; no phone asks for them. */
export const anchorsOf = ({ features }: LevelPlan): Anchor[] =>
  features
    .filter((f) => f.properties.kind === "anchor" || f.properties.kind === "beacon")
    .map((f) => {
      const [x, y] = rings(f.geometry)[0]?.[0] ?? [0, 0];
      return { id: f.id, x, y };
    });

/** What of a way lies on one level, as lines to draw. */
export const wayOn = (level: string, legs: readonly Leg[]): string =>
  path(
    legs.filter((leg) => leg.level === level).map((leg) => leg.points.map(flip)),
    false,
  );

/** The levels of a store, ground floor first. */
export function plans(document: MapDocument): LevelPlan[] {
  return document.features
    .filter((f) => f.properties.kind === "level")
    .sort((a, b) => (a.properties.ordinal ?? 0) - (b.properties.ordinal ?? 0))
    .map((f) => level(f, document.features));
}

/** Zone names by id, over all levels. */
export function zoneNames(levels: readonly LevelPlan[]): Map<string, string> {
  return new Map(levels.flatMap((plan) => plan.zones.map((zone) => [zone.id, zone.name] as const)));
}
