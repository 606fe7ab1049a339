/** calibration: whether the network is as sure as it should be. */
import { chart } from "../widgets/chart.js";
import { percentage } from "../widgets/text.js";
import { BLUE, card } from "./card.js";

/** @import { Report } from "./content.js" */
/** @import { Points } from "../widgets/chart.js" */

/** @param {Report} run */
export function calibration({ reliability: bins, metrics }) {
  const most = Math.max(...bins.map(({ count }) => count));
  const low = Math.min(0.5, ...bins.flatMap(({ confidence, accuracy }) => [confidence, accuracy]));
  /** @type {Points} */
  const dots = bins.map(({ confidence, accuracy, count }) => [
    confidence,
    accuracy,
    3 + 7 * Math.sqrt(count / most),
  ]);
  /** @type {Points} */
  const ideal = [
    [low, low],
    [1, 1],
  ];
  const series = [
    { points: ideal, colour: "#aab4bd", dots: false, dashes: "4 4" },
    { points: dots, colour: BLUE },
  ];
  const xs = [low, (1 + low) / 2, 1].map((value) => Number(value.toFixed(2)));
  const format = (/** @type {number} */ value) => percentage(value, 0);
  const plot = chart(series, { low, high: 1, xs, format, label: "how sure it is" });
  const errors = [
    `Expected calibration error ${metrics.expected_calibration_error.toFixed(4)}`,
    `negative log-likelihood ${metrics.negative_log_likelihood.toFixed(4)}`,
    `Brier score ${metrics.brier_score.toFixed(4)}`,
  ];
  const about = `On the dashed line the network is right as often as it thinks. ${errors.join(", ")}.`;
  return card("Is it as sure as it should be?", about, plot);
}
