/**
 * light: how bright a picture's paper is at each place, and how much of that light is missing there.
 *
 * The same steps, under the same names, as digitscope/ink.py, which explains them.
 */
import { underBox } from "./morphology.js";
import { map, roundEven } from "./planes.js";
import { reduced } from "./polarity.js";
import { interpolated } from "./resizing.js";

/** @import { Plane } from "./planes.js" */

const DARKER = 0.01;
const LOOKS = 4;
const EVERY = 2;
const EVENED = 192;
const STROKE = 0.33;
const DIMMEST = 32;
const TERMS = 6; // of the surface: 1, x, y, x², xy, y²

/** @param {Plane} shown */
export function missingLight(shown) {
  const small = reduced(shown);
  let paper = lightOf(small);
  if (small.data.length < shown.data.length) paper = shadowed(small, paper);
  const rounded = map(small, (_, i) =>
    Math.floor(Math.min(Math.max(paper[i] + 0.5, DIMMEST), 255)),
  );
  const whole = interpolated(rounded, shown.width, shown.height);
  return map(shown, (value, i) =>
    roundEven((Math.max(whole.data[i] - value, 0) * 255) / whole.data[i]),
  );
}

/**
 * The light of the paper, less where a shadow lies.
 *
 * @param {Plane} small
 * @param {Float64Array} paper
 */
function shadowed(small, paper) {
  const reach = 2 * roundEven((STROKE * Math.max(small.width, small.height)) / 2) + 1;
  const evened = map(small, (value, i) => Math.floor(Math.min(value * (EVENED / paper[i]), 255)));
  const even = closed(evened, reach).data;
  const bare = closed(small, reach).data;
  return paper.map((light, i) => Math.min((light * even[i]) / EVENED, bare[i]));
}

/** @param {Plane} image @param {number} size */
function closed(image, size) {
  return underBox(underBox(image, size, size, Math.max), size, size, Math.min);
}

/**
 * How bright the paper is where it is bare: a quadratic surface, fitted by weighted least squares.
 *
 * @param {Plane} small
 */
function lightOf({ width, height, data }) {
  const terms = surfaceTerms(width, height);
  const places = [];
  for (let y = 0; y < height; y += EVERY)
    for (let x = 0; x < width; x += EVERY) places.push(y * width + x);
  /** @param {number[]} found @param {number} place */
  const surface = (found, place) => {
    let sum = 0;
    for (let i = 0; i < TERMS; i++) sum += found[i] * terms[place * TERMS + i];
    return sum;
  };
  let weights = places.map(() => 1);
  /** @type {number[]} */
  let found = [];
  for (let look = 0; look < LOOKS; look++) {
    found = fitted(terms, data, places, weights);
    weights = places.map((place) => (data[place] > surface(found, place) ? 1 : DARKER));
  }
  return Float64Array.from(data, (_, place) => Math.max(surface(found, place), 1));
}

/**
 * 1, x, y, x², xy, y² of each place, from -1 to 1.
 *
 * @param {number} width
 * @param {number} height
 */
function surfaceTerms(width, height) {
  /** @param {number} i @param {number} length */
  const at = (i, length) => (length > 1 ? -1 + (2 * i) / (length - 1) : -1);
  const terms = new Float64Array(width * height * TERMS);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [at(i % width, width), at(Math.floor(i / width), height)];
    terms.set([1, x, y, x * x, x * y, y * y], i * TERMS);
  }
  return terms;
}

/**
 * The factors of the terms whose sum is nearest to the data.
 *
 * @param {Float64Array} terms of `surfaceTerms`.
 * @param {Uint8Array} data
 * @param {number[]} places that count
 * @param {number[]} weights how much each counts
 */
function fitted(terms, data, places, weights) {
  const products = Array.from({ length: TERMS }, () => new Array(TERMS).fill(0));
  const right = new Array(TERMS).fill(0);
  places.forEach((place, n) => {
    const first = place * TERMS;
    for (let i = 0; i < TERMS; i++) {
      const weighted = weights[n] * terms[first + i];
      right[i] += weighted * data[place];
      for (let j = 0; j <= i; j++) products[i][j] += weighted * terms[first + j];
    }
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (let i = 0; i < TERMS; i++) {
    for (let j = i + 1; j < TERMS; j++) products[i][j] = products[j][i];
    if (i) products[i][i] += 1e-5 * total;
  }
  return solved(products, right);
}

/**
 * The solution of a system of linear equations, by Gaussian elimination.
 *
 * @param {number[][]} matrix
 * @param {number[]} right
 */
function solved(matrix, right) {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  rows.forEach((_, i) => {
    const column = rows.slice(i).map((row) => Math.abs(row[i]));
    const pivot = i + column.indexOf(Math.max(...column));
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    for (let j = 0; j < rows.length; j++) {
      if (j === i) continue;
      const factor = rows[j][i] / rows[i][i];
      for (let k = i; k < rows[j].length; k++) rows[j][k] -= factor * rows[i][k];
    }
  });
  return rows.map((row, i) => row[row.length - 1] / row[i]);
}
