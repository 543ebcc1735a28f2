import { describe, expect, it } from "vitest";
import { fits, label, type Measure, place, wraps } from "./labels";
import { anchorsOf, bounds, plans, type Ring, rings, type ZoneShape, zoneNames } from "./plan";

/** A font in which every character is 0.6 of its size wide. */
const measure: Measure = (text, size_px) => text.length * size_px * 0.6;
const square: Ring[] = [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]];
/** The upper right quarter is cut away; y points down. */
const ell: Ring[] = [[[0, 0], [5, 0], [5, 5], [10, 5], [10, 10], [0, 10], [0, 0]]];
const zone = (name: string, shape: Ring[] = square): ZoneShape => ({ id: "z", name, path: "", rings: shape });

describe("fits", () => {
  it("takes a box inside and refuses one over the border", () => {
    expect(fits({ x: 1, y: 1, width: 8, height: 8 }, square)).toBe(true);
    expect(fits({ x: 5, y: 5, width: 6, height: 2 }, square)).toBe(false);
  });
  it("refuses a box that reaches into a corner cut out of the shape", () => {
    expect(fits({ x: 1, y: 4.5, width: 8, height: 2 }, ell)).toBe(false);
    expect(fits({ x: 1, y: 6, width: 8, height: 3 }, ell)).toBe(true);
  });
});

describe("place", () => {
  it("prefers the middle", () => {
    expect(place(square, 2, 2, [])).toEqual([5, 5]);
  });
  it("keeps off a shelf in the middle", () => {
    const shelf = { x: 4, y: 4, width: 2, height: 2 };
    const [x, y] = place(square, 2, 2, [shelf]) ?? [5, 5];
    expect(Math.max(Math.abs(x - 5), Math.abs(y - 5))).toBeGreaterThanOrEqual(1);
  });
  it("stays in the wide part of an L", () => {
    const [, y] = place(ell, 8, 2, []) ?? [0, 0];
    expect(y).toBeGreaterThanOrEqual(6);
  });
  it("says so when nothing fits", () => {
    expect(place(square, 11, 1, [])).toBeNull();
  });
});

describe("wraps", () => {
  it("keeps one word whole", () => {
    expect(wraps("Wine")).toEqual([["Wine"]]);
  });
  it("cuts into halves of about equal length", () => {
    expect(wraps("Offers of the week")[1]).toEqual(["Offers of", "the week"]);
    expect(wraps("Home-care")[1]).toEqual(["Home-", "care"]);
  });
});

describe("label", () => {
  it("writes name and count large where there is room", () => {
    const found = label(zone("Wine"), 20, true, [], measure);
    expect(found?.names[0]?.size_px).toBe(15);
    expect(found?.count?.size_px).toBe(20);
  });
  it("turns a name that a narrow aisle has no room for across", () => {
    const aisle: Ring[] = [[[0, 0], [3, 0], [3, 12], [0, 12], [0, 0]]];
    const found = label(zone("Coffee & breakfast", aisle), 12, false, [], measure);
    expect(found?.turned).toBe(true);
    expect(found?.names).toHaveLength(1);
    expect(found && found.height_px > found.width_px).toBe(true);
    expect(label(zone("Tea", aisle), 12, false, [], measure)?.turned).toBe(false);
  });
  it("shrinks, then drops the name, then everything", () => {
    const at = (scale: number) => label(zone("Vegetables"), scale, true, [], measure);
    expect(at(8)?.names[0]?.size_px).toBeLessThan(15);
    expect(at(4)?.names).toEqual([]);
    expect(at(1)).toBeNull();
  });
  it("has no lone count where counts are not shown", () => {
    expect(label(zone("Vegetables"), 4, false, [], measure)).toBeNull();
  });
});

describe("plans", () => {
  const polygon = { type: "Polygon", coordinates: [[[0, 0], [4, 0], [4, 2], [0, 2], [0, 0]]] };
  const feature = (id: string, kind: string, rest: object = {}) => ({
    id,
    geometry: polygon,
    properties: { kind, level: "L0", ...rest },
  });
  const document = {
    features: [
      { ...feature("L1", "level", { ordinal: 1 }), properties: { kind: "level", level: "L1", ordinal: 1 } },
      feature("L0", "level", { ordinal: 0, name: "Ground" }),
      feature("fresh", "zone", { name: "Fresh" }),
      feature("wine", "zone", { name: "Wine", parent: "fresh" }),
      { id: "a1", geometry: { type: "Point", coordinates: [1, 1] }, properties: { kind: "anchor", level: "L0" } },
    ],
  };
  it("orders levels, splits leaves from departments and turns y", () => {
    const [ground, upper] = plans(document);
    expect([ground?.name, upper?.id]).toEqual(["Ground", "L1"]);
    expect(ground?.zones.map((z) => z.id)).toEqual(["wine"]);
    expect(ground?.departments).toHaveLength(1);
    expect(ground && anchorsOf(ground)).toEqual([{ id: "a1", x: 1, y: -1 }]);
    expect(ground?.box).toEqual({ x: 0, y: -2, width: 4, height: 2 });
    expect(zoneNames(plans(document)).get("wine")).toBe("Wine");
  });
  it("reads every geometry of the format and nothing of an absent one", () => {
    expect(rings({ type: "MultiPolygon", coordinates: [polygon.coordinates, polygon.coordinates] })).toHaveLength(2);
    expect(rings({ type: "LineString", coordinates: [[0, 0], [1, 1]] })).toEqual([[[0, -0], [1, -1]]]);
    expect(rings(null)).toEqual([]);
    expect(bounds(rings(polygon)).width).toBe(4);
  });
});
