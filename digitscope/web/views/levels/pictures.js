/** pictures: a map with a window on it; signs between things that are reckoned with. */
import { largest, paintGrid } from "../../widgets/colours.js";
import { make } from "../../widgets/dom.js";

/** @import { Bounds } from "../../engine/anatomy.js" */

/** @typedef {{y: number, x: number}} Spot */

/**
 * @typedef {object} Maps of which one is shown.
 * @property {ArrayLike<number>} values
 * @property {number} rows
 * @property {number} columns
 * @property {number} [channels]
 * @property {number} [channel]
 */

/**
 * @typedef {object} Pointing what one sees and does on a map.
 * @property {Bounds | null} [box] the window that is drawn
 * @property {(spot: Spot) => void} [onPick]
 * @property {boolean} [drags] whether dragging picks too
 */

/**
 * A map as a picture.
 *
 * @param {Maps} maps
 * @param {string} title
 * @param {Pointing} pointing
 */
export function picture(maps, title, { box, onPick, drags = false } = {}) {
  const { values, rows, columns, channels = 1, channel = 0 } = maps;
  const canvas = make("canvas", { className: "map", role: "img", "aria-label": title });
  const count = rows * columns;
  const data = Float32Array.from({ length: count }, (_, i) => values[i * channels + channel]);
  paintGrid(canvas, { width: columns, height: rows, data }, largest(data));
  const frame = make("div", { className: "framed" }, canvas, box && frameOf(box, rows, columns));
  if (onPick) listen(canvas, { rows, columns }, onPick, drags);
  return make("figure", {}, frame, make("figcaption", {}, title));
}

/** @param {Bounds} box @param {number} rows @param {number} columns */
function frameOf({ top, left, bottom, right }, rows, columns) {
  const mark = make("i", { className: "window" });
  /** @param {number} value @param {number} of */
  const part = (value, of) => `${(100 * value) / of}%`;
  Object.assign(mark.style, {
    left: part(left, columns),
    top: part(top, rows),
    width: part(right - left, columns),
    height: part(bottom - top, rows),
  });
  return mark;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{rows: number, columns: number}} extent
 * @param {(spot: Spot) => void} onPick
 * @param {boolean} drags
 */
function listen(canvas, { rows, columns }, onPick, drags) {
  const pick = (/** @type {MouseEvent} */ event) => {
    const size = canvas.getBoundingClientRect();
    const y = Math.floor(((event.clientY - size.top) / size.height) * rows);
    const x = Math.floor(((event.clientX - size.left) / size.width) * columns);
    onPick({ y: Math.min(Math.max(y, 0), rows - 1), x: Math.min(Math.max(x, 0), columns - 1) });
  };
  canvas.onclick = pick;
  if (drags) canvas.onpointermove = (event) => event.buttons && pick(event);
}

/** @param {Spot} spot */
export function boxAround({ y, x }) {
  return { top: y, left: x, bottom: y + 1, right: x + 1 };
}

/** @param {string} mark */
export function sign(mark) {
  return make("span", { className: "sign", "aria-hidden": "true" }, mark);
}

/** @param {...(Node | string)} parts */
export function equation(...parts) {
  return make("div", { className: "equation" }, ...parts);
}
