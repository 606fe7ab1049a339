/** headline: a run in five numbers. */
import { make } from "../widgets/dom.js";
import { percentage, thousands } from "../widgets/text.js";

/** @import { Report } from "./content.js" */

/** @param {Report} run */
export function headline({ name, metrics, robustness, history, layers }) {
  const [low, high] = metrics.interval.map((value) => (100 * value).toFixed(2));
  const seconds = history.reduce((sum, row) => sum + row.seconds, 0);
  const weights = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  const corrupted = percentage(robustness.mean_corrupted_accuracy, 1);
  const epochs = `${history.length} epoch${history.length > 1 ? "s" : ""}`;
  const figures = [
    figure(percentage(metrics.accuracy), `accuracy (95 % interval ${low} to ${high})`),
    figure(thousands(metrics.num_errors), `wrong of ${thousands(metrics.num_images)} test images`),
    figure(corrupted, "on corrupted digits"),
    figure(`${seconds.toFixed(seconds < 10 ? 1 : 0)} s`, `training, ${epochs}`),
    figure(thousands(weights), "parameters"),
  ];
  return make(
    "header",
    {},
    make("div", { className: "soft" }, "digitscope"),
    make("h1", {}, name),
    make("div", { className: "headline" }, ...figures),
  );
}

/** @param {string} value @param {string} what */
function figure(value, what) {
  return make("div", {}, make("b", {}, value), make("span", {}, what));
}
