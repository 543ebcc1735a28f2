/** What the hub tells of campaigns, and how it is read out. */

import { inWords } from "./frame";

/** Fewer than five is said as "<5": nobody is to be told by a count. */
export type Few = number | "<5";

export interface Effect {
  campaign: string;
  /** What it is measured by. */
  what: string;
  enough: boolean;
  /** The sides are split as they were drawn. */
  srm_ok: boolean;
  visits: Few;
  control_visits: Few;
  /** A sentence that says it all. */
  text: string;
  /** Shares of visits; the interval holds at every look. */
  difference: number | null;
  low: number | null;
  high: number | null;
}

export interface Campaign {
  id: string;
  title: string;
  kind: string;
  topic: string;
  state: "live" | "paused" | "waiting" | "ended";
  paused_by: string | null;
  why_paused: string;
  said: Few;
  shown: Few;
  useful: Few;
  less: Few;
  not_for_me: Few;
  stop_today: Few;
  wrong_place: Few;
  dismissed: Few;
  opted_out: Few;
  held_out: Few;
  effect: Effect | null;
}

export interface Campaigns {
  killed: boolean;
  killed_by: string | null;
  min_visits: number;
  campaigns: readonly Campaign[];
}

export interface Reason {
  code: string;
  text: string;
  today: Few;
  week: Few;
}

export interface Reasons {
  reasons: readonly Reason[];
  campaigns: readonly { campaign: string; reasons: readonly Reason[] }[];
}

export interface ZoneFunnel {
  zone: string;
  name: string;
  entered: Few;
  stopped: Few;
  engaged: Few;
  bought: Few;
}

export interface Headlines {
  headlines: {
    days: number;
    said: Few;
    shown: Few;
    nag_share: number | null;
    wrong_zone_share: number | null;
    late_share: number | null;
    service_count: Few;
    offer_count: Few;
  };
  /** Shoppers in tenths by how many purchases of theirs are known. */
  history: readonly Decile[];
}

export interface Decile {
  decile: number;
  purchases_from: number;
  purchases_to: number;
  shown: Few;
  useful_share: number | null;
  nag_share: number | null;
}

/** A count as a number to draw or sort by; "<5" is drawn as the two that it is on average. */
export const size = (count: Few): number => (typeof count === "number" ? count : 2);

export const shareText = (share: number | null): string =>
  share === null ? "Not enough yet" : `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

const signed = (share: number) => `${share < 0 ? "−" : "+"}${Math.abs(100 * share).toFixed(1)}`;

/** "+4.2 points" and "95 % range +1.1 to +7.3": one difference with its interval; null where there is none. */
export function differenceText(effect: Effect): { points: string; range: string } | null {
  const { difference, low, high } = effect;
  if (!effect.enough || !effect.srm_ok || difference === null || low === null || high === null) return null;
  return { points: `${signed(difference)} points`, range: `95 % range ${signed(low)} to ${signed(high)}` };
}

/** How many services there were to each offer. */
export function ratioText(service: Few, offer: Few): string {
  if (service === 0 && offer === 0) return "None yet";
  return `${service} : ${offer}`;
}

/** Where an interval lies between -1 and 1, where 1 is the widest that is shown. */
export function interval(effect: Effect, widest: number): { low: number; high: number; at: number } | null {
  if (differenceText(effect) === null || widest <= 0) return null;
  const within = (share: number | null) => Math.min(Math.max((share ?? 0) / widest, -1), 1);
  return { low: within(effect.low), high: within(effect.high), at: within(effect.difference) };
}

/** The farthest end of all intervals, at least five points, so that noise does not look like much. */
export function widest(campaigns: readonly Campaign[]): number {
  const LEAST = 0.05;
  const ends = campaigns.flatMap(({ effect }) =>
    effect && differenceText(effect) !== null ? [Math.abs(effect.low ?? 0), Math.abs(effect.high ?? 0)] : [],
  );
  return Math.max(LEAST, ...ends);
}

const STATES: Record<Campaign["state"], string> = { live: "Live", paused: "Paused", waiting: "Not begun", ended: "Over" };

export function stateText(campaign: Campaign): string {
  if (campaign.state !== "paused") return STATES[campaign.state];
  if (campaign.paused_by === "guardrail") return "Paused by its guardrail";
  return campaign.paused_by ? `Paused by ${campaign.paused_by}` : STATES.paused;
}

/** What a message begins with, as a manager reads it: what is only known when it is said stands by its name. */
export const titleText = (title: string): string =>
  title.replaceAll(/\{(\w+)\}/g, (_, slot: string) => `[${slot.replaceAll("_", " ")}]`);

/** "“[product]: go back”": what a campaign says, beside its name; empty where it says no more than that. */
export function quoted(campaign: string, title: string): string {
  const text = titleText(title);
  return !text || text.toLowerCase() === inWords(campaign).toLowerCase() ? "" : `“${text}”`;
}

/** Two counts together; of a count too small to be told it is only known that it is small. */
function together(a: Few, b: Few): number | string {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (a === 0 || b === 0) return "<5";
  return a === b ? "<10" : `${typeof a === "number" ? a : b}+`;
}

/** What became of a campaign's messages. */
export const figuresOf = (campaign: Campaign): { name: string; count: number | string }[] => [
  { name: "Said", count: campaign.said },
  { name: "Seen", count: campaign.shown },
  { name: "Useful", count: campaign.useful },
  { name: "Put away", count: campaign.dismissed },
  { name: "Less, never", count: together(campaign.less, campaign.not_for_me) },
  { name: "Held out", count: campaign.held_out },
];

/** Live, and nothing to tell of it: neither said, nor held back, nor answered. */
export const isQuiet = (campaign: Campaign): boolean =>
  campaign.state === "live" && figuresOf(campaign).every(({ count }) => count === 0);

const FIRST: readonly Campaign["state"][] = ["paused", "live", "waiting", "ended"];

/** What is paused first, then what speaks most. */
export const inOrder = (campaigns: readonly Campaign[]): Campaign[] =>
  [...campaigns].sort((a, b) => FIRST.indexOf(a.state) - FIRST.indexOf(b.state) || size(b.said) - size(a.said));
