import { expect, it } from "vitest";
import { inOrder, type Task, waited } from "./tasks";

const task = (name: string, state: Task["state"], waiting_s: number): Task => ({
  task: name,
  kind: "help",
  state,
  about: null,
  item_name: null,
  item_zone_name: null,
  item_x_m: null,
  item_y_m: null,
  item_level: null,
  zone: null,
  zone_name: null,
  level: null,
  x_m: null,
  y_m: null,
  waiting_s,
  who: null,
  minutes: null,
  escalated: false,
});

it("puts who waits longest first, then what is taken, then what is over", () => {
  const tasks = [
    task("over", "done", 500),
    task("new", "open", 3),
    task("taken", "taken", 90),
    task("old", "open", 70),
    task("called off", "cancelled", 10),
  ];
  expect(inOrder(tasks).map((each) => each.task)).toEqual(["old", "new", "taken", "over", "called off"]);
});

it("says how long in seconds, then in minutes", () => {
  expect([-1, 0.4, 59.4, 60, 185].map(waited)).toEqual(["0 s", "0 s", "59 s", "1:00 min", "3:05 min"]);
});
