/** Shows a push, opens its page at a tap, does what a button says, and tells the hub what became of it. */

import { isDieting, judged } from "../push/dieting";
import { type Notice, read } from "./notice";
import { receipt, retell } from "./receipts";
import { fetched, placeOf, stock } from "./shelf";

declare const self: ServiceWorkerGlobalScope;

// Chrome tells how many buttons it shows; not every TypeScript library knows.
type Shown = NotificationOptions & { actions?: Notice["actions"]; badge?: string; renotify?: boolean };
interface Change extends ExtendableEvent {
  readonly oldSubscription: PushSubscription | null;
  readonly newSubscription: PushSubscription | null;
}

const ICON = "/icon-192.png";
const HEADERS = { "Content-Type": "application/json", "X-Instep": "1" };

const post = (path: string, body: object) =>
  fetch(path, { method: "POST", headers: HEADERS, body: JSON.stringify(body), keepalive: true });

/** Each push must be seen: browsers take push away from who stays silent. */
async function show(notice: Notice): Promise<void> {
  const told = receipt(notice.decision, "received");
  const { title, body, lang, tag } = notice;
  const actions = judged(notice.actions, await isDieting());
  const options: Shown = { body, lang, tag, actions, icon: ICON, badge: ICON, data: notice };
  await self.registration.showNotification(title, options);
  await told;
  await receipt(notice.decision, "shown");
}

/** To the page that is open already, else to a new one. */
async function open(notice: Notice): Promise<void> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => new URL(one.url).pathname.startsWith("/t/"));
  if (!page) {
    await self.clients.openWindow(notice.navigate);
    return;
  }
  page.postMessage({ opened: notice.decision });
  // A browser may refuse to bring it to the front; it shows the message all the same.
  await page.focus().catch(() => null);
}

/** One tap: the hub does it, and the notification says so; where it cannot, the page opens. */
async function act(notice: Notice, action: string): Promise<void> {
  const path = `/api/phone/messages/${encodeURIComponent(notice.decision)}/act`;
  const answer = await post(path, { action }).catch(() => null);
  const said = notice.done[action];
  if (!answer?.ok || !said) {
    await open(notice);
    return;
  }
  const options: Shown = { tag: notice.tag, lang: notice.lang, icon: ICON, silent: true, data: { ...notice, actions: [] } };
  await self.registration.showNotification(said, options);
}

async function tapped(notice: Notice, action: string): Promise<void> {
  const told = receipt(notice.decision, "tapped");
  // A button that only leads somewhere has no word for "done".
  await (action in notice.done ? act(notice, action) : open(notice));
  await told;
}

/** The browser changed the subscription by itself. */
async function renew(event: Change): Promise<void> {
  const options = event.oldSubscription?.options;
  const fresh = event.newSubscription ?? (options ? await self.registration.pushManager.subscribe(options) : null);
  if (fresh) await post("/api/phone/push", fresh.toJSON());
}

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  const place = method === "GET" && origin === self.location.origin ? placeOf(pathname, mode === "navigate") : null;
  if (place) event.respondWith(fetched(event.request, place));
});
self.addEventListener("message", (event: ExtendableMessageEvent) => {
  const { keep } = (event.data ?? {}) as { keep?: string[] };
  if (keep) event.waitUntil(stock(keep));
});
self.addEventListener("push", (event) => {
  const notice = read(payload(event), self.location.origin);
  if (notice) event.waitUntil(Promise.all([show(notice), retell()]));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(tapped(event.notification.data as Notice, event.action));
});
self.addEventListener("notificationclose", (event) => {
  event.waitUntil(receipt((event.notification.data as Notice).decision, "dismissed"));
});
self.addEventListener("pushsubscriptionchange", (event) => {
  const change = event as Change;
  change.waitUntil(renew(change));
});

/** Safari has read a declarative push already and gives the notification that it made of it. */
function payload(event: PushEvent): unknown {
  const { notification } = event as PushEvent & { notification?: unknown };
  if (notification) return { notification };
  try {
    return event.data?.json();
  } catch {
    return null;
  }
}
