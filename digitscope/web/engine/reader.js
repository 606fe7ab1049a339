/** reader: a picture -> what it shows, as digitscope.Reader in Python says it. */
import { softmax } from "./activations.js";
import { run } from "./network.js";

/** @import { Network } from "./network.js" */
/** @import { Seen } from "../pictures/normaliser.js" */

/**
 * @typedef {{temperature: number, unsure_below: number, not_a_digit_below: number}} Certainty
 * @typedef {"digit" | "blank" | "not_a_digit" | "several_digits" | "unsure"} Status
 */

/**
 * @typedef {object} Prediction
 * @property {number | null} digit
 * @property {Status} status
 * @property {number} confidence
 * @property {number[] | null} probabilities
 * @property {string} reason
 * @property {Uint8Array} image28
 * @property {number[] | null} box
 */

/**
 * @param {Network} network
 * @param {Certainty} certainty
 * @param {Seen} seen
 * @returns {Prediction}
 */
export function read(network, certainty, seen) {
  run(network, seen.image28);
  const { image28, box } = seen;
  if (seen.status === "blank") {
    const nothing = { digit: null, confidence: 0, probabilities: null };
    return { ...nothing, status: "blank", reason: seen.reason, image28, box };
  }
  const probabilities = softmax(network.logits, certainty.temperature);
  const confidence = Math.max(...probabilities);
  const best = probabilities.indexOf(confidence);
  const status = seen.status === "digit" ? verdict(confidence, certainty) : seen.status;
  const isGuess = status === "digit" || status === "unsure";
  const reason = seen.reason || why(status, best, probabilities);
  return { digit: isGuess ? best : null, status, confidence, probabilities, reason, image28, box };
}

/** @param {number} confidence @param {Certainty} certainty */
function verdict(confidence, certainty) {
  if (confidence < certainty.not_a_digit_below) return "not_a_digit";
  return confidence < certainty.unsure_below ? "unsure" : "digit";
}

/** @param {Status} status @param {number} best @param {number[]} probabilities */
function why(status, best, probabilities) {
  if (status === "not_a_digit") return "it resembles none of the digits";
  if (status !== "unsure") return "";
  const order = probabilities.map((_, digit) => digit);
  const second = order.sort((a, b) => probabilities[b] - probabilities[a])[1];
  const percent = (100 * Math.min(probabilities[best], 0.999)).toFixed(1);
  return `perhaps a ${best} (${percent}%), perhaps a ${second}`;
}
