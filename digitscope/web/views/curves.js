/** curves: loss and accuracy, of training and of validation, by epoch. */
import { line, scale, sheet } from "../widgets/chart.js";
import { make, svg } from "../widgets/dom.js";
import { rate, shown } from "../widgets/text.js";

/** @import { Epoch } from "../api.js" */

const [WIDE, HIGH, MARGIN] = [320, 150, 8];

/** @param {Epoch[]} history */
export function curves(history) {
  return [curve(history, "loss", "val_loss"), curve(history, "accuracy", "val_accuracy")];
}

/**
 * @param {Epoch[]} history
 * @param {"loss" | "accuracy"} name
 * @param {"val_loss" | "val_accuracy"} held
 */
function curve(history, name, held) {
  const [trained, validated] = [name, held].map((key) => numbersOf(history, key));
  const all = [...trained, ...validated];
  const y = scale([Math.min(...all), Math.max(...all)], [HIGH - MARGIN, MARGIN]);
  /** @param {number[]} values */
  const last = (values) => {
    const value = values.at(-1);
    if (value === undefined) return "–";
    return name === "loss" ? shown(value, 4) : rate(value);
  };
  const label = `${name}: training ${last(trained)}, validation ${last(validated)}`;
  const lines = [drawn(trained, y, "trained"), drawn(validated, y, "held")];
  const words = make("em", {}, `validation ${last(validated)}`);
  const caption = [make("b", {}, name), ` training ${last(trained)}, `, words];
  return make(
    "figure",
    {},
    sheet(WIDE, HIGH, label, ...lines.flat()),
    make("figcaption", {}, ...caption),
  );
}

/** @param {Epoch[]} history @param {"loss" | "val_loss" | "accuracy" | "val_accuracy"} key */
function numbersOf(history, key) {
  return history.flatMap(({ [key]: value }) => (Number.isFinite(value) ? [Number(value)] : []));
}

/**
 * A line, or one dot where there is one epoch.
 *
 * @param {number[]} values
 * @param {(value: number) => number} y
 * @param {string} kind
 */
function drawn(values, y, kind) {
  const x = scale([-0.5, values.length - 0.5], [0, WIDE]);
  if (values.length > 1)
    return [
      line(
        values.map((value, i) => [x(i), y(value)]),
        { class: kind },
      ),
    ];
  return values.map((value) => svg("circle", { cx: x(0), cy: y(value), r: 3, class: kind }));
}
