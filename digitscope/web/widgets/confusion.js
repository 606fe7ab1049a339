/** confusion: a table of how often each digit was read as each. */
import { make } from "./dom.js";

/**
 * @param {number[][]} counts rows: the true digits; columns: the answers.
 * @param {string} corner what rows and columns are
 * @param {(count: number, label: number, answer: number) => HTMLTableCellElement} cell
 */
export function confusionTable(counts, corner, cell) {
  const titles = [corner, ...counts.map((_, digit) => String(digit))];
  const rows = counts.map((row, label) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, String(label)),
      ...row.map((count, answer) => cell(count, label, answer)),
    ),
  );
  const head = titles.map((title) => make("th", { scope: "col" }, title));
  return make(
    "table",
    { className: "confusion" },
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...rows),
  );
}

/**
 * The most frequent confusion: how often, and of what with what.
 *
 * @param {number[][]} counts
 */
export function worstOf(counts) {
  let worst = { count: 0, label: 0, answer: 1 };
  counts.forEach((row, label) =>
    row.forEach((count, answer) => {
      if (label !== answer && count > worst.count) worst = { count, label, answer };
    }),
  );
  return worst;
}
