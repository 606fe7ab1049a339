/** stack: all layers of a network as pictures of what is in them, a canvas each. */
import { activationOf } from "../engine/layers.js";
import { make } from "./dom.js";
import { arrange } from "./maps.js";
import { shown } from "./text.js";

/** @import { Layer } from "../engine/layers.js" */
/** @import { Layout } from "./maps.js" */

/** @typedef {{section: HTMLElement, canvas: HTMLCanvasElement, layout: Layout}} LayerPart */

export const PLANE = 300; // pixels: the longest side of a layer's picture in 3D

const KINDS = {
  rescale: "to 0..1",
  convolution: "convolution",
  batch_norm: "batch norm",
  activation: "activation",
  max_pool: "max pooling",
  dropout: "dropout (rests when it reads)",
  flatten: "flatten",
  global_average: "global average",
  dense: "dense",
};

/**
 * What a layer is, in words.
 *
 * @param {Layer} layer
 */
export function describe(layer) {
  const details = [];
  if (layer.kind === "convolution") {
    const { kernel_size: size, strides, padding } = layer.options;
    details.push(`${size}×${size}`);
    if (strides > 1) details.push(`stride ${strides}`);
    if (padding === "same") details.push("same padding");
  }
  if (layer.kind === "max_pool") details.push(`${layer.options.size}×${layer.options.size}`);
  const activation = activationOf(layer);
  if (activation && activation !== "linear") details.push(activation);
  return [KINDS[layer.kind], ...details].join(" ");
}

/**
 * Shape, parameters and cost of a layer, in words.
 *
 * @param {Layer} layer
 */
function cost(layer) {
  const parts = [layer.output_shape.join(" × ")];
  if (layer.parameters) parts.push(`${shown(layer.parameters)} parameters`);
  if (layer.multiply_adds) parts.push(`${shown(layer.multiply_adds)} multiply-adds`);
  return parts.join(", ");
}

/**
 * How many pixels of the screen a value of the picture gets.
 *
 * @param {Layout} layout
 * @param {boolean} isDeep
 */
function zoom({ width, height, channels, isVector }, isDeep) {
  if (isDeep) return Math.min(30, PLANE / Math.max(width, height));
  if (isVector && channels <= 16) return 40;
  if (isVector) return channels <= 256 ? 16 : 5;
  if (channels === 1) return 5;
  return Math.max(1.5, Math.min(6, 860 / width));
}

/**
 * A layer's section: its title and its canvas.
 *
 * @param {Layer} layer
 * @param {number} available pixels across.
 * @param {boolean} isDeep whether it is for 3D.
 * @returns {LayerPart}
 */
export function layerSection(layer, available, isDeep) {
  const about = `${layer.name}, ${describe(layer)}, ${cost(layer)}`;
  const canvas = make("canvas", {
    tabIndex: 0,
    role: "application",
    "aria-label": `${about}. Arrows choose a value, enter looks into it.`,
  });
  const maps = make("div", { className: "maps" }, canvas);
  if (activationOf(layer) === "softmax") maps.append(labels());
  const words = make("span", {}, describe(layer));
  const title = make("h3", {}, layer.name, words, make("small", {}, cost(layer)));
  const layout = sized(canvas, layer, available, isDeep);
  return { section: make("section", { className: "layer" }, title, maps), canvas, layout };
}

/**
 * The section of the image; there is nothing to go into.
 *
 * @param {number} available pixels across.
 * @param {boolean} isDeep whether it is for 3D.
 * @returns {LayerPart}
 */
export function imageSection(available, isDeep) {
  const canvas = make("canvas", {
    role: "img",
    "aria-label": "what the network sees, 28 × 28 pixels",
  });
  const layout = sized(canvas, { output_shape: [28, 28, 1] }, available, isDeep);
  const words = make("span", {}, "what the network sees");
  const title = make("h3", {}, "image", words, make("small", {}, "28 × 28"));
  const maps = make("div", { className: "maps" }, canvas);
  return { section: make("section", { className: "layer" }, title, maps), canvas, layout };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{output_shape: number[]}} layer
 * @param {number} available
 * @param {boolean} isDeep
 */
function sized(canvas, { output_shape }, available, isDeep) {
  const layout = arrange(output_shape, available, isDeep);
  canvas.style.width = `${layout.width * zoom(layout, isDeep)}px`;
  canvas.style.aspectRatio = `${layout.width} / ${layout.height}`;
  return layout;
}

/** The digits, under the last layer's units. */
function labels() {
  const digits = Array.from({ length: 10 }, (_, digit) => make("span", {}, String(digit)));
  return make("div", { className: "labels", "aria-hidden": "true" }, ...digits);
}
