/** card: a section of the report. */
import { make } from "../widgets/dom.js";
import { table } from "../widgets/tables.js";

export const BLUE = "#1f5f99";
export const ORANGE = "#c25708";

/**
 * @param {string} title
 * @param {string} about empty: nothing is said.
 * @param {...Node} children
 */
export function card(title, about, ...children) {
  const words = about ? [soft(about)] : [];
  return make("section", { className: "card" }, make("h2", {}, title), ...words, ...children);
}

/**
 * A paragraph that explains.
 *
 * @param {...(Node | string)} content
 */
export function soft(...content) {
  return make("p", { className: "soft" }, ...content);
}

/**
 * A table that may be wider than the screen.
 *
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 * @param {boolean} isNamed whether the first two columns are words, not one.
 */
export function wideTable(head, rows, isNamed = false) {
  const made = table(isNamed ? "rows named" : "rows", head, rows);
  return make("div", { className: "wide" }, made);
}
