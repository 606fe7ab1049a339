/** planes: grey pictures, and what is done with their pixels one by one. */

/** @typedef {{width: number, height: number, data: Uint8Array}} Plane bytes, row by row. */

/**
 * Rounded, halves to the even number, as NumPy and OpenCV do.
 *
 * @param {number} value
 */
export function roundEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

/**
 * A plane of zeros, or around `data`.
 *
 * @param {number} width
 * @param {number} height
 * @returns {Plane}
 */
export function plane(width, height, data = new Uint8Array(width * height)) {
  return { width, height, data };
}

/**
 * A plane with every value replaced.
 *
 * @param {Plane} image
 * @param {(value: number, index: number) => number} change
 */
export function map(image, change) {
  const made = plane(image.width, image.height);
  for (let i = 0; i < made.data.length; i++) made.data[i] = change(image.data[i], i);
  return made;
}

/**
 * 1 where a value is at least `least`, else 0.
 *
 * @param {Plane} image
 * @param {number} least
 */
export function atLeast(image, least) {
  return map(image, (value) => (value >= least ? 1 : 0));
}

/** @param {Plane} image */
export function inverted(image) {
  return map(image, (value) => 255 - value);
}

/**
 * A part of a plane.
 *
 * @param {Plane} image
 * @param {{x: number, y: number, width: number, height: number}} box
 */
export function cut(image, { x, y, width, height }) {
  const made = plane(width, height);
  for (let row = 0; row < height; row++) {
    const from = (y + row) * image.width + x;
    made.data.set(image.data.subarray(from, from + width), row * width);
  }
  return made;
}

/**
 * A plane with `margin` zeros on each side.
 *
 * @param {Plane} image
 * @param {number} margin
 */
export function padded(image, margin) {
  const made = plane(image.width + 2 * margin, image.height + 2 * margin);
  paste(image, made, margin, margin);
  return made;
}

/**
 * Lay a plane into a larger one.
 *
 * @param {Plane} image
 * @param {Plane} into
 * @param {number} left
 * @param {number} top
 */
export function paste({ width, height, data }, into, left, top) {
  for (let y = 0; y < height; y++)
    into.data.set(data.subarray(y * width, (y + 1) * width), (y + top) * into.width + left);
}

/**
 * Rows become columns.
 *
 * @param {Plane} image
 */
export function transposed(image) {
  const made = plane(image.height, image.width);
  for (let y = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++)
      made.data[x * made.width + y] = image.data[y * image.width + x];
  return made;
}

/**
 * The smallest box around all that is not zero; width and height 0 if all is.
 *
 * @param {Plane} image
 */
export function boundingBox({ width, height, data }) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if (!data[y * width + x]) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  if (!right) return { x: 0, y: 0, width: 0, height: 0 };
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/**
 * How often each of the values 0 to 255 occurs.
 *
 * @param {Uint8Array} data
 */
export function histogram(data) {
  const counts = new Float64Array(256);
  for (const value of data) counts[value]++;
  return counts;
}

/**
 * The least value up to which a part of all counted ones lies; 0 if there are none.
 *
 * @param {Float64Array} counts of `histogram`.
 * @param {number} part
 */
export function quantile(counts, part) {
  const total = counts.reduce((all, count) => all + count, 0);
  let sum = 0;
  for (let value = 0; total && value < counts.length; value++) {
    sum += counts[value];
    if (sum >= part * total) return value;
  }
  return 0;
}
