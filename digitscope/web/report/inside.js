/** inside: the first kernels, and what every stage makes of one digit. */
import { make } from "../widgets/dom.js";
import { card, soft } from "./card.js";

/** @import { Inside, Report } from "./content.js" */

const KERNELS =
  "The kernels of the first convolution: orange weights ask for ink, blue ones for none.";
const STAGES = "What every stage makes of one digit; the darker, the stronger the answer.";
const MANY = 40; // maps, which are shown smaller

/** @param {Report} run */
export function inside({ inside: { image, kernels, stages } }) {
  const pictures = kernels.map((kernel, i) => picture(kernel, 42, `kernel ${i}`));
  const first = pictures.length ? [soft(KERNELS), maps(pictures)] : [];
  const digit = maps([picture(image, 84, "the digit")]);
  return card("Inside", "", ...first, soft(STAGES), digit, ...stages.flatMap(stageOf));
}

/** @param {Inside["stages"][number]} stage */
function stageOf({ name, size, count, maps: shown }) {
  const some = count > shown.length ? `; the first ${shown.length}` : "";
  const title = `${name}: ${count} maps, ${size} x ${size}${some}`;
  const side = shown.length > MANY ? 36 : 52;
  const pictures = shown.map((map, i) => picture(map, side, `map ${i}`));
  return [make("div", { className: "head" }, title), maps(pictures)];
}

/** @param {HTMLElement[]} pictures */
function maps(pictures) {
  return make("div", { className: "maps" }, ...pictures);
}

/** @param {string} src @param {number} side @param {string} alt */
function picture(src, side, alt) {
  return make("img", { src, width: side, height: side, alt });
}
