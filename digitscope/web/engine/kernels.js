/** kernels: sliding a kernel over a grey picture. */

/**
 * @typedef {{width: number, height: number, data: Float32Array}} Grey values from 0 to 1 for paper
 *   and ink; what a kernel makes of them may be anything.
 * @typedef {keyof typeof BORDERS} Border
 */

/** What is taken for the pixels beyond the border. */
export const BORDERS = {
  zeros: { title: "paper (zeros)" },
  edge: { title: "the edge again" },
  none: { title: "nothing: it gets smaller" },
};

/** @type {Record<string, number[]>} */
export const PRESETS = {
  identity: [0, 0, 0, 0, 1, 0, 0, 0, 0],
  blur: [1, 2, 1, 2, 4, 2, 1, 2, 1].map((value) => value / 16),
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  outline: [-1, -1, -1, -1, 8, -1, -1, -1, -1],
  emboss: [-2, -1, 0, -1, 1, 1, 0, 1, 2],
  "Sobel, left": [1, 0, -1, 2, 0, -2, 1, 0, -1],
  "Sobel, top": [1, 2, 1, 0, 0, 0, -1, -2, -1],
  "blur, 5 × 5": [1, 4, 6, 4, 1].flatMap((row) =>
    [1, 4, 6, 4, 1].map((column) => (row * column) / 256),
  ),
};

/**
 * A kernel as the address has it: a preset's name, or its numbers.
 *
 * @param {string} text
 */
export function kernelFrom(text = "outline") {
  if (Object.hasOwn(PRESETS, text)) return [...PRESETS[text]];
  const values = text.split(",").map(Number);
  return [9, 25].includes(values.length) && values.every(Number.isFinite)
    ? values
    : [...PRESETS.outline];
}

/**
 * The preset that a kernel is; empty where it is none.
 *
 * @param {number[]} kernel
 */
export function nameOf(kernel) {
  return Object.keys(PRESETS).find((name) => String(PRESETS[name]) === String(kernel)) ?? "";
}

/**
 * A kernel of another size, with the same middle.
 *
 * @param {number[]} kernel
 * @param {number} side
 */
export function resized(kernel, side) {
  const old = Math.sqrt(kernel.length);
  const shift = (side - old) / 2;
  return Array.from({ length: side * side }, (_, i) => {
    const [y, x] = [Math.floor(i / side) - shift, (i % side) - shift];
    return y >= 0 && x >= 0 && y < old && x < old ? kernel[y * old + x] : 0;
  });
}

/**
 * The side x side values around a pixel, row by row.
 *
 * @param {Grey} picture
 * @param {{x: number, y: number}} pixel
 * @param {number} side
 * @param {Border} border
 */
export function windowAt({ width, height, data }, { x, y }, side, border) {
  const reach = side >> 1;
  const values = [];
  for (let row = y - reach; row <= y + reach; row++)
    for (let column = x - reach; column <= x + reach; column++) {
      const isInside = row >= 0 && column >= 0 && row < height && column < width;
      if (!isInside && border !== "edge") values.push(0);
      else values.push(data[within(row, height) * width + within(column, width)]);
    }
  return values;
}

/** @param {number} place @param {number} length */
function within(place, length) {
  return Math.min(Math.max(place, 0), length - 1);
}

/**
 * A window's values times the kernel's, added up.
 *
 * @param {number[]} values
 * @param {number[]} kernel
 */
export function valueOf(values, kernel) {
  return values.reduce((sum, value, i) => sum + value * kernel[i], 0);
}

/**
 * The whole picture through a kernel; with the border `none` smaller by the kernel's reach.
 *
 * @param {Grey} picture
 * @param {number[]} kernel
 * @param {Border} border
 * @returns {Grey}
 */
export function convolved(picture, kernel, border) {
  const side = Math.sqrt(kernel.length);
  const offset = border === "none" ? side >> 1 : 0;
  const width = Math.max(1, picture.width - 2 * offset);
  const height = Math.max(1, picture.height - 2 * offset);
  const data = Float32Array.from({ length: width * height }, (_, i) => {
    const place = { x: (i % width) + offset, y: Math.floor(i / width) + offset };
    return valueOf(windowAt(picture, place, side, border), kernel);
  });
  return { width, height, data };
}
