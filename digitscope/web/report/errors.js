/** errors: the worst of them, with the network's guesses. */
import { make } from "../widgets/dom.js";
import { card } from "./card.js";
import { digit, placesOf } from "./digits.js";

/** @import { Report } from "./content.js" */

const MOST = 30;
const ABOUT =
  "What the network saw, and its three best guesses; blue is the label. By human review, a doubtful label is wrong or could be read either way.";

/** @param {Report} run */
export function errors({ digits }) {
  const places = placesOf(digits, (item) => item.label !== item.answer).slice(0, MOST);
  if (!places.length) return card("The worst errors", "None: every test image is read right.");
  const pictures = places.map((place) => digit(digits, place));
  return card("The worst errors", ABOUT, make("div", { className: "digits" }, ...pictures));
}
