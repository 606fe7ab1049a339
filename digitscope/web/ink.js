/**
 * ink: where there is ink in a picture, and how much; paper, shadow and polarity are gone.
 *
 * The same steps, under the same names, as digitscope/ink.py, which explains them.
 */
import { atLeast, averaged, components, histogram, interpolated, map, plane, quantile, roundEven, underBox, wholeSquares } from "./pixels.js";

const BORDER = 0.02;
const CLEARLY = 1.2;
const AROUND = 13;
const RARE = 0.35;
const EVEN = 0.75;
const TAIL = 0.0005;
const STANDING = 0.002;
const PAPER_SIDE = 64;
const DARKER = 0.01;
const LOOKS = 4;
const ENOUGH = 100;
const EVERY = 2;
const EVENED = 192;
const STROKE = 0.33;
const COLOURFUL = 1.5;
const DIMMEST = 32;
const FAINTEST = 12;
const NOISE = 4.0;
const MIDDLE = 0.6745;

/**
 * The ink of a picture, dark on light or light on dark.
 *
 * @param {{width: number, height: number, red: object, green: object, blue: object}} picture planes.
 * @returns {{image: object, contrast: number, lightOnDark: boolean}} image: a plane, 0 =
 *   background .. 255 = full ink.
 */
export function inkOf(picture) {
  let shown = mostTelling(picture);
  const lightOnDark = isLightOnDark(shown);
  if (lightOnDark) shown = inverted(shown);
  const nothing = { image: plane(shown.width, shown.height), contrast: 0, lightOnDark };
  const [darkest, brightest] = tails(shown);
  if (brightest - darkest < FAINTEST) return nothing;
  const missing = missingLight(shown);
  const [low, high] = levels(missing, grain(missing));
  if (high - low < FAINTEST) return nothing;
  const scale = 255 / (high - low);
  const image = map(missing, (value) => roundEven(Math.min(Math.max((value - low) * scale, 0), 255)));
  return { image, contrast: high - low, lightOnDark };
}

function inverted(image) {
  return map(image, (value) => 255 - value);
}

function mostTelling({ red, green, blue }) {
  if (red === green && green === blue) return red;
  const grey = map(red, (value, i) => (value * 4899 + green.data[i] * 9617 + blue.data[i] * 1868 + 8192) >> 14);
  const planes = [grey, red, green, blue];
  const spreads = planes.map((one) => deviation(sample(one).data));
  const best = spreads.indexOf(Math.max(...spreads));
  return spreads[best] > COLOURFUL * spreads[0] ? planes[best] : grey;
}

function deviation(data) {
  const counts = histogram(data);
  let [sum, squares] = [0, 0];
  counts.forEach((count, value) => {
    sum += count * value;
    squares += count * value * value;
  });
  return Math.sqrt(Math.max(squares / data.length - (sum / data.length) ** 2, 0));
}

function isLightOnDark(shown) {
  const border = borderOf(shown);
  const [darkest, brightest] = tails(shown);
  let paper = median(border);
  const near = border.filter((value) => Math.abs(value - paper) < (brightest - darkest) / 4);
  const some = sample(shown).data;
  let alike = 0;
  for (const value of some) alike += Math.abs(value - paper) < (brightest - darkest) / 2;
  const isFrame = alike < RARE * some.length;
  if (near.length < EVEN * border.length || isFrame) {
    const small = reduced(shown);
    const sharp = standingOut(small);
    const [dark, light] = [STANDING, 1 - STANDING].map((part) => Math.abs(quantileOf(sharp, part)));
    const isSmaller = small.data.length < shown.data.length;
    if (isSmaller && Math.max(dark, light) > CLEARLY * Math.min(dark, light)) return light > dark;
    const like = [inverted(shown), shown].map(likeStrokes);
    if (Math.max(...like) > CLEARLY * Math.min(...like)) return like[1] > like[0];
    paper = median(shown.data);
  }
  return brightest - paper > CLEARLY * (paper - darkest);
}

function borderOf({ width, height, data }) {
  const y = Math.max(1, roundEven(BORDER * height));
  const x = Math.max(1, roundEven(BORDER * width));
  const rows = [data.subarray(0, y * width), data.subarray((height - y) * width)];
  const sides = [];
  for (let row = 0; row < height; row++)
    sides.push(data.subarray(row * width, row * width + x), data.subarray((row + 1) * width - x, (row + 1) * width));
  return [...rows, ...sides].flatMap((part) => [...part]);
}

function median(values) {
  return quantileOf(values, 0.5);
}

/** A quantile, between the nearest two values, as NumPy gives it. */
function quantileOf(values, part) {
  const sorted = Float64Array.from(values).sort();
  const place = part * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
}

function likeStrokes(shown) {
  const [darkest, brightest] = tails(shown);
  const { parts } = components(atLeast(shown, ((darkest + brightest) >> 1) + 1));
  if (!parts.length) return 0;
  const areas = parts.map((part) => part.area);
  const all = areas.reduce((sum, area) => sum + area);
  return (Math.max(...areas) / all) * Math.sqrt(1 - all / shown.data.length);
}

/** How much each pixel is brighter than its surroundings. */
function standingOut(small) {
  const blurred = gaussian(small, AROUND);
  return Float64Array.from(small.data, (value, i) => value - blurred[i]);
}

/** A Gaussian blur, mirrored at the edges. cv2.GaussianBlur. */
function gaussian({ width, height, data }, sigma) {
  const reach = Math.round(sigma * 8 + 1) >> 1;
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const sum = weights.reduce((all, weight) => all + weight);
  const blur = (length, at) => {
    let value = 0;
    for (let i = -reach; i <= reach; i++) value += (weights[i + reach] / sum) * at(mirrored(i, length));
    return value;
  };
  const rows = new Float64Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      rows[y * width + x] = blur(width, (place) => data[y * width + place(x)]);
  const both = new Float64Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      both[y * width + x] = blur(height, (place) => rows[place(y) * width + x]);
  return both;
}

function mirrored(step, length) {
  return (place) => {
    if (length === 1) return 0;
    const period = 2 * (length - 1);
    const there = (((place + step) % period) + period) % period;
    return there < length ? there : period - there;
  };
}

function tails(shown) {
  const counts = histogram(sample(shown).data);
  const cumulative = [];
  let sum = 0;
  for (const count of counts) cumulative.push((sum += count));
  const few = TAIL * sum;
  const firstAtLeast = (least) => cumulative.findIndex((value) => value >= least);
  return [firstAtLeast(few), firstAtLeast(sum - few)];
}

function sample(shown) {
  const step = Math.max(1, Math.floor(Math.min(shown.width, shown.height) / ENOUGH));
  if (step === 1) return shown;
  const made = plane(Math.ceil(shown.width / step), Math.ceil(shown.height / step));
  for (let y = 0; y < made.height; y++)
    for (let x = 0; x < made.width; x++)
      made.data[y * made.width + x] = shown.data[y * step * shown.width + x * step];
  return made;
}

function missingLight(shown) {
  const small = reduced(shown);
  let paper = lightOf(small);
  if (small.data.length < shown.data.length) {
    const reach = 2 * roundEven((STROKE * Math.max(small.width, small.height)) / 2) + 1;
    const evened = map(small, (value, i) => Math.floor(Math.min(value * (EVENED / paper[i]), 255)));
    const even = closed(evened, reach).data;
    const shadowed = closed(small, reach).data;
    paper = paper.map((light, i) => Math.min((light * even[i]) / EVENED, shadowed[i]));
  }
  const rounded = map(small, (_, i) => Math.floor(Math.min(Math.max(paper[i] + 0.5, DIMMEST), 255)));
  const whole = interpolated(rounded, shown.width, shown.height);
  return map(shown, (value, i) =>
    roundEven((Math.max(whole.data[i] - value, 0) * 255) / whole.data[i]),
  );
}

function closed(image, size) {
  return underBox(underBox(image, size, size, Math.max), size, size, Math.min);
}

/** The plane, about PAPER_SIDE pixels long. */
function reduced(shown) {
  const part = Math.max(1, roundEven(Math.max(shown.width, shown.height) / PAPER_SIDE));
  if (part === 1) return shown;
  const width = Math.max(1, Math.floor(shown.width / part));
  const height = Math.max(1, Math.floor(shown.height / part));
  return averaged(wholeSquares(shown, part), width, height);
}

/** How bright the paper is where it is bare: a quadratic surface, fitted by weighted least squares. */
function lightOf({ width, height, data }) {
  const terms = surfaceTerms(width, height);
  const places = [];
  for (let y = 0; y < height; y += EVERY) for (let x = 0; x < width; x += EVERY) places.push(y * width + x);
  const weights = new Float64Array(places.length).fill(1);
  let found;
  for (let look = 0; look < LOOKS; look++) {
    const products = Array.from({ length: TERMS }, () => new Array(TERMS).fill(0));
    const right = new Array(TERMS).fill(0);
    let total = 0;
    places.forEach((place, n) => {
      const first = place * TERMS;
      total += weights[n];
      for (let i = 0; i < TERMS; i++) {
        const weighted = weights[n] * terms[first + i];
        right[i] += weighted * data[place];
        for (let j = 0; j <= i; j++) products[i][j] += weighted * terms[first + j];
      }
    });
    for (let i = 0; i < TERMS; i++) {
      for (let j = i + 1; j < TERMS; j++) products[i][j] = products[j][i];
      if (i) products[i][i] += 1e-5 * total;
    }
    found = solved(products, right);
    places.forEach((place, n) => {
      weights[n] = data[place] > surface(found, terms, place) ? 1 : DARKER;
    });
  }
  return Float64Array.from({ length: width * height }, (_, place) => Math.max(surface(found, terms, place), 1));
}

const TERMS = 6;

/** 1, x, y, x², xy, y² of each place, from -1 to 1. */
function surfaceTerms(width, height) {
  const at = (i, length) => (length > 1 ? -1 + (2 * i) / (length - 1) : -1);
  const terms = new Float64Array(width * height * TERMS);
  for (let i = 0; i < width * height; i++) {
    const [x, y] = [at(i % width, width), at(Math.floor(i / width), height)];
    terms.set([1, x, y, x * x, x * y, y * y], i * TERMS);
  }
  return terms;
}

function surface(found, terms, place) {
  let sum = 0;
  for (let i = 0; i < TERMS; i++) sum += found[i] * terms[place * TERMS + i];
  return sum;
}

/** The solution of a system of linear equations, by Gaussian elimination. */
function solved(matrix, right) {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  rows.forEach((_, i) => {
    const column = rows.slice(i).map((row) => Math.abs(row[i]));
    const pivot = i + column.indexOf(Math.max(...column));
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    for (let j = 0; j < rows.length; j++) {
      if (j === i) continue;
      const factor = rows[j][i] / rows[i][i];
      for (let k = i; k < rows[j].length; k++) rows[j][k] -= factor * rows[i][k];
    }
  });
  return rows.map((row, i) => row.at(-1) / row[i]);
}

function grain(missing) {
  if (missing.width < 2) return 0;
  const step = Math.max(1, Math.floor(missing.height / ENOUGH));
  const counts = new Float64Array(256);
  for (let y = 0; y < missing.height; y += step)
    for (let x = 1; x < missing.width; x++) {
      const at = y * missing.width + x;
      counts[Math.abs(missing.data[at] - missing.data[at - 1])]++;
    }
  return quantile(counts, 0.5) / (MIDDLE * Math.SQRT2);
}

function levels(missing, noise) {
  const counts = histogram(sample(missing).data);
  const threshold = otsu(counts);
  const [paper, upper] = [0.5, 0.75].map((part) => quantile(counts.subarray(0, threshold + 1), part));
  const uneven = Math.min(threshold, paper + roundEven((NOISE * (upper - paper)) / MIDDLE));
  const low = Math.max(uneven, paper + roundEven(NOISE * noise));
  return [low, threshold + 1 + quantile(counts.subarray(threshold + 1), 0.75)];
}

function otsu(counts) {
  const total = counts.reduce((all, count) => all + count, 0);
  const mean = counts.reduce((all, count, value) => all + count * value, 0);
  let [below, sum, best, threshold] = [0, 0, -1, 0];
  counts.forEach((count, value) => {
    below += count;
    sum += count * value;
    const gap = mean * below - sum * total;
    const between = gap ** 2 / Math.max(below * (total - below), 1);
    if (between > best) [best, threshold] = [between, value];
  });
  return threshold;
}
