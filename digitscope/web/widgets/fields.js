/** fields: a kernel's numbers, to type others. */
import { make } from "./dom.js";

/**
 * A field for each number of a square.
 *
 * @param {ArrayLike<number>} values
 * @param {string} what each is, for who can't see
 * @param {(place: number, value: number) => void} changed
 */
export function numberFields(values, what, changed) {
  const side = Math.sqrt(values.length);
  const fields = Array.from(values, (value, i) => {
    const label = `${what}, row ${Math.floor(i / side) + 1}, column ${(i % side) + 1}`;
    const text = String(Number(value.toFixed(4)));
    const input = make("input", { type: "number", step: "any", value: text, "aria-label": label });
    input.oninput = () => changed(i, Number(input.value));
    return input;
  });
  const grid = make("div", { className: "typed" }, ...fields);
  grid.style.gridTemplateColumns = `repeat(${side}, 1fr)`;
  return grid;
}
