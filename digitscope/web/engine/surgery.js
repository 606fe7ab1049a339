/**
 * surgery: other numbers in the kernels of a network's first convolution, or kernels muted.
 *
 * As text, for the address: "3:mute;2.1.3:0.25", kernel 3 muted and kernel 2 with 0.25 in row 1,
 * column 3, all counted from 1.
 */

/** @import { Convolution } from "./layers.js" */
/** @import { Network } from "./network.js" */

/**
 * The layer that is operated on; undefined in a network without convolutions.
 *
 * @param {Network} network
 */
export function patient(network) {
  return network.layers.find((layer) => layer.kind === "convolution");
}

/**
 * Make a network what a text says, and otherwise as it was trained.
 *
 * @param {Network} network
 * @param {string} text
 */
export function operate(network, text = "") {
  const layer = patient(network);
  if (!layer) return;
  layer.trained ??= Float32Array.from(layer.arrays.kernel);
  layer.arrays.kernel.set(layer.trained);
  layer.muted.clear();
  for (const step of text.split(";")) doStep(layer, step);
}

/** @param {Convolution} layer @param {string} step */
function doStep(layer, step) {
  const [where, what] = step.split(":");
  const side = layer.options.kernel_size;
  const [filter, row, column] = where.split(".").map((number) => Number(number) - 1);
  /** @param {number} number @param {number} most */
  const isThere = (number, most) => Number.isInteger(number) && number >= 0 && number < most;
  if (!isThere(filter, layer.output_shape[2]) || !what) return;
  if (what === "mute") layer.muted.add(filter);
  else if (isThere(row, side) && isThere(column, side))
    change(layer, filter, row * side + column, Number(what));
}

/**
 * Give one of a kernel's weights another value; what is no number of 32 bits leaves it.
 *
 * @param {Convolution} layer
 * @param {number} filter
 * @param {number} place
 * @param {number} value
 */
export function change(layer, filter, place, value) {
  const number = Math.fround(value);
  if (Number.isFinite(number)) layer.arrays.kernel[place * layer.output_shape[2] + filter] = number;
}

/**
 * What was done to a network since it was trained, as text; empty where it is as trained.
 *
 * @param {Network} network
 */
export function operations(network) {
  const layer = patient(network);
  const trained = layer?.trained;
  if (!trained) return "";
  const side = layer.options.kernel_size;
  const filters = layer.output_shape[2];
  const found = [...layer.muted].map((filter) => `${filter + 1}:mute`);
  layer.arrays.kernel.forEach((value, i) => {
    if (value === trained[i]) return;
    const [place, filter] = [Math.floor(i / filters), i % filters];
    const where = [filter, Math.floor(place / side), place % side].map((number) => number + 1);
    found.push(`${where.join(".")}:${Number(value.toPrecision(7))}`);
  });
  return found.join(";");
}
