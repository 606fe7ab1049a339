/** activations: what a network's values go through after their sums, as Keras does it. */

/** @typedef {keyof typeof ACTIVATIONS} Activation */

/** Keras's activations of these names. */
export const ACTIVATIONS = {
  /** @param {number} x */
  linear: (x) => x,
  /** @param {number} x */
  relu: (x) => (x > 0 ? x : 0),
  /** @param {number} x */
  leaky_relu: (x) => (x > 0 ? x : 0.2 * x),
  /** @param {number} x */
  elu: (x) => (x > 0 ? x : Math.expm1(x)),
  /** @param {number} x */
  gelu: (x) => (x * (1 + erf(x * Math.SQRT1_2))) / 2,
  /** @param {number} x */
  silu: (x) => x / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  /** @param {number} x */
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};

/**
 * Put every value through an activation, in place.
 *
 * @param {Activation | "softmax"} name
 * @param {Float32Array} values
 */
export function activate(name, values) {
  if (name === "softmax") values.set(softmax(values));
  else if (name !== "linear") {
    const activation = ACTIVATIONS[name];
    for (let i = 0; i < values.length; i++) values[i] = activation(values[i]);
  }
}

/**
 * Probabilities of logits; a temperature above 1 makes them less sure.
 *
 * @param {ArrayLike<number>} logits
 * @param {number} temperature
 */
export function softmax(logits, temperature = 1) {
  const all = Array.from(logits);
  const largest = Math.max(...all);
  const powers = all.map((logit) => Math.exp((logit - largest) / temperature));
  const sum = powers.reduce((total, power) => total + power);
  return powers.map((power) => power / sum);
}

/**
 * The error function, to 1.2e-7: Press et al., Numerical Recipes, section 6.2 (1992).
 *
 * @param {number} x
 */
function erf(x) {
  const t = 1 / (1 + Math.abs(x) / 2);
  const series = [
    -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398,
    1.48851587, -0.82215223, 0.17087277,
  ];
  const power = series.reduceRight((sum, coefficient) => sum * t + coefficient, 0);
  const rest = t * Math.exp(power - x * x);
  return x >= 0 ? 1 - rest : rest - 1;
}
