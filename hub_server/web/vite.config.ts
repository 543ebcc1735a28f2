import { svelte } from "@sveltejs/vite-plugin-svelte";
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { budget } from "./budget.ts";
import { clientOnly } from "./client_only.ts";

const page = (name: string) => resolve(import.meta.dirname, `${name}.html`);

// The phone page is built by itself: it then carries no piece of Svelte that only other pages use.
const PAGES: Record<string, string[]> = { phone: ["phone"], production: ["floor", "login", "staff", "forget", "docs"] };

// Five letters tell fifty components apart; the usual fourteen stand in a phone's JavaScript a hundred times.
const cssHash = ({ hash, filename }: { hash: (text: string) => string; filename: string }) => `s${hash(filename).slice(0, 5)}`;

// Many small pieces compress worse than few: what every view of the phone stands on is one, an open visit another.
const LATER = /\/(panels|push)\/|\/(Confirm|Consent|Terms|JoinForm|Erase|JustMap|Notices?)\.svelte|bindings\/(input|this|shared)\.js/;
const OF_A_VISIT = /\/map\/|\/(OpenVisit|Here|YourPlace|Mission|MessageCard)\.svelte|\/diet(\.svelte)?\.ts/;
const PIECES = [
  { name: "visit", test: (id: string) => OF_A_VISIT.test(id) && !LATER.test(id) },
  { name: "base", priority: 1, test: (id: string) => !OF_A_VISIT.test(id) && !LATER.test(id) },
];

export default defineConfig(({ mode }) => ({
  plugins: [svelte({ compilerOptions: { cssHash } }), clientOnly(), budget()],
  build: {
    outDir: resolve(import.meta.dirname, "../pages/static"),
    emptyOutDir: mode !== "phone",
    assetsInlineLimit: 0, // the pages are served under default-src 'self': no data: addresses
    modulePreload: false, // a hub is one hop away; the preloading itself would cost a phone more than it saves
    cssCodeSplit: mode !== "phone", // one small file, so that a panel that opens later is never unstyled
    reportCompressedSize: false, // budget() prints what counts
    target: "es2022",
    rolldownOptions: {
      input: Object.fromEntries((PAGES[mode] ?? []).map((name) => [name, page(name)])),
      output: mode === "phone" ? { codeSplitting: { groups: PIECES } } : {},
    },
  },
}));
