/**
 * normaliser: any picture of one digit becomes an image as MNIST's are.
 *
 * The same steps, under the same names, as digitscope/preprocess.py, which explains them; tests hold
 * both to the same golden vectors.
 */
import { inkOf } from "./ink.js";
import { withoutLines } from "./lines.js";
import {
  atLeast, averaged, boundingBox, components, cut, interpolated, map, padded, plane, roundEven, underBox, underEllipse,
  wholeSquares,
} from "./pixels.js";

export const SIDE = 28;
const BOX = 20;
const CENTRE = 14;
const WORK_SIDE = 256;
const FAINT = 64;
const DARK = 128;
const EDGE = 24;
const THINNEST = 1.6;
const THICKEST = 4.2;
const FINE = 5;
const SPECK = 0.02;
const SAME_SIZE = 0.55;
const APART = 0.08;
const FAR = 0.5;
const WEIGHTY = 0.1;
const SECOND = 0.15;
const INSIDE = 0.12;
const CONTENT = 0.3;
const BAND = 0.12;
const AROUND = 0.85;
const FEWEST = 6;
const PALE = 244; // of open_picture

const ALL = { centring: true, scaling: true, averaging: true };

/**
 * Find the one digit in a picture and bring it into MNIST's form.
 *
 * @param {ImageData} picture of a canvas; what is transparent is taken for white.
 * @param {object} stages which of centring, scaling and averaging are done: to see why they matter.
 * @returns {{status: string, reason: string, image28: Uint8Array, box: number[]|null, stages: object}}
 *   status: digit, blank or several_digits; stages: name -> plane, of the picture on its way.
 */
export function normalise(picture, stages = ALL) {
  const { planes, part } = reduced(planesOf(picture));
  const found = inkOf(planes);
  const shown = { ink: found.image };
  if (!found.contrast) return blank("nothing is darker or lighter than the rest", shown);
  const { kept, several } = digitOf(found.image);
  if (!kept) return blank("there are specks, but no stroke", shown);
  const { x, y, width, height } = boundingBox(atLeast(kept, EDGE + 1));
  const crop = cut(kept, x, y, width, height);
  const boxed = stages.scaling ? inBox(crop, stages.averaging) : shrunk(found.image, crop, stages.averaging);
  const image = centred(boxed, stages.centring);
  return {
    status: several ? "several_digits" : "digit",
    reason: several ? "there are several parts of a digit's size" : "",
    image28: image.data,
    box: [x, y, width, height].map((value) => value * part),
    stages: { ...shown, crop, boxed, image },
  };
}

function blank(reason, shown) {
  return { status: "blank", reason, image28: new Uint8Array(SIDE * SIDE), box: null, stages: shown };
}

/** Red, green and blue planes; three times the same, as one, where there is no colour. */
function planesOf(image) {
  let planes = onPaper(image, 255);
  const isPale = planes.every(({ data }) => data.every((value) => value >= PALE));
  if (isPale && isPartlyClear(image)) planes = onPaper(image, 0); // white ink
  const isGrey = planes[0].data.every((value, i) => value === planes[1].data[i] && value === planes[2].data[i]);
  return isGrey ? [planes[0]] : planes;
}

function isPartlyClear({ data }) {
  const alpha = data.filter((_, i) => i % 4 === 3);
  return alpha.some(Boolean) && alpha.some((value) => value < 255);
}

function onPaper({ width, height, data }, paper) {
  return [0, 1, 2].map((channel) => {
    const made = plane(width, height);
    for (let i = 0, at = channel; i < made.data.length; i++, at += 4) {
      const alpha = data[at - channel + 3];
      made.data[i] = alpha === 255 ? data[at] : (data[at] * alpha + paper * (255 - alpha) + 127) / 255;
    }
    return made;
  });
}

/** The planes, at most WORK_SIDE pixels long, averaged over squares; and their side. */
function reduced(planes) {
  const { width, height } = planes[0];
  const part = Math.max(1, Math.ceil(Math.max(width, height) / WORK_SIDE));
  const size = [width, height].map((side) => Math.max(1, Math.floor(side / part)));
  const [red, green = red, blue = red] =
    part === 1 ? planes : planes.map((one) => averaged(wholeSquares(one, part), ...size));
  return { planes: { red, green, blue }, part };
}

function digitOf(ink) {
  const marks = withoutLines(atLeast(ink, FAINT));
  const { labels, parts: all } = components(marks);
  const isDark = new Set();
  ink.data.forEach((value, i) => value >= DARK && isDark.add(labels[i]));
  const frame = frameOf(labels, all, ink.width);
  const parts = all
    .map((part, i) => ({ ...part, label: i + 1 }))
    .filter(({ label }) => isDark.has(label) && label !== frame);
  if (!parts.length) return { kept: null, several: false };
  const { main, near, several } = together(parts, ink.width, ink.height);
  if (main.area < FEWEST) return { kept: null, several: false };
  const chosen = new Set(near.map((part) => part.label));
  const mask = underBox(map(marks, (_, i) => (chosen.has(labels[i]) ? 1 : 0)), 3, 3, Math.max);
  return { kept: map(ink, (value, i) => value * mask.data[i]), several };
}

function frameOf(labels, parts, columns) {
  if (!parts.length) return 0;
  const area = (part) => part.width * part.height;
  const largest = parts.reduce((best, part, i) => (area(part) > area(parts[best]) ? i : best), 0);
  const { left, top, width, height } = parts[largest];
  const isInside = (part) =>
    part.left > left && part.top > top && part.left + part.width < left + width && part.top + part.height < top + height;
  if (!parts.some((part) => isInside(part) && part.height >= CONTENT * height)) return 0;
  const band = Math.max(1, roundEven(BAND * Math.min(width, height)));
  const has = (x, y) => labels[(top + y) * columns + left + x] === largest + 1;
  const share = (length, hasInk) => {
    let along = 0;
    for (let i = 0; i < length; i++) along += Array.from({ length: band }, (_, depth) => hasInk(i, depth)).includes(true);
    return along / length;
  };
  const sides = [
    share(width, (x, y) => has(x, y)),
    share(width, (x, y) => has(x, height - 1 - y)),
    share(height, (y, x) => has(x, y)),
    share(height, (y, x) => has(width - 1 - x, y)),
  ];
  return Math.min(...sides) >= AROUND ? largest + 1 : 0;
}

function together(parts, width, height) {
  const size = (part) => Math.max(part.width, part.height);
  const isCut = (part) =>
    !part.left || !part.top || part.left + part.width === width || part.top + part.height === height;
  const gap = (a, b) =>
    Math.max(a.left - b.left - b.width, b.left - a.left - a.width, a.top - b.top - b.height, b.top - a.top - a.height);
  const largest = (some) => some.reduce((best, part) => (part.area > best.area ? part : best));
  let main = largest(parts);
  const whole = parts.filter((part) => !isCut(part));
  if (isCut(main) && whole.length) {
    const inside = largest(whole);
    const isApart = gap(inside, main) > APART * size(inside);
    if (isApart && size(inside) >= INSIDE * Math.max(width, height)) main = inside;
  }
  const about = parts.map((part) => {
    const away = gap(part, main) / size(main);
    const share = !isCut(main) && isCut(part) && away > APART ? 0 : part.area / main.area;
    return { part, away, share };
  });
  const several = about.some(
    ({ part, away, share }) => part.height >= SAME_SIZE * main.height && away > APART && share > SECOND,
  );
  const near = about.filter(
    ({ part, away, share }) => part === main || (away <= FAR * Math.min(1, share / WEIGHTY) && share >= SPECK),
  );
  return { main, near: near.map(({ part }) => part), several };
}

function inBox(cutOut, averaging) {
  const crop = softened(cutOut);
  const fine = scaled(crop, FINE * BOX);
  const width = strokeWidth(fine) / FINE;
  if (THINNEST <= width && width <= THICKEST) {
    const side = Math.max(crop.width, crop.height);
    return BOX - 2 <= side && side <= BOX ? crop : scaled(fine, BOX, averaging);
  }
  const reach = FINE * (Math.min(Math.max(width, THINNEST), THICKEST) - width);
  const size = 2 * roundEven(Math.abs(reach) / 2) + 1;
  const roomy = padded(fine, size);
  let changed = underEllipse(roomy, size, reach > 0 ? Math.max : Math.min);
  if (reach > 0) {
    const brightest = fine.data.reduce((most, value) => Math.max(most, value), 0);
    changed = map(changed, (value) => Math.min(roundEven((value * 255) / brightest), 255));
  } else if (numParts(changed) !== numParts(roomy)) return scaled(crop, BOX, averaging);
  const box = boundingBox(changed);
  return scaled(cut(changed, box.x, box.y, box.width, box.height), BOX, averaging);
}

/** A scan in black and white with greys at its edges, by a blur of half a pixel. */
function softened(crop) {
  if (crop.data.some((value) => EDGE < value && value < 255 - EDGE)) return crop;
  const [made, from] = [plane(crop.width + 2, crop.height + 2), padded(crop, 2)];
  const weights = [1, 6, 1];
  for (let y = 0; y < made.height; y++)
    for (let x = 0; x < made.width; x++) {
      let sum = 0;
      for (let down = 0; down < 3; down++)
        for (let across = 0; across < 3; across++) sum += weights[down] * weights[across] * from.data[(y + down) * from.width + x + across];
      made.data[y * made.width + x] = roundEven(sum / 64);
    }
  return made;
}

function numParts(image) {
  return components(atLeast(image, DARK + 1)).parts.length;
}

/** The mean width of strokes: twice their area by the length of their edge. */
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

function scaled(image, side, averaging = true) {
  const part = side / Math.max(image.width, image.height);
  const width = Math.max(1, roundEven(image.width * part));
  const height = Math.max(1, roundEven(image.height * part));
  if (!averaging) return nearest(image, width, height);
  return part < 1 ? averaged(image, width, height) : interpolated(image, width, height);
}

/** Without averaging: every new pixel is one old one, and thin strokes break. */
function nearest(image, width, height) {
  const made = plane(width, height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from = Math.floor((y * image.height) / height) * image.width + Math.floor((x * image.width) / width);
      made.data[y * width + x] = image.data[from];
    }
  return made;
}

/** Without scaling to the digit: the whole picture made 28 long, and of it the digit. */
function shrunk(picture, crop, averaging) {
  const side = (Math.max(crop.width, crop.height) * SIDE) / Math.max(picture.width, picture.height);
  return scaled(crop, Math.min(Math.max(1, side), SIDE), averaging);
}

function centred(boxed, byMass) {
  const mass = boxed.data.reduce((all, value) => all + value, 0);
  let [down, across] = [0, 0];
  boxed.data.forEach((value, i) => {
    down += value * Math.floor(i / boxed.width);
    across += value * (i % boxed.width);
  });
  const place = (moment, length) => {
    const first = byMass ? roundEven(CENTRE - moment / mass) : 0;
    return Math.min(Math.max(first, 0), SIDE - length);
  };
  const [top, left] = [place(down, boxed.height), place(across, boxed.width)];
  const image = plane(SIDE, SIDE);
  for (let y = 0; y < boxed.height; y++)
    image.data.set(boxed.data.subarray(y * boxed.width, (y + 1) * boxed.width), (top + y) * SIDE + left);
  return image;
}
