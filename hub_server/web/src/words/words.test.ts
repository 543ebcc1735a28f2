import { expect, it } from "vitest";
import de from "./de.json";
import en from "./en.json";

const slots = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

it("says the same things in both languages, with the same slots", () => {
  expect(Object.keys(de)).toEqual(Object.keys(en));
  for (const [word, text] of Object.entries(en)) {
    expect(slots(de[word as keyof typeof de]), word).toEqual(slots(text));
  }
});

it("has words for every ending, stage, kind and refusal of the hub", () => {
  const endings = "leave exit payment unheard still page_silent takeover closing withdrawn deleted";
  const stages = "arriving exploring purposeful engaged weighing stuck checkout leaving";
  const refusals = "unknown_code in_use too_many_tags too_many_phones busy no_visit closed too_many database";
  const kinds = "guide help inform remind reassure delight offer service";
  const wanted = [
    ...endings.split(" ").map((name) => `ended_${name}`),
    ...stages.split(" ").map((name) => `stage_${name}`),
    ...refusals.split(" ").map((name) => `code_${name}`),
    ...kinds.split(" ").map((name) => `kind_${name}`),
  ];
  expect(wanted.filter((word) => !(word in en))).toEqual([]);
});
