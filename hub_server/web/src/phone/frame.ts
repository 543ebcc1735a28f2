/** What the hub tells the phone page. */

import type { Leg, Spot } from "../map/plan";

export interface TagView {
  state: "free" | "in_use" | "mine" | "retired" | "unknown";
  store_name?: string;
  operator?: { name: string; contact: string };
  demo?: boolean;
  simulated?: boolean;
  replayed?: boolean;
  /** The words of the hub's ledger, and the language they are in. */
  consent?: Partial<Record<ConsentText, string>> & { language?: string };
}

export type ConsentText =
  | "title"
  | "who"
  | "what"
  | "why"
  | "not"
  | "not_"
  | "how_long"
  | "yes_label"
  | "map_label"
  | "remember_label";

export interface Place {
  x_m: number;
  y_m: number;
  radius_m: number;
  zone: string | null;
  zone_name: string | null;
  level: string;
  age_s: number;
}

/** A way to walk. */
export interface Route {
  metres: number;
  legs: readonly Leg[];
}

/** A way on the map, and where it leads. */
export interface Way extends Route {
  to: string;
  goal: Spot;
  /** Where the shopper was when it was asked for. */
  from: { x_m: number; y_m: number };
  /** Asks for it anew, from where the shopper is now. */
  again: () => unknown;
}

export const NOES = ["less", "not_for_me", "stop_today", "wrong_place"] as const;
export type Feedback = "useful" | (typeof NOES)[number];

export const INTENTS = ["self", "gift", "research", "browse", "hurry", "help"] as const;
export type Intent = (typeof INTENTS)[number];
/** What this visit is for; null where nothing was said. */
export interface Mission {
  intent: Intent | null;
  for_whom: "child" | "partner" | "family" | "friend" | "colleague" | null;
  value: "price" | "time" | "quality" | null;
  /** Left of the time that was said. */
  minutes: number | null;
}

export type MessageButton = "add_to_list" | "bring_it" | "call_staff" | "route";

/** A product as far as a button of a message needs it. */
export interface Named {
  item: string;
  name: string;
  attributes?: readonly string[];
}

export interface Message {
  decision: string;
  kind: string;
  title: string;
  text: string;
  why: string[];
  at_ms: number;
  for_zone: string | null;
  feedback: Feedback | null;
  for_everyone: boolean;
  items: Named[];
  /** The labels of all that it is about, which the diet judges: its items', its categories', of what it leads to. */
  about: { attributes: string[] }[];
  buttons: MessageButton[];
}

export interface Choices {
  plain: boolean;
  alone_today: boolean;
  /** Messages about what is nobody else's business are wanted too. */
  sensitive_ok: boolean;
  /** A pleasure now and then is wanted. */
  surprises: boolean;
  topics_off: string[];
}

/** A call for somebody of the store; one that is over stays a minute, so that it can be said. */
export interface Help {
  task: string;
  kind: "help" | "bring";
  state: "open" | "taken" | "done" | "cancelled";
  about: string | null;
  item_name: string | null;
  at_ms: number;
  /** Who of the store comes. */
  who: string | null;
  /** In how many, where they said it. */
  minutes: number | null;
}

export interface Frame {
  state: "located" | "unknown" | "paused" | "ended";
  ended: string | null;
  place: Place | null;
  messages: Message[];
  visit_code: string;
  join_code: string;
  paused: boolean;
  intent: Intent | null;
  consent: { locate: boolean; message: boolean; remember: boolean };
  stage: string | null;
  mission: Mission;
  choices: Choices;
  help: Help | null;
  list_count: number;
  /** Another number: the list, its order or the way has changed. */
  list_rev: number;
  /** Orders that wait to be picked up: their number, how far, of which steps. */
  orders: { order: string; state: string; steps: string[] }[];
  first_visit: boolean;
  /** The radio of the store is away: nobody can be placed. */
  late?: boolean;
  /** Being located at this moment. */
  light: boolean;
}
