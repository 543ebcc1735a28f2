import { expect, it } from "vitest";
import { duration, inWords, stageName } from "./frame";

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
