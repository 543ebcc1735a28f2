import { expect, test } from "vitest";
import { named, placeOf } from "./shelf";

test("the page, its files, the map and the list are kept", () => {
  expect(placeOf("/t/abc123", true)).toEqual({ key: "/t/", fixed: false });
  expect(placeOf("/assets/phone-1.js", false)).toEqual({ key: "/assets/phone-1.js", fixed: true });
  expect(placeOf("/api/map", false)).toEqual({ key: "/api/map", fixed: false });
  expect(placeOf("/api/phone/list", false)).toEqual({ key: "/api/phone/list", fixed: false });
});

test("no code of a cart is kept", () => {
  expect(placeOf("/api/phone/tag/abc123", false)?.key).not.toContain("abc123");
});

test("where somebody is, what was said and what is sent is never kept", () => {
  for (const path of ["/api/phone/state", "/api/phone/live", "/api/phone/push", "/api/phone/export", "/sw.js"]) {
    expect(placeOf(path, false)).toBeNull();
  }
  for (const path of ["/", "/forget", "/m/6a1b", "/staff", "/login"]) expect(placeOf(path, true)).toBeNull();
});

test("what a script may load later is known by its name", () => {
  const script = 'import("./List-BxDZv6hq.js"),["assets/api-CGmIoOXX.js","assets/You-659I58df.css"],"./List-BxDZv6hq.js","a-b.js"';
  expect(named(script)).toEqual(["/assets/List-BxDZv6hq.js", "/assets/api-CGmIoOXX.js", "/assets/You-659I58df.css"]);
});
