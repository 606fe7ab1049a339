/** convolution: a map as the sum of what a kernel makes of each input map; one value as a window. */
import { extent, inputOf, source } from "../../engine/anatomy.js";
import { kernelOf, products, share } from "../../engine/products.js";
import { largest } from "../../widgets/colours.js";
import { make } from "../../widgets/dom.js";
import { numbers } from "../../widgets/tables.js";
import { shown } from "../../widgets/text.js";
import { boxAround, equation, picture, sign } from "./pictures.js";
import { total } from "./sums.js";

/** @import { Convolution } from "../../engine/layers.js" */
/** @import { Network } from "../../engine/network.js" */
/** @import { Term } from "../../engine/products.js" */
/** @import { Go } from "./levels.js" */
/** @import { Level } from "./path.js" */
/** @import { Spot } from "./pictures.js" */

const STEPS = 120; // of a window that slides over a whole map
const OFTEN = 60; // ms between two of them

/**
 * @param {Level<Convolution>} at
 * @param {Network} network
 * @param {Uint8Array} image
 * @param {Go} go
 */
export function mapSum(at, network, image, go) {
  const { layer, channel } = at;
  const { channels } = extent(layer.input_shape);
  const maps = { values: layer.output, ...extent(layer.output_shape), channel };
  const onPick = (/** @type {Spot} */ spot) => go({ ...at, ...spot, depth: 2 });
  const pointing = { box: boxAround(at), onPick };
  return [
    make("h3", {}, `How map ${channel + 1} comes about`),
    make("p", {}, explained(at)),
    make("div", { className: "result" }, picture(maps, `map ${channel + 1}`, pointing)),
    ...Array.from({ length: channels }, (_, from) => mapShare(at, from, network, image, onPick)),
  ];
}

/** @param {Level<Convolution>} at */
function explained({ layer, channel }) {
  const { bias } = layer.arrays;
  const { activation } = layer.options;
  const { channels } = extent(layer.input_shape);
  const over = channels > 1 ? `each of ${channels} input maps; the shares are added` : "the input";
  const then = activation === "linear" ? "" : `, then ${activation}`;
  const added = bias
    ? `the bias ${shown(bias[channel])} is added${then}`
    : "there is no bias: batch norm follows";
  return `The kernel slides over ${over}; ${added}. Click a place of a map to see its arithmetic.`;
}

/**
 * What one input map adds to the map.
 *
 * @param {Level<Convolution>} at
 * @param {number} from the input map
 * @param {Network} network
 * @param {Uint8Array} image
 * @param {(spot: Spot) => void} onPick
 */
function mapShare(at, from, network, image, onPick) {
  const { layer, index, channel } = at;
  const input = extent(layer.input_shape);
  const { rows, columns } = extent(layer.output_shape);
  const size = layer.options.kernel_size;
  const [isOne, most] = [input.channels === 1, largest(layer.arrays.kernel)];
  const maps = { values: inputOf(network, index, image), ...input, channel: from };
  const made = { values: share(network, index, image, from, channel), rows, columns };
  const kernel = { rows: size, columns: size, values: kernelOf(layer, from, channel), most };
  return equation(
    picture(maps, isOne ? "input" : `input map ${from + 1}`, { box: source(layer, at) }),
    sign("∗"),
    numbers(kernel, "kernel"),
    sign("="),
    picture(made, isOne ? "sum of products" : "its share", { onPick }),
  );
}

/**
 * @param {Level<Convolution>} at
 * @param {Network} network
 * @param {Uint8Array} image
 * @param {Go} go
 */
export function arithmetic(at, network, image, go) {
  const { layer, index } = at;
  const found = products(network, index, image, at);
  const { channels } = extent(layer.input_shape);
  const values = inputOf(network, index, image);
  const most = {
    input: largest(values),
    weight: largest(layer.arrays.kernel),
    product: largest(found.terms.map((term) => term.product)),
  };
  const groups = Array.from({ length: channels }, (_, from) =>
    windowOf(at, from, found.terms, most, go),
  );
  return [
    make("h3", {}, "One value: a window of numbers, times the kernel, added up"),
    slider(at, values, go),
    ...groups,
    total(layer, found),
  ];
}

/**
 * The input and the map, with the window on them, which one can move.
 *
 * @param {Level<Convolution>} at
 * @param {ArrayLike<number>} values the input
 * @param {Go} go
 */
function slider(at, values, go) {
  const { layer, channel } = at;
  const input = extent(layer.input_shape);
  const maps = { values: layer.output, ...extent(layer.output_shape), channel };
  const onPick = (/** @type {Spot} */ spot) => {
    if (spot.y !== at.y || spot.x !== at.x) go({ ...at, ...spot }, false);
  };
  const title = `map ${channel + 1}: arrow keys or the mouse move the window`;
  const from = { values, ...input };
  return equation(
    picture(from, input.channels > 1 ? "input map 1" : "input", { box: source(layer, at) }),
    sign("→"),
    picture(maps, title, { box: boxAround(at), onPick, drags: true }),
    make("button", { type: "button", className: "play", onclick: () => slide(at, go) }, "slide it"),
  );
}

/**
 * The numbers of one input map under the window, times the kernel.
 *
 * @param {Level<Convolution>} at
 * @param {number} from the input map
 * @param {Term[]} terms
 * @param {{input: number, weight: number, product: number}} most
 * @param {Go} go
 */
function windowOf(at, from, terms, most, go) {
  const size = at.layer.options.kernel_size;
  const first = from * size * size;
  const some = terms.slice(first, first + size * size);
  const isOne = some.length === terms.length;
  /** @param {"input" | "weight" | "product"} name */
  const grid = (name) => {
    const values = some.map((term) => term[name]);
    return { rows: size, columns: size, values, most: most[name] };
  };
  const enter = (/** @type {number} */ i) => () => go({ ...at, depth: 3, term: first + i });
  return equation(
    numbers(grid("input"), isOne ? "window" : `window, map ${from + 1}`),
    sign("×"),
    numbers(grid("weight"), "kernel"),
    sign("="),
    numbers(grid("product"), "products: click one", (value, i) =>
      make("button", { type: "button", onclick: enter(i) }, shown(value, 2)),
    ),
  );
}

let sliding = 0;

/**
 * Move the window over the whole map, for as long as one looks.
 *
 * @param {Level<Convolution>} at
 * @param {Go} go
 */
function slide(at, go) {
  const { rows, columns } = extent(at.layer.output_shape);
  clearInterval(sliding);
  let place = 0;
  sliding = setInterval(() => {
    const isShown = document.querySelector(".play");
    if (!isShown || place >= rows * columns) return clearInterval(sliding);
    go({ ...at, y: Math.floor(place / columns), x: place % columns }, false);
    place += Math.max(1, Math.floor((rows * columns) / STEPS));
  }, OFTEN);
}
