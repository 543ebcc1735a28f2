import { expect, it } from "vitest";
import { type Leg, wayOn } from "./plan";

it("draws of a way what lies on this level, y down", () => {
  const legs: Leg[] = [
    { level: "L0", points: [[1, 1], [2, 1]] },
    { level: "L1", points: [[2, 1], [5, 1.25]] },
    { level: "L0", points: [[6, 2], [7, 2]] },
  ];
  expect(wayOn("L0", legs)).toBe("M1 -1L2 -1M6 -2L7 -2");
  expect(wayOn("L1", legs)).toBe("M2 -1L5 -1.25");
  expect(wayOn("L2", legs)).toBe("");
});
