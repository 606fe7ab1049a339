/** robustness: accuracy on digits that were spoilt. */
import { chart } from "../widgets/chart.js";
import { make } from "../widgets/dom.js";
import { percentage } from "../widgets/text.js";
import { BLUE, card } from "./card.js";

/** @import { Card, Report } from "./content.js" */
/** @import { Points } from "../widgets/chart.js" */

const [WIDTH, HEIGHT] = [240, 170];

/** @param {Report} run */
export function robustness({ robustness: measured }) {
  const { curves, corruptions, clean, mean_corrupted_accuracy: mean } = measured;
  const about = `Clean digits ${percentage(clean)}; fifteen kinds of corruption, like those of MNIST-C, ${percentage(mean, 1)} on average.`;
  const plots = Object.entries(curves).map(([name, curve]) => plot(name, curve));
  const kinds = Object.entries(corruptions)
    .sort(([, one], [, other]) => other - one)
    .flatMap(([name, part]) => row(name, part));
  return card(
    "Robustness",
    about,
    make("div", { className: "curves" }, ...plots),
    make("p"),
    make("div", { className: "kinds" }, ...kinds),
  );
}

/** @param {string} name @param {Card["curves"][string]} curve */
function plot(name, { amounts, accuracy, unit }) {
  /** @type {Points} */
  const points = amounts.map((amount, i) => [amount, accuracy[i]]);
  const last = amounts.length - 1;
  const xs = [amounts[0], amounts[Math.floor(amounts.length / 2)], amounts[last]];
  const format = (/** @type {number} */ value) => percentage(value, 0);
  const axes = { width: WIDTH, height: HEIGHT, low: 0, high: 1, xs, format };
  return chart([{ points, colour: BLUE }], { ...axes, label: `${name}, ${unit}` });
}

/** @param {string} name @param {number} part */
function row(name, part) {
  const bar = make("span");
  bar.style.width = `${100 * part}%`;
  return [make("div", {}, name), bar, make("div", {}, percentage(part, 1))];
}
