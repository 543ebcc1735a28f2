/** The figures of the card "Journey" in words that need no statistics. */

import type { JourneyRow, Share } from "./frame";

// Past these a figure has a cause that somebody can look for; between them stores differ.
// Shoppers change about twice a minute, a model of noisy places up to three times.
const FLIPS_MANY_PER_MIN = 4;
// An agent in four down, or a wide gap between anchors, leaves more than this unplaced.
const UNPLACED_MUCH = 0.2;
// A model that suits the store is sure for about a third of the time.
const SURE_LITTLE = 0.1;
// Nine of ten payments come from the till where tills are drawn where they stand.
const PAYMENTS_FEW = 0.7;
// Of true stops at the tills of the demo store 80 % paid (44 stops, simulated); companions and
// people who wait make up the rest.
const CHECKOUTS_FEW = 0.5;
// Where eight of ten are usual, fewer than half of five come by chance one time in 17, of twenty one in
// 1,800.
const HINTS_FROM = 20;

export interface Fact {
  name: string;
  value: string;
  /** What to look at; empty where nothing is wrong. */
  hint: string;
  meaning: string;
}

export const TOO_LITTLE = "Not enough yet";
const percent = (share: number) => `${Math.round(100 * share)} %`;
const ofTime = (share: number | null) => (share === null ? TOO_LITTLE : `${percent(share)} of time`);
const ofCount = (share: Share | null) => (share ? `${share.part} of ${share.count}` : TOO_LITTLE);
const isOver = (figure: number | null, most: number) => figure !== null && figure > most;
const isUnder = (figure: number | null, least: number) => figure !== null && figure < least;
const isFew = (share: Share | null, least: number) => share !== null && share.count >= HINTS_FROM && share.part / share.count < least;

/** "Last 12 minutes": how far back the figures reach. */
export function windowText(window_s: number): string {
  const minutes = Math.floor(window_s / 60);
  if (minutes >= 60) return "In the last hour";
  return minutes < 2 ? "Since a moment ago" : `In the last ${minutes} minutes`;
}

export function facts(journey: JourneyRow): Fact[] {
  const flips = journey.flips_per_min;
  return [
    {
      name: "Stage sure enough to act",
      value: ofTime(journey.sure_share),
      hint:
        isUnder(journey.sure_share, SURE_LITTLE) && !journey.by_rules
          ? "Low: hardly any message can rest on the stage."
          : "",
      meaning: "For the rest of the time no message is sent because of the stage.",
    },
    {
      name: "Changes of stage",
      value: flips === null ? TOO_LITTLE : `${flips.toFixed(1)} a minute`,
      hint: isOver(flips, FLIPS_MANY_PER_MIN) ? "High: the stage flickers. Is the place often wrong?" : "",
      meaning: "Of one shopper. About two a minute when people shop at their usual pace; many more are flicker.",
    },
    {
      name: "Place not known",
      value: ofTime(journey.unplaced_share),
      hint:
        isOver(journey.unplaced_share, UNPLACED_MUCH)
          ? "High: is every agent up, and is every anchor where the map has it?"
          : "",
      meaning: "No place for more than five seconds. Such a shopper gets no message.",
    },
    {
      name: "Payments seen at the till",
      value: ofCount(journey.payments),
      hint: isFew(journey.payments, PAYMENTS_FEW) ? "Low: are the tills on the map where people pay?" : "",
      meaning: "A till told of a payment, and the stage had that shopper at the till in the minute before. Most should: 9 of 10 where the map has the tills in their place.",
    },
    {
      name: "Stops at the till that paid",
      value: ofCount(journey.checkouts),
      hint: isFew(journey.checkouts, CHECKOUTS_FEW) ? "Low: a till sends no payments, or the stage takes shelves near the tills for them." : "",
      meaning: "The stage had a shopper at the till, and that shopper's payment came. Most stops should end with one: 8 of 10 where tills stand apart from shelves.",
    },
  ];
}
