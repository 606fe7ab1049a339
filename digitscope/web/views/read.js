/** Read: a photo of a page, read by the server: its numbers in boxes, and as tables beside it. */
import * as api from "../api.js";
import { goTo } from "../navigation.js";
import { openBars } from "../widgets/bars.js";
import { make } from "../widgets/dom.js";
import { sentenceOf } from "../widgets/notice.js";
import { percent } from "../widgets/text.js";
import { Sheet, isDoubtful } from "./sheet.js";

/** @import { ReadDigit, ReadNumber, Reading } from "../api.js" */
/** @import { Lesson, View } from "../lesson.js" */

/** @typedef {(ReadNumber | null)[][]} Rows */

const LEAD =
  "Drop a photo of a page, a form or a table anywhere here. The server on this computer reads it, and keeps nothing.";
const WHOLE = 45; // degrees: a page that is turned by more is said to be

/**
 * @param {HTMLElement} place
 * @param {Lesson} lesson
 * @returns {View}
 */
export function readView(place, lesson) {
  return new ReadView(place, lesson);
}

class ReadView {
  #said = make("p", { role: "status", className: "lead" });
  #photo = make("div", { className: "photo" });
  #tables = make("div", { className: "regions" });
  #detail = make("div", { className: "detail", "aria-live": "polite" });
  #asking = 0;
  /** @type {Sheet | null} null: nothing was read yet, or the browser can't show it */
  #sheet = null;

  /** @param {HTMLElement} place @param {Lesson} lesson */
  constructor(place, lesson) {
    this.lesson = lesson;
    const tools = make("div", { className: "tools" }, this.#chooser("choose a photo"));
    if (matchMedia("(pointer: coarse)").matches)
      tools.append(this.#chooser("take a photo", { capture: "environment" }));
    const results = make("div", { className: "results" }, this.#tables, this.#detail);
    place.replaceChildren(
      make("h2", {}, "Read a page"),
      make("p", { className: "lead" }, LEAD),
      tools,
      this.#said,
      make("div", { className: "reading" }, this.#photo, results),
    );
  }

  update() {}

  /** @param {string} title @param {{capture?: string}} [more] */
  #chooser(title, more = {}) {
    const input = make("input", { type: "file", accept: "image/*,.pdf", ...more });
    input.onchange = () => input.files?.[0] && this.take(input.files[0]);
    return make("label", { className: "button" }, title, input);
  }

  /**
   * Read a file.
   *
   * @param {File} file
   */
  take(file) {
    void this.#read(file);
    return true;
  }

  /** @param {File} file */
  async #read(file) {
    const asked = ++this.#asking;
    const isStale = () => asked !== this.#asking;
    for (const place of [this.#photo, this.#tables, this.#detail]) place.replaceChildren();
    this.#say(`Reading ${file.name || "the photo"} ...`);
    const opening = Sheet.of(file, (digit) => this.#show([digit]));
    try {
      const [reading, sheet] = await Promise.all([
        api.readPage(this.lesson.run?.name ?? "reader", file),
        opening,
      ]);
      if (isStale()) return;
      this.#sheet = sheet;
      sheet?.mark(reading);
      this.#photo.replaceChildren(sheet?.element ?? "The browser can't show this kind of file.");
      this.#tables.replaceChildren(...regionsOf(reading).map((rows, i) => this.#region(rows, i)));
      this.#say(sentence(reading));
    } catch (error) {
      if (!isStale()) this.#say(sentenceOf(error));
    }
  }

  /** @param {string} text */
  #say(text) {
    this.#said.textContent = text;
  }

  /** @param {Rows} rows @param {number} number */
  #region(rows, number) {
    const text = (/** @type {string} */ gap) =>
      rows.map((row) => row.map((cell) => cell?.text ?? "").join(gap)).join("\n");
    const copy = make("button", { type: "button" }, "copy");
    copy.onclick = () => void copyText(text("\t"), copy);
    const href = `data:text/csv;charset=utf-8,${encodeURIComponent(`${text(",")}\n`)}`;
    const link = { href, download: `region-${number + 1}.csv` };
    const tools = make("div", { className: "tools" }, copy, make("a", link, "download as CSV"));
    const lines = rows.map((row) => make("tr", {}, ...row.map((cell) => this.#cell(cell))));
    const table = make("table", { className: "cells" }, make("tbody", {}, ...lines));
    return make("section", {}, make("div", { className: "matrix" }, table), tools);
  }

  /** @param {ReadNumber | null} cell */
  #cell(cell) {
    if (!cell) return make("td");
    const className = cell.digits.some(isDoubtful) ? "doubt" : "";
    const button = make("button", { type: "button", className });
    button.textContent = cell.text;
    button.onclick = () => this.#show(cell.digits);
    return make("td", {}, button);
  }

  /** @param {ReadDigit[]} digits */
  #show(digits) {
    this.#sheet?.point(digits);
    this.#detail.replaceChildren(...digits.map((digit) => this.#card(digit)));
  }

  /** A digit, large, and how likely it is which. @param {ReadDigit} digit */
  #card(digit) {
    const bars = openBars();
    bars.update({ probabilities: digit.probabilities, digit: digit.digit });
    const said = digit.reason || `${percent(digit.confidence)} sure`;
    const crop = this.#sheet?.crop(digit);
    const go = make("button", { type: "button", hidden: !crop }, "see it inside the network");
    go.onclick = () => {
      if (!crop) return;
      this.lesson.pad.show(crop.pixels);
      goTo({ tab: "inside" });
    };
    return make(
      "figure",
      { className: "card" },
      crop?.canvas,
      make("figcaption", {}, make("b", {}, digit.text), ` ${said}`),
      make("ol", { className: "bars" }, ...bars.rows),
      go,
    );
  }
}

/**
 * The rows of each region.
 *
 * @param {Reading} reading
 * @returns {Rows[]}
 */
function regionsOf({ rows, regions }) {
  return regions.map(({ rows: [first, last] }) => rows.slice(first, last));
}

/** @param {Reading} reading */
function sentence({ rows, turned, regions }) {
  const digits = rows.flat().flatMap((cell) => cell?.digits ?? []);
  const known = digits.filter((one) => one.digit !== null).length;
  if (!known) return "There are no digits in the photo.";
  const unsure = digits.filter((one) => one.status === "unsure").length;
  const count = known === 1 ? "One digit" : `${known} digits`;
  const doubt = unsure ? `, ${unsure} of them unsure (amber)` : "";
  const parts = regions.length > 1 ? ` in ${regions.length} regions` : "";
  const side = Math.abs(turned) > WHOLE ? " The page lies turned." : "";
  return `${count}${parts}${doubt}. Click a number or a box to see how it was read.${side}`;
}

/** @param {string} text @param {HTMLElement} button */
async function copyText(text, button) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "copied";
  } catch {
    button.textContent = "The browser doesn't allow it";
  }
}
