/**
 * polarity: whether a picture's ink is lighter than its paper.
 *
 * The same steps, under the same names, as digitscope/ink.py, which explains them.
 */
import { components } from "./morphology.js";
import { atLeast, histogram, inverted, plane, roundEven } from "./planes.js";
import { averaged, wholeSquares } from "./resizing.js";

/** @import { Plane } from "./planes.js" */

export const ENOUGH = 100;
const BORDER = 0.02;
const CLEARLY = 1.2;
const AROUND = 13;
const RARE = 0.35;
const EVEN = 0.75;
const TAIL = 0.0005;
const STANDING = 0.002;
const PAPER_SIDE = 64;

/** @param {Plane} shown */
export function isLightOnDark(shown) {
  const border = borderOf(shown);
  const [darkest, brightest] = tails(shown);
  const paper = median(border);
  const near = border.filter((value) => Math.abs(value - paper) < (brightest - darkest) / 4);
  const some = sample(shown).data;
  let alike = 0;
  for (const value of some) if (Math.abs(value - paper) < (brightest - darkest) / 2) alike++;
  /** @param {number} likely */
  const isBrighter = (likely) => brightest - likely > CLEARLY * (likely - darkest);
  const isFrame = alike < RARE * some.length;
  if (near.length >= EVEN * border.length && !isFrame) return isBrighter(paper);
  return standsOutLight(shown) ?? isStrokesLight(shown) ?? isBrighter(median(shown.data));
}

/**
 * Whether what stands out of its surroundings is light; null where that is not clear.
 *
 * @param {Plane} shown
 */
function standsOutLight(shown) {
  const small = reduced(shown);
  if (small.data.length >= shown.data.length) return null;
  const sharp = standingOut(small);
  const [dark, light] = [STANDING, 1 - STANDING].map((part) => Math.abs(quantileOf(sharp, part)));
  return Math.max(dark, light) > CLEARLY * Math.min(dark, light) ? light > dark : null;
}

/**
 * Whether what is light looks more like strokes; null where that is not clear.
 *
 * @param {Plane} shown
 */
function isStrokesLight(shown) {
  const [dark, light] = [inverted(shown), shown].map(likeStrokes);
  return Math.max(dark, light) > CLEARLY * Math.min(dark, light) ? light > dark : null;
}

/** @param {Plane} shown */
function borderOf({ width, height, data }) {
  const y = Math.max(1, roundEven(BORDER * height));
  const x = Math.max(1, roundEven(BORDER * width));
  const rows = [data.subarray(0, y * width), data.subarray((height - y) * width)];
  const sides = [];
  for (let row = 0; row < height; row++) {
    const end = (row + 1) * width;
    sides.push(data.subarray(row * width, row * width + x), data.subarray(end - x, end));
  }
  return [...rows, ...sides].flatMap((part) => [...part]);
}

/** @param {ArrayLike<number>} values */
function median(values) {
  return quantileOf(values, 0.5);
}

/**
 * A quantile, between the nearest two values, as NumPy gives it.
 *
 * @param {ArrayLike<number>} values
 * @param {number} part
 */
function quantileOf(values, part) {
  const sorted = Float64Array.from(values).sort();
  const place = part * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

/** @param {Plane} shown */
function likeStrokes(shown) {
  const [darkest, brightest] = tails(shown);
  const { parts } = components(atLeast(shown, ((darkest + brightest) >> 1) + 1));
  if (!parts.length) return 0;
  const areas = parts.map((part) => part.area);
  const all = areas.reduce((sum, area) => sum + area);
  return (Math.max(...areas) / all) * Math.sqrt(1 - all / shown.data.length);
}

/**
 * How much each pixel is brighter than its surroundings.
 *
 * @param {Plane} small
 */
function standingOut(small) {
  const blurred = gaussian(small, AROUND);
  return Float64Array.from(small.data, (value, i) => value - blurred[i]);
}

/**
 * A Gaussian blur, mirrored at the edges. cv2.GaussianBlur.
 *
 * @param {Plane} image
 * @param {number} sigma
 */
function gaussian({ width, height, data }, sigma) {
  const reach = Math.round(sigma * 8 + 1) >> 1;
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)),
  );
  const sum = weights.reduce((all, weight) => all + weight);
  /** @param {number} place @param {number} length @param {(at: number) => number} value */
  const blur = (place, length, value) => {
    let total = 0;
    weights.forEach((weight, i) => {
      total += (weight / sum) * value(mirrored(place + i - reach, length));
    });
    return total;
  };
  const rows = Float64Array.from(data, (_, i) => {
    const start = i - (i % width);
    return blur(i % width, width, (x) => data[start + x]);
  });
  return rows.map((_, i) =>
    blur(Math.floor(i / width), height, (y) => rows[y * width + (i % width)]),
  );
}

/** @param {number} place @param {number} length */
function mirrored(place, length) {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const there = ((place % period) + period) % period;
  return there < length ? there : period - there;
}

/**
 * The darkest and the brightest value, a few left out.
 *
 * @param {Plane} shown
 */
export function tails(shown) {
  /** @type {number[]} */
  const cumulative = [];
  let sum = 0;
  for (const count of histogram(sample(shown).data)) cumulative.push((sum += count));
  const few = TAIL * sum;
  return [few, sum - few].map((least) => cumulative.findIndex((value) => value >= least));
}

/**
 * Some of the pixels: enough for statistics.
 *
 * @param {Plane} shown
 */
export function sample(shown) {
  const step = Math.max(1, Math.floor(Math.min(shown.width, shown.height) / ENOUGH));
  if (step === 1) return shown;
  const made = plane(Math.ceil(shown.width / step), Math.ceil(shown.height / step));
  for (let y = 0; y < made.height; y++)
    for (let x = 0; x < made.width; x++)
      made.data[y * made.width + x] = shown.data[y * step * shown.width + x * step];
  return made;
}

/**
 * The plane, about PAPER_SIDE pixels long.
 *
 * @param {Plane} shown
 */
export function reduced(shown) {
  const part = Math.max(1, roundEven(Math.max(shown.width, shown.height) / PAPER_SIDE));
  if (part === 1) return shown;
  const width = Math.max(1, Math.floor(shown.width / part));
  const height = Math.max(1, Math.floor(shown.height / part));
  return averaged(wholeSquares(shown, part), width, height);
}
