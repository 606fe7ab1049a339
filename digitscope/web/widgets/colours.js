/**
 * colours: values as shades. Nothing is paper white, more is ink, less than nothing is orange; the
 * colour-blind tell these apart too.
 */
import { contextOf } from "./dom.js";

const PAPER = [255, 255, 255];
const INK = [16, 42, 92];
const ORANGE = [201, 84, 0];
const STEPS = 255;

const SHADES = new Uint32Array(2 * STEPS + 1); // of -1 to 1, as little-endian RGBA
for (let i = -STEPS; i <= STEPS; i++) {
  const end = i < 0 ? ORANGE : INK;
  const part = Math.abs(i / STEPS) ** 0.8;
  const [red, green, blue] = PAPER.map((from, c) => Math.round(from + (end[c] - from) * part));
  SHADES[i + STEPS] = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/**
 * The shade of a value, where `most` has the full colour: a number for a Uint32Array of pixels.
 *
 * @param {number} value
 * @param {number} most
 */
export function shade(value, most) {
  const part = most > 0 ? value / most : 0;
  return SHADES[Math.round(Math.min(Math.max(part, -1), 1) * STEPS) + STEPS];
}

/**
 * The same as a colour of CSS.
 *
 * @param {number} value
 * @param {number} most
 */
export function colour(value, most) {
  const pixel = shade(value, most);
  return `rgb(${pixel & 255} ${(pixel >> 8) & 255} ${(pixel >> 16) & 255})`;
}

/**
 * The largest absolute value.
 *
 * @param {ArrayLike<number>} values
 */
export function largest(values) {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = values[i] < 0 ? -values[i] : values[i];
    if (size > most) most = size;
  }
  return most;
}

/**
 * Values in a grid, a pixel each.
 *
 * @param {HTMLCanvasElement} canvas made as large as the grid.
 * @param {{width: number, height: number, data: ArrayLike<number>}} grid
 * @param {number} most the value that has the full colour
 */
export function paintGrid(canvas, { width, height, data }, most) {
  if (canvas.width !== width || canvas.height !== height)
    [canvas.width, canvas.height] = [width, height];
  const context = contextOf(canvas);
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++) pixels[i] = shade(data[i], most);
  context.putImageData(image, 0, 0);
}

/**
 * An image, 0 = background .. 255 = ink.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {{width: number, height: number, data: Uint8Array}} image
 */
export function paintInk(canvas, image) {
  paintGrid(canvas, image, 255);
}
