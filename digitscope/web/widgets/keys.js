/** keys: what the arrow keys do. */

/**
 * How an arrow key moves what is pointed at; null for other keys.
 *
 * @param {string} key
 * @param {number} step
 */
export function moveOf(key, step = 1) {
  if (key === "ArrowLeft") return { x: -step, y: 0 };
  if (key === "ArrowRight") return { x: step, y: 0 };
  if (key === "ArrowUp") return { x: 0, y: -step };
  if (key === "ArrowDown") return { x: 0, y: step };
  return null;
}
