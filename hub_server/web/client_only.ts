import type { Plugin } from "vite";

/** Svelte's files in which a value may be wrapped so that a change inside of it is seen. */
const WRAPPING = /svelte\/src\/internal\/client\/reactivity\/(sources|props)\.js$/;

/**
 * These pages are mounted, never hydrated, and use neither Svelte's legacy mode nor its async mode.
 * Svelte guards all of that by variables that a bundler may fold when nothing sets them; Rolldown
 * does not see through the setters, so here they are constants: 1.2 KB less on a phone.
 * Their state is replaced whole, never changed inside (eslint asks for `$state.raw`): no proxies, 1 KB less.
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
      // Nobody defines an element of our own; the class for it would stay, and what it is made of.
      if (id.endsWith("svelte/src/internal/client/dom/elements/custom-element.js")) {
        return "export const create_custom_element = undefined;";
      }
      // vite.config.ts preloads nothing, so that the function around each later import has nothing to do.
      if (id.includes("vite/preload-helper")) return "export const __vitePreload = (load) => load();";
      // No page has a <svelte:boundary>: the one that Svelte puts around each page only carries its code along.
      if (id.endsWith("svelte/src/internal/client/render.js")) {
        return code.replace(/\bboundary\(\s/, "((node, _, children) => children(node))(");
      }
      // A list that no page uses, made by a spread, which a bundler cannot see to be of no effect.
      if (id.endsWith("svelte/src/utils.js")) {
        return code.replace(/(DOM_PROPERTIES = )\[\s*\.\.\.(\w+),([^\]]*)\]/, "$1/* @__PURE__ */ $2.concat([$3])");
      }
      // Without async mode there is nothing to await in a template: what would do it is not carried along.
      if (id.endsWith("svelte/src/internal/client/reactivity/async.js")) {
        return code.replaceAll(/\basync_derived\(/g, "derived(");
      }
      if (WRAPPING.test(id)) return code.replace(/\b(should_proxy|runes && bindable) \? proxy\(value\) : value/, "value");
      return null;
    },
  };
}
