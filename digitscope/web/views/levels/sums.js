/** sums: how a value is added up, in a line; one product of the sum. */
import { activationOf } from "../../engine/layers.js";
import { products } from "../../engine/products.js";
import { make } from "../../widgets/dom.js";
import { shown } from "../../widgets/text.js";
import { sign } from "./pictures.js";

/** @import { Convolution, Dense } from "../../engine/layers.js" */
/** @import { Network } from "../../engine/network.js" */
/** @import { Level } from "./path.js" */

/**
 * The sum, the bias, and what the activation makes of them; the softmax has a table of its own.
 *
 * @param {Convolution | Dense} layer
 * @param {{sum: number, bias: number, value: number}} found of `products`.
 */
export function total(layer, { sum, bias, value }) {
  const activation = activationOf(layer);
  const parts = [`sum ${shown(sum, 4)}`];
  if (layer.arrays.bias) parts.push(`+ bias ${shown(bias, 4)}`);
  parts.push(`= ${shown(sum + bias, 4)}`);
  if (activation !== "linear" && activation !== "softmax")
    parts.push(`→ ${activation} →`, shown(value, 4));
  return make("p", { className: "total" }, parts.join("  "));
}

/**
 * @param {Level<Convolution | Dense>} at
 * @param {Network} network
 * @param {Uint8Array} image
 */
export function oneProduct(at, network, image) {
  const { terms, bias, sum } = products(network, at.index, image, at);
  const number = Math.min(Math.max(at.term, 0), terms.length - 1);
  const term = terms[number];
  const before = terms.slice(0, number).reduce((all, one) => all + one.product, 0);
  const isMap = at.layer.input_shape.length === 3;
  const where = isMap
    ? `input map ${term.channel + 1}, row ${term.y + 1}, column ${term.x + 1}`
    : `input ${term.channel + 1}`;
  const added = at.layer.arrays.bias ? `, to which the bias ${shown(bias, 4)} is added` : "";
  const sums = `The products before it make ${shown(before, 4)}; with it ${shown(before + term.product, 4)}; all of them ${shown(sum, 4)}`;
  const factors = [shown(term.input, 4), sign("×"), shown(term.weight, 4), sign("=")];
  return make(
    "div",
    { className: "product" },
    make("h3", {}, `Product ${number + 1} of ${terms.length.toLocaleString("en")}`),
    make("p", { className: "big" }, ...factors, make("b", {}, shown(term.product, 4))),
    make("p", {}, `${where}, times the weight that training found for it. ${sums}${added}.`),
    make("p", { className: "lead" }, "Arrow keys go to the next product, Escape back up."),
  );
}
