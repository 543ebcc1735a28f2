/** What a diet can ask for: the words of products' `attributes`. */

export const WAYS = ["vegetarian", "vegan", "halal", "kosher"] as const;

/** The fourteen of EU regulation 1169/2011, and two that belief or habit avoids. */
export const AVOIDED = [
  ...(["gluten", "crustaceans", "eggs", "fish", "peanuts", "soy", "milk", "nuts"] as const),
  ...(["celery", "mustard", "sesame", "sulphites", "lupin", "molluscs", "pork", "alcohol"] as const),
] as const;
