/** An attachment for the heading of a view: a screen reader starts there after a change of view. */
export function heading(element: HTMLElement): void {
  element.tabIndex = -1;
  if (document.body.dataset.entered) element.focus({ preventScroll: true });
  else document.body.dataset.entered = "yes";
  window.scrollTo(0, 0);
}
