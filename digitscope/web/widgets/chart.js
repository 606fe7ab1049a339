/** chart: lines over numbers, with axes and without. */
import { svg } from "./dom.js";

/** @typedef {[number, number, number?][]} Points x, y, and how large the dot is. */

/**
 * @typedef {object} Series
 * @property {Points} points
 * @property {string} colour
 * @property {boolean} [dots] whether each point has one; as a rule where there are few.
 * @property {string} [dashes]
 */

/**
 * @typedef {object} Axes
 * @property {number} [width]
 * @property {number} [height]
 * @property {number} [low] the lowest value of the axis; left out: some room under the values.
 * @property {number} [high]
 * @property {number[]} xs numbers below the axis
 * @property {(value: number) => string} [format] of the numbers beside it
 * @property {string} label
 */

const MARGIN = { left: 52, right: 12, top: 12, bottom: 42 };
const MOST_DOTS = 30;

/**
 * What brings low..high to start..end; where low is high, to a part of the way.
 *
 * @param {[number, number]} values
 * @param {[number, number]} places
 * @param {number} alone
 */
export function scale([low, high], [start, end], alone = 0) {
  /** @param {number} value */
  return (value) => start + (end - start) * (high === low ? alone : (value - low) / (high - low));
}

/**
 * A picture of a chart's size.
 *
 * @param {number} width
 * @param {number} height
 * @param {string} label
 * @param {...Node} children
 */
export function sheet(width, height, label, ...children) {
  const attributes = { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label };
  return svg("svg", attributes, ...children);
}

/**
 * A line from place to place.
 *
 * @param {[number, number][]} places
 * @param {Record<string, string | number>} attributes
 */
export function line(places, attributes) {
  const points = places.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");
  return svg("polyline", { points, ...attributes });
}

/**
 * Lines with axes that fit them.
 *
 * @param {Series[]} series
 * @param {Axes} axes
 */
export function chart(series, axes) {
  const { width = 460, height = 240, label } = axes;
  const points = series.flatMap((one) => one.points);
  const xs = points.map(([x]) => x);
  const x = scale([Math.min(...xs), Math.max(...xs)], [MARGIN.left, width - MARGIN.right], 0.5);
  const range = rangeOf(points, axes);
  const y = scale(range, [height - MARGIN.bottom, MARGIN.top]);
  const made = sheet(width, height, label);
  made.append(...beside(range, y, width, axes.format), ...below(x, width, height, axes));
  for (const one of series) made.append(...drawn(one, x, y));
  return made;
}

/**
 * The lowest and the highest value of the axis.
 *
 * @param {Points} points
 * @param {Axes} axes
 * @returns {[number, number]}
 */
function rangeOf(points, { low, high }) {
  const values = points.map(([, y]) => y);
  const [least, most] = [low ?? Math.min(...values), high ?? Math.max(...values)];
  if (low !== undefined) return [least, most];
  const room = 0.06 * (most - least) || 0.01;
  return [least - room, high ?? most + room];
}

/**
 * Five lines with their numbers.
 *
 * @param {[number, number]} range
 * @param {(value: number) => number} y
 * @param {number} width
 * @param {(value: number) => string} format
 */
function beside([low, high], y, width, format = String) {
  return [0, 1, 2, 3, 4].flatMap((i) => {
    const value = low + ((high - low) * i) / 4;
    const at = y(value);
    const ends = { x1: MARGIN.left, x2: width - MARGIN.right, y1: at, y2: at };
    const text = { x: MARGIN.left - 7, y: at + 4, "text-anchor": "end" };
    return [svg("line", { ...ends, stroke: "#e6eaee" }), svg("text", text, format(value))];
  });
}

/**
 * The numbers below, and what they are.
 *
 * @param {(value: number) => number} x
 * @param {number} width
 * @param {number} height
 * @param {Axes} axes
 */
function below(x, width, height, { xs, label }) {
  const middle = (MARGIN.left + width - MARGIN.right) / 2;
  /** @param {number} at @param {number} from @param {string} words */
  const text = (at, from, words) =>
    svg("text", { x: at, y: height - from, "text-anchor": "middle" }, words);
  return [
    ...xs.map((value) => text(x(value), MARGIN.bottom - 17, String(value))),
    text(middle, 6, label),
  ];
}

/**
 * @param {Series} series
 * @param {(value: number) => number} x
 * @param {(value: number) => number} y
 */
function drawn({ points, colour, dots = points.length <= MOST_DOTS, dashes = "" }, x, y) {
  const stroke = { fill: "none", stroke: colour, "stroke-width": 2, "stroke-dasharray": dashes };
  const path = line(
    points.map(([atX, atY]) => [x(atX), y(atY)]),
    stroke,
  );
  const marks = points.map(([atX, atY, size]) =>
    svg("circle", { cx: x(atX), cy: y(atY), r: size || 3, fill: colour }),
  );
  return dots ? [path, ...marks] : [path];
}
