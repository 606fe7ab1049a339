/**
 * network: a trained network as the server sends it, ready to run, with every intermediate value.
 *
 * A network is network.json (its layers in order, their shapes, where their weights lie) and
 * weights.bin (float32, little-endian). Nothing here knows of the page.
 */
import { activate } from "./activations.js";
import { activationOf, compute } from "./layers.js";

/** @import { Layer } from "./layers.js" */

/**
 * @typedef {object} Description what network.json holds.
 * @property {number[]} labels
 * @property {Omit<Layer, "arrays" | "output" | "muted">[]} layers
 */

/**
 * @typedef {object} Network
 * @property {number[]} labels
 * @property {Layer[]} layers
 * @property {Float32Array} logits of the last `run`.
 */

/**
 * A network, ready to run.
 *
 * @param {Description} description
 * @param {ArrayBuffer} weights what weights.bin, or an epochs/NNNN.bin, holds.
 * @returns {Network}
 * @throws {Error} the weights are fewer than the layers need.
 */
export function openNetwork(description, weights) {
  const ends = description.layers.flatMap((layer) =>
    Object.values(layer.weights).map(({ shape, offset }) => offset + 4 * product(shape)),
  );
  const needed = Math.max(0, ...ends);
  if (weights.byteLength < needed)
    throw new Error(
      `The weights are damaged: ${weights.byteLength} bytes, and the layers need ${needed}.`,
    );
  const layers = description.layers.map((layer) => {
    const arrays = Object.entries(layer.weights).map(([name, { shape, offset }]) => [
      name,
      new Float32Array(weights.slice(offset, offset + 4 * product(shape))),
    ]);
    const output = new Float32Array(product(layer.output_shape));
    const state = { arrays: Object.fromEntries(arrays), output, muted: new Set() };
    return /** @type {Layer} */ ({ ...layer, ...state });
  });
  return {
    labels: description.labels,
    layers,
    logits: new Float32Array(description.labels.length),
  };
}

/**
 * The product of all numbers of a shape.
 *
 * @param {number[]} shape
 */
export function product(shape) {
  return shape.reduce((all, side) => all * side, 1);
}

/**
 * The ten probabilities of an image; what every layer makes of it is then in its `output`.
 *
 * @param {Network} network
 * @param {ArrayLike<number>} image 784 values, 0 = background .. 255 = ink, row by row.
 * @returns {Float32Array} the output of the last layer, before calibration.
 */
export function run(network, image) {
  let values = image;
  const last = network.layers[network.layers.length - 1];
  for (const layer of network.layers) {
    compute(layer, values);
    if (layer === last) network.logits.set(layer.output);
    const activation = activationOf(layer);
    if (activation) activate(activation, layer.output);
    layer.muted.forEach((channel) => mute(layer, channel));
    values = layer.output;
  }
  return last.output;
}

/** @param {Layer} layer @param {number} channel */
function mute({ output, output_shape }, channel) {
  const channels = output_shape[output_shape.length - 1];
  for (let i = channel; i < output.length; i += channels) output[i] = 0;
}
