/**
 * reader: a picture -> what it shows, as digitscope.Reader in Python says it.
 */
import { run, softmax } from "./engine.js";

/**
 * @param {object} network of `openNetwork`.
 * @param {object} certainty the run's temperature and thresholds.
 * @param {object} seen of `normalise`.
 * @returns {{digit: number|null, status: string, confidence: number, probabilities: number[]|null,
 *   reason: string, image28: Uint8Array, box: number[]|null}} a Prediction.
 */
export function read(network, certainty, seen) {
  run(network, seen.image28);
  const { image28, box } = seen;
  if (seen.status === "blank")
    return { digit: null, status: "blank", confidence: 0, probabilities: null, reason: seen.reason, image28, box };
  const probabilities = softmax(network.logits, certainty.temperature);
  const confidence = Math.max(...probabilities);
  const best = probabilities.indexOf(confidence);
  const status = seen.status === "digit" ? verdict(confidence, certainty) : seen.status;
  const isGuess = status === "digit" || status === "unsure";
  const reason = seen.reason || why(status, best, confidence, probabilities);
  return { digit: isGuess ? best : null, status, confidence, probabilities, reason, image28, box };
}

function verdict(confidence, certainty) {
  if (confidence < certainty.not_a_digit_below) return "not_a_digit";
  return confidence < certainty.unsure_below ? "unsure" : "digit";
}

function why(status, best, confidence, probabilities) {
  if (status === "not_a_digit") return "it resembles none of the digits";
  if (status !== "unsure") return "";
  const second = probabilities.map((p, i) => [p, i]).sort((a, b) => b[0] - a[0])[1][1];
  return `perhaps a ${best} (${(100 * Math.min(confidence, 0.999)).toFixed(1)}%), perhaps a ${second}`;
}
