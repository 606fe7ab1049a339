/** levels: going into a layer and back up, by mouse and keyboard. */
import { extent } from "../../engine/anatomy.js";
import { products } from "../../engine/products.js";
import * as state from "../../state.js";
import { make } from "../../widgets/dom.js";
import { moveOf } from "../../widgets/keys.js";
import { describe } from "../../widgets/stack.js";
import { content, isDigit, weighs } from "./content.js";
import { parse, text, up } from "./path.js";

/** @import { Run } from "../../api.js" */
/** @import { Lesson } from "../../lesson.js" */
/** @import { Level } from "./path.js" */

/** @typedef {(level: Level | null, isStep?: boolean) => void} Go to another level; null: to all layers.
 *   A step can be undone by the back button. */

/**
 * Show the level that a path names.
 *
 * @param {HTMLElement} place
 * @param {string} path
 * @param {Lesson} lesson
 * @param {Run} run
 * @returns {(() => void) | null} what updates it when the drawing changes; null: there is none.
 */
export function levelView(place, path, lesson, run) {
  const at = parse(path, run.network);
  if (!at) return null;
  const body = make("div", { className: "level" });
  /** @type {Go} */
  const go = (next, isStep = true) => state.change({ level: next && text(next) }, isStep);
  place.replaceChildren(crumbs(at, go), body);
  place.onkeydown = (event) => {
    const next = event.key === "Escape" ? undefined : moved(event.key, at, lesson, run);
    if (event.key === "Escape") go(up(at));
    else if (next) go(next, next.depth !== at.depth);
    else return;
    event.preventDefault();
  };
  place.onclick = (event) => {
    if (event.target === place || event.target === body) go(up(at));
  };
  const update = () => {
    if (lesson.seen) body.replaceChildren(...content(at, run, lesson.seen.image28, go));
  };
  update();
  const here = place.querySelector("[aria-current]");
  if (here instanceof HTMLElement) here.focus({ preventScroll: true });
  return update;
}

/** @param {Level} at @param {Go} go */
function crumbs(at, go) {
  const isMap = at.layer.output_shape.length === 3;
  const number = at.channel + (isDigit(at.layer) ? 0 : 1);
  const names = [`${at.layer.name}, ${isMap ? "map" : "unit"} ${number}`];
  if (at.depth > 1) names.push(isMap ? `row ${at.y + 1}, column ${at.x + 1}` : "its sum");
  if (at.depth > 2) names.push("one product");
  const buttons = names.map((name, i) =>
    make("button", { type: "button", onclick: () => go({ ...at, depth: i + 1 }) }, name),
  );
  buttons[buttons.length - 1].setAttribute("aria-current", "location");
  return make(
    "nav",
    { className: "crumbs", "aria-label": "Where you are" },
    make("button", { type: "button", onclick: () => go(null) }, "network"),
    ...buttons,
    make("small", {}, describe(at.layer)),
  );
}

/**
 * Where a key goes: arrows to the value next to this one, or on the lowest level to the next
 * product; enter one level down.
 *
 * @param {string} key
 * @param {Level} at
 * @param {Lesson} lesson
 * @param {Run} run
 * @returns {Level | null}
 */
function moved(key, at, lesson, run) {
  if (key === "Enter" && at.depth < 3 && weighs(at.layer)) return { ...at, depth: at.depth + 1 };
  const step = moveOf(key);
  if (!step || !lesson.seen) return null;
  if (at.depth === 3) {
    const { terms } = products(run.network, at.index, lesson.seen.image28, at);
    const wide = at.layer.kind === "convolution" ? at.layer.options.kernel_size : 1;
    const next = at.term + step.x + step.y * wide + terms.length;
    return { ...at, term: next % terms.length };
  }
  const { rows, columns, channels } = extent(at.layer.output_shape);
  /** @param {number} value @param {number} length */
  const keep = (value, length) => Math.min(Math.max(value, 0), length - 1);
  if (rows * columns === 1) return { ...at, channel: keep(at.channel + step.x + step.y, channels) };
  return { ...at, y: keep(at.y + step.y, rows), x: keep(at.x + step.x, columns) };
}
