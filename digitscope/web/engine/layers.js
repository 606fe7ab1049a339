/**
 * layers: what each kind of layer makes of its input, before its activation.
 *
 * Values lie as in Keras: row, column, channel, the channel fastest.
 */

/** @import { Activation } from "./activations.js" */

/**
 * @typedef {object} LayerBase what all layers have.
 * @property {string} name
 * @property {number[]} input_shape rows, columns, channels; or the length of a vector.
 * @property {number[]} output_shape
 * @property {Record<string, {shape: number[], offset: number}>} weights where each array lies in
 *   weights.bin, in bytes.
 * @property {number} parameters
 * @property {number} multiply_adds
 * @property {Record<string, Float32Array>} arrays the weights: kernel, bias, gamma, beta, ...; an
 *   array that the layer doesn't have is missing.
 * @property {Float32Array} output what the last `run` made.
 * @property {Set<number>} muted channels that give 0, whatever comes in.
 */

/**
 * @typedef {LayerBase & {kind: "rescale", options: {scale: number}}} Rescale
 * @typedef {LayerBase & {kind: "convolution", trained?: Float32Array, options: {
 *   kernel_size: number, strides: number, padding: "same" | "valid", activation: Activation
 * }}} Convolution trained: the kernel as training found it, where another one was put in.
 * @typedef {LayerBase & {kind: "batch_norm", options: {epsilon: number}}} BatchNorm
 * @typedef {LayerBase & {kind: "activation", options: {activation: Activation}}} ActivationLayer
 * @typedef {LayerBase & {kind: "max_pool", options: {size: number}}} MaxPool
 * @typedef {LayerBase & {kind: "dropout", options: {rate: number}}} Dropout
 * @typedef {LayerBase & {kind: "flatten" | "global_average", options: {}}} Shaping
 * @typedef {LayerBase & {kind: "dense", options: {activation: Activation | "softmax"}}} Dense
 * @typedef {Rescale | Convolution | BatchNorm | ActivationLayer | MaxPool | Dropout | Shaping |
 *   Dense} Layer
 */

/**
 * Fill a layer's output.
 *
 * @param {Layer} layer
 * @param {ArrayLike<number>} input
 */
export function compute(layer, input) {
  switch (layer.kind) {
    case "rescale":
      return rescale(layer, input);
    case "convolution":
      return convolve(layer, input);
    case "batch_norm":
      return normaliseBatch(layer, input);
    case "max_pool":
      return pool(layer, input);
    case "global_average":
      return average(layer, input);
    case "dense":
      return connect(layer, input);
    default: // activation, flatten, and dropout: only training drops anything
      return layer.output.set(input);
  }
}

/**
 * The activation that follows a layer's sums, or is the layer; undefined where there is none.
 *
 * @param {Layer} layer
 */
export function activationOf(layer) {
  return "activation" in layer.options ? layer.options.activation : undefined;
}

/**
 * How many rows and columns of zeros stand before a convolution's input: TensorFlow's `same`.
 *
 * @param {Convolution} layer
 */
export function paddingBefore(layer) {
  const { kernel_size: size, strides, padding } = layer.options;
  if (padding === "valid") return 0;
  const needed = (layer.output_shape[0] - 1) * strides + size - layer.input_shape[0];
  return Math.max(0, needed) >> 1;
}

/** @param {Rescale} layer @param {ArrayLike<number>} input */
function rescale({ output, options }, input) {
  for (let i = 0; i < output.length; i++) output[i] = input[i] * options.scale;
}

/** @param {Convolution} layer @param {ArrayLike<number>} input */
function convolve(layer, input) {
  const [height, width, channels] = layer.input_shape;
  start(layer);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        const value = input[(y * width + x) * channels + c];
        if (value !== 0) spread(layer, value, y, x, c); // most of a digit's image is 0, and of relu
      }
}

/**
 * Add one input value, times each weight of the kernels that meets it, to the output.
 *
 * @param {Convolution} layer
 * @param {number} value
 * @param {number} y its row
 * @param {number} x its column
 * @param {number} channel
 */
function spread(layer, value, y, x, channel) {
  const { kernel_size: size, strides } = layer.options;
  const channels = layer.input_shape[2];
  const [rows, columns, filters] = layer.output_shape;
  const before = paddingBefore(layer);
  for (let dy = (y + before) % strides; dy < size; dy += strides) {
    const row = (y + before - dy) / strides;
    if (row < 0 || row >= rows) continue;
    for (let dx = (x + before) % strides; dx < size; dx += strides) {
      const column = (x + before - dx) / strides;
      if (column < 0 || column >= columns) continue;
      const weights = ((dy * size + dx) * channels + channel) * filters;
      addScaled(layer, (row * columns + column) * filters, weights, filters, value);
    }
  }
}

/** @param {BatchNorm} layer @param {ArrayLike<number>} input */
function normaliseBatch({ arrays, options, output }, input) {
  const { gamma, beta, moving_mean: mean, moving_variance: variance } = arrays;
  const channels = gamma.length;
  for (let c = 0; c < channels; c++) {
    const scale = gamma[c] / Math.sqrt(variance[c] + options.epsilon);
    for (let i = c; i < output.length; i += channels)
      output[i] = (input[i] - mean[c]) * scale + beta[c];
  }
}

/** @param {MaxPool} layer @param {ArrayLike<number>} input */
function pool({ input_shape, output_shape, options, output }, input) {
  const [rows, columns, channels] = output_shape;
  const width = input_shape[1];
  const { size } = options;
  output.fill(-Infinity);
  for (let y = 0; y < rows * size; y++)
    for (let x = 0; x < columns * size; x++) {
      const from = (y * width + x) * channels;
      const to = (Math.floor(y / size) * columns + Math.floor(x / size)) * channels;
      for (let c = 0; c < channels; c++)
        if (input[from + c] > output[to + c]) output[to + c] = input[from + c];
    }
}

/** @param {Shaping} layer @param {ArrayLike<number>} input */
function average({ output }, input) {
  const channels = output.length;
  output.fill(0);
  for (let i = 0; i < input.length; i++) output[i % channels] += input[i];
  for (let c = 0; c < channels; c++) output[c] *= channels / input.length;
}

/** @param {Dense} layer @param {ArrayLike<number>} input */
function connect(layer, input) {
  const units = layer.output.length;
  start(layer);
  for (let i = 0; i < input.length; i++)
    if (input[i] !== 0) addScaled(layer, 0, i * units, units, input[i]);
}

/**
 * Every place begins with the bias, or with zero where batch norm follows and there is none.
 *
 * @param {Layer} layer
 */
function start({ output, arrays: { bias } }) {
  if (!bias) output.fill(0);
  else for (let i = 0; i < output.length; i += bias.length) output.set(bias, i);
}

/**
 * Add `count` weights from `from` on, times a factor, to the output from `to` on.
 *
 * @param {Layer} layer
 * @param {number} to
 * @param {number} from
 * @param {number} count
 * @param {number} factor
 */
function addScaled({ output, arrays: { kernel } }, to, from, count, factor) {
  for (let i = 0; i < count; i++) output[to + i] += factor * kernel[from + i];
}
