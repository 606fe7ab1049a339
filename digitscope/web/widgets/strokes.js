/** strokes: lines of a pen, drawn, and as text for the address. */

/** @typedef {{width: number, points: number[]}} Stroke points: x, y, x, y, ... */

/**
 * Draw a stroke with the dot it begins with, or only what goes on from the point at `from`.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke} stroke
 * @param {number | null} from
 */
export function drawStroke(context, { width, points }, from = null) {
  context.lineWidth = width;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = "#10203a";
  /** @param {number} x @param {number} y @param {number} toX @param {number} toY */
  const piece = (x, y, toX, toY) => {
    context.beginPath(); // each for itself: so a drawing comes out the same from its address
    context.moveTo(x, y);
    context.lineTo(toX, toY);
    context.stroke();
  };
  if (from === null) piece(points[0], points[1], points[0], points[1] + 0.01);
  for (let i = from ?? 0; i + 2 < points.length; i += 2)
    piece(points[i], points[i + 1], points[i + 2], points[i + 3]);
}

/** @param {Stroke[]} strokes */
export function textOf(strokes) {
  const texts = strokes.map(({ width, points }) =>
    [width, ...points].map((number) => number.toString(36)).join("."),
  );
  return texts.join("_");
}

/**
 * Strokes as `textOf` gives them; what is none is left out.
 *
 * @param {string} text
 * @returns {Stroke[]}
 */
export function strokesFrom(text) {
  const strokes = (text ? text.split("_") : []).map((part) => {
    const [width, ...points] = part.split(".").map((number) => parseInt(number, 36));
    return { width, points };
  });
  return strokes.filter(
    ({ width, points }) => points.length > 1 && [width, ...points].every(Number.isFinite),
  );
}
