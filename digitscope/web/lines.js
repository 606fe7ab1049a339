/**
 * lines: marks on ruled or squared paper without its lines.
 *
 * The same steps, under the same names, as digitscope/lines.py, which explains them.
 */
import { boundingBox, components, map, plane, roundEven, transposed, underBox } from "./pixels.js";

const LENGTH = 0.97;
const THICKNESS = 0.03;
const RUN = 1 / 8;
const BULGE = 1.5;

/** Marks, 0 or 1, without thin straight lines from edge to edge; strokes across them stay whole. */
export function withoutLines(marks) {
  const lying = linesIn(marks);
  const standing = linesIn(transposed(marks));
  if (!lying && !standing) return marks;
  let rest = marks;
  if (lying) rest = removed(rest, lying);
  if (standing) rest = transposed(removed(transposed(rest), standing));
  const { width, height } = boundingBox(rest);
  const isTight = (lying && height >= LENGTH * marks.height) || (standing && width >= LENGTH * marks.width);
  return isTight ? marks : rest;
}

function linesIn(marks) {
  const { width, height, data } = marks;
  const reach = roundEven(RUN * width);
  const end = Math.max(1, roundEven((1 - LENGTH) * width));
  const hasInk = (from, to) => {
    for (let y = 0; y < height; y++)
      for (let x = from; x < to; x++) if (data[y * width + x]) return true;
    return false;
  };
  if (reach < 4 || !hasInk(0, end) || !hasInk(width - end, width)) return null;
  const runs = underBox(underBox(marks, reach, 1, Math.min), reach, 1, Math.max);
  const { labels, parts } = components(runs);
  const found = plane(width, height);
  parts.forEach((part, i) => {
    if (part.width < LENGTH * width || part.area > THICKNESS * height * width) return;
    const thickness = Array.from({ length: part.width }, (_, x) => {
      let count = 0;
      for (let y = part.top; y < part.top + part.height; y++) count += labels[y * width + part.left + x] === i + 1;
      return count;
    });
    const sorted = [...thickness].sort((a, b) => a - b);
    const half = sorted.length >> 1;
    const usual = sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    for (let y = part.top; y < part.top + part.height; y++)
      for (let x = 0; x < part.width; x++) {
        const at = y * width + part.left + x;
        if (labels[at] === i + 1 && thickness[x] <= BULGE * usual + 1) found.data[at] = 1;
      }
  });
  return found.data.some(Boolean) ? found : null;
}

function removed(marks, lines) {
  const rest = map(marks, (value, i) => Math.max(value - lines.data[i], 0));
  const size = 2 * thickest(lines) + 3;
  const joined = underBox(underBox(rest, 1, size, Math.max), 1, size, Math.min);
  return map(rest, (value, i) => Math.max(value, Math.min(joined.data[i], lines.data[i])));
}

/** The chessboard distance from the middle of the thickest line to what is none. */
function thickest(lines) {
  let distance = 0;
  for (let rest = lines; rest.data.some(Boolean); distance++) rest = underBox(rest, 3, 3, Math.min);
  return distance;
}
