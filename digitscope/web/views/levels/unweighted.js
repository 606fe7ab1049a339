/** unweighted: one value of a layer that multiplies nothing: pooling, batch norm, flattening, ... */
import { extent, inputOf, offset, source } from "../../engine/anatomy.js";
import { largest } from "../../widgets/colours.js";
import { make } from "../../widgets/dom.js";
import { numbers } from "../../widgets/tables.js";
import { shown } from "../../widgets/text.js";
import { boxAround, equation, picture, sign } from "./pictures.js";

/** @import { Layer } from "../../engine/layers.js" */
/** @import { Network } from "../../engine/network.js" */
/** @import { Go } from "./levels.js" */
/** @import { Level } from "./path.js" */
/** @import { Spot } from "./pictures.js" */

const MOST_NUMBERS = 49; // of a window that are shown

/**
 * @param {Level} at
 * @param {Network} network
 * @param {Uint8Array} image
 * @param {Go} go
 */
export function unweighted(at, network, image, go) {
  const { layer } = at;
  const input = inputOf(network, at.index, image);
  const values = valuesUnder(at, input);
  const value = layer.output[offset(layer, at)];
  const result = { rows: 1, columns: 1, values: [value], most: largest(layer.output) };
  return make(
    "div",
    {},
    make("h3", {}, titleOf(layer)),
    equation(
      ...inputPicture(at, input),
      ...windowOf(at, values, largest(input)),
      sign("→"),
      numbers(result, layer.name),
      ...outputPicture(at, go),
    ),
    make("p", {}, formula(at, values, value)),
  );
}

/** @param {Level} at @param {ArrayLike<number>} input */
function valuesUnder({ layer, ...at }, input) {
  const { columns, channels } = extent(layer.input_shape);
  const box = source(layer, at);
  const values = [];
  for (let y = box.top; y < box.bottom; y++)
    for (let x = box.left; x < box.right; x++)
      values.push(input[(y * columns + x) * channels + (box.channels?.[0] ?? 0)]);
  return values;
}

/** @param {Level} at @param {ArrayLike<number>} values */
function inputPicture({ layer, ...at }, values) {
  const { rows, columns, channels } = extent(layer.input_shape);
  if (rows * columns === 1) return [];
  const box = source(layer, at);
  const maps = { values, rows, columns, channels, channel: box.channels?.[0] ?? 0 };
  return [picture(maps, "input", { box })];
}

/** @param {Level} at @param {number[]} values @param {number} most */
function windowOf({ layer, ...at }, values, most) {
  if (values.length > MOST_NUMBERS) return [];
  const { left, right } = source(layer, at);
  const columns = right - left;
  const grid = { rows: values.length / columns, columns, values, most };
  const made = numbers(grid, "window");
  if (layer.kind === "max_pool") {
    const cells = made.querySelectorAll("td");
    cells[values.indexOf(Math.max(...values))].classList.add("win");
  }
  return [made];
}

/** @param {Level} at @param {Go} go */
function outputPicture(at, go) {
  const { rows, columns, channels } = extent(at.layer.output_shape);
  if (rows * columns === 1) return [];
  const maps = { values: at.layer.output, rows, columns, channels, channel: at.channel };
  const onPick = (/** @type {Spot} */ spot) => go({ ...at, ...spot });
  return [picture(maps, "output", { box: boxAround(at), onPick })];
}

/** @param {Layer} layer */
function titleOf(layer) {
  switch (layer.kind) {
    case "rescale":
      return "Every pixel by 255";
    case "max_pool":
      return `Of each ${layer.options.size}×${layer.options.size} window the largest`;
    case "batch_norm":
      return "Shifted and scaled, so that the next layer gets what it is used to";
    case "activation":
      return `Every value through ${layer.options.activation}`;
    case "dropout":
      return "In training some values are dropped by chance; in reading none is";
    case "flatten":
      return "All maps in one row";
    default:
      return "Of every map the mean";
  }
}

/** @param {Level} at @param {number[]} values @param {number} value */
function formula({ layer, channel }, values, value) {
  const result = shown(value, 4);
  switch (layer.kind) {
    case "rescale":
      return `${shown(values[0])} / 255 = ${result}`;
    case "max_pool":
      return `The largest of ${values.length} is ${result}; the others are left out.`;
    case "global_average":
      return `The mean of ${values.length} values is ${result}.`;
    case "batch_norm": {
      const { gamma, beta, moving_mean: mean, moving_variance: variance } = layer.arrays;
      const [g, b, m, v] = [gamma, beta, mean, variance].map((array) => shown(array[channel], 3));
      const { epsilon } = layer.options;
      return `(${shown(values[0], 3)} − ${m}) / √(${v} + ${epsilon}) × ${g} + ${b} = ${result}`;
    }
    default:
      return `${shown(values[0], 4)} → ${result}`;
  }
}
