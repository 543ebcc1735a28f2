/** A line of the shopping list, as it is called and counted. */

import type { Line } from "./shop";

/** Nothing was taken for it, but something was found. */
export const isUnsure = (line: Line): boolean => !line.product && line.suggestions.length > 0;

export const nameOf = (line: Line): string => line.product?.name ?? line.text;

/** What was written, where the product that was found has another name. */
export const wroteOf = ({ text, product }: Line): string =>
  product && product.name.toLowerCase() !== text.trim().toLowerCase() ? text.trim() : "";
