import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

/** Gzipped JavaScript a page may load, in bytes; DESIGN.md: dashboard 45 KB, phone page 25 KB. */
const BUDGET_BYTES: Record<string, number> = {
  "floor.html": 45_000,
  "phone.html": 25_000,
  "login.html": 20_000,
  "forget.html": 20_000,
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
        let bytes = 0;
        for (const name of closure(chunks, chunk.fileName)) {
          bytes += gzipSync(chunks.get(name)?.code ?? "", { level: 9 }).length;
        }
        const line = `${page}: ${(bytes / 1000).toFixed(1)} KB of JavaScript, gzipped (at most ${limit / 1000})`;
        if (bytes > limit) this.error(`${line}: over its budget`);
        this.info(line);
      }
    },
  };
}
