/**
 * stack: all layers of a network as pictures of what is in them, a canvas each.
 */
import { extent } from "./anatomy.js";
import { largest, shade } from "./colours.js";
import { make, shown } from "./dom.js";

const GAP = 1; // values between two maps
const WIDEST = 132; // values in a row of single units
export const PLANE = 300; // pixels: the longest side of a layer's picture in 3D

/** How the maps, or units, of a layer lie in its picture: in rows, or for 3D in a square. */
function arrange(shape, available, isDeep) {
  const { rows, columns, channels } = extent(shape);
  const isVector = rows * columns === 1;
  const inRows = isVector ? (channels <= 256 ? 32 : WIDEST) : Math.max(4, Math.floor(available / 2 / (columns + GAP)));
  const most = isVector && channels <= 16 ? channels : isDeep ? Math.ceil(Math.sqrt(channels)) : inRows;
  const gap = isVector ? 0 : GAP;
  const down = Math.ceil(channels / most);
  const across = isVector ? Math.min(channels, most) : Math.ceil(channels / down);
  return { rows, columns, channels, across, gap, isVector, width: across * (columns + gap) - gap, height: down * (rows + gap) - gap };
}

/** Where a value lies in its layer's picture, in values. */
export function placeOf(layout, { y, x, channel }) {
  const { rows, columns, across, gap } = layout;
  return { left: (channel % across) * (columns + gap) + x, top: Math.floor(channel / across) * (rows + gap) + y };
}

/** Which value lies there; null between the maps. */
export function valueAt(layout, left, top) {
  const { rows, columns, channels, across, gap } = layout;
  const [column, row] = [Math.floor(left / (columns + gap)), Math.floor(top / (rows + gap))];
  const place = { x: left - column * (columns + gap), y: top - row * (rows + gap), channel: row * across + column };
  const isThere = column < across && place.channel < channels && place.x < columns && place.y < rows && left >= 0 && top >= 0;
  return isThere ? place : null;
}

/** Paint a layer's values; the shades are of the layer's own largest. */
export function paintMaps(canvas, layout, values) {
  const { rows, columns, channels, across, gap, width, height } = layout;
  if (canvas.width !== width || canvas.height !== height) {
    [canvas.width, canvas.height] = [width, height];
    canvas.image = canvas.getContext("2d").createImageData(width, height);
    canvas.pixels = new Uint32Array(canvas.image.data.buffer);
  }
  const most = largest(values);
  for (let channel = 0; channel < channels; channel++) {
    const left = (channel % across) * (columns + gap);
    const top = Math.floor(channel / across) * (rows + gap);
    for (let y = 0; y < rows; y++) {
      let to = (top + y) * width + left;
      let from = y * columns * channels + channel;
      for (let x = 0; x < columns; x++, to++, from += channels) canvas.pixels[to] = shade(values[from], most);
    }
  }
  canvas.getContext("2d").putImageData(canvas.image, 0, 0);
}

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

/** What a layer is, in words. */
export function describe(layer) {
  const { kernel_size: size, strides, padding, activation, size: pool } = layer.options;
  const details = [
    size && `${size}×${size}`,
    strides > 1 && `stride ${strides}`,
    padding === "same" && "same padding",
    pool && `${pool}×${pool}`,
    activation && activation !== "linear" && activation,
  ];
  return [KINDS[layer.kind], ...details.filter(Boolean)].join(" ");
}

/** Shape, parameters and cost of a layer, in words. */
export function cost(layer) {
  const parts = [layer.output_shape.join(" × ")];
  if (layer.parameters) parts.push(`${shown(layer.parameters)} parameters`);
  if (layer.multiply_adds) parts.push(`${shown(layer.multiply_adds)} multiply-adds`);
  return parts.join(", ");
}

/** How many pixels of the screen a value of the picture gets. */
function zoom(layout, isDeep) {
  if (isDeep) return Math.min(30, PLANE / Math.max(layout.width, layout.height));
  if (layout.isVector) return layout.channels <= 16 ? 40 : layout.channels <= 256 ? 16 : 5;
  if (layout.channels === 1) return 5;
  return Math.max(1.5, Math.min(6, 860 / layout.width));
}

/**
 * A layer's section: its title and its canvas.
 *
 * @param {number} available pixels across.
 * @param {boolean} isDeep whether it is for 3D.
 */
export function layerSection(layer, available, isDeep) {
  const layout = arrange(layer.output_shape, available, isDeep);
  const canvas = make("canvas", {
    tabIndex: 0,
    role: "application",
    "aria-label": `${layer.name}, ${describe(layer)}, ${cost(layer)}. Arrows choose a value, enter looks into it.`,
  });
  canvas.style.width = `${layout.width * zoom(layout, isDeep)}px`;
  canvas.style.aspectRatio = `${layout.width} / ${layout.height}`;
  const title = make("h3", {}, layer.name, make("span", {}, describe(layer)), make("small", {}, cost(layer)));
  const section = make("section", { className: "layer" }, title, make("div", { className: "maps" }, canvas));
  if (layer.options.activation === "softmax")
    section.lastChild.append(make("div", { className: "labels", "aria-hidden": "true" }, ...Array.from({ length: 10 }, (_, i) => make("span", {}, String(i)))));
  return { section, canvas, layout };
}
