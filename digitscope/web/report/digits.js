/** digits: a digit of the data with the network's guesses. */
import { make } from "../widgets/dom.js";
import { percentage } from "../widgets/text.js";

/** @import { Digits, Item } from "./content.js" */

const SIZE = 84; // pixels

/**
 * @param {Digits} digits
 * @param {number} place
 */
export function digit(digits, place) {
  const item = digits.items[place];
  const { index, label, answer, doubtful } = item;
  const what = label === answer ? String(label) : `${label} read as ${answer}`;
  return make(
    "div",
    { className: "digit" },
    picture(digits, place),
    `${index}: ${what}`,
    ...guesses(item),
    doubtful ? make("div", { className: "doubt" }, "label doubtful") : null,
  );
}

/** @param {Item} item */
function guesses({ label, guesses: all }) {
  return all.map(([guess, part]) => {
    const bar = make("span");
    bar.style.width = `${Math.max(2, 100 * part)}%`;
    const className = guess === label ? "bar true" : "bar";
    return make("div", { className, title: percentage(part) }, String(guess), bar);
  });
}

/** @param {Digits} digits @param {number} place */
function picture({ sheet, tiles, items }, place) {
  const rows = Math.ceil(items.length / tiles);
  const made = make("i", { role: "img", "aria-label": `a ${items[place].label}` });
  made.style.backgroundImage = `url(${sheet})`;
  made.style.backgroundSize = `${tiles * SIZE}px ${rows * SIZE}px`;
  const [row, column] = [Math.floor(place / tiles), place % tiles];
  made.style.backgroundPosition = `${-column * SIZE}px ${-row * SIZE}px`;
  return made;
}

/**
 * The places of the digits that are chosen.
 *
 * @param {Digits} digits
 * @param {(item: Item) => boolean} isChosen
 */
export function placesOf({ items }, isChosen) {
  return items.flatMap((item, place) => (isChosen(item) ? [place] : []));
}
