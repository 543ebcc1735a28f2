import { resolve } from "node:path";
import { defineConfig } from "vite";

/** The worker is one script at a fixed address, so it is built by itself. */
export default defineConfig({
  publicDir: false,
  build: {
    outDir: resolve(import.meta.dirname, "../pages/static"),
    emptyOutDir: false,
    reportCompressedSize: false,
    target: "es2022",
    lib: { entry: resolve(import.meta.dirname, "src/worker/sw.ts"), formats: ["iife"], name: "worker", fileName: () => "sw.js" },
  },
});
