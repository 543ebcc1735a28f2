/** What the hub sends to the floor page once a second. */

export interface ZoneRow {
  zone: string;
  name: string;
  count: number;
  dwell_s: number;
  heat: number;
}

export interface AgentRow {
  agent: string;
  up: boolean;
  late_s: number;
  radio: string;
  queued_count: number;
  version: string;
}

export interface SentRow {
  /** Of a simulated shopper's message; a person's code is the person's to show. */
  decision: string | null;
  campaign: string;
  kind: string;
  /** What the shopper read, where the hub tells it. */
  title?: string;
  zone: string | null;
  at_ms: number;
  shown: boolean;
  /** Nobody can see it any more. */
  over: boolean;
}

export interface Silence {
  code: string;
  text: string;
  count: number;
}

export interface Share {
  part: number;
  count: number;
}

/** How well journeys are followed; null where too little was seen to say it. */
export interface JourneyRow {
  model: string;
  by_rules: boolean;
  /** How far back the figures reach, at most an hour. */
  window_s: number;
  stage_unknown_count: number;
  sure_share: number | null;
  flips_per_min: number | null;
  unplaced_share: number | null;
  payments: Share | null;
  checkouts: Share | null;
}

export interface Frame {
  at_ms: number;
  store: { id: string; name: string };
  simulated: boolean;
  replayed: boolean;
  badge: "live" | "late" | "offline";
  late_s: number;
  shoppers_count: number;
  zones: ZoneRow[];
  unknown_count: number;
  stages: { stage: string; count: number }[];
  journey: JourneyRow;
  agents: AgentRow[];
  dots: { x_m: number; y_m: number; radius_m: number; level: string }[];
  decisions: { sent: number; silent: Silence[] };
  messages: SentRow[];
  alarms: string[];
}

/** One question a decision had to pass; without a campaign it is about the shopper. */
export interface Gate {
  gate: string;
  ok: boolean;
  why: string;
  campaign: string | null;
}

export interface Reasons {
  decision: string;
  at_ms: number;
  zone: string | null;
  stage: string | null;
  /** How sure the stage was, and from where on a campaign may rest on it. */
  stage_p: number | null;
  stage_gate: number | null;
  /** Whether the message rests on the stage; null where nothing was said. */
  needs_stage: boolean | null;
  outcome: string;
  code: string;
  /** Why it was taken back before anybody saw it, as a sentence. */
  cancelled?: string | null;
  campaign: string | null;
  title: string | null;
  /** The gates are answers of today's campaigns. */
  asked_again: boolean;
  gates: Gate[];
}

const STAGES: Record<string, string> = {
  arriving: "Arriving",
  exploring: "Exploring",
  purposeful: "Purposeful",
  engaged: "Engaged",
  weighing: "Weighing",
  stuck: "Stuck",
  checkout: "At the till",
  leaving: "Leaving",
  unknown: "Not known",
};

export const stageName = (stage: string) => STAGES[stage] ?? stage;

const percent = (share: number) => `${Math.round(100 * share)} %`;

/** "Weighing, 62 % sure (acts from 70 %)": the stage as a decision saw it; empty where unknown.
 * From where on it acts is nothing to a message that does not depend on it. */
export function stageSeen(reasons: Reasons): string {
  if (reasons.stage === null) return "";
  const name = stageName(reasons.stage);
  if (reasons.stage_p === null) return name;
  const gate = reasons.stage_gate === null || reasons.needs_stage === false ? "" : ` (acts from ${percent(reasons.stage_gate)})`;
  return `${name}, ${percent(reasons.stage_p)} sure${gate}`;
}

/** A code of ours as words: `unsure_where` -> "Unsure where". */
export function inWords(code: string): string {
  const text = code.replaceAll(/[_-]+/g, " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

// The codes are those of what is wrong; a gate that was passed is named by what was right.
const PASSED: Record<string, string> = {
  consent: "Agreed to messages",
  killed: "Messages are not stopped",
  alone_today: "Not to be left alone today",
  paused: "Not paused",
  unreachable: "Reachable",
  quiet_zone: "Not in a quiet zone",
  quiet_hours: "Not in quiet hours",
  unsure_where: "Sure where",
  wrong_place: "Place not doubted",
  stale: "Position is fresh",
  nothing_fits: "A campaign fits",
  campaign_paused: "Campaign not paused",
  not_yet: "Campaign has begun",
  over: "Campaign is not over",
  bought: "Not bought yet",
  owned: "Not owned already",
  returned: "Not returned before",
  disliked: "Not disliked",
  gift: "No gift is given away",
  sensitive: "Nothing sensitive",
  surprise: "No surprise, or one that is wanted",
  muted: "Topic is wanted",
  out_of_stock: "In stock",
  stock_unknown: "Stock is known",
  too_far: "Near enough to walk",
  feed_stale: "Its feed is fresh",
  unknown_stage: "Stage known, or not needed",
  unsure_stage: "Stage sure, or not needed",
  stuck_alone: "Not for being stuck alone",
  first_visit: "No promotion on a first visit",
  checkout: "No promotion at the till",
  paid: "No promotion after the receipt",
  hurry: "No promotion in a hurry",
  no_words: "Has words for it",
  cap_messages: "A message is left",
  cap_push: "A push is left",
  cap_kind: "One of its kind is left",
  cap_category: "One of its category is left",
  cap_same: "Not said too often",
  resting: "Not refused a moment ago",
  cap_offers: "An offer is left",
  not_worth_it: "Worth it",
  holdout: "Not held out",
  control: "Not on the control side",
};

/** What came of a decision, in words. */
export function outcomeText({ outcome, code }: Pick<Reasons, "outcome" | "code">): string {
  if (code === "called") return "Staff called, the phone was closed";
  if (outcome === "send") return "Sent";
  if (outcome === "ghost") return "Kept back on purpose, to measure what messages change";
  return `Nothing said: ${inWords(code).toLowerCase()}`;
}

/** What a gate found, in words. */
export const gateName = (gate: Gate) => (gate.ok && PASSED[gate.gate]) || inWords(gate.gate);

/** Seconds as a person reads them: 42 s, 3:05 min, 1:12 h. */
export function duration(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")} min`;
  return `${Math.floor(s / 3600)}:${String(Math.floor((s % 3600) / 60)).padStart(2, "0")} h`;
}

export const clock = (at_ms: number) =>
  new Date(at_ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });

/** The gates of one campaign, or of the shopper: how many passed, and the first that did not. */
export interface GateGroup {
  about: string;
  gates: Gate[];
  passed_count: number;
  no: Gate | null;
}

/** A decision's gates by whom they are about, in the order in which they were asked. */
export function byCampaign(gates: readonly Gate[]): GateGroup[] {
  const groups = new Map<string | null, Gate[]>();
  for (const gate of gates) groups.set(gate.campaign, [...(groups.get(gate.campaign) ?? []), gate]);
  return [...groups].map(([campaign, asked]) => ({
    about: campaign ? inWords(campaign) : "The shopper",
    gates: asked,
    passed_count: asked.filter((gate) => gate.ok).length,
    no: asked.find((gate) => !gate.ok) ?? null,
  }));
}
