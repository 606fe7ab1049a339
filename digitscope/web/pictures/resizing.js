/** resizing: planes in another size, each way as OpenCV goes it. */
import { cut, plane, roundEven } from "./planes.js";

/** @import { Plane } from "./planes.js" */

const WHOLE = 2048; // OpenCV's weights of neighbours are parts of this

/**
 * A plane made smaller: each new pixel is the mean of the area that it covers. cv2.INTER_AREA.
 *
 * @param {Plane} image
 * @param {number} width
 * @param {number} height
 */
export function averaged(image, width, height) {
  const across = shares(image.width, width);
  const down = shares(image.height, height);
  const isHalved = image.width === 2 * width && image.height === 2 * height;
  const round = isHalved ? Math.round : roundEven;
  const made = plane(width, height);
  const row = new Float64Array(image.width);
  for (let y = 0; y < height; y++) {
    row.fill(0);
    for (let i = down.starts[y]; i < down.starts[y + 1]; i++) {
      const from = down.places[i] * image.width;
      for (let x = 0; x < row.length; x++) row[x] += down.weights[i] * image.data[from + x];
    }
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let i = across.starts[x]; i < across.starts[x + 1]; i++)
        sum += across.weights[i] * row[across.places[i]];
      made.data[y * width + x] = round(sum);
    }
  }
  return made;
}

/**
 * Of `count` parts of a length: part i covers places[j], with weights[j], j from starts[i] on.
 *
 * @param {number} length
 * @param {number} count
 */
function shares(length, count) {
  const scale = length / count;
  /** @type {number[][]} */
  const [starts, places, weights] = [[], [], []];
  for (let part = 0; part < count; part++) {
    const start = part * scale;
    const end = Math.min(start + scale, length);
    starts.push(places.length);
    for (let i = Math.floor(start); i < end - 1e-9; i++) {
      places.push(i);
      weights.push((Math.min(end, i + 1) - Math.max(start, i)) / (end - start));
    }
  }
  starts.push(places.length);
  return { starts, places: Int32Array.from(places), weights: Float64Array.from(weights) };
}

/**
 * As much of a plane, from the top left, as squares of `side` pixels fill; at least one of each.
 *
 * @param {Plane} image
 * @param {number} side
 */
export function wholeSquares(image, side) {
  /** @param {number} length */
  const whole = (length) => (length < side ? length : length - (length % side));
  return cut(image, { x: 0, y: 0, width: whole(image.width), height: whole(image.height) });
}

/**
 * A plane in another size, between the nearest four pixels. cv2.INTER_LINEAR, in its integers.
 *
 * @param {Plane} image
 * @param {number} width
 * @param {number} height
 */
export function interpolated(image, width, height) {
  const across = neighbours(image.width, width);
  const made = plane(width, height);
  /** @type {Map<number, Int32Array>} */
  const rows = new Map();
  neighbours(image.height, height).forEach(([above, below, low], y) => {
    const [top, bottom] = [above, below].map((place) => {
      const row = rows.get(place) ?? interpolatedRow(image, place, across);
      rows.set(place, row);
      return row;
    });
    for (let x = 0; x < width; x++)
      made.data[y * width + x] =
        (((top[x] * (WHOLE - low)) >> 16) + ((bottom[x] * low) >> 16) + 2) >> 2;
  });
  return made;
}

/**
 * One of a plane's rows in another length, in parts of WHOLE / 16.
 *
 * @param {Plane} image
 * @param {number} y
 * @param {[number, number, number][]} across of `neighbours`.
 */
function interpolatedRow({ width, data }, y, across) {
  const start = y * width;
  return Int32Array.from(
    across,
    ([left, right, far]) => (data[start + left] * (WHOLE - far) + data[start + right] * far) >> 4,
  );
}

/**
 * For each new place the two old ones around it, and the weight of the second.
 *
 * @param {number} length
 * @param {number} count
 * @returns {[number, number, number][]}
 */
function neighbours(length, count) {
  return Array.from({ length: count }, (_, i) => {
    const place = ((i + 0.5) * length) / count - 0.5;
    const first = Math.floor(place);
    if (first < 0) return [0, Math.min(1, length - 1), 0];
    if (first >= length - 1) return [length - 1, length - 1, 0];
    return [first, first + 1, roundEven((place - first) * WHOLE)];
  });
}

/**
 * A plane in another size, without averaging: every new pixel is one old one, and thin strokes
 * break.
 *
 * @param {Plane} image
 * @param {number} width
 * @param {number} height
 */
export function nearest(image, width, height) {
  const made = plane(width, height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const row = Math.floor((y * image.height) / height);
      const column = Math.floor((x * image.width) / width);
      made.data[y * width + x] = image.data[row * image.width + column];
    }
  return made;
}

/**
 * A plane whose longer side is `side`.
 *
 * @param {Plane} image
 * @param {number} side
 */
export function scaled(image, side, averaging = true) {
  const part = side / Math.max(image.width, image.height);
  const width = Math.max(1, roundEven(image.width * part));
  const height = Math.max(1, roundEven(image.height * part));
  if (!averaging) return nearest(image, width, height);
  return part < 1 ? averaged(image, width, height) : interpolated(image, width, height);
}
