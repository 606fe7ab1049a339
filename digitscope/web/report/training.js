/** training: loss and accuracy, epoch by epoch. */
import { chart } from "../widgets/chart.js";
import { make } from "../widgets/dom.js";
import { percentage } from "../widgets/text.js";
import { BLUE, card, ORANGE, soft } from "./card.js";

/** @import { Epoch, Report } from "./content.js" */
/** @import { Points } from "../widgets/chart.js" */

const MOST_NUMBERS = 10; // of epochs, below the chart

/** @param {Report} run */
export function training({ history, kept_epoch: kept }) {
  const loss = curve(history, "loss", (value) => value.toFixed(3));
  const accuracy = curve(history, "accuracy", (value) => percentage(value, 1));
  const words = [
    key(BLUE),
    "training images, while learning",
    key(ORANGE),
    "validation images",
    `. Kept: epoch ${kept}.`,
  ];
  return card(
    "Training",
    "",
    soft(...words),
    make("div", { className: "columns" }, loss, accuracy),
  );
}

/** @param {string} colour */
function key(colour) {
  const made = make("span", { className: "key" });
  made.style.background = colour;
  return made;
}

/**
 * @param {Epoch[]} history
 * @param {string} name
 * @param {(value: number) => string} format
 */
function curve(history, name, format) {
  const epochs = history.map((row) => row.epoch);
  const step = Math.ceil(epochs.length / MOST_NUMBERS);
  /** @param {string} column @returns {Points} */
  const points = (column) => history.map((row) => [row.epoch, row[column]]);
  const series = [{ points: points(name), colour: BLUE }];
  const held = `val_${name}`;
  if (held in history[0]) series.push({ points: points(held), colour: ORANGE });
  const xs = epochs.filter((_, i) => i % step === 0);
  return chart(series, { xs, format, label: `${name} by epoch` });
}
