/** The diet of this phone's shopper: kept in this browser, sent to nobody. */

import type { Diet } from "./diet";

const KEY = "instep.diet";
const NONE: Diet = { ways: [], avoid: [] };

function kept(): Diet {
  try {
    return { ...NONE, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Diet>) };
  } catch {
    // A browser that keeps nothing, or something that is not ours: no diet is known.
    return NONE;
  }
}

let chosen = $state.raw(kept());

export const diet = (): Diet => chosen;
export const hasDiet = (): boolean => chosen.ways.length + chosen.avoid.length > 0;

/** False where the browser keeps nothing: it then holds until the page is closed. */
export function keep(next: Diet): boolean {
  chosen = next;
  try {
    if (hasDiet()) localStorage.setItem(KEY, JSON.stringify(next));
    else localStorage.removeItem(KEY);
    return true;
  } catch {
    return false;
  }
}
