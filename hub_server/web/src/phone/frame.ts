/** What the hub tells the phone page. */

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

export type Feedback = "useful" | "not_for_me" | "wrong_place";
export type Intent = "self" | "gift" | "research";

export interface Message {
  decision: string;
  kind: string;
  title: string;
  text: string;
  why: string[];
  at_ms: number;
  for_zone: string | null;
  feedback: Feedback | null;
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
}
