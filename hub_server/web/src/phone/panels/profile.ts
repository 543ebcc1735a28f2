/** What the hub knows of a shopper, as it tells the shopper. */

export interface Fact {
  fact: string;
  text: string;
  /** Why we think so; of what was guessed. */
  why?: string | null;
  until_ms?: number | null;
}

export interface Purchase {
  item: string;
  name: string;
  at_ms: number;
  channel: string;
}

/** A purpose as an exchange: what is given, what is got for it. */
export interface Deal {
  purpose: "locate" | "message" | "remember" | "improve";
  on: boolean;
  give: string;
  get: string;
}

export interface Profile {
  declared: readonly Fact[];
  inferred: readonly Fact[];
  /** All of it in a sentence or two. */
  summary: string;
  /** False: just prices and stock, so nothing of before is used. */
  used_today: boolean;
  purchases: readonly Purchase[];
  topics: readonly { topic: string; name: string; off: boolean }[];
  deals: readonly Deal[];
  kept: readonly { what: string; until: string }[];
  loyalty: { linked: boolean; ends: string | null };
}
