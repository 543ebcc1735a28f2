/** What a shopper does not eat, and whether a product fits: on this phone only, the hub never learns it. */

export interface Diet {
  /** Ways of eating that a product must say of itself, as `vegan`. */
  ways: readonly string[];
  /** What must not be in it, as `milk`. */
  avoid: readonly string[];
}

const CONTAINS = "contains:";

/** What a label says of itself it may also say of the wider way: what is vegan is vegetarian. */
const IMPLIED_BY: Partial<Record<string, readonly string[]>> = { vegetarian: ["vegan"] };

const says = (attributes: readonly string[], way: string) =>
  attributes.includes(way) || (IMPLIED_BY[way] ?? []).some((stricter) => attributes.includes(stricter));

/**
 * `yes`: everything the diet asks for is said of the product; `no`: it holds what is avoided;
 * `unknown`: its label does not say. Only `yes` may be recommended.
 */
export function verdict(product: { attributes?: readonly string[] }, diet: Diet): "yes" | "no" | "unknown" {
  const attributes = (product.attributes ?? []).map((word) => word.trim().toLowerCase());
  const holds = attributes.filter((word) => word.startsWith(CONTAINS)).map((word) => word.slice(CONTAINS.length));
  if (diet.avoid.some((each) => holds.includes(each))) return "no";
  if (diet.avoid.length && !holds.length) return "unknown";
  return diet.ways.every((way) => says(attributes, way)) ? "yes" : "unknown";
}

/** Whether a product may be recommended to somebody with this diet. */
export const fits = (product: { attributes?: readonly string[] }, diet: Diet): boolean =>
  verdict(product, diet) === "yes";

/** Whether a message is about anything that does not fit: it is then not shown, nor read out. */
export const forbids = (diet: Diet, about: readonly { attributes?: readonly string[] }[]): boolean =>
  !about.every((each) => fits(each, diet));
