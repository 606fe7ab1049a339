/** anatomy: the part of a layer's input, and of the image, that one value of its output is made of. */
import { paddingBefore } from "./layers.js";

/** @import { Layer } from "./layers.js" */
/** @import { Network } from "./network.js" */

/**
 * @typedef {{y: number, x: number, channel: number}} Place of a value in a layer's output.
 * @typedef {{top: number, left: number, bottom: number, right: number}} Bounds of a part of a map;
 *   the last two are not included.
 * @typedef {Bounds & {channels: number[] | null}} Box of some maps; channels null: of all.
 */

/**
 * A layer's output as maps; a vector is one row of single values.
 *
 * @param {number[]} shape
 */
export function extent(shape) {
  return shape.length === 3
    ? { rows: shape[0], columns: shape[1], channels: shape[2] }
    : { rows: 1, columns: 1, channels: shape[0] };
}

/**
 * The values that come into a layer.
 *
 * @param {Network} network
 * @param {number} index of the layer
 * @param {ArrayLike<number>} image
 * @returns {ArrayLike<number>}
 */
export function inputOf(network, index, image) {
  return index ? network.layers[index - 1].output : image;
}

/**
 * The number of a value in a layer's output.
 *
 * @param {Layer} layer
 * @param {Place} place
 */
export function offset(layer, { y, x, channel }) {
  const { columns, channels } = extent(layer.output_shape);
  return (y * columns + x) * channels + channel;
}

/**
 * The part of a layer's input that a value of its output is made of, within the input.
 *
 * @param {Layer} layer
 * @param {Place} place
 * @returns {Box}
 */
export function source(layer, { y, x, channel }) {
  const { rows, columns, channels } = extent(layer.input_shape);
  const whole = { top: 0, left: 0, bottom: rows, right: columns };
  switch (layer.kind) {
    case "convolution": {
      const { kernel_size: size, strides } = layer.options;
      const [top, left] = [y, x].map((place) => place * strides - paddingBefore(layer));
      const box = { top, left, bottom: top + size, right: left + size };
      return { ...within(box, rows, columns), channels: null };
    }
    case "max_pool":
      return { ...square(y, x, layer.options.size), channels: [channel] };
    case "dense":
      return { ...whole, channels: null };
    case "global_average":
      return { ...whole, channels: [channel] };
    case "flatten": {
      const place = Math.floor(channel / channels);
      const [row, column] = [Math.floor(place / columns), place % columns];
      return { ...square(row, column, 1), channels: [channel % channels] };
    }
    default:
      return { ...square(y, x, 1), channels: [channel] };
  }
}

/**
 * The bounds of one of the squares that cover a map.
 *
 * @param {number} row
 * @param {number} column
 * @param {number} side
 */
function square(row, column, side) {
  const [top, left] = [row * side, column * side];
  return { top, left, bottom: top + side, right: left + side };
}

/** @param {Bounds} box @param {number} rows @param {number} columns */
function within({ top, left, bottom, right }, rows, columns) {
  return {
    top: Math.max(top, 0),
    left: Math.max(left, 0),
    bottom: Math.min(bottom, rows),
    right: Math.min(right, columns),
  };
}

/**
 * The part of the image that a value depends on: its receptive field.
 *
 * @param {Network} network
 * @param {number} index of the layer
 * @param {Place} place
 * @returns {Box}
 */
export function receptiveField(network, index, place) {
  /** @type {Box} */
  let field = { ...square(place.y, place.x, 1), channels: [place.channel] };
  for (let i = index; i >= 0; i--) {
    const layer = network.layers[i];
    const channel = field.channels ? field.channels[0] : 0;
    const first = source(layer, { y: field.top, x: field.left, channel });
    const last = source(layer, { y: field.bottom - 1, x: field.right - 1, channel });
    field = {
      top: first.top,
      left: first.left,
      bottom: last.bottom,
      right: last.right,
      channels: field.channels && first.channels,
    };
  }
  return field;
}
