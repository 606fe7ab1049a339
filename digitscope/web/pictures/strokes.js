/**
 * strokes: a digit scaled into MNIST's box, its strokes as wide as MNIST's.
 *
 * The same steps, under the same names, as digitscope/preprocess.py, which explains them.
 */
import { components, underEllipse } from "./morphology.js";
import { DARK } from "./parts.js";
import { atLeast, boundingBox, cut, map, padded, plane, roundEven } from "./planes.js";
import { scaled } from "./resizing.js";

/** @import { Plane } from "./planes.js" */

const BOX = 20;
export const EDGE = 24;
const THINNEST = 1.6;
const THICKEST = 4.2;
const FINE = 5;

/**
 * A digit BOX pixels long.
 *
 * @param {Plane} cutOut
 * @param {boolean} averaging
 */
export function inBox(cutOut, averaging) {
  const crop = softened(cutOut);
  const fine = scaled(crop, FINE * BOX);
  const width = strokeWidth(fine) / FINE;
  if (THINNEST <= width && width <= THICKEST) {
    const side = Math.max(crop.width, crop.height);
    return BOX - 2 <= side && side <= BOX ? crop : scaled(fine, BOX, averaging);
  }
  const reach = FINE * (Math.min(Math.max(width, THINNEST), THICKEST) - width);
  const changed = reach > 0 ? thickened(fine, reach) : thinned(fine, -reach);
  if (!changed) return scaled(crop, BOX, averaging);
  return scaled(cut(changed, boundingBox(changed)), BOX, averaging);
}

/** @param {Plane} fine @param {number} reach in pixels */
function thickened(fine, reach) {
  const size = penSize(reach);
  const brightest = fine.data.reduce((most, value) => Math.max(most, value), 0);
  return map(underEllipse(padded(fine, size), size, Math.max), (value) =>
    Math.min(roundEven((value * 255) / brightest), 255),
  );
}

/**
 * null where the digit would fall to pieces.
 *
 * @param {Plane} fine
 * @param {number} reach in pixels
 */
function thinned(fine, reach) {
  const size = penSize(reach);
  const roomy = padded(fine, size);
  const changed = underEllipse(roomy, size, Math.min);
  return numParts(changed) === numParts(roomy) ? changed : null;
}

/** @param {number} reach */
function penSize(reach) {
  return 2 * roundEven(reach / 2) + 1;
}

/** @param {Plane} image */
function numParts(image) {
  return components(atLeast(image, DARK + 1)).parts.length;
}

/**
 * A scan in black and white with greys at its edges, by a blur of half a pixel.
 *
 * @param {Plane} crop
 */
function softened(crop) {
  if (crop.data.some((value) => EDGE < value && value < 255 - EDGE)) return crop;
  const [made, from] = [plane(crop.width + 2, crop.height + 2), padded(crop, 2)];
  const weights = [1, 6, 1];
  return map(made, (_, i) => {
    const start = Math.floor(i / made.width) * from.width + (i % made.width);
    let sum = 0;
    for (let down = 0; down < 3; down++)
      for (let across = 0; across < 3; across++)
        sum += weights[down] * weights[across] * from.data[start + down * from.width + across];
    return roundEven(sum / 64);
  });
}

/**
 * The mean width of strokes: twice their area by the length of their edge.
 *
 * @param {Plane} image
 */
function strokeWidth(image) {
  const { width, data } = padded(image, 1);
  let [edge, area] = [0, 0];
  for (const value of image.data) area += value;
  for (let at = 0; at + width + 1 < data.length; at++) {
    if (at % width === width - 1) continue;
    const a = data[at] - data[at + width + 1];
    const b = data[at + width] - data[at + 1];
    edge += Math.sqrt((a * a + b * b) / 2);
  }
  return (2 * area) / Math.max(edge, 1);
}
