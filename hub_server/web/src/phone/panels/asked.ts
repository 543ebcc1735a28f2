/** A word of the shopping list for which another product is looked for, and its line. */
export interface Asked {
  q: string;
  line: string;
}

let next: Asked | null = null;

/** What the panel "Find" is to begin with. */
export function askFor(asked: Asked): void {
  next = asked;
}

/** The same, once. */
export function takeAsked(): Asked | null {
  const asked = next;
  next = null;
  return asked;
}
