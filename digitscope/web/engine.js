/**
 * engine: the arithmetic of a trained network, with every intermediate value.
 *
 * A network is network.json (its layers in order, their shapes, where their weights lie) and
 * weights.bin (float32, little-endian). Values lie as in Keras: row, column, channel, the channel
 * fastest. Nothing here knows of the page.
 */

/**
 * A network, ready to run.
 *
 * @param {object} description what network.json holds.
 * @param {ArrayBuffer} weights what weights.bin, or an epochs/NNNN.bin, holds.
 * @returns {{labels: number[], layers: object[], logits: Float32Array}} each layer with its
 *   `arrays` (name -> Float32Array) and its `output`, which `run` fills.
 * @throws {Error} the weights are fewer than the layers need.
 */
export function openNetwork(description, weights) {
  const ends = description.layers.flatMap((layer) => Object.values(layer.weights).map(({ shape, offset }) => offset + 4 * product(shape)));
  const needed = Math.max(0, ...ends);
  if (weights.byteLength < needed) throw new Error(`The weights are damaged: ${weights.byteLength} bytes, and the layers need ${needed}.`);
  const layers = description.layers.map((layer) => ({
    ...layer,
    arrays: Object.fromEntries(
      Object.entries(layer.weights).map(([name, { shape, offset }]) => [
        name,
        new Float32Array(weights.slice(offset, offset + 4 * product(shape))),
      ]),
    ),
    output: new Float32Array(product(layer.output_shape)),
    muted: new Set(), // channels that give 0, whatever comes in
  }));
  return { labels: description.labels, layers, logits: new Float32Array(description.labels.length) };
}

/** The product of all numbers of a shape. */
export function product(shape) {
  return shape.reduce((all, side) => all * side, 1);
}

/**
 * The ten probabilities of an image; what every layer makes of it is then in its `output`.
 *
 * @param {object} network of `openNetwork`.
 * @param {ArrayLike<number>} image 784 values, 0 = background .. 255 = ink, row by row.
 * @returns {Float32Array} the output of the last layer, before calibration.
 */
export function run(network, image) {
  let values = image;
  for (const layer of network.layers) {
    const isLast = layer === network.layers.at(-1);
    KINDS[layer.kind](layer, values, layer.output);
    if (isLast) network.logits.set(layer.output);
    if (layer.options.activation) activate(layer.options.activation, layer.output);
    for (const channel of layer.muted) {
      const channels = layer.output_shape.at(-1);
      for (let i = channel; i < layer.output.length; i += channels) layer.output[i] = 0;
    }
    values = layer.output;
  }
  return values;
}

/** How many rows and columns of zeros stand before a convolution's input: TensorFlow's `same`. */
export function paddingBefore(layer) {
  const { kernel_size: size, strides, padding } = layer.options;
  if (padding === "valid") return 0;
  const needed = (layer.output_shape[0] - 1) * strides + size - layer.input_shape[0];
  return Math.max(0, needed) >> 1;
}

/** What each kind of layer does, without its activation: (layer, values in, values out). */
const KINDS = {
  rescale(layer, input, output) {
    for (let i = 0; i < output.length; i++) output[i] = input[i] * layer.options.scale;
  },
  convolution: convolve,
  batch_norm(layer, input, output) {
    const { gamma, beta, moving_mean: mean, moving_variance: variance } = layer.arrays;
    const channels = gamma.length;
    for (let c = 0; c < channels; c++) {
      const scale = gamma[c] / Math.sqrt(variance[c] + layer.options.epsilon);
      for (let i = c; i < output.length; i += channels) output[i] = (input[i] - mean[c]) * scale + beta[c];
    }
  },
  activation: copy,
  max_pool(layer, input, output) {
    const [rows, columns, channels] = layer.output_shape;
    const width = layer.input_shape[1];
    const { size } = layer.options;
    output.fill(-Infinity);
    for (let y = 0; y < rows * size; y++)
      for (let x = 0; x < columns * size; x++) {
        const from = (y * width + x) * channels;
        const to = (Math.floor(y / size) * columns + Math.floor(x / size)) * channels;
        for (let c = 0; c < channels; c++) if (input[from + c] > output[to + c]) output[to + c] = input[from + c];
      }
  },
  dropout: copy, // only training drops anything
  flatten: copy,
  global_average(layer, input, output) {
    const channels = output.length;
    output.fill(0);
    for (let i = 0; i < input.length; i++) output[i % channels] += input[i];
    for (let c = 0; c < channels; c++) output[c] *= channels / input.length;
  },
  dense(layer, input, output) {
    const { kernel, bias } = layer.arrays;
    start(output, bias);
    for (let i = 0; i < input.length; i++)
      if (input[i] !== 0) addScaled(output, 0, kernel, i * output.length, output.length, input[i]);
  },
};

function copy(layer, input, output) {
  output.set(input);
}

/** Every place begins with the bias, or with zero where batch norm follows and there is none. */
function start(output, bias) {
  if (!bias) output.fill(0);
  else for (let i = 0; i < output.length; i += bias.length) output.set(bias, i);
}

function addScaled(to, at, from, start, count, factor) {
  for (let i = 0; i < count; i++) to[at + i] += factor * from[start + i];
}

function convolve(layer, input, output) {
  const { kernel_size: size, strides } = layer.options;
  const [height, width, channels] = layer.input_shape;
  const [rows, columns, filters] = layer.output_shape;
  const before = paddingBefore(layer);
  const { kernel } = layer.arrays;
  start(output, layer.arrays.bias);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++) {
        const value = input[(y * width + x) * channels + c];
        if (value === 0) continue; // most of a digit's image, and half of what relu leaves
        for (let dy = (y + before) % strides; dy < size; dy += strides) {
          const row = (y + before - dy) / strides;
          if (row < 0 || row >= rows) continue;
          for (let dx = (x + before) % strides; dx < size; dx += strides) {
            const column = (x + before - dx) / strides;
            if (column < 0 || column >= columns) continue;
            const weights = ((dy * size + dx) * channels + c) * filters;
            addScaled(output, (row * columns + column) * filters, kernel, weights, filters, value);
          }
        }
      }
}

/** Keras's activations of these names. */
export const ACTIVATIONS = {
  linear: (x) => x,
  relu: (x) => (x > 0 ? x : 0),
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  gelu: (x) => (x * (1 + erf(x * Math.SQRT1_2))) / 2,
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

function activate(name, values) {
  if (name === "softmax") values.set(softmax(values));
  else if (name !== "linear") for (let i = 0; i < values.length; i++) values[i] = ACTIVATIONS[name](values[i]);
}

/**
 * Probabilities of logits; a temperature above 1 makes them less sure.
 *
 * @param {ArrayLike<number>} logits
 * @param {number} temperature
 */
export function softmax(logits, temperature = 1) {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (logit) => Math.exp((logit - largest) / temperature));
  const sum = powers.reduce((all, power) => all + power);
  return powers.map((power) => power / sum);
}

/** The error function, to 1.2e-7: Press et al., Numerical Recipes, section 6.2 (1992). */
function erf(x) {
  const t = 1 / (1 + Math.abs(x) / 2);
  const series = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223,
    0.17087277,
  ];
  const power = series.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const rest = t * Math.exp(power - x * x);
  return x >= 0 ? 1 - rest : rest - 1;
}
