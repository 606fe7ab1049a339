/**
 * pixels: planes of bytes, and what is done with them; each as OpenCV does it.
 *
 * A plane is {width, height, data}, data a Uint8Array, row by row.
 */

/** Rounded, halves to the even number, as NumPy and OpenCV do. */
export function roundEven(value) {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 ? rounded - 1 : rounded;
}

/** A plane of zeros, or around `data`. */
export function plane(width, height, data = new Uint8Array(width * height)) {
  return { width, height, data };
}

/** A plane with every value replaced by `change(value, index)`. */
export function map(image, change) {
  const made = plane(image.width, image.height);
  for (let i = 0; i < made.data.length; i++) made.data[i] = change(image.data[i], i);
  return made;
}

/** 1 where a value is at least `least`, else 0. */
export function atLeast(image, least) {
  return map(image, (value) => (value >= least ? 1 : 0));
}

/** A part of a plane. */
export function cut(image, x, y, width, height) {
  const made = plane(width, height);
  for (let row = 0; row < height; row++) {
    const from = (y + row) * image.width + x;
    made.data.set(image.data.subarray(from, from + width), row * width);
  }
  return made;
}

/** A plane with `margin` zeros on each side. */
export function padded(image, margin) {
  const made = plane(image.width + 2 * margin, image.height + 2 * margin);
  for (let y = 0; y < image.height; y++)
    made.data.set(
      image.data.subarray(y * image.width, (y + 1) * image.width),
      (y + margin) * made.width + margin,
    );
  return made;
}

/** Rows become columns. */
export function transposed(image) {
  const made = plane(image.height, image.width);
  for (let y = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++) made.data[x * made.width + y] = image.data[y * image.width + x];
  return made;
}

/** The smallest box around all that is not zero: {x, y, width, height}; width 0 if all is. */
export function boundingBox(image) {
  let [left, top, right, bottom] = [image.width, image.height, 0, 0];
  for (let y = 0; y < image.height; y++)
    for (let x = 0; x < image.width; x++)
      if (image.data[y * image.width + x]) {
        left = Math.min(left, x);
        right = Math.max(right, x + 1);
        top = Math.min(top, y);
        bottom = y + 1;
      }
  return right ? { x: left, y: top, width: right - left, height: bottom - top } : { x: 0, y: 0, width: 0, height: 0 };
}

/** A plane made smaller: each new pixel is the mean of the area that it covers. cv2.INTER_AREA. */
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
      const share = down.shares[i];
      const from = down.places[i] * image.width;
      for (let x = 0; x < row.length; x++) row[x] += share * image.data[from + x];
    }
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let i = across.starts[x]; i < across.starts[x + 1]; i++) sum += across.shares[i] * row[across.places[i]];
      made.data[y * width + x] = round(sum);
    }
  }
  return made;
}

/** As much of a plane, from the top left, as squares of `side` pixels fill; at least one of each. */
export function wholeSquares(image, side) {
  const whole = (length) => (length < side ? length : length - (length % side));
  return cut(image, 0, 0, whole(image.width), whole(image.height));
}

/** Of `count` parts of a length: part i covers places[j], with shares[j], j from starts[i] on. */
function shares(length, count) {
  const scale = length / count;
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
  return { starts, places: Int32Array.from(places), shares: Float64Array.from(weights) };
}

/** A plane in another size, between the nearest four pixels. cv2.INTER_LINEAR, in its integers. */
export function interpolated(image, width, height) {
  const across = neighbours(image.width, width);
  const down = neighbours(image.height, height);
  const made = plane(width, height);
  const row = (y) =>
    Int32Array.from(across, ([left, right, far]) => {
      const start = y * image.width;
      return (image.data[start + left] * (WHOLE - far) + image.data[start + right] * far) >> 4;
    });
  const rows = new Map();
  down.forEach(([above, below, low], y) => {
    for (const one of [above, below]) if (!rows.has(one)) rows.set(one, row(one));
    const [top, bottom] = [rows.get(above), rows.get(below)];
    for (let x = 0; x < width; x++)
      made.data[y * width + x] = (((top[x] * (WHOLE - low)) >> 16) + ((bottom[x] * low) >> 16) + 2) >> 2;
  });
  return made;
}

const WHOLE = 2048; // OpenCV's weights of neighbours are parts of this

/** For each new place the two old ones around it, and the weight of the second. */
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
 * The largest (choose = Math.max) or smallest (Math.min) value in a box of `wide` x `high` pixels
 * around each; what lies outside the plane does not count. cv2.dilate, cv2.erode.
 */
export function underBox(image, wide, high, choose) {
  const rows = alongRows(image, wide, choose);
  return high > 1 ? transposed(alongRows(transposed(rows), high, choose)) : rows;
}

/** The chosen value among `size` in a row, size >> 1 of them before: van Herk 1992. */
function alongRows(image, size, choose) {
  if (size === 1) return image;
  const { width, height } = image;
  const flip = choose === Math.max ? 0 : 255; // the smallest is the largest of the complements
  const length = Math.ceil((width + size) / size) * size;
  const made = plane(width, height);
  const line = new Uint8Array(length);
  const forward = new Uint8Array(length);
  const backward = new Uint8Array(length);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let x = 0; x < width; x++) line[x + (size >> 1)] = image.data[start + x] ^ flip;
    for (let block = 0; block < length; block += size) {
      let most = 0;
      for (let i = block; i < block + size; i++) forward[i] = most = line[i] > most ? line[i] : most;
      most = 0;
      for (let i = block + size - 1; i >= block; i--) backward[i] = most = line[i] > most ? line[i] : most;
    }
    for (let x = 0; x < width; x++) {
      const before = backward[x];
      const after = forward[x + size - 1];
      made.data[start + x] = (before > after ? before : after) ^ flip;
    }
  }
  return made;
}

/** For an ellipse of a size, how far each of its rows reaches to both sides. cv2.MORPH_ELLIPSE. */
function ellipseReaches(size) {
  const radius = size >> 1;
  return Array.from({ length: size }, (_, i) => {
    const dy = i - radius;
    return Math.round(radius * Math.sqrt(radius ? 1 - (dy * dy) / (radius * radius) : 0));
  });
}

/** The largest (or with Math.min the smallest) value under an ellipse of an odd size. */
export function underEllipse(image, size, choose) {
  const radius = size >> 1;
  const rows = ellipseReaches(size).map((reach) => alongRows(image, 2 * reach + 1, choose));
  const made = plane(image.width, image.height);
  made.data.fill(choose === Math.max ? 0 : 255);
  rows.forEach((row, i) => {
    for (let y = 0; y < image.height; y++) {
      const from = y + i - radius;
      if (from < 0 || from >= image.height) continue;
      for (let x = 0; x < image.width; x++) {
        const to = y * image.width + x;
        made.data[to] = choose(made.data[to], row.data[from * image.width + x]);
      }
    }
  });
  return made;
}

/**
 * Which of the things that hang together, at corners too, each pixel that isn't zero belongs to.
 *
 * @returns {{labels: Int32Array, parts: object[]}} labels from 1, 0 = nothing; of each part, from
 *   label 1 on, left, top, width, height and area.
 */
export function components(image) {
  const { width, height, data } = image;
  const labels = new Int32Array(width * height);
  const parts = [];
  const stack = [];
  for (let first = 0; first < data.length; first++) {
    if (!data[first] || labels[first]) continue;
    const label = parts.length + 1;
    let [left, top, right, bottom, area] = [width, height, 0, 0, 0];
    labels[first] = label;
    stack.push(first);
    while (stack.length) {
      const at = stack.pop();
      const x = at % width;
      const y = (at - x) / width;
      area++;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y + 1);
      for (let ny = Math.max(0, y - 1); ny <= Math.min(height - 1, y + 1); ny++)
        for (let nx = Math.max(0, x - 1); nx <= Math.min(width - 1, x + 1); nx++) {
          const near = ny * width + nx;
          if (data[near] && !labels[near]) {
            labels[near] = label;
            stack.push(near);
          }
        }
    }
    parts.push({ left, top, width: right - left, height: bottom - top, area });
  }
  return { labels, parts };
}

/** How often each of the values 0 to 255 occurs. */
export function histogram(data) {
  const counts = new Float64Array(256);
  for (const value of data) counts[value]++;
  return counts;
}

/** The least value up to which a part of all counted ones lies; 0 if there are none. */
export function quantile(counts, part) {
  const total = counts.reduce((all, count) => all + count, 0);
  let sum = 0;
  for (let value = 0; total && value < counts.length; value++) {
    sum += counts[value];
    if (sum >= part * total) return value;
  }
  return 0;
}
