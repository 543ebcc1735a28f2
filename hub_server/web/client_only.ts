import type { Plugin } from "vite";

/**
 * These pages are mounted, never hydrated, and use neither Svelte's legacy mode nor its async mode.
 * Svelte guards all of that by variables that a bundler may fold when nothing sets them; Rolldown
 * does not see through the setters, so here they are constants: 1.2 KB less on a phone.
 */
export function clientOnly(): Plugin {
  return {
    name: "instep-client-only",
    transform(code, id) {
      if (id.endsWith("svelte/src/internal/client/dom/hydration.js")) {
        return code.replace("export let hydrating =", "export const hydrating =").replace("hydrating = value;", "");
      }
      if (id.endsWith("svelte/src/internal/flags/index.js")) {
        return code.replaceAll("export let ", "export const ").replaceAll(/^\s+\w+_flag = (true|false);/gm, "");
      }
      return null;
    },
  };
}
