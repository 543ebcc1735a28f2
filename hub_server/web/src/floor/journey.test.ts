import { expect, it } from "vitest";
import type { JourneyRow } from "./frame";
import { facts, windowText } from "./journey";

const GOOD: JourneyRow = {
  model: "8f3ac16b4df1",
  by_rules: false,
  window_s: 3600,
  stage_unknown_count: 1,
  sure_share: 0.356,
  flips_per_min: 2.04,
  unplaced_share: 0.031,
  payments: { part: 11, count: 12 },
  checkouts: { part: 11, count: 14 },
};
const NOTHING = { sure_share: null, flips_per_min: null, unplaced_share: null, payments: null, checkouts: null };
const hinted = (changes: Partial<JourneyRow>) => facts({ ...GOOD, ...changes }).flatMap((fact) => fact.hint || []);

it("says good figures in words", () => {
  expect(facts(GOOD).map((fact) => fact.value)).toEqual([
    "36 % of time",
    "2.0 a minute",
    "3 % of time",
    "11 of 12",
    "11 of 14",
  ]);
  expect(hinted({})).toEqual([]);
});

it("says where too little was seen, and hints at nothing", () => {
  expect(new Set(facts({ ...GOOD, ...NOTHING }).map((fact) => fact.value))).toEqual(new Set(["Not enough yet"]));
  expect(hinted(NOTHING)).toEqual([]);
});

it("takes it from the rules that they are rarely sure", () => {
  expect(hinted({ sure_share: 0.0, by_rules: true })).toEqual([]);
});

it.each([
  [{ sure_share: 0.09 }, "hardly any message"],
  [{ flips_per_min: 4.1 }, "flickers"],
  [{ unplaced_share: 0.21 }, "every agent up"],
  [{ payments: { part: 13, count: 20 } }, "where people pay"],
  [{ checkouts: { part: 9, count: 20 } }, "a till sends no payments"],
])("hints at what to look at where %j", (changes, words) => {
  expect(hinted(changes)).toEqual([expect.stringContaining(words)]);
});

it("shows a few payments and hints at nothing", () => {
  const few = { payments: { part: 3, count: 19 }, checkouts: { part: 0, count: 19 } };
  expect(hinted(few)).toEqual([]);
  expect(facts({ ...GOOD, ...few })[3]?.value).toBe("3 of 19");
});

it.each([
  [0, "Since a moment ago"],
  [125, "In the last 2 minutes"],
  [3600, "In the last hour"],
])("says how far %d s reach back", (window_s, text) => {
  expect(windowText(window_s)).toBe(text);
});
