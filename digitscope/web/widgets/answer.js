/** answer: what the network says of the drawing, in a sentence and in bars. */
import { operations } from "../engine/surgery.js";
import { openBars } from "./bars.js";
import { byId } from "./dom.js";
import { a } from "./text.js";

/** @import { Network } from "../engine/network.js" */
/** @import { Prediction } from "../engine/reader.js" */

/** @returns what paints a prediction. */
export function openAnswer() {
  const bars = openBars();
  byId("bars").append(...bars.rows);
  /** @param {Prediction} said @param {Network} network */
  return (said, network) => {
    const answer = byId("answer");
    const text = sentence(said);
    if (answer.textContent !== text) answer.textContent = text;
    answer.dataset.status = said.status;
    bars.update(said);
    byId("changed").hidden = !operations(network);
  };
}

/** @param {Prediction} said */
function sentence({ status, digit, reason }) {
  if (status === "digit") return `It is ${a(digit)}.`;
  if (status === "blank") return "Nothing is drawn yet.";
  return status === "unsure" ? `I'm not sure: ${reason}.` : `I don't know: ${reason}.`;
}
