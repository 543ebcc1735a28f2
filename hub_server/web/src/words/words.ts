/** The texts for shoppers in their language: a file each, of which a phone loads one. */

import { Refused } from "../api";
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

// The hub that served this page a moment ago is restarting, or the phone just left the Wi-Fi.
const RETRY_MS = 2_000;

/** Loads the texts, however long it takes: a page without words says nothing. */
export async function load(): Promise<void> {
  document.documentElement.lang = language;
  for (;;) {
    try {
      const response = await fetch(FILES[language]);
      words = (await response.json()) as typeof words;
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

/** A text, its {slots} filled. */
export function say(word: Word, slots: Record<string, string | number> = {}): string {
  return (words[word] ?? word).replaceAll(/\{(\w+)\}/g, (_, slot: string) => String(slots[slot] ?? ""));
}

/** The text for a value of the hub's (`ended` and "leave"), or null for one that these texts do not know. */
export function sayOf(prefix: string, value: string): string | null {
  return words[`${prefix}_${value}`] ?? null;
}

/** Why the hub did not do it, by the code of its refusal; `lost` is said where it did not answer at all. */
export function refusal(error: unknown, lost: Word): string {
  return error instanceof Refused ? (sayOf("code", error.code) ?? say("failed")) : say(lost);
}
