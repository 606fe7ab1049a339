/** tables: rows of cells. */
import { colour } from "./colours.js";
import { make } from "./dom.js";
import { shown } from "./text.js";

/** @import { Child } from "./dom.js" */

const DARK = 0.45; // of the largest value: a shade on which white is read better

/**
 * A table of texts.
 *
 * @param {string} className
 * @param {string[]} head
 * @param {(string | number)[][]} rows
 * @param {{caption?: string, foot?: (string | number)[], isNamed?: boolean}} [more] isNamed: the
 *   first cell of each row is its head.
 */
export function table(className, head, rows, { caption, foot, isNamed = false } = {}) {
  const titles = head.map((title) => make("th", { scope: "col" }, title));
  /** @param {(string | number)[]} cells */
  const row = (cells) =>
    make(
      "tr",
      {},
      ...cells.map((cell, i) =>
        isNamed && i === 0
          ? make("th", { scope: "row" }, String(cell))
          : make("td", {}, String(cell)),
      ),
    );
  return make(
    "table",
    { className },
    caption === undefined ? null : make("caption", {}, caption),
    make("thead", {}, make("tr", {}, ...titles)),
    make("tbody", {}, ...rows.map(row)),
    foot && make("tfoot", {}, row(foot)),
  );
}

/**
 * Numbers in a grid, each on its shade.
 *
 * @param {{rows: number, columns: number, values: ArrayLike<number>, most: number}} grid most: the
 *   value that has the full colour.
 * @param {string} title
 * @param {(value: number, i: number) => Child | Child[]} content of a cell.
 */
export function numbers(
  { rows, columns, values, most },
  title,
  content = (value) => shown(value, 2),
) {
  const cells = Array.from(values, (value, i) => {
    const isDark = most > 0 && Math.abs(value) / most > DARK;
    const cell = make("td", { className: isDark ? "dark" : "" }, content(value, i));
    cell.style.background = colour(value, most);
    return cell;
  });
  const lines = Array.from({ length: rows }, (_, y) =>
    make("tr", {}, ...cells.slice(y * columns, (y + 1) * columns)),
  );
  return make(
    "table",
    { className: "numbers" },
    make("caption", {}, title),
    make("tbody", {}, ...lines),
  );
}
