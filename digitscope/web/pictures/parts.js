/**
 * parts: which of the marks in a picture are the digit.
 *
 * The same steps, under the same names, as digitscope/preprocess.py, which explains them.
 */
import { withoutLines } from "./lines.js";
import { components, underBox } from "./morphology.js";
import { atLeast, map, roundEven } from "./planes.js";

/** @import { Part } from "./morphology.js" */
/** @import { Plane } from "./planes.js" */

const FAINT = 64;
export const DARK = 128;
const SPECK = 0.02;
const SAME_SIZE = 0.55;
const APART = 0.08;
const FAR = 0.5;
const WEIGHTY = 0.1;
const SECOND = 0.15;
const INSIDE = 0.12;
const CONTENT = 0.3;
const BAND = 0.12;
const AROUND = 0.85;
const FEWEST = 6;

/**
 * The ink of the digit alone; null where there is none.
 *
 * @param {Plane} ink
 * @returns {{kept: Plane | null, several: boolean}}
 */
export function digitOf(ink) {
  const marks = withoutLines(atLeast(ink, FAINT));
  const { labels, parts: all } = components(marks);
  const isDark = new Set();
  ink.data.forEach((value, i) => value >= DARK && isDark.add(labels[i]));
  const frame = frameOf(labels, all, ink.width);
  const parts = all
    .map((part, i) => ({ ...part, label: i + 1 }))
    .filter(({ label }) => isDark.has(label) && label !== frame);
  if (!parts.length) return { kept: null, several: false };
  const { main, near, several } = together(parts, ink.width, ink.height);
  if (main.area < FEWEST) return { kept: null, several: false };
  const chosen = new Set(near.map((part) => part.label));
  const digit = map(marks, (_, i) => (chosen.has(labels[i]) ? 1 : 0));
  const mask = underBox(digit, 3, 3, Math.max);
  return { kept: map(ink, (value, i) => value * mask.data[i]), several };
}

/**
 * The label of a frame around other parts; 0 where there is none.
 *
 * @param {Int32Array} labels
 * @param {Part[]} parts
 * @param {number} columns
 */
function frameOf(labels, parts, columns) {
  if (!parts.length) return 0;
  const areas = parts.map(({ width, height }) => width * height);
  const largest = areas.indexOf(Math.max(...areas));
  const { left, top, width, height } = parts[largest];
  /** @param {Part} part */
  const isInside = (part) =>
    part.left > left &&
    part.top > top &&
    part.left + part.width < left + width &&
    part.top + part.height < top + height;
  if (!parts.some((part) => isInside(part) && part.height >= CONTENT * height)) return 0;
  const band = Math.max(1, roundEven(BAND * Math.min(width, height)));
  /** @param {number} x @param {number} y */
  const has = (x, y) => labels[(top + y) * columns + left + x] === largest + 1;
  const sides = [
    share(width, band, (x, y) => has(x, y)),
    share(width, band, (x, y) => has(x, height - 1 - y)),
    share(height, band, (y, x) => has(x, y)),
    share(height, band, (y, x) => has(width - 1 - x, y)),
  ];
  return Math.min(...sides) >= AROUND ? largest + 1 : 0;
}

/**
 * How much of a side has ink within a band.
 *
 * @param {number} length
 * @param {number} band
 * @param {(along: number, depth: number) => boolean} hasInk
 */
function share(length, band, hasInk) {
  const depths = Array.from({ length: band }, (_, depth) => depth);
  let along = 0;
  for (let i = 0; i < length; i++) if (depths.some((depth) => hasInk(i, depth))) along++;
  return along / length;
}

/**
 * The part that the digit is, those that belong to it, and whether there are several digits.
 *
 * @template {Part} Labelled
 * @param {Labelled[]} parts
 * @param {number} width
 * @param {number} height
 */
function together(parts, width, height) {
  /** @param {Part} part */
  const isCut = (part) =>
    !part.left ||
    !part.top ||
    part.left + part.width === width ||
    part.top + part.height === height;
  let main = largestOf(parts);
  const whole = parts.filter((part) => !isCut(part));
  if (isCut(main) && whole.length) {
    const inside = largestOf(whole);
    const isApart = gap(inside, main) > APART * sizeOf(inside);
    if (isApart && sizeOf(inside) >= INSIDE * Math.max(width, height)) main = inside;
  }
  const about = parts.map((part) => {
    const away = gap(part, main) / sizeOf(main);
    const weight = !isCut(main) && isCut(part) && away > APART ? 0 : part.area / main.area;
    return { part, away, weight };
  });
  const several = about.some(
    ({ part, away, weight }) =>
      part.height >= SAME_SIZE * main.height && away > APART && weight > SECOND,
  );
  const near = about.filter(
    ({ part, away, weight }) =>
      part === main || (away <= FAR * Math.min(1, weight / WEIGHTY) && weight >= SPECK),
  );
  return { main, near: near.map(({ part }) => part), several };
}

/** @param {Part} part */
function sizeOf(part) {
  return Math.max(part.width, part.height);
}

/**
 * @template {Part} Labelled
 * @param {Labelled[]} parts
 */
function largestOf(parts) {
  return parts.reduce((best, part) => (part.area > best.area ? part : best));
}

/** @param {Part} a @param {Part} b */
function gap(a, b) {
  return Math.max(
    a.left - b.left - b.width,
    b.left - a.left - a.width,
    a.top - b.top - b.height,
    b.top - a.top - a.height,
  );
}
