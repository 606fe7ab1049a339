/** bars: how likely each digit is. */
import { make } from "./dom.js";
import { percent } from "./text.js";

/** @import { Prediction } from "../engine/reader.js" */

/** A bar for each digit: rows for a list, and what fills them. */
export function openBars() {
  const bars = Array.from({ length: 10 }, (_, digit) => {
    const [bar, number] = [make("i"), make("span", { className: "number" })];
    const rail = make("span", { className: "rail" }, bar);
    return { bar, number, row: make("li", {}, make("b", {}, String(digit)), rail, number) };
  });
  return {
    rows: bars.map(({ row }) => row),
    /** @param {Pick<Prediction, "probabilities" | "digit">} said */
    update({ probabilities, digit: best }) {
      bars.forEach(({ bar, number, row }, digit) => {
        bar.style.transform = `scaleX(${probabilities ? probabilities[digit] : 0})`;
        const text = probabilities ? percent(probabilities[digit]) : "";
        if (number.textContent !== text) number.textContent = text;
        row.classList.toggle("best", best === digit);
      });
    },
  };
}
