/** morphology: ink made thicker and thinner, and the things that hang together in a picture. */
import { plane, transposed } from "./planes.js";

/** @import { Plane } from "./planes.js" */

/**
 * @typedef {typeof Math.max} Choice Math.max: the largest value, as in cv2.dilate; Math.min: the
 *   smallest, as in cv2.erode.
 * @typedef {{left: number, top: number, width: number, height: number, area: number}} Part
 */

/**
 * The chosen value in a box of `wide` x `high` pixels around each; what lies outside the plane does
 * not count.
 *
 * @param {Plane} image
 * @param {number} wide
 * @param {number} high
 * @param {Choice} choose
 */
export function underBox(image, wide, high, choose) {
  const rows = alongRows(image, wide, choose);
  return high > 1 ? transposed(alongRows(transposed(rows), high, choose)) : rows;
}

/**
 * The chosen value under an ellipse of an odd size.
 *
 * @param {Plane} image
 * @param {number} size
 * @param {Choice} choose
 */
export function underEllipse(image, size, choose) {
  const radius = size >> 1;
  const made = plane(image.width, image.height);
  made.data.fill(choose === Math.max ? 0 : 255);
  ellipseReaches(size).forEach((reach, i) => {
    const row = alongRows(image, 2 * reach + 1, choose);
    for (let y = 0; y < image.height; y++) {
      const from = y + i - radius;
      if (from < 0 || from >= image.height) continue;
      for (let x = 0; x < image.width; x++) {
        const to = y * image.width + x;
        made.data[to] = choose(made.data[to], row.data[from * image.width + x]);
      }
    }
  });
  return made;
}

/**
 * For an ellipse of a size, how far each of its rows reaches to both sides. cv2.MORPH_ELLIPSE.
 *
 * @param {number} size
 */
function ellipseReaches(size) {
  const radius = size >> 1;
  return Array.from({ length: size }, (_, i) => {
    const dy = i - radius;
    return Math.round(radius * Math.sqrt(radius ? 1 - (dy * dy) / (radius * radius) : 0));
  });
}

/**
 * The chosen value among `size` in a row, size >> 1 of them before: van Herk 1992.
 *
 * @param {Plane} image
 * @param {number} size
 * @param {Choice} choose
 */
function alongRows(image, size, choose) {
  if (size === 1) return image;
  const { width, height } = image;
  const flip = choose === Math.max ? 0 : 255; // the smallest is the largest of the complements
  const length = Math.ceil((width + size) / size) * size;
  const made = plane(width, height);
  const [line, forward, backward] = [0, 1, 2].map(() => new Uint8Array(length));
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let x = 0; x < width; x++) line[x + (size >> 1)] = image.data[start + x] ^ flip;
    for (let block = 0; block < length; block += size) {
      let most = 0;
      for (let i = block; i < block + size; i++)
        forward[i] = most = line[i] > most ? line[i] : most;
      most = 0;
      for (let i = block + size - 1; i >= block; i--)
        backward[i] = most = line[i] > most ? line[i] : most;
    }
    for (let x = 0; x < width; x++) {
      const [before, after] = [backward[x], forward[x + size - 1]];
      made.data[start + x] = (before > after ? before : after) ^ flip;
    }
  }
  return made;
}

/**
 * Which of the things that hang together, at corners too, each pixel that isn't zero belongs to.
 *
 * @param {Plane} image
 * @returns {{labels: Int32Array, parts: Part[]}} labels from 1, 0 = nothing; parts from label 1 on.
 */
export function components(image) {
  const labels = new Int32Array(image.width * image.height);
  /** @type {Part[]} */
  const parts = [];
  for (let first = 0; first < labels.length; first++)
    if (image.data[first] && !labels[first])
      parts.push(flood(image, labels, first, parts.length + 1));
  return { labels, parts };
}

/**
 * Give everything that hangs together with a pixel a label.
 *
 * @param {Plane} image
 * @param {Int32Array} labels
 * @param {number} first
 * @param {number} label
 * @returns {Part}
 */
function flood({ width, height, data }, labels, first, label) {
  let [left, top, right, bottom, area] = [width, height, 0, 0, 0];
  const stack = [first];
  labels[first] = label;
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    const x = at % width;
    const y = (at - x) / width;
    area++;
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + 1);
    for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++)
      for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
        const near = ny * width + nx;
        if (!data[near] || labels[near]) continue;
        labels[near] = label;
        stack.push(near);
      }
  }
  return { left, top, width: right - left, height: bottom - top, area };
}
