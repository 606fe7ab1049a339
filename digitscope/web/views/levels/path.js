/**
 * path: where one is inside a network, as the address keeps it: layer.channel.row.column, then 2 for
 * a value's arithmetic, or 3 and the number of a product.
 */
import { extent } from "../../engine/anatomy.js";

/** @import { Layer } from "../../engine/layers.js" */
/** @import { Network } from "../../engine/network.js" */

/**
 * @template {Layer} [Kind=Layer]
 * @typedef {object} Level
 * @property {number} index of the layer
 * @property {Kind} layer
 * @property {number} channel
 * @property {number} y
 * @property {number} x
 * @property {number} depth 1: a map or unit; 2: a value's arithmetic; 3: one product.
 * @property {number} term the number of the product
 */

/**
 * @param {string} path
 * @param {Network} network
 * @returns {Level | null}
 */
export function parse(path, network) {
  const numbers = path.split(".").map(Number);
  const [index, channel, y, x, depth = 1, term = 0] = numbers;
  const layer = network.layers[index];
  if (!layer || !numbers.every(Number.isInteger)) return null;
  const { rows, columns, channels } = extent(layer.output_shape);
  /** @param {number} value @param {number} length */
  const isThere = (value, length) => value >= 0 && value < length;
  const isValue = isThere(channel, channels) && isThere(y, rows) && isThere(x, columns);
  return isValue ? { index, layer, channel, y, x, depth, term } : null;
}

/** @param {Level} level */
export function text({ index, channel, y, x, depth, term }) {
  const deeper = [...(depth > 1 ? [depth] : []), ...(depth > 2 ? [term] : [])];
  return [index, channel, y, x, ...deeper].join(".");
}

/**
 * The level above; null: all layers.
 *
 * @param {Level} level
 */
export function up(level) {
  return level.depth > 1 ? { ...level, depth: level.depth - 1 } : null;
}
