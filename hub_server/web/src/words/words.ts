/** The texts for shoppers in their language: a file each, of which a phone loads one. */

import de from "./de.json?url";
import en from "./en.json?url";

export type Word = keyof typeof import("./en.json");

const FILES = { de, en };
export type Language = keyof typeof FILES;

const isSpoken = (name: string): name is Language => name in FILES;

/** The first language of the browser's list that there are texts for; the hub chooses the same way. */
export const language: Language =
  navigator.languages.map((name) => name.slice(0, 2).toLowerCase()).find(isSpoken) ?? "en";

let words: Partial<Record<string, string>> = {};

/** Loads the texts; before it is done every text is its key. */
export async function load(): Promise<void> {
  document.documentElement.lang = language;
  words = (await (await fetch(FILES[language])).json()) as typeof words;
}

/** A text, its {slots} filled. */
export function say(word: Word, slots: Record<string, string | number> = {}): string {
  return (words[word] ?? word).replaceAll(/\{(\w+)\}/g, (_, slot: string) => String(slots[slot] ?? ""));
}

/** The text for a value of the hub's (`ended` and "leave"), or null for one that these texts do not know. */
export function sayOf(prefix: string, value: string): string | null {
  return words[`${prefix}_${value}`] ?? null;
}
