/**
 * lines: marks on ruled or squared paper without its lines.
 *
 * The same steps, under the same names, as digitscope/lines.py, which explains them.
 */
import { components, underBox } from "./morphology.js";
import { boundingBox, map, plane, roundEven, transposed } from "./planes.js";

/** @import { Part } from "./morphology.js" */
/** @import { Plane } from "./planes.js" */

const LENGTH = 0.97;
const THICKNESS = 0.03;
const RUN = 1 / 8;
const BULGE = 1.5;

/**
 * Marks, 0 or 1, without thin straight lines from edge to edge; strokes across them stay whole.
 *
 * @param {Plane} marks
 */
export function withoutLines(marks) {
  const lying = linesIn(marks);
  const standing = linesIn(transposed(marks));
  if (!lying && !standing) return marks;
  let rest = marks;
  if (lying) rest = removed(rest, lying);
  if (standing) rest = transposed(removed(transposed(rest), standing));
  const { width, height } = boundingBox(rest);
  const isTight =
    (lying && height >= LENGTH * marks.height) || (standing && width >= LENGTH * marks.width);
  return isTight ? marks : rest;
}

/** @param {Plane} marks */
function linesIn(marks) {
  const { width, height } = marks;
  const reach = roundEven(RUN * width);
  const end = Math.max(1, roundEven((1 - LENGTH) * width));
  if (reach < 4 || !hasInk(marks, 0, end) || !hasInk(marks, width - end, width)) return null;
  const runs = underBox(underBox(marks, reach, 1, Math.min), reach, 1, Math.max);
  const { labels, parts } = components(runs);
  const found = plane(width, height);
  parts.forEach((part, i) => {
    if (part.width < LENGTH * width || part.area > THICKNESS * height * width) return;
    take(found, part, (at) => labels[at] === i + 1);
  });
  return found.data.some(Boolean) ? found : null;
}

/**
 * Whether there is a mark in the columns from `from` up to `to`.
 *
 * @param {Plane} marks
 * @param {number} from
 * @param {number} to
 */
function hasInk({ width, height, data }, from, to) {
  for (let y = 0; y < height; y++)
    for (let x = from; x < to; x++) if (data[y * width + x]) return true;
  return false;
}

/**
 * Put the pixels of a line into `found`, but not where it bulges: there a stroke crosses it.
 *
 * @param {Plane} found
 * @param {Part} part
 * @param {(at: number) => boolean} isPart
 */
function take(found, part, isPart) {
  const rows = Array.from({ length: part.height }, (_, y) => part.top + y);
  const columns = Array.from({ length: part.width }, (_, x) => {
    const places = rows.map((y) => y * found.width + part.left + x);
    return places.filter(isPart);
  });
  const usual = middle(columns.map((places) => places.length));
  for (const places of columns)
    if (places.length <= BULGE * usual + 1) for (const at of places) found.data[at] = 1;
}

/** @param {number[]} values */
function middle(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** @param {Plane} marks @param {Plane} lines */
function removed(marks, lines) {
  const rest = map(marks, (value, i) => Math.max(value - lines.data[i], 0));
  const size = 2 * thickest(lines) + 3;
  const joined = underBox(underBox(rest, 1, size, Math.max), 1, size, Math.min);
  return map(rest, (value, i) => Math.max(value, Math.min(joined.data[i], lines.data[i])));
}

/**
 * The chessboard distance from the middle of the thickest line to what is none.
 *
 * @param {Plane} lines
 */
function thickest(lines) {
  let distance = 0;
  for (let rest = lines; rest.data.some(Boolean); distance++) rest = underBox(rest, 3, 3, Math.min);
  return distance;
}
