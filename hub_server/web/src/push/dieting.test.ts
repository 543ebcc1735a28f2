import { expect, it } from "vitest";
import { judged } from "./dieting";

const buttons = ["add_to_list", "bring_it", "call_staff", "route"].map((action) => ({ action }));

it("row 30: where there is a diet, nothing is taken from a lock screen", () => {
  expect(judged(buttons, true).map(({ action }) => action)).toEqual(["call_staff", "route"]);
  expect(judged(buttons, false)).toEqual(buttons);
});
