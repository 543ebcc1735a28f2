/** What the hub tells about products, the shopping list and the way to them. */

import type { Diet } from "../diet";
import type { Route } from "../frame";
import { verdict } from "./verdict";
import { say } from "../../words/words";

export interface Product {
  item: string;
  name: string;
  price: number | null;
  /** With its currency, as one reads it. */
  price_text: string | null;
  zone_name: string | null;
  x_m: number | null;
  y_m: number | null;
  level: string | null;
  /** To walk from here. */
  metres: number | null;
  /** Null: not known, or counted too long ago. */
  in_stock: boolean | null;
  attributes: readonly string[];
  /** Why it is shown, as a sentence, and as a word: "list". */
  why?: string;
  reason?: string;
  /** The same in a cheaper variant. */
  cheaper?: Product | null;
}

export interface Found {
  q: string;
  found: readonly Product[];
  /** To the first. */
  route: Route | null;
  /** What is there instead, where the first is out of stock. */
  substitutes: readonly Product[];
}

export interface Line {
  line: string;
  text: string;
  item: string | null;
  product: Product | null;
  done: boolean;
  /** 1 is next; null: done, without a place, or left out for time. */
  order: number | null;
  /** False: there is no time left for it. */
  fits: boolean;
  /** The shopper stood before its shelf, and has not ticked it off. */
  visited: boolean;
  passed_m: number | null;
  /** What else its words may mean. */
  suggestions: readonly Product[];
  substitutes: readonly Product[];
}

export interface List {
  lines: readonly Line[];
  metres: number;
  /** Less to walk than in the order in which it was written. */
  saved_m: number;
  minutes: number | null;
  left_out_count: number;
  from_here: boolean;
  route: Route | null;
  /** Where the walk ends, and its metres with it; null: at the last line. */
  ends_at: "till" | "exit" | null;
  /** Lines still open on the way out. */
  leaving_without: readonly string[];
}

/** The list of a visit as it was last: without a line, its panel opens with that. */
export const kept = new WeakMap<object, List>();

export const wholeMetres = (metres: number) => Math.max(1, Math.round(metres));
export const metresText = (metres: number) => say("metres", { m: wholeMetres(metres) });

/** "Dairy · 12 m · €1.79": where a product is, how far, and for how much. */
export const about = ({ zone_name, metres, price_text }: Product): string =>
  [zone_name, metres === null ? null : metresText(metres), price_text].filter(Boolean).join(" · ");

/** Products by what the diet says of each. */
export function sorted<P extends { attributes: readonly string[] }>(
  products: readonly P[],
  diet: Diet,
): { fitting: P[]; unlabelled: P[]; hidden: P[] } {
  const of = (wanted: string) => products.filter((product) => verdict(product, diet) === wanted);
  return { fitting: of("yes"), unlabelled: of("unknown"), hidden: of("no") };
}
