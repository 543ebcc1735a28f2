/** One open visit on this phone: its frames, its heartbeat, and the receipts of its messages. */

import { get, post, Refused, send } from "../api";
import { listen } from "../live";
import type { Frame, Place, Way } from "./frame";
import { refusal, type Word } from "../words/words";

// The hub counts a page as reachable for 10 s after a heartbeat.
const HEARTBEAT_MS = 5_000;
// So long the first frame may take before the page says that there is no line.
const FIRST_MS = 1_500;
// DESIGN.md: no old dot is shown as live. At a walk of 1 m/s this is ten metres.
const PLACE_LIVES_S = 10;
// A frame comes every second; a line that brings none for so long is dead, whatever the browser thinks.
const LINE_LIVES_MS = 10_000;
// What was put away stays away when the page is loaded again; the browser forgets it with the tab.
const AWAY = "instep.away";

function kept(): readonly string[] {
  try {
    return JSON.parse(sessionStorage.getItem(AWAY) ?? "[]") as string[];
  } catch {
    return [];
  }
}

export class Visit {
  frame = $state.raw<Frame | null>(null);
  linked = $state.raw(false);
  gone = $state.raw(false);
  /** What did not work, and beside which button that is said. */
  failure = $state.raw<{ at: string; text: string } | null>(null);
  /** Messages that the shopper has put away, and "welcome" once there was one. */
  away = $state.raw(kept());
  /** What the map leads to at the moment. */
  way = $state.raw<Way | null>(null);
  #heard_ms = $state.raw(0);
  #now_ms = $state.raw(performance.now());
  // Nothing is drawn from it, so it needs no reactivity.
  // eslint-disable-next-line svelte/prefer-svelte-reactivity
  readonly #received = new Set<string>();
  #reached = $state.raw(true);
  #hang_up: (() => void) | null = null;
  #close: (() => void)[] = [];

  #silent_ms = $derived(Math.max(0, this.#now_ms - this.#heard_ms));
  /** The last frame came over a line that still stands, or only just broke. */
  live = $derived(!this.frame?.late && this.#reached && this.#silent_ms < (this.linked ? LINE_LIVES_MS : HEARTBEAT_MS));
  /** How old the last place is, in seconds. */
  age_s = $derived((this.frame?.place?.age_s ?? 0) + this.#silent_ms / 1000);
  /** The place while it is young enough to be called one. */
  place = $derived<Place | null>((this.live && this.age_s <= PLACE_LIVES_S && this.frame?.place) || null);

  /** Opens the line; the function it returns closes it. */
  open(): () => void {
    const beat = () => void this.#beat();
    const beats = setInterval(beat, HEARTBEAT_MS);
    const ticks = setInterval(() => (this.#now_ms = performance.now()), 1_000);
    document.addEventListener("visibilitychange", beat);
    this.#close = [
      () => clearInterval(beats),
      () => clearInterval(ticks),
      () => document.removeEventListener("visibilitychange", beat),
      () => this.#hang_up?.(),
    ];
    this.#heard_ms = performance.now() - HEARTBEAT_MS + FIRST_MS;
    this.#dial();
    beat();
    return () => this.close();
  }

  #dial(): void {
    this.#hang_up?.();
    this.#hang_up = listen<Frame>("/api/phone/live", {
      frame: (frame) => this.take(frame),
      linked: (up) => (this.linked = up),
      refused: () => (this.gone = true),
    });
  }

  /** A phone that left the Wi-Fi may hold a dead line for minutes: the heartbeat notices, and dials again. */
  async #beat(): Promise<void> {
    try {
      await post("/api/phone/heartbeat", { visible: !document.hidden });
      if (!this.#reached || this.#silent_ms > LINE_LIVES_MS) this.#dial();
      this.#reached = true;
    } catch (error) {
      this.#reached = error instanceof Refused;
      // The visit ended while the line was dead.
      if (error instanceof Refused && error.status === 404) await this.refresh();
    }
  }

  close(): void {
    for (const end of this.#close.splice(0)) end();
  }

  take(frame: Frame): void {
    // The last frame of a visit comes without its code.
    this.frame = { ...frame, visit_code: frame.visit_code || (this.frame?.visit_code ?? "") };
    this.#heard_ms = this.#now_ms = performance.now();
    for (const { decision } of frame.messages) {
      if (!this.#received.has(decision)) {
        this.#received.add(decision);
        this.keepAway("welcome");
        void this.receipt(decision, "received");
      }
    }
    if (frame.state === "ended") this.close();
  }

  /** Asks for the state now instead of waiting for the next frame. */
  async refresh(): Promise<void> {
    try {
      this.take(await get<Frame>("/api/phone/state"));
    } catch (error) {
      if (error instanceof Refused && error.status === 404) this.gone = true;
    }
  }

  /** What went wrong at this place of the page. */
  failed(at: string): string {
    return this.failure?.at === at ? this.failure.text : "";
  }

  /** Does what the shopper pressed; where it fails, `failure` says so, with `lost` where the store is out of reach. */
  async act(at: string, path: string, body: object, lost: Word): Promise<boolean> {
    const done = (await this.ask(at, "POST", path, body, lost)) !== null;
    if (done) await this.refresh();
    return done;
  }

  /** The same where the answer is wanted; null where it failed. */
  async ask<T>(at: string, method: string, path: string, body: object, lost: Word): Promise<T | null> {
    this.failure = null;
    try {
      return await send<T>(method, `/api/phone/${path}`, body);
    } catch (error) {
      this.failure = { at, text: refusal(error, lost) };
      // The hub knows of no such visit: it has ended, or is deleted.
      if (error instanceof Refused && error.status === 404) void this.refresh();
      return null;
    }
  }

  putAway(decision: string): void {
    this.keepAway(decision);
    void this.receipt(decision, "dismissed");
  }

  keepAway(name: string): void {
    if (!this.away.includes(name)) this.keep([...this.away, name]);
  }

  keep(away: readonly string[]): void {
    this.away = away;
    try {
      sessionStorage.setItem(AWAY, JSON.stringify(away));
    } catch {
      // A browser that keeps nothing: it holds until the page is closed.
    }
  }

  receipt(decision: string, kind: "received" | "shown" | "tapped" | "dismissed"): Promise<unknown> {
    return post(`/api/phone/messages/${encodeURIComponent(decision)}/receipt`, { kind }).catch(() => null);
  }
}

/** An attachment that calls once after the element was in view, on a visible page, for a second. */
export function seen(call: () => void): (element: Element) => () => void {
  return (element) => {
    const SECOND_MS = 1_000;
    let timer = 0;
    let in_view = false;
    const weigh = () => {
      clearTimeout(timer);
      if (in_view && !document.hidden) timer = window.setTimeout(done, SECOND_MS);
    };
    const watch = new IntersectionObserver(
      (entries) => {
        in_view = entries.at(-1)?.isIntersecting ?? false;
        weigh();
      },
      { threshold: 0.6 },
    );
    const stop = () => {
      clearTimeout(timer);
      watch.disconnect();
      document.removeEventListener("visibilitychange", weigh);
    };
    const done = () => {
      stop();
      call();
    };
    watch.observe(element);
    document.addEventListener("visibilitychange", weigh);
    return stop;
  };
}
