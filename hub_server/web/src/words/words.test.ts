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

it("has words for every ending, stage, kind, order and refusal of the hub", () => {
  const endings = "leave exit payment unheard still page_silent takeover closing withdrawn deleted";
  const stages = "arriving exploring purposeful engaged weighing stuck checkout leaving";
  const refusals =
    "unknown_code in_use too_many_tags too_many_phones busy no_visit closed too_many database name_taken " +
    "unknown unknown_item unknown_fact no_way list_full empty taken text number number_taken remember guest consent push_off";
  const kinds = "guide help inform remind reassure delight offer service";
  const orders = "ordered preparing ready picked_up";
  const wanted = [
    ...endings.split(" ").map((name) => `ended_${name}`),
    ...stages.split(" ").map((name) => `stage_${name}`),
    ...refusals.split(" ").map((name) => `code_${name}`),
    ...orders.split(" ").map((name) => `order_${name}`),
    ...kinds.split(" ").map((name) => `kind_${name}`),
  ];
  expect(wanted.filter((word) => !(word in en))).toEqual([]);
});

it("says nothing that no page asks for", () => {
  const sources = import.meta.glob("../**/*.{svelte,ts}", { query: "?raw", import: "default", eager: true });
  const written = Object.values(sources).join("\n");
  // `say(`intent_${…}`)` asks for all that begins so.
  const begun = [...written.matchAll(/`(\w+_)\$\{/g)].map((found) => found[1] ?? "");
  const asked = (word: string) =>
    written.includes(`"${word}"`) || begun.some((start) => word.startsWith(start)) || /^(code|ended|stage|kind|order)_/.test(word);
  const ended = /_(title|text)$/;
  expect(Object.keys(en).filter((word) => !asked(word) && !ended.test(word))).toEqual([]);
});
