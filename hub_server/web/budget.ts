import { gzipSync } from "node:zlib";
import type { Plugin, Rolldown } from "vite";

interface Limits {
  /** What a page loads before anything is tapped. */
  first: number;
  /** That, and everything that a tap may load. */
  all: number;
}

const SMALL: Limits = { first: 25_000, all: 25_000 };

/** Gzipped JavaScript of a page, in bytes; DESIGN.md: dashboard 45 KB, phone page 25 KB. */
const BUDGET_BYTES: Record<string, Limits> = {
  "floor.html": { first: 45_000, all: 45_000 },
  // A shopper who only reads messages loads the first; who opens every panel, all of it.
  "phone.html": { first: 25_000, all: 55_000 },
  "staff.html": SMALL,
  "login.html": SMALL,
  "forget.html": SMALL,
  "docs.html": SMALL,
};

/** Views that are imported later but open without a tap: each counts as loaded first. */
const OPEN_BY_THEMSELVES = ["Consent.svelte", "OpenVisit.svelte"];

type Chunks = Map<string, Rolldown.OutputChunk>;

const moduleOf = (chunk: Rolldown.OutputChunk) => chunk.facadeModuleId?.split("/").at(-1) ?? "";

/** The chunk and everything it imports; what it imports later only `where` it says so. */
function closure(
  chunks: Chunks,
  name: string,
  where: (chunk: Rolldown.OutputChunk) => boolean,
  seen = new Set<string>(),
): Set<string> {
  const chunk = chunks.get(name);
  if (!chunk || seen.has(name)) return seen;
  seen.add(name);
  const later = chunk.dynamicImports.filter((next) => {
    const found = chunks.get(next);
    return found && where(found);
  });
  for (const next of [...chunk.imports, ...later]) closure(chunks, next, where, seen);
  return seen;
}

function gzipped(chunks: Chunks, names: Set<string>): number {
  const sizes = [...names].map((each) => gzipSync(chunks.get(each)?.code ?? "").length);
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** The larger of the first views: one of them is shown, never two. */
function firstBytes(chunks: Chunks, name: string): number {
  const views = OPEN_BY_THEMSELVES.map((view) =>
    gzipped(chunks, closure(chunks, name, (chunk) => moduleOf(chunk) === view)),
  );
  return Math.max(...views);
}

const kilobytes = (bytes: number) => (bytes / 1000).toFixed(2);

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
        const page = moduleOf(chunk);
        const limits = BUDGET_BYTES[page];
        if (!limits) continue;
        const first = firstBytes(chunks, chunk.fileName);
        const all = gzipped(chunks, closure(chunks, chunk.fileName, () => true));
        const line =
          `${page}: ${kilobytes(first)} KB of JavaScript, gzipped (at most ${limits.first / 1000});` +
          ` with all that taps load ${kilobytes(all)} (at most ${limits.all / 1000})`;
        if (first > limits.first || all > limits.all) this.error(`${line}: over its budget`);
        process.stdout.write(`${line}\n`);
      }
    },
  };
}
