/** dense: a unit as the sum of its products, the largest first; the softmax of the last layer. */
import { extent } from "../../engine/anatomy.js";
import { activationOf } from "../../engine/layers.js";
import { products, softmaxTerms } from "../../engine/products.js";
import { make } from "../../widgets/dom.js";
import { table } from "../../widgets/tables.js";
import { shown } from "../../widgets/text.js";
import { picture } from "./pictures.js";
import { total } from "./sums.js";

/** @import { Run } from "../../api.js" */
/** @import { Dense } from "../../engine/layers.js" */
/** @import { Network } from "../../engine/network.js" */
/** @import { Term } from "../../engine/products.js" */
/** @import { Go } from "./levels.js" */
/** @import { Level } from "./path.js" */

const MOST_TERMS = 24; // of a unit; of its sum, four times as many
const MOST_MAPS = 12;

/**
 * @param {Level<Dense>} at
 * @param {Run} run
 * @param {Uint8Array} image
 * @param {Go} go
 */
export function unitSum(at, { network, certainty }, image, go) {
  const found = products(network, at.index, image, at);
  const rows = rowsOf(found.terms, at, go);
  const count = found.terms.length.toLocaleString("en");
  const isDigit = activationOf(at.layer) === "softmax";
  const more = make("button", { type: "button", onclick: () => go({ ...at, depth: 2 }) });
  more.textContent = "more of the sum";
  const title = isDigit
    ? `What speaks for a ${at.channel}, and what against`
    : `What unit ${at.channel + 1} adds up`;
  return [
    make("h3", {}, title),
    make(
      "p",
      {},
      `${count} inputs, each times its weight; the largest ${rows.length} of the products:`,
    ),
    ...mapsBefore(network, at.index, found.terms),
    make("ol", { className: "terms" }, ...rows),
    total(at.layer, found),
    ...(isDigit ? [softmaxTable(network, certainty.temperature)] : []),
    ...(at.depth === 1 ? [more] : []),
  ];
}

/**
 * The largest products, with bars.
 *
 * @param {Term[]} terms
 * @param {Level<Dense>} at
 * @param {Go} go
 */
function rowsOf(terms, at, go) {
  const order = terms
    .map((term, i) => ({ ...term, i }))
    .sort((one, other) => Math.abs(other.product) - Math.abs(one.product));
  const most = Math.abs(order[0]?.product) || 1;
  const some = order.slice(0, at.depth === 2 ? 4 * MOST_TERMS : MOST_TERMS);
  return some
    .filter(({ product }) => product)
    .map(({ i, channel, input, weight, product }) => {
      const bar = make("i", { className: product < 0 ? "less" : "more" });
      bar.style.transform = `scaleX(${Math.abs(product) / most})`;
      const enter = () => go({ ...at, depth: 3, term: i });
      return make(
        "li",
        {},
        make("button", { type: "button", onclick: enter }, `input ${channel + 1}`),
        make("span", {}, `${shown(input)} × ${shown(weight)} = ${shown(product)}`),
        make("span", { className: "rail" }, bar),
      );
    });
}

/**
 * Where the inputs are flattened maps: what each place of each map adds, as pictures.
 *
 * @param {Network} network
 * @param {number} index of the layer
 * @param {Term[]} terms
 */
function mapsBefore({ layers }, index, terms) {
  let before = index - 1;
  while (before >= 0 && ["dropout", "flatten"].includes(layers[before].kind)) before--;
  const shape = before >= 0 ? layers[before].output_shape : [28, 28, 1];
  const isFlattened = layers.slice(before + 1, index).some((layer) => layer.kind === "flatten");
  if (shape.length !== 3 || !isFlattened) return [];
  const { rows, columns, channels } = extent(shape);
  const values = Float32Array.from(terms, (term) => term.product);
  const sizes = new Float64Array(channels);
  values.forEach((value, i) => (sizes[i % channels] += Math.abs(value)));
  const order = [...sizes.keys()].sort((one, other) => sizes[other] - sizes[one]);
  const pictures = order
    .slice(0, MOST_MAPS)
    .map((channel) => picture({ values, rows, columns, channels, channel }, `map ${channel + 1}`));
  return [make("div", { className: "equation wrap" }, ...pictures)];
}

/** @param {Network} network @param {number} temperature */
function softmaxTable(network, temperature) {
  const terms = softmaxTerms(network, temperature);
  const all = terms.reduce((sum, term) => sum + term.power, 0);
  const warmth = shown(temperature, 2);
  const caption = `Softmax: e to the power of (sum − largest) / ${warmth}, as a part of all ten. The temperature ${warmth} was set on validation images, so that 90 % means nine in ten.`;
  const rows = terms.map(({ digit, logit, power, probability }) => [
    digit,
    shown(logit),
    shown(power, 4),
    `${shown(power, 4)} / ${shown(all, 3)} = ${shown(probability, 4)}`,
  ]);
  const head = ["digit", "sum", "power of e", "probability"];
  return table("softmax", head, rows, { caption, isNamed: true });
}
