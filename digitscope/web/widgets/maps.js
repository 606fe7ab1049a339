/** maps: a layer's values as one picture: where each lies in it, and painting it. */
import { extent } from "../engine/anatomy.js";
import { largest, shade } from "./colours.js";
import { contextOf } from "./dom.js";

/** @import { Place } from "../engine/anatomy.js" */

/**
 * @typedef {object} Layout how the maps, or units, of a layer lie in its picture.
 * @property {number} rows of a map
 * @property {number} columns of a map
 * @property {number} channels
 * @property {number} across maps in a row
 * @property {number} gap values between two maps
 * @property {boolean} isVector
 * @property {number} width of the whole, in values
 * @property {number} height of the whole, in values
 */

const GAP = 1; // values between two maps
const WIDEST = 132; // values in a row of single units

/**
 * How they lie: in rows, or for 3D in a square.
 *
 * @param {number[]} shape
 * @param {number} available pixels across
 * @param {boolean} isDeep whether it is for 3D
 * @returns {Layout}
 */
export function arrange(shape, available, isDeep) {
  const { rows, columns, channels } = extent(shape);
  const isVector = rows * columns === 1;
  const most = mostAcross(shape, available, isDeep);
  const gap = isVector ? 0 : GAP;
  const down = Math.ceil(channels / most);
  const across = isVector ? Math.min(channels, most) : Math.ceil(channels / down);
  const width = across * (columns + gap) - gap;
  const height = down * (rows + gap) - gap;
  return { rows, columns, channels, across, gap, isVector, width, height };
}

/** @param {number[]} shape @param {number} available @param {boolean} isDeep */
function mostAcross(shape, available, isDeep) {
  const { rows, columns, channels } = extent(shape);
  const isVector = rows * columns === 1;
  if (isVector && channels <= 16) return channels;
  if (isDeep) return Math.ceil(Math.sqrt(channels));
  if (isVector) return channels <= 256 ? 32 : WIDEST;
  return Math.max(4, Math.floor(available / 2 / (columns + GAP)));
}

/**
 * Where a value lies in its layer's picture, in values.
 *
 * @param {Layout} layout
 * @param {Place} place
 */
export function placeOf({ rows, columns, across, gap }, { y, x, channel }) {
  const [row, column] = [Math.floor(channel / across), channel % across];
  return { left: column * (columns + gap) + x, top: row * (rows + gap) + y };
}

/**
 * Which value lies there; null between the maps.
 *
 * @param {Layout} layout
 * @param {number} left
 * @param {number} top
 * @returns {Place | null}
 */
export function valueAt({ rows, columns, channels, across, gap }, left, top) {
  const [column, row] = [Math.floor(left / (columns + gap)), Math.floor(top / (rows + gap))];
  const x = left - column * (columns + gap);
  const y = top - row * (rows + gap);
  const channel = row * across + column;
  const isThere = column < across && channel < channels && x < columns && y < rows;
  return isThere && left >= 0 && top >= 0 ? { x, y, channel } : null;
}

/**
 * The value under a pointer; null between the maps.
 *
 * @param {MouseEvent} event
 * @param {HTMLCanvasElement} canvas
 * @param {Layout} layout
 */
export function valueUnder(event, canvas, layout) {
  const box = canvas.getBoundingClientRect();
  const scale = box.width / layout.width;
  const left = Math.floor((event.clientX - box.left) / scale);
  return valueAt(layout, left, Math.floor((event.clientY - box.top) / scale));
}

/**
 * The value next to one, in the picture; over a map's edge into the next map.
 *
 * @param {Layout} layout
 * @param {Place} from
 * @param {{x: number, y: number}} step
 */
export function moved(layout, from, step) {
  const { left, top } = placeOf(layout, from);
  /** @param {number} size */
  const after = (size) => valueAt(layout, left + step.x * size, top + step.y * size);
  return after(1) ?? after(1 + layout.gap) ?? from;
}

/** @type {WeakMap<HTMLCanvasElement, {image: ImageData, pixels: Uint32Array}>} */
const sheets = new WeakMap();

/** @param {HTMLCanvasElement} canvas @param {Layout} layout */
function sheetFor(canvas, { width, height }) {
  const known = sheets.get(canvas);
  if (known && canvas.width === width && canvas.height === height) return known;
  [canvas.width, canvas.height] = [width, height];
  const image = contextOf(canvas).createImageData(width, height);
  const sheet = { image, pixels: new Uint32Array(image.data.buffer) };
  sheets.set(canvas, sheet);
  return sheet;
}

/**
 * Paint a layer's values; the shades are of the layer's own largest.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Layout} layout
 * @param {ArrayLike<number>} values
 */
export function paintMaps(canvas, layout, values) {
  const { rows, columns, channels, width } = layout;
  const { image, pixels } = sheetFor(canvas, layout);
  const most = largest(values);
  for (let channel = 0; channel < channels; channel++)
    for (let y = 0; y < rows; y++) {
      const { left, top } = placeOf(layout, { y, x: 0, channel });
      let to = top * width + left;
      let from = y * columns * channels + channel;
      for (let x = 0; x < columns; x++, to++, from += channels)
        pixels[to] = shade(values[from], most);
    }
  contextOf(canvas).putImageData(image, 0, 0);
}
