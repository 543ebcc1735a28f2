import { svelte } from "@sveltejs/vite-plugin-svelte";
import { resolve } from "node:path";
import { defineConfig } from "vite";
import { budget } from "./budget.ts";

const page = (name: string) => resolve(import.meta.dirname, `${name}.html`);

export default defineConfig({
  plugins: [svelte(), budget()],
  build: {
    outDir: resolve(import.meta.dirname, "../pages/static"),
    emptyOutDir: true,
    assetsInlineLimit: 0, // the pages are served under default-src 'self': no data: addresses
    modulePreload: { polyfill: false },
    reportCompressedSize: false, // budget() prints what counts
    target: "es2022",
    rolldownOptions: {
      input: { floor: page("floor"), phone: page("phone"), login: page("login"), forget: page("forget") },
    },
  },
});
