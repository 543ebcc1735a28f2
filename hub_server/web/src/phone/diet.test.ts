import { expect, it } from "vitest";
import { type Diet, fits, forbids } from "./diet";
import { AVOIDED, WAYS } from "./panels/foods";
import { verdict } from "./panels/verdict";

const NO_DIET: Diet = { ways: [], avoid: [] };

/** A small generator with a seed (mulberry32), so that a failure can be seen again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const pick = <T>(from: readonly T[], share: number, next: () => number) => from.filter(() => next() < share);

it("row 30: recommends nothing that holds what is avoided, in 10,000 random decisions", () => {
  const next = random(30);
  let fitting = 0;
  for (let each = 0; each < 10_000; each++) {
    const diet: Diet = { ways: pick(WAYS, 0.1, next), avoid: pick(AVOIDED, 0.2, next) };
    const holds = pick(AVOIDED, 0.1, next);
    const labelled = next() < 0.8;
    const attributes = [
      ...pick(WAYS, 0.4, next),
      ...(labelled ? (holds.length ? holds : ["none"]).map((word) => `contains:${word}`) : []),
    ];
    const product = { attributes };
    if (!fits(product, diet)) continue;
    fitting++;
    expect(diet.avoid.filter((word) => attributes.includes(`contains:${word}`)), `${each}`).toEqual([]);
    expect(diet.avoid.length > 0 && !labelled, `${each}: recommended without a label`).toBe(false);
    for (const way of diet.ways) {
      expect(attributes.includes(way) || (way === "vegetarian" && attributes.includes("vegan")), `${each}`).toBe(true);
    }
  }
  // The filter lets something through: it is not safe by hiding everything.
  expect(fitting).toBeGreaterThan(1_000);
});

it("hides nothing from somebody without a diet", () => {
  expect(fits({}, NO_DIET)).toBe(true);
  expect(fits({ attributes: ["contains:milk"] }, NO_DIET)).toBe(true);
});

it("takes a label that does not say for unknown, one that names none for safe", () => {
  const diet: Diet = { ways: [], avoid: ["nuts"] };
  expect(verdict({ attributes: ["vegan"] }, diet)).toBe("unknown");
  expect(verdict({ attributes: ["contains:none"] }, diet)).toBe("yes");
  expect(verdict({ attributes: ["contains:milk"] }, diet)).toBe("yes");
  expect(verdict({ attributes: [" Contains:Nuts "] }, diet)).toBe("no");
});

it("takes what is vegan for vegetarian, and not the other way round", () => {
  expect(fits({ attributes: ["vegan"] }, { ways: ["vegetarian"], avoid: [] })).toBe(true);
  expect(fits({ attributes: ["vegetarian"] }, { ways: ["vegan"], avoid: [] })).toBe(false);
});

it("leaves out what holds something that the way of eating does not, and calls no label known that is not", () => {
  const of = (way: string, ...attributes: string[]) => verdict({ attributes }, { ways: [way], avoid: [] });
  expect(of("vegan", "vegetarian", "contains:milk")).toBe("no");
  expect(of("vegan", "contains:pork")).toBe("no");
  expect(of("vegan", "contains:honey")).toBe("no");
  expect(of("vegetarian", "contains:pork")).toBe("no");
  expect(of("vegetarian", "vegetarian", "contains:milk", "contains:eggs")).toBe("yes");
  expect(of("vegetarian", "contains:milk")).toBe("unknown");
  expect(of("vegan", "contains:gluten")).toBe("unknown");
  expect(of("vegan")).toBe("unknown");
  expect([of("halal", "contains:pork"), of("kosher", "contains:crustaceans")]).toEqual(["no", "no"]);
});

it("forbids a message that is about anything that does not fit, whatever else it names", () => {
  const diet: Diet = { ways: [], avoid: ["milk"] };
  const [milk, oats] = [{ attributes: ["contains:milk"] }, { attributes: ["contains:gluten"] }];
  const about = [[], [oats], [milk], [milk, oats], [oats, milk], [oats, {}]];
  expect(about.map((each) => forbids(diet, each))).toEqual([false, false, true, true, true, true]);
  expect(about.map((each) => forbids(NO_DIET, each))).not.toContain(true);
});
