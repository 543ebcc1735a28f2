import { expect, test } from "vitest";
import { read } from "./notice";

const HUB = "https://store.example";
const push = {
  web_push: 8030,
  notification: {
    title: "A note for your visit",
    body: "Tap to read it.",
    navigate: `${HUB}/m/6a1b`,
    lang: "en",
    tag: "6a1b",
    data: { decision: "6a1b", done: { add_to_list: "On your list." } },
    actions: [{ action: "add_to_list", title: "Add to list", navigate: `${HUB}/m/6a1b#add_to_list` }],
  },
};

test("a push of the hub is read whole", () => {
  expect(read(push, HUB)).toEqual({
    title: "A note for your visit",
    body: "Tap to read it.",
    navigate: `${HUB}/m/6a1b`,
    lang: "en",
    tag: "6a1b",
    decision: "6a1b",
    done: { add_to_list: "On your list." },
    actions: [{ action: "add_to_list", title: "Add to list" }],
  });
});

test("what is no push of ours is none", () => {
  for (const other of [null, 1, "", [], {}, { notification: {} }, { notification: { title: "x", navigate: "http://" } }]) {
    expect(read(other, HUB)).toBeNull();
  }
});

test("an address of another origin is not opened", () => {
  const away = { notification: { ...push.notification, navigate: "https://elsewhere.example/m/1" } };
  expect(read(away, HUB)?.navigate).toBe(HUB);
});
