import { svelte } from "@sveltejs/vite-plugin-svelte";
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { budget } from "./budget.ts";
import { clientOnly } from "./client_only.ts";

const page = (name: string) => resolve(import.meta.dirname, `${name}.html`);

// The phone page is built by itself: it then carries no piece of Svelte that only other pages use.
const PAGES: Record<string, string[]> = { phone: ["phone"], production: ["floor", "login", "forget", "docs"] };

export default defineConfig(({ mode }) => ({
  plugins: [svelte(), clientOnly(), budget()],
  build: {
    outDir: resolve(import.meta.dirname, "../pages/static"),
    emptyOutDir: mode !== "phone",
    assetsInlineLimit: 0, // the pages are served under default-src 'self': no data: addresses
    modulePreload: { polyfill: false },
    reportCompressedSize: false, // budget() prints what counts
    target: "es2022",
    rolldownOptions: {
      input: Object.fromEntries((PAGES[mode] ?? []).map((name) => [name, page(name)])),
    },
  },
}));
