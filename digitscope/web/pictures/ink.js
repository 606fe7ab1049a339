/**
 * ink: where there is ink in a picture, and how much; paper, shadow and polarity are gone.
 *
 * The same steps, under the same names, as digitscope/ink.py, which explains them; light.js and
 * polarity.js have two of them.
 */
import { missingLight } from "./light.js";
import { histogram, inverted, map, plane, quantile, roundEven } from "./planes.js";
import { ENOUGH, isLightOnDark, sample, tails } from "./polarity.js";

/** @import { Plane } from "./planes.js" */

/** @typedef {{red: Plane, green: Plane, blue: Plane}} Colours three times the same where grey. */

const COLOURFUL = 1.5;
const FAINTEST = 12;
const NOISE = 4.0;
const MIDDLE = 0.6745;

/**
 * The ink of a picture, dark on light or light on dark.
 *
 * @param {Colours} picture
 * @returns {{image: Plane, contrast: number, lightOnDark: boolean}} image: 0 = background .. 255 =
 *   full ink.
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
  const image = map(missing, (value) =>
    roundEven(Math.min(Math.max((value - low) * scale, 0), 255)),
  );
  return { image, contrast: high - low, lightOnDark };
}

/** @param {Colours} picture */
function mostTelling({ red, green, blue }) {
  if (red === green && green === blue) return red;
  const grey = map(
    red,
    (value, i) => (value * 4899 + green.data[i] * 9617 + blue.data[i] * 1868 + 8192) >> 14,
  );
  const planes = [grey, red, green, blue];
  const spreads = planes.map((one) => deviation(sample(one).data));
  const best = spreads.indexOf(Math.max(...spreads));
  return spreads[best] > COLOURFUL * spreads[0] ? planes[best] : grey;
}

/** @param {Uint8Array} data */
function deviation(data) {
  let [sum, squares] = [0, 0];
  histogram(data).forEach((count, value) => {
    sum += count * value;
    squares += count * value * value;
  });
  return Math.sqrt(Math.max(squares / data.length - (sum / data.length) ** 2, 0));
}

/** @param {Plane} missing */
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

/** @param {Plane} missing @param {number} noise */
function levels(missing, noise) {
  const counts = histogram(sample(missing).data);
  const threshold = otsu(counts);
  const [paper, upper] = [0.5, 0.75].map((part) =>
    quantile(counts.subarray(0, threshold + 1), part),
  );
  const uneven = Math.min(threshold, paper + roundEven((NOISE * (upper - paper)) / MIDDLE));
  const low = Math.max(uneven, paper + roundEven(NOISE * noise));
  return [low, threshold + 1 + quantile(counts.subarray(threshold + 1), 0.75)];
}

/** @param {Float64Array} counts */
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
