/** confusion: how often each digit was read as each, with the digits. */
import { confusionTable, worstOf } from "../widgets/confusion.js";
import { make } from "../widgets/dom.js";
import { thousands } from "../widgets/text.js";
import { BLUE, card, soft } from "./card.js";
import { digit, placesOf } from "./digits.js";

/** @import { Report } from "./content.js" */

const ABOUT =
  "Rows are the true digits, columns the network's answers. Click a number to see its digits.";

/** @param {Report} run */
export function confusion(run) {
  const counts = run.metrics.confusion;
  const shown = make("div", { "aria-live": "polite" });
  const worst = worstOf(counts);
  /** @type {HTMLButtonElement | null} */
  let pressed = null;
  /** @param {HTMLButtonElement} button @param {number} label @param {number} answer */
  const open = (button, label, answer) => {
    pressed?.setAttribute("aria-pressed", "false");
    button.setAttribute("aria-pressed", "true");
    pressed = button;
    shown.replaceChildren(...gallery(run, label, answer));
  };
  const table = confusionTable(counts, "true", (count, label, answer) => {
    const button = buttonFor(count, label, answer, Math.max(1, worst.count));
    button.onclick = () => open(button, label, answer);
    if (worst.count && label === worst.label && answer === worst.answer)
      open(button, label, answer);
    return make("td", {}, button);
  });
  const wide = make("div", { className: "wide" }, table);
  return card("Confusion matrix", ABOUT, make("div", { className: "matrix" }, wide, shown));
}

/** @param {number} count @param {number} label @param {number} answer @param {number} most */
function buttonFor(count, label, answer, most) {
  const about = `${label} read as ${answer}: ${count}`;
  const button = make("button", { disabled: !count, "aria-label": about });
  button.textContent = count ? String(count) : "·";
  if (label === answer) Object.assign(button.style, { background: BLUE, color: "#fff" });
  else if (count) button.style.background = `rgba(230, 120, 30, ${0.12 + (0.5 * count) / most})`;
  return button;
}

/** @param {Report} run @param {number} label @param {number} answer */
function gallery({ digits, metrics }, label, answer) {
  const places = placesOf(digits, (item) => item.label === label && item.answer === answer);
  const count = metrics.confusion[label][answer];
  const what =
    label === answer
      ? `${label} read right, ${thousands(count)} times`
      : `${label} read as ${answer}, ${count} times`;
  const some = places.length < count ? `; ${places.length} of them` : "";
  const pictures = places.map((place) => digit(digits, place));
  return [soft(`${what}${some}:`), make("div", { className: "digits" }, ...pictures)];
}
