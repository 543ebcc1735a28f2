/** What the buttons of a message do. */

import { get } from "../../api";
import type { Message, MessageButton, Named, Route, Way } from "../frame";
import type { Visit } from "../visit.svelte";
import { refusal } from "../../words/words";

async function wayTo(visit: Visit, { item, name }: Named): Promise<Way> {
  const from = visit.place;
  const route = await get<Route>(`/api/phone/way?item=${encodeURIComponent(item)}`);
  const leg = route.legs.at(-1);
  const [x_m = 0, y_m = 0] = leg?.points.at(-1) ?? [];
  const way: Way = { ...route, to: name, goal: { x_m, y_m, level: leg?.level ?? "" }, from: from ?? { x_m, y_m }, again };
  /** Keeps what is drawn where the store is out of reach, or another way was asked for meanwhile. */
  function again() {
    const same = { ...way, from: visit.place ?? way.from };
    visit.way = same;
    wayTo(visit, { item, name }).then((next) => visit.way === same && (visit.way = next), () => null);
  }
  return way;
}

/** Draws the way to a product on the map; false, and said at `at`, where there is none. */
export async function showWay(visit: Visit, at: string, product: Named): Promise<boolean> {
  try {
    visit.way = await wayTo(visit, product);
    return true;
  } catch (error) {
    visit.failure = { at, text: refusal(error, "lost_answer") };
    return false;
  }
}

async function addAll(visit: Visit, at: string, items: readonly Named[]): Promise<boolean> {
  for (const { item } of items) {
    if (!(await visit.act(at, "list", { item }, "lost_answer"))) return false;
  }
  return true;
}

/** Does what a button of a message says, with what of its items fits; false where it failed. */
export async function act(
  button: MessageButton,
  visit: Visit,
  message: Message,
  items: readonly Named[],
): Promise<boolean> {
  const at = message.decision;
  const [first] = items;
  if (button === "call_staff") return visit.act(at, "help", { about: message.title }, "lost_answer");
  if (!first) return false;
  if (button === "bring_it") return visit.act(at, "bring", { item: first.item }, "lost_answer");
  return button === "route" ? showWay(visit, at, first) : addAll(visit, at, items);
}
