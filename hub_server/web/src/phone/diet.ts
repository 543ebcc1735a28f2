/** What a shopper does not eat, and whether a product fits: on this phone only, the hub never learns it. */

export interface Diet {
  /** Ways of eating that a product must say of itself, as `vegan`. */
  ways: readonly string[];
  /** What must not be in it, as `milk`. */
  avoid: readonly string[];
}

export interface Labelled {
  attributes?: readonly string[];
}

/** What a label says that is in it, as `contains:milk`. */
export const CONTAINS = "contains:";

/** What a label says of itself it may also say of the wider way: what is vegan is vegetarian. */
const IMPLIED_BY: Partial<Record<string, readonly string[]>> = { vegetarian: ["vegan"] };

const says = (attributes: readonly string[], way: string) =>
  attributes.includes(way) || (IMPLIED_BY[way] ?? []).some((stricter) => attributes.includes(stricter));

/** What a label says of a product, in one spelling. */
export const said = ({ attributes = [] }: Labelled): string[] => attributes.map((word) => word.trim().toLowerCase());

/** Whether a product may be recommended to somebody with this diet: everything that it asks for is said of it. */
export function fits(product: Labelled, diet: Diet): boolean {
  const label = said(product);
  return (
    diet.ways.every((way) => says(label, way)) &&
    !diet.avoid.some((each) => label.includes(CONTAINS + each)) &&
    (!diet.avoid.length || label.some((word) => word.startsWith(CONTAINS)))
  );
}

/** Whether a message is about anything that does not fit: it is then not shown, nor read out. */
export const forbids = (diet: Diet, about: readonly Labelled[]): boolean =>
  !about.every((each) => fits(each, diet));
