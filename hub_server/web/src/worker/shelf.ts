/** What a phone without a line still shows: the page, the store's map, and the list as it was. Never a place. */

const SHELF = "instep-1";
// Scripts, styles, words and icons of one version are about thirty files; older ones go.
const FILES_MAX = 60;
// A phone that left the Wi-Fi may wait for minutes; nobody waits longer for a page that is here.
const PATIENCE_MS = 4_000;

export interface Place {
  /** Under what it is kept. */
  key: string;
  /** Its name changes with its content, so what is here is what is there. */
  fixed: boolean;
}

// The page is the same for every cart: no cart's code is kept. What a phone may do with a cart is asked anew.
const PAGE = "/t/";
const DATA = ["/api/map", "/api/phone/list"];

/** Where something lies on the shelf; null for what must come from the hub. */
export function placeOf(path: string, navigates: boolean): Place | null {
  if (navigates) return path.startsWith(PAGE) ? { key: PAGE, fixed: false } : null;
  if (path.startsWith("/assets/")) return { key: path, fixed: true };
  if (path.startsWith("/api/phone/tag/")) return { key: "/api/phone/tag/", fixed: false };
  return DATA.includes(path) ? { key: path, fixed: false } : null;
}

async function put(key: string, answer: Response): Promise<void> {
  const shelf = await caches.open(SHELF);
  // A visit that is over has no list; what was kept of it goes.
  if (answer.ok) await shelf.put(key, answer);
  else await shelf.delete(key);
  const files = (await shelf.keys()).filter((one) => new URL(one.url).pathname.startsWith("/assets/"));
  for (const old of files.slice(0, Math.max(0, files.length - FILES_MAX))) await shelf.delete(old);
}

/** From the hub while it answers; else from the shelf; else what the browser says of it. */
export async function fetched(request: Request, { key, fixed }: Place): Promise<Response> {
  const here = await (await caches.open(SHELF)).match(key);
  if (here && fixed) return here;
  const there = fetch(request).then(async (answer) => {
    // A hub that restarts behind its proxy is no answer.
    if (answer.status >= 500) return here ?? answer;
    await put(key, answer.clone());
    return answer;
  });
  if (!here) return there;
  const late = new Promise<Response>((resolve) => setTimeout(() => resolve(here), PATIENCE_MS));
  return Promise.race([there.catch(() => here), late]);
}

// How the builder names files in scripts: name, hash of the content, ending.
const NAMED = /[\w-]+-[\w-]{8}\.(?:js|css|json|svg)/g;

/** The files that a script of ours may load later. */
export function named(script: string): string[] {
  return [...new Set(script.match(NAMED) ?? [])].map((name) => `/assets/${name}`);
}

/** Takes a page's own files, which it loaded before there was a worker, and what these may load later. */
export async function stock(paths: string[]): Promise<void> {
  const wanted = new Set(paths);
  for (const path of wanted) {
    if (wanted.size > FILES_MAX) return;
    const place = placeOf(path, path.startsWith(PAGE));
    const answer = place && (await fetched(new Request(path), place).catch(() => null));
    if (answer?.ok && path.endsWith(".js")) for (const each of named(await answer.text())) wanted.add(each);
  }
}
