import { expect, it } from "vitest";
import { type Campaign, differenceText, type Effect, figuresOf, inOrder, interval, isQuiet, quoted, ratioText, shareText, size, stateText, titleText, widest } from "./campaigns";

const EFFECT: Effect = {
  campaign: "a",
  what: "bought it",
  enough: true,
  srm_ok: true,
  visits: 900,
  control_visits: 110,
  text: "",
  difference: 0.042,
  low: 0.011,
  high: 0.073,
};
const CAMPAIGN: Campaign = {
  id: "a",
  title: "A",
  kind: "guide",
  topic: "t",
  state: "live",
  paused_by: null,
  why_paused: "",
  said: 10,
  shown: 9,
  useful: "<5",
  less: 0,
  not_for_me: 0,
  stop_today: 0,
  wrong_place: 0,
  dismissed: 0,
  opted_out: 0,
  held_out: 0,
  effect: EFFECT,
};

it("says one difference with its interval, or nothing", () => {
  expect(differenceText(EFFECT)).toEqual({ points: "+4.2 points", range: "95 % range +1.1 to +7.3" });
  expect(differenceText({ ...EFFECT, low: -0.02 })).toEqual({ points: "+4.2 points", range: "95 % range −2.0 to +7.3" });
  expect(differenceText({ ...EFFECT, enough: false })).toBeNull();
  expect(differenceText({ ...EFFECT, srm_ok: false })).toBeNull();
  expect(differenceText({ ...EFFECT, high: null })).toBeNull();
});

it("draws an interval within what is widest, and none that is not known", () => {
  expect(widest([CAMPAIGN])).toBe(0.073);
  expect(widest([{ ...CAMPAIGN, effect: null }])).toBe(0.05);
  expect(interval(EFFECT, 0.146)).toEqual({ low: 0.011 / 0.146, high: 0.5, at: 0.042 / 0.146 });
  expect(interval({ ...EFFECT, low: -1 }, 0.1)?.low).toBe(-1);
  expect(interval({ ...EFFECT, enough: false }, 0.1)).toBeNull();
});

it("reads shares, counts and ratios out", () => {
  expect([0.031, 0.31, null].map(shareText)).toEqual(["3.1 %", "31 %", "Not enough yet"]);
  expect([7, "<5" as const].map(size)).toEqual([7, 2]);
  expect(ratioText(0, 0)).toBe("None yet");
  expect(ratioText(9, "<5")).toBe("9 : <5");
});

it("says who paused", () => {
  expect(stateText(CAMPAIGN)).toBe("Live");
  expect(stateText({ ...CAMPAIGN, state: "paused", paused_by: "guardrail" })).toBe("Paused by its guardrail");
  expect(stateText({ ...CAMPAIGN, state: "paused", paused_by: "ada" })).toBe("Paused by ada");
  expect(stateText({ ...CAMPAIGN, state: "paused" })).toBe("Paused");
});

it("adds counts only as far as they are told", () => {
  const less = (a: Campaign["less"], b: Campaign["less"]) => figuresOf({ ...CAMPAIGN, less: a, not_for_me: b })[4]?.count;
  expect([less(7, 6), less("<5", 0), less("<5", "<5"), less(7, "<5"), less("<5", 7)]).toEqual([13, "<5", "<10", "7+", "7+"]);
});

it("lists what is paused first, then what speaks most, and names slots", () => {
  const named = (id: string, state: Campaign["state"], said: Campaign["said"]) => ({ ...CAMPAIGN, id, state, said });
  const all = [named("over", "ended", 99), named("few", "live", "<5"), named("many", "live", 9), named("held", "paused", 0)];
  expect(inOrder(all).map(({ id }) => id)).toEqual(["held", "many", "few", "over"]);
  expect(titleText("{product}: {left_count} m back")).toBe("[product]: [left count] m back");
});

it("quotes what a campaign says where its name does not say it", () => {
  expect(quoted("wine-help", "Wine help")).toBe("");
  expect(quoted("wine-help", "")).toBe("");
  expect(quoted("bring-back", "{product}: go back")).toBe("“[product]: go back”");
});

it("calls live campaigns quiet of which nothing is known", () => {
  const none = { said: 0, shown: 0, useful: 0, dismissed: 0, less: 0, not_for_me: 0, held_out: 0 } as const;
  expect(isQuiet({ ...CAMPAIGN, ...none })).toBe(true);
  expect(isQuiet({ ...CAMPAIGN, ...none, state: "paused" })).toBe(false);
  expect(isQuiet({ ...CAMPAIGN, ...none, held_out: "<5" })).toBe(false);
});
