/** Errors: the confusion matrix; a cell opens its digits, a digit opens in Inside. */
import * as api from "../api.js";
import { goTo } from "../navigation.js";
import * as state from "../state.js";
import { colour, paintInk } from "../widgets/colours.js";
import { confusionTable, worstOf } from "../widgets/confusion.js";
import { make } from "../widgets/dom.js";
import { sentenceOf } from "../widgets/notice.js";
import { a, percent, rate } from "../widgets/text.js";

/** @import { Mistake, Run } from "../api.js" */
/** @import { Lesson, View } from "../lesson.js" */

/** @typedef {(label: number | null, answer: number | null) => void} Show null: all errors. */

const MOST = 60; // digits of a cell that are shown

/**
 * @param {HTMLElement} place
 * @param {Lesson} _lesson
 * @param {Run} run
 * @returns {View}
 */
export function errorsView(place, _lesson, run) {
  const gallery = make("div", { className: "gallery", "aria-live": "polite" });
  const matrix = make("div", { className: "matrix" });
  place.replaceChildren(
    make("h2", {}, `What ${run.name} gets wrong`),
    make(
      "p",
      { className: "lead" },
      "Rows are the digits as they are, columns what the network said, of all test images. Click a number to see its digits, click a digit to look at it inside the network.",
    ),
    matrix,
    gallery,
  );
  if (run.metrics) void show(run.name, matrix, gallery);
  else matrix.replaceChildren(sentence(notJudged(run.name)));
  return { update() {} };
}

/** @param {string} name */
function notJudged(name) {
  const how = name === "reader" ? " here." : ` yet: digitscope evaluate ${name}`;
  return `${name} has not been judged on the test images${how}`;
}

/** @param {string} text */
function sentence(text) {
  return make("p", { className: "lead" }, text);
}

/**
 * @param {string} name
 * @param {HTMLElement} matrix
 * @param {HTMLElement} gallery
 */
async function show(name, matrix, gallery) {
  try {
    const { confusion, errors } = await api.listErrors(name);
    const openCell = openGallery(name, errors, gallery);
    const pick = (/** @type {number} */ label, /** @type {number} */ answer) => {
      state.change({ cell: `${label}.${answer}` });
      openCell(label, answer);
    };
    matrix.replaceChildren(table(confusion, pick));
    const [label, answer] = (state.current().cell ?? "").split(".").map(Number);
    if (confusion[label]?.[answer]) openCell(label, answer);
    else openCell(null, null);
  } catch (error) {
    matrix.replaceChildren(sentence(sentenceOf(error)));
  }
}

/**
 * @param {number[][]} confusion
 * @param {(label: number, answer: number) => void} onPick
 */
function table(confusion, onPick) {
  const worst = Math.max(1, worstOf(confusion).count);
  return confusionTable(confusion, "is \\ said", (count, label, answer) => {
    const all = confusion[label].reduce((sum, one) => sum + one, 0);
    if (label === answer) return make("td", { className: "right" }, rate(count / Math.max(all, 1)));
    const cell = make("td");
    if (!count) return cell;
    cell.style.background = colour(-count, worst * 2);
    const button = make("button", {
      type: "button",
      title: `${count} of ${all}: ${a(label)} read as ${a(answer)}`,
      "aria-label": timesRead(count, label, answer),
      onclick: () => onPick(label, answer),
    });
    button.textContent = String(count);
    cell.append(button);
    return cell;
  });
}

/** @param {number} count @param {number | null} label @param {number | null} answer */
function timesRead(count, label, answer) {
  return `${count === 1 ? "Once" : `${count} times`} ${a(label)} was read as ${a(answer)}`;
}

/**
 * What shows the digits of a cell; the last one asked for stays.
 *
 * @param {string} name
 * @param {Mistake[]} errors
 * @param {HTMLElement} gallery
 * @returns {Show}
 */
function openGallery(name, errors, gallery) {
  let asking = 0;
  /** @type {(...cell: Parameters<Show>) => Promise<void>} */
  const open = async (label, answer) => {
    const asked = ++asking;
    const all = errors.filter((one) => label === null || (one[1] === label && one[2] === answer));
    const chosen = all.sort((one, other) => other[3] - one[3]).slice(0, MOST);
    const title =
      label === null
        ? `All ${all.length} errors, the surest first`
        : timesRead(all.length, label, answer);
    try {
      const indices = chosen.map(([index]) => index);
      const images = indices.length ? (await api.testDigits(name, indices)).images : [];
      if (asked !== asking) return;
      gallery.replaceChildren(
        make("h3", {}, `${title}${all.length > MOST ? `; ${MOST} of them` : ""}`),
        ...chosen.map((mistake, i) => digit(mistake, images[i])),
      );
    } catch (error) {
      if (asked === asking) gallery.replaceChildren(sentence(sentenceOf(error)));
    }
  };
  return (label, answer) => void open(label, answer);
}

/** @param {Mistake} mistake @param {Uint8Array} image28 */
function digit([index, label, answer, part], image28) {
  const canvas = make("canvas");
  paintInk(canvas, { width: 28, height: 28, data: image28 });
  const about = `test image ${index}: ${a(label)}, read as ${a(answer)} with ${percent(part)}`;
  return make(
    "button",
    {
      type: "button",
      className: "digit",
      "aria-label": about,
      onclick: () => goTo({ tab: "inside", digit: String(index) }),
    },
    canvas,
    make("span", {}, `${label} → ${answer}`),
    make("small", {}, percent(part)),
  );
}
