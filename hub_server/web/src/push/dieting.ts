/** That a diet is kept on this phone, told to its worker; which one it is stays with the page. */

const SIGN = "instep-diet";

/** Tells the worker, which cannot read what the page keeps. */
export async function tellDiet(kept: boolean): Promise<void> {
  if ("caches" in globalThis) await (kept ? caches.open(SIGN) : caches.delete(SIGN));
}

/** Whether one is kept; asked by the worker. */
export const isDieting = (): Promise<boolean> => caches.has(SIGN);

/** Buttons that take something for the shopper, unseen: where there is a diet, the page is to judge it first. */
const TAKES = ["add_to_list", "bring_it"];

/** The buttons of a notification, without those that the diet would have to be asked for. */
export const judged = <Button extends { action: string }>(buttons: readonly Button[], dieting: boolean): Button[] =>
  buttons.filter(({ action }) => !(dieting && TAKES.includes(action)));
