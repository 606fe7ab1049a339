/** edges: lines from a value to what it is made of, and the part of the image it depends on. */
import { receptiveField, source } from "../engine/anatomy.js";
import { products } from "../engine/products.js";
import { svg } from "../widgets/dom.js";
import { placeOf } from "../widgets/maps.js";

/** @import { Bounds, Place } from "../engine/anatomy.js" */
/** @import { Network } from "../engine/network.js" */
/** @import { LayerPart } from "../widgets/stack.js" */

/** @typedef {Bounds & {channel: number, product?: number}} MapBox a part of one map. */

const MOST_EDGES = 24; // of a dense unit: those that count most

export class Edges {
  element = svg("svg", { class: "edges", "aria-hidden": "true" });

  /** @param {HTMLElement} stack @param {Network} network */
  constructor(stack, network) {
    this.stack = stack;
    this.network = network;
  }

  clear() {
    this.element.replaceChildren();
  }

  /**
   * @param {LayerPart[]} parts of the image and of every layer.
   * @param {number} index of the layer
   * @param {Place} at
   * @param {Uint8Array} image
   */
  show(parts, index, at, image) {
    const to = parts[index + 1];
    const unit = { top: at.y, left: at.x, bottom: at.y + 1, right: at.x + 1, channel: at.channel };
    for (const box of origins(this.network, index, at, image))
      this.#draw(parts[index], box, to, unit);
    if (index) {
      const field = { ...receptiveField(this.network, index, at), channel: 0 };
      this.#outline(parts[0], field, "field");
    }
    this.#outline(to, unit, "unit");
  }

  /**
   * Where a box's first value is on the screen, and how many pixels a value has.
   *
   * @param {LayerPart} part
   * @param {MapBox} box
   */
  #corner({ canvas, layout }, { top, left, channel }) {
    const base = this.stack.getBoundingClientRect();
    const own = canvas.getBoundingClientRect();
    const scale = own.width / layout.width;
    const place = placeOf(layout, { y: top, x: left, channel });
    const x = own.left - base.left + place.left * scale;
    return { x, y: own.top - base.top + place.top * scale, scale };
  }

  /** @param {LayerPart} part @param {MapBox} box @param {string} name */
  #outline(part, box, name) {
    const { x, y, scale } = this.#corner(part, box);
    const width = (box.right - box.left) * scale + 2;
    const height = (box.bottom - box.top) * scale + 2;
    this.element.append(svg("rect", { x: x - 1, y: y - 1, width, height, class: name }));
  }

  /** @param {LayerPart} fromPart @param {MapBox} from @param {LayerPart} toPart @param {MapBox} to */
  #draw(fromPart, from, toPart, to) {
    const isLess = (from.product ?? 0) < 0;
    this.#outline(fromPart, from, isLess ? "from less" : "from");
    const start = this.#corner(fromPart, from);
    const end = this.#corner(toPart, to);
    const x1 = start.x + ((from.right - from.left) * start.scale) / 2;
    const y1 = start.y + (from.bottom - from.top) * start.scale;
    const ends = { x1, y1, x2: end.x + end.scale / 2, y2: end.y };
    this.element.append(svg("line", { ...ends, class: isLess ? "less" : "more" }));
  }
}

/**
 * The boxes in the layer before that a value comes from, those that count most first.
 *
 * @param {Network} network
 * @param {number} index of the layer
 * @param {Place} at
 * @param {Uint8Array} image
 * @returns {MapBox[]}
 */
function origins(network, index, at, image) {
  const layer = network.layers[index];
  if (layer.kind === "dense") {
    const { terms } = products(network, index, image, at);
    return terms
      .sort((one, other) => Math.abs(other.product) - Math.abs(one.product))
      .slice(0, MOST_EDGES)
      .filter((term) => term.product)
      .map(({ channel, product }) => ({ top: 0, left: 0, bottom: 1, right: 1, channel, product }));
  }
  const { channels, ...box } = source(layer, at);
  const all = Array.from({ length: layer.input_shape[2] ?? 1 }, (_, channel) => channel);
  return (channels ?? all).map((channel) => ({ ...box, channel }));
}
