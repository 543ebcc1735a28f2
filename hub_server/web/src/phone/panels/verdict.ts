/** Why a product does not fit a diet: its label speaks against it, or says nothing. */

import { CONTAINS, type Diet, fits, type Labelled, said } from "../diet";

const MEAT =
  "meat beef veal lamb mutton pork poultry chicken turkey duck game gelatine gelatin lard fish crustaceans molluscs shellfish seafood";
const AGAINST: Partial<Record<string, string>> = {
  vegetarian: MEAT,
  vegan: `${MEAT} milk lactose cheese butter cream egg eggs honey beeswax`,
  halal: "pork lard alcohol",
  kosher: "pork lard crustaceans molluscs shellfish",
};

/**
 * `yes`: everything the diet asks for is said of the product; `no`: it holds what is avoided, or what
 * this way of eating leaves out; `unknown`: its label does not say. Only `yes` may be recommended.
 */
export function verdict(product: Labelled, diet: Diet): "yes" | "no" | "unknown" {
  const against = [...diet.avoid, ...diet.ways.flatMap((way) => AGAINST[way]?.split(" ") ?? [])];
  const label = said(product);
  if (against.some((each) => label.includes(CONTAINS + each))) return "no";
  return fits(product, diet) ? "yes" : "unknown";
}
