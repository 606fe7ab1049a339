/**
 * normaliser: any picture of one digit becomes an image as MNIST's are.
 *
 * The same steps, under the same names, as digitscope/preprocess.py, which explains them; tests hold
 * both to the same golden vectors. parts.js and strokes.js have two of them.
 */
import { inkOf } from "./ink.js";
import { digitOf } from "./parts.js";
import { atLeast, boundingBox, cut, paste, plane, roundEven } from "./planes.js";
import { averaged, scaled, wholeSquares } from "./resizing.js";
import { EDGE, inBox } from "./strokes.js";

/** @import { Plane } from "./planes.js" */

/**
 * @typedef {{width: number, height: number, data: Uint8ClampedArray<ArrayBuffer>}} Picture red,
 *   green, blue and alpha of each pixel, as in an ImageData.
 * @typedef {{scaling: boolean, averaging: boolean, centring: boolean}} Stages whether each is done.
 */

/**
 * @typedef {object} Seen
 * @property {"digit" | "blank" | "several_digits"} status
 * @property {string} reason
 * @property {Uint8Array} image28 784 values, 0 = background .. 255 = ink.
 * @property {number[] | null} box where the digit is in the picture: x, y, width, height.
 * @property {Record<string, Plane>} stages the picture on its way: ink, crop, boxed, image.
 */

const SIDE = 28;
const CENTRE = 14;
const WORK_SIDE = 256;
const PALE = 244; // of open_picture

/** @type {Stages} */
const ALL = { centring: true, scaling: true, averaging: true };

/**
 * Find the one digit in a picture and bring it into MNIST's form.
 *
 * @param {Picture} picture what is transparent is taken for white.
 * @param {Stages} stages some can be left out, to see why they matter.
 * @returns {Seen}
 */
export function normalise(picture, stages = ALL) {
  const { planes, part } = reduced(planesOf(picture));
  const found = inkOf(planes);
  const shown = { ink: found.image };
  if (!found.contrast) return blank("nothing is darker or lighter than the rest", shown);
  const { kept, several } = digitOf(found.image);
  if (!kept) return blank("there are specks, but no stroke", shown);
  const box = boundingBox(atLeast(kept, EDGE + 1));
  const crop = cut(kept, box);
  const boxed = stages.scaling
    ? inBox(crop, stages.averaging)
    : shrunk(found.image, crop, stages.averaging);
  const image = centred(boxed, stages.centring);
  return {
    status: several ? "several_digits" : "digit",
    reason: several ? "there are several parts of a digit's size" : "",
    image28: image.data,
    box: [box.x, box.y, box.width, box.height].map((value) => value * part),
    stages: { ...shown, crop, boxed, image },
  };
}

/**
 * @param {string} reason
 * @param {Record<string, Plane>} stages
 * @returns {Seen}
 */
function blank(reason, stages) {
  return { status: "blank", reason, image28: new Uint8Array(SIDE * SIDE), box: null, stages };
}

/**
 * Red, green and blue planes; the grey one alone where there is no colour.
 *
 * @param {Picture} image
 */
function planesOf(image) {
  let planes = onPaper(image, 255);
  const isPale = planes.every(({ data }) => data.every((value) => value >= PALE));
  if (isPale && isPartlyClear(image)) planes = onPaper(image, 0); // white ink
  const [red, green, blue] = planes.map(({ data }) => data);
  const isGrey = red.every((value, i) => value === green[i] && value === blue[i]);
  return isGrey ? [planes[0]] : planes;
}

/** @param {Picture} picture */
function isPartlyClear({ data }) {
  const alpha = data.filter((_, i) => i % 4 === 3);
  return alpha.some(Boolean) && alpha.some((value) => value < 255);
}

/** @param {Picture} picture @param {number} paper */
function onPaper({ width, height, data }, paper) {
  return [0, 1, 2].map((channel) => {
    const made = plane(width, height);
    for (let i = 0, at = channel; i < made.data.length; i++, at += 4) {
      const alpha = data[at - channel + 3];
      made.data[i] =
        alpha === 255 ? data[at] : (data[at] * alpha + paper * (255 - alpha) + 127) / 255;
    }
    return made;
  });
}

/**
 * The planes, at most WORK_SIDE pixels long, averaged over squares; and their side.
 *
 * @param {Plane[]} planes one or three.
 */
function reduced(planes) {
  const { width, height } = planes[0];
  const part = Math.max(1, Math.ceil(Math.max(width, height) / WORK_SIDE));
  const [wide, high] = [width, height].map((side) => Math.max(1, Math.floor(side / part)));
  const [red, green = red, blue = red] =
    part === 1 ? planes : planes.map((one) => averaged(wholeSquares(one, part), wide, high));
  return { planes: { red, green, blue }, part };
}

/**
 * Without scaling to the digit: the whole picture made 28 long, and of it the digit.
 *
 * @param {Plane} picture
 * @param {Plane} crop
 * @param {boolean} averaging
 */
function shrunk(picture, crop, averaging) {
  const whole = Math.max(picture.width, picture.height);
  const side = (Math.max(crop.width, crop.height) * SIDE) / whole;
  return scaled(crop, Math.min(Math.max(1, side), SIDE), averaging);
}

/** @param {Plane} boxed @param {boolean} byMass */
function centred(boxed, byMass) {
  const mass = boxed.data.reduce((all, value) => all + value, 0);
  let [down, across] = [0, 0];
  boxed.data.forEach((value, i) => {
    down += value * Math.floor(i / boxed.width);
    across += value * (i % boxed.width);
  });
  /** @param {number} moment @param {number} length */
  const place = (moment, length) => {
    const first = byMass ? roundEven(CENTRE - moment / mass) : 0;
    return Math.min(Math.max(first, 0), SIDE - length);
  };
  const image = plane(SIDE, SIDE);
  paste(boxed, image, place(across, boxed.width), place(down, boxed.height));
  return image;
}
