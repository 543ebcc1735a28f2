/** Web push on this phone: asked for by a tap, never by itself, and never needed. */

import { get, post, send } from "../api";
import { hasDiet } from "../phone/diet.svelte";
import { tellDiet } from "./dieting";

export type Push = "on" | "off" | "denied" | "unsupported" | "install";

interface Hub {
  key: string | null;
  on: boolean;
}

const WORKER = "/sw.js";
const PATH = "/api/phone/push";

/** iPhone and iPad notify only from the home screen: there the coach is shown, and all else works. */
export function needsHomeScreen(): boolean {
  const { standalone } = navigator as Navigator & { standalone?: boolean };
  return standalone === false && !("PushManager" in window);
}

const able = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** What stands in the way, or null. */
function hindrance(): Push | null {
  if (needsHomeScreen()) return "install";
  if (!able()) return "unsupported";
  return Notification.permission === "denied" ? "denied" : null;
}

function bytes(key: string): Uint8Array<ArrayBuffer> {
  const text = atob(key.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

async function worker(): Promise<ServiceWorkerRegistration> {
  await navigator.serviceWorker.register(WORKER);
  await tellDiet(hasDiet());
  const registration = await navigator.serviceWorker.ready;
  const loaded = performance.getEntriesByType("resource").map((one) => new URL(one.name).pathname);
  registration.active?.postMessage({ keep: [location.pathname, "/api/phone/list", ...new Set(loaded)] });
  return registration;
}

async function current(): Promise<PushSubscription | null> {
  const registration = await navigator.serviceWorker.getRegistration();
  return (await registration?.pushManager.getSubscription()) ?? null;
}

/** Subscribes with this key and tells the hub. */
async function begin(key: string): Promise<void> {
  const { pushManager } = await worker();
  // A fresh address each time: two visits of somebody who is not remembered have nothing in common.
  await (await pushManager.getSubscription())?.unsubscribe();
  const options = { userVisibleOnly: true, applicationServerKey: bytes(key) };
  const fresh = await pushManager.subscribe(options);
  await post(PATH, fresh.toJSON());
}

/** Keeps page, map and list on this phone for where there is no line; after the yes, and gone with `forget`. */
export async function keep(): Promise<void> {
  if ("serviceWorker" in navigator) await worker().catch(() => null);
}

/** How push stands on this phone, for this visit. */
export async function state(): Promise<Push> {
  const reason = hindrance();
  if (reason) return reason;
  const { key, on } = await get<Hub>(PATH);
  if (key === null) return "unsupported";
  return on && (await current()) ? "on" : "off";
}

/** Asks the shopper and subscribes; to be called from a tap. */
export async function subscribe(key: string): Promise<Push> {
  const reason = hindrance();
  if (reason) return reason;
  const answer = await Notification.requestPermission();
  if (answer !== "granted") return answer === "denied" ? "denied" : "off";
  await begin(key);
  return "on";
}

/** Ends it here and at the hub. */
export async function unsubscribe(): Promise<void> {
  if (!able()) return;
  await (await current())?.unsubscribe();
  await send("DELETE", PATH);
}

async function repair(): Promise<void> {
  const { key, on } = await get<Hub>(PATH);
  if (!key || !on) return;
  const found = await current();
  const used = found?.options.applicationServerKey;
  const same = used && String(new Uint8Array(used)) === String(bytes(key));
  if (same) await worker();
  else await begin(key);
}

/**
 * Where push was on and the browser lost it (a new key, data cleared), subscribes again; asks nothing.
 * Where that fails nothing is lost that was not lost before.
 */
export async function resume(): Promise<void> {
  if (hindrance() || Notification.permission !== "granted") return;
  await repair().catch(() => null);
}

/** Takes from this browser all that push and the offline page keep here. */
export async function forget(): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await (await current().catch(() => null))?.unsubscribe();
  for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
  for (const name of await caches.keys()) await caches.delete(name);
  indexedDB.deleteDatabase("instep");
}

/** Calls with the message whose notification was tapped: now, if that opened this page, and whenever one is. */
export function arrived(call: (decision: string) => void): void {
  const found = /^#m=([\w-]+)/.exec(location.hash)?.[1];
  if (found) {
    history.replaceState(null, "", location.pathname);
    void post(`/api/phone/messages/${found}/receipt`, { kind: "tapped" }).catch(() => null);
    call(found);
  }
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.addEventListener("message", (event: MessageEvent<{ opened?: string }>) => {
    if (event.data.opened) call(event.data.opened);
  });
}
