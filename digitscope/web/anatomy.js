/**
 * anatomy: how one value of a layer came about: from where, by which products.
 */
import { ACTIVATIONS, paddingBefore, softmax } from "./engine.js";

/** A layer's output as maps: rows, columns, channels; a vector is one row of single values. */
export function extent(shape) {
  return shape.length === 3 ? { rows: shape[0], columns: shape[1], channels: shape[2] } : { rows: 1, columns: 1, channels: shape[0] };
}

/** The values that come into a layer. */
export function inputOf(network, index, image) {
  return index ? network.layers[index - 1].output : image;
}

/** The place of a value in a layer's output. */
export function offset(layer, { y, x, channel }) {
  const { columns, channels } = extent(layer.output_shape);
  return (y * columns + x) * channels + channel;
}

/**
 * The part of a layer's input that a value of its output is made of.
 *
 * @returns {{top: number, left: number, bottom: number, right: number, channels: number[]|null}}
 *   bounds, the last two not included, within the input; channels null: all.
 */
export function source(layer, { y, x, channel }) {
  const { rows, columns } = extent(layer.input_shape);
  const whole = { top: 0, left: 0, bottom: rows, right: columns, channels: null };
  if (layer.kind === "convolution") {
    const { kernel_size: size, strides } = layer.options;
    const [top, left] = [y, x].map((place) => place * strides - paddingBefore(layer));
    return within({ top, left, bottom: top + size, right: left + size, channels: null }, rows, columns);
  }
  if (layer.kind === "max_pool") {
    const { size } = layer.options;
    return { top: y * size, left: x * size, bottom: (y + 1) * size, right: (x + 1) * size, channels: [channel] };
  }
  if (layer.kind === "dense") return whole;
  if (layer.kind === "global_average") return { ...whole, channels: [channel] };
  if (layer.kind === "flatten") {
    const { channels } = extent(layer.input_shape);
    const place = Math.floor(channel / channels);
    const [row, column] = [Math.floor(place / columns), place % columns];
    return { top: row, left: column, bottom: row + 1, right: column + 1, channels: [channel % channels] };
  }
  return { top: y, left: x, bottom: y + 1, right: x + 1, channels: [channel] };
}

function within({ top, left, bottom, right, channels }, rows, columns) {
  return { top: Math.max(top, 0), left: Math.max(left, 0), bottom: Math.min(bottom, rows), right: Math.min(right, columns), channels };
}

/** The part of the image that a value depends on: its receptive field. */
export function receptiveField(network, index, place) {
  let field = { top: place.y, left: place.x, bottom: place.y + 1, right: place.x + 1, channels: [place.channel] };
  for (let i = index; i >= 0; i--) {
    const layer = network.layers[i];
    const channel = field.channels ? field.channels[0] : 0;
    const first = source(layer, { y: field.top, x: field.left, channel });
    const last = source(layer, { y: field.bottom - 1, x: field.right - 1, channel });
    field = { top: first.top, left: first.left, bottom: last.bottom, right: last.right, channels: field.channels && first.channels };
  }
  return field;
}

/**
 * The products that make up one value.
 *
 * @returns {{terms: object[], bias: number, sum: number, value: number, activation: string}} each
 *   term {y, x, channel, input, weight, product}: where in the input, and what; y or x may lie
 *   outside the input, where the padding's zeros are. value: the activation of sum + bias.
 */
export function products(network, index, image, place) {
  const layer = network.layers[index];
  const input = inputOf(network, index, image);
  const terms = layer.kind === "dense" ? denseTerms(layer, input, place) : convolutionTerms(layer, input, place);
  const bias = layer.arrays.bias ? layer.arrays.bias[place.channel] : 0;
  const sum = terms.reduce((all, term) => all + term.product, 0);
  const { activation } = layer.options;
  const value = activation === "softmax" ? layer.output[place.channel] : ACTIVATIONS[activation](sum + bias);
  return { terms, bias, sum, value, activation };
}

function convolutionTerms(layer, input, { y, x, channel }) {
  const { kernel_size: size, strides } = layer.options;
  const [height, width, channels] = layer.input_shape;
  const filters = layer.output_shape[2];
  const [top, left] = [y, x].map((place) => place * strides - paddingBefore(layer));
  const terms = [];
  for (let c = 0; c < channels; c++)
    for (let dy = 0; dy < size; dy++)
      for (let dx = 0; dx < size; dx++) {
        const [row, column] = [top + dy, left + dx];
        const isInside = row >= 0 && column >= 0 && row < height && column < width;
        const value = isInside ? input[(row * width + column) * channels + c] : 0;
        const weight = layer.arrays.kernel[((dy * size + dx) * channels + c) * filters + channel];
        terms.push({ y: row, x: column, channel: c, input: value, weight, product: value * weight });
      }
  return terms;
}

function denseTerms(layer, input, { channel }) {
  const units = layer.output_shape[0];
  return Array.from(input, (value, i) => {
    const weight = layer.arrays.kernel[i * units + channel];
    return { y: 0, x: 0, channel: i, input: value, weight, product: value * weight };
  });
}

/** What one input map adds to one map of a convolution, before bias and activation. */
export function share(network, index, image, from, to) {
  const layer = network.layers[index];
  const input = inputOf(network, index, image);
  const { kernel_size: size, strides } = layer.options;
  const [height, width, channels] = layer.input_shape;
  const [rows, columns, filters] = layer.output_shape;
  const before = paddingBefore(layer);
  const made = new Float32Array(rows * columns);
  for (let y = 0; y < rows; y++)
    for (let x = 0; x < columns; x++)
      for (let dy = 0; dy < size; dy++)
        for (let dx = 0; dx < size; dx++) {
          const [row, column] = [y * strides - before + dy, x * strides - before + dx];
          if (row < 0 || column < 0 || row >= height || column >= width) continue;
          made[y * columns + x] +=
            input[(row * width + column) * channels + from] *
            layer.arrays.kernel[((dy * size + dx) * channels + from) * filters + to];
        }
  return made;
}

/** A kernel's weights for one input map: size x size values. */
export function kernelOf(layer, from, to) {
  const { kernel_size: size } = layer.options;
  const [channels, filters] = [layer.input_shape[2], layer.output_shape[2]];
  return Float32Array.from({ length: size * size }, (_, i) => layer.arrays.kernel[(i * channels + from) * filters + to]);
}

/** The softmax, term by term: of each digit its logit, the power of e, the probability. */
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
