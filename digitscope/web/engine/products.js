/** products: one value of a layer as its arithmetic, product by product. */
import { ACTIVATIONS, softmax } from "./activations.js";
import { inputOf } from "./anatomy.js";
import { paddingBefore } from "./layers.js";

/** @import { Place } from "./anatomy.js" */
/** @import { Convolution, Dense } from "./layers.js" */
/** @import { Network } from "./network.js" */

/**
 * @typedef {Place & {input: number, weight: number, product: number}} Term where in the input, and
 *   what; y or x may lie outside the input, where the padding's zeros are.
 */

/**
 * The products that make up one value of a convolution or a dense layer.
 *
 * @param {Network} network
 * @param {number} index of the layer
 * @param {ArrayLike<number>} image
 * @param {Place} place
 * @returns value: the activation of sum + bias.
 */
export function products(network, index, image, place) {
  const layer = /** @type {Convolution | Dense} */ (network.layers[index]);
  const input = inputOf(network, index, image);
  const terms =
    layer.kind === "dense"
      ? denseTerms(layer, input, place)
      : convolutionTerms(layer, input, place);
  const bias = layer.arrays.bias ? layer.arrays.bias[place.channel] : 0;
  const sum = terms.reduce((all, term) => all + term.product, 0);
  const { activation } = layer.options;
  const value =
    activation === "softmax" ? layer.output[place.channel] : ACTIVATIONS[activation](sum + bias);
  return { terms, bias, sum, value, activation };
}

/**
 * @param {Convolution} layer
 * @param {ArrayLike<number>} input
 * @param {Place} place
 */
function convolutionTerms(layer, input, { y, x, channel }) {
  const { kernel_size: size, strides } = layer.options;
  const [height, width, channels] = layer.input_shape;
  const [top, left] = [y, x].map((place) => place * strides - paddingBefore(layer));
  /** @type {Term[]} */
  const terms = [];
  for (let c = 0; c < channels; c++) {
    const kernel = kernelOf(layer, c, channel);
    kernel.forEach((weight, i) => {
      const [row, column] = [top + Math.floor(i / size), left + (i % size)];
      const isInside = row >= 0 && column >= 0 && row < height && column < width;
      const value = isInside ? input[(row * width + column) * channels + c] : 0;
      terms.push({ y: row, x: column, channel: c, input: value, weight, product: value * weight });
    });
  }
  return terms;
}

/**
 * @param {Dense} layer
 * @param {ArrayLike<number>} input
 * @param {Place} place
 * @returns {Term[]}
 */
function denseTerms(layer, input, { channel }) {
  const units = layer.output_shape[0];
  return Array.from(input, (value, i) => {
    const weight = layer.arrays.kernel[i * units + channel];
    return { y: 0, x: 0, channel: i, input: value, weight, product: value * weight };
  });
}

/**
 * What one input map adds to one map of a convolution, before bias and activation.
 *
 * @param {Network} network
 * @param {number} index of the layer
 * @param {ArrayLike<number>} image
 * @param {number} from the input map
 * @param {number} to the map
 */
export function share(network, index, image, from, to) {
  const layer = /** @type {Convolution} */ (network.layers[index]);
  const input = inputOf(network, index, image);
  const kernel = kernelOf(layer, from, to);
  const { kernel_size: size, strides } = layer.options;
  const [height, width, channels] = layer.input_shape;
  const [rows, columns] = layer.output_shape;
  const before = paddingBefore(layer);
  return Float32Array.from({ length: rows * columns }, (_, place) => {
    const top = Math.floor(place / columns) * strides - before;
    const left = (place % columns) * strides - before;
    let sum = 0;
    for (let i = 0; i < kernel.length; i++) {
      const [row, column] = [top + Math.floor(i / size), left + (i % size)];
      if (row < 0 || column < 0 || row >= height || column >= width) continue;
      sum += input[(row * width + column) * channels + from] * kernel[i];
    }
    return sum;
  });
}

/**
 * A kernel's weights for one input map: size x size values.
 *
 * @param {Convolution} layer
 * @param {number} from the input map
 * @param {number} to the map
 */
export function kernelOf(layer, from, to) {
  const { kernel_size: size } = layer.options;
  const [channels, filters] = [layer.input_shape[2], layer.output_shape[2]];
  return Float32Array.from(
    { length: size * size },
    (_, i) => layer.arrays.kernel[(i * channels + from) * filters + to],
  );
}

/**
 * The softmax, term by term: of each digit its logit, the power of e, the probability.
 *
 * @param {Network} network
 * @param {number} temperature
 */
export function softmaxTerms(network, temperature) {
  const most = Math.max(...network.logits);
  const probabilities = softmax(network.logits, temperature);
  return Array.from(network.logits, (logit, digit) => ({
    digit,
    logit,
    power: Math.exp((logit - most) / temperature),
    probability: probabilities[digit],
  }));
}
