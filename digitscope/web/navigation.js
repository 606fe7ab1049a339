/** navigation: going to a view, so that the browser's back button comes back. */
import * as state from "./state.js";
import { byId } from "./widgets/dom.js";

/** @param {Record<string, string | null>} values of the address */
export function goTo(values) {
  state.change({ level: null, ...values }, true);
  const { top } = byId("view").getBoundingClientRect();
  // Where the view is out of sight, as on a phone.
  if (top < 0 || top > innerHeight / 2) byId("view").scrollIntoView();
}
