import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

/** Gzipped JavaScript a page may load, in bytes; DESIGN.md: dashboard 45 KB, phone page 25 KB. */
const BUDGET_BYTES: Record<string, number> = {
  "floor.html": 45_000,
  "phone.html": 25_000,
  "login.html": 25_000,
  "forget.html": 25_000,
  "docs.html": 25_000,
};

type Chunks = Map<string, Rolldown.OutputChunk>;

/** The chunk and everything it imports, now or later. */
function closure(chunks: Chunks, name: string, seen = new Set<string>()): Set<string> {
  const chunk = chunks.get(name);
  if (!chunk || seen.has(name)) return seen;
  seen.add(name);
  for (const next of [...chunk.imports, ...chunk.dynamicImports]) closure(chunks, next, seen);
  return seen;
}

function gzipped(chunks: Chunks, name: string): number {
  const sizes = [...closure(chunks, name)].map((each) => gzipSync(chunks.get(each)?.code ?? "").length);
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** Prints each page's JavaScript and fails the build above its budget. */
export function budget(): Plugin {
  return {
    name: "instep-budget",
    generateBundle(_options, bundle) {
      const chunks: Chunks = new Map();
      for (const item of Object.values(bundle)) {
        if (item.type === "chunk") chunks.set(item.fileName, item);
      }
      for (const chunk of chunks.values()) {
        const page = chunk.facadeModuleId?.split("/").at(-1) ?? "";
        const limit = BUDGET_BYTES[page];
        if (limit === undefined) continue;
        const bytes = gzipped(chunks, chunk.fileName);
        const line = `${page}: ${(bytes / 1000).toFixed(1)} KB of JavaScript, gzipped (at most ${limit / 1000})`;
        if (bytes > limit) this.error(`${line}: over its budget`);
        process.stdout.write(`${line}\n`);
      }
    },
  };
}
