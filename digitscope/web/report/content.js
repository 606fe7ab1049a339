/** content: what a report is told of a run; digitscope/report.py writes it. */

/**
 * @typedef {object} Metrics
 * @property {number} accuracy
 * @property {[number, number]} interval
 * @property {number} num_errors
 * @property {number} num_images
 * @property {number[][]} confusion rows: the true digits; columns: the answers.
 * @property {{digit: number, precision: number, recall: number, f1: number, support: number}[]} classes
 * @property {Record<string, {accuracy: number, interval: [number, number]}>} [parts]
 * @property {number} expected_calibration_error
 * @property {number} negative_log_likelihood
 * @property {number} brier_score
 */

/**
 * @typedef {object} Item a digit that is shown.
 * @property {number} index
 * @property {number} label
 * @property {number} answer
 * @property {[number, number][]} guesses each a digit and its probability.
 * @property {boolean} doubtful whether its label may be wrong.
 */

/**
 * @typedef {object} Digits
 * @property {string} sheet a picture of all, as a data URL
 * @property {number} tiles in a row of it
 * @property {Item[]} items
 */

/**
 * @typedef {object} Inside
 * @property {string} image a data URL, as all pictures are
 * @property {string[]} kernels
 * @property {{name: string, size: number, count: number, maps: string[]}[]} stages
 */

/**
 * @typedef {object} Card
 * @property {number} clean
 * @property {number} mean_corrupted_accuracy
 * @property {Record<string, number>} corruptions
 * @property {Record<string, {amounts: number[], accuracy: number[], unit: string}>} curves
 */

/**
 * @typedef {object} Environment
 * @property {Record<string, string>} packages
 * @property {string} python
 * @property {string} engine
 * @property {string} precision
 * @property {string} processor
 * @property {number} cores
 * @property {string | null} commit
 */

/** @typedef {Record<string, number>} Epoch */

/** @typedef {string | number | boolean | null | (string | number)[]} Value */

/**
 * @typedef {{name: string, kind: string, output: string, parameters: number,
 *   multiply_adds: number}} LayerRow
 */

/**
 * @typedef {object} Report
 * @property {string} name
 * @property {{state: string, updated: string, message?: string}} status
 * @property {Record<string, Value> & {recipe: string}} config
 * @property {Record<string, [Value, Value]> | null} changed since the recipe: what it has, and what
 *   the run has; null where there is no such recipe.
 * @property {string} command
 * @property {Environment} environment
 * @property {LayerRow[]} layers
 * @property {Epoch[]} history
 * @property {number} kept_epoch
 * @property {Metrics} metrics
 * @property {{confidence: number, accuracy: number, count: number}[]} reliability
 * @property {Digits} digits
 * @property {Inside} inside
 * @property {Card} robustness
 */

export {};
