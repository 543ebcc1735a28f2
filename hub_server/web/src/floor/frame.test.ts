import { expect, it } from "vitest";
import { byCampaign, duration, gateName, inWords, outcomeText, type Reasons, stageName, stageSeen } from "./frame";

it.each([
  [0.4, "0 s"],
  [59.4, "59 s"],
  [59.6, "1:00 min"],
  [185, "3:05 min"],
  [4_320, "1:12 h"],
])("reads %d s as %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

it("turns codes into words, and keeps a stage it does not know", () => {
  expect(inWords("unsure_where")).toBe("Unsure where");
  expect(stageName("checkout")).toBe("At the till");
  expect(stageName("napping")).toBe("napping");
});

it.each([
  ["unreachable", true, "Reachable"],
  ["unreachable", false, "Unreachable"],
  ["new_gate", true, "New gate"],
])("names the gate %s, passed %s, as %s", (gate, ok, text) => {
  expect(gateName({ gate, ok, why: "", campaign: null })).toBe(text);
});

it.each([
  [{ outcome: "send", code: "sent" }, "Sent"],
  [{ outcome: "send", code: "called" }, "Staff called, the phone was closed"],
  [{ outcome: "silent", code: "paid" }, "Nothing said: paid"],
])("tells what came of %j", (made, text) => {
  expect(outcomeText(made)).toBe(text);
});

it.each([
  [{ stage: "weighing", stage_p: 0.62, stage_gate: 0.7 }, "Weighing, 62 % sure (acts from 70 %)"],
  [{ stage: "weighing", stage_p: 0.62, stage_gate: null }, "Weighing, 62 % sure"],
  [{ stage: "weighing", stage_p: null, stage_gate: null }, "Weighing"],
  [{ stage: "engaged", stage_p: 0.38, stage_gate: 0.84, needs_stage: false }, "Engaged, 38 % sure"],
  [{ stage: "engaged", stage_p: 0.88, stage_gate: 0.84, needs_stage: true }, "Engaged, 88 % sure (acts from 84 %)"],
  [{ stage: null, stage_p: null, stage_gate: null }, ""],
])("tells the stage of %j", (seen, text) => {
  expect(stageSeen(seen as Reasons)).toBe(text);
});

it("groups a decision's gates by campaign and finds the one that said no", () => {
  const gate = (name: string, ok: boolean, campaign: string | null) => ({ gate: name, ok, why: "", campaign });
  const groups = byCampaign([gate("consent", true, null), gate("muted", true, "wine"), gate("bought", false, "wine")]);
  expect(groups.map((group) => [group.about, group.passed_count, group.no?.gate ?? null])).toEqual([
    ["The shopper", 1, null],
    ["Wine", 1, "bought"],
  ]);
});
