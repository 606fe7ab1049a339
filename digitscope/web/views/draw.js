/** Draw: the way of the drawing to the network, stage by stage, and why each stage matters. */
import * as api from "../api.js";
import { STAGES } from "../lesson.js";
import * as state from "../state.js";
import { paintInk } from "../widgets/colours.js";
import { contextOf, make } from "../widgets/dom.js";
import { openBeside } from "./beside.js";

/** @import { Lesson, View } from "../lesson.js" */
/** @import { Seen } from "../pictures/normaliser.js" */

/** @typedef {{name: string, canvas: HTMLCanvasElement, figure: HTMLElement}} Step */

const STRIP = {
  ink: ["ink", "paper and shadow gone"],
  crop: ["digit", "cut to its edges"],
  boxed: ["20 pixels", "scaled, its shades averaged"],
  image: ["28 × 28", "centred by its mass"],
};
const SWITCHES = {
  scaling: "scale to 20 pixels",
  averaging: "average the shades",
  centring: "centre by mass",
};

/**
 * @param {HTMLElement} place
 * @param {Lesson} lesson
 * @returns {View}
 */
export function drawView(place, lesson) {
  const picture = openStep("picture", "your drawing", "as it is on the pad");
  const steps = Object.entries(STRIP).map(([name, [title, why]]) => openStep(name, title, why));
  place.replaceChildren(
    make("h2", {}, "From your hand to the network"),
    make(
      "p",
      { className: "lead" },
      "The network has only ever seen digits 20 pixels long, grey at the edges, with their weight in the middle. So yours is made like them. Leave a step out, and see what it thinks then.",
    ),
    make("div", { className: "strip" }, ...[picture, ...steps].map(({ figure }) => figure)),
    make("div", { className: "switches" }, ...switches(lesson)),
  );
  const beside = api.hasServer ? openBeside(place, lesson) : null;
  return {
    update() {
      beside?.update();
      for (const step of steps) if (lesson.seen) paint(step, lesson.seen);
      const { canvas } = lesson.pad;
      picture.canvas.width = picture.canvas.height = canvas.width;
      contextOf(picture.canvas).drawImage(canvas, 0, 0);
    },
  };
}

/**
 * @param {string} name
 * @param {string} title
 * @param {string} why
 * @returns {Step}
 */
function openStep(name, title, why) {
  const canvas = make("canvas", { role: "img", "aria-label": title });
  const caption = make("figcaption", {}, make("b", {}, title), why);
  return { name, canvas, figure: make("figure", {}, canvas, caption) };
}

/** @param {Step} step @param {Seen} seen */
function paint({ name, canvas, figure }, { stages, image28 }) {
  const known = stages[name];
  const shown = known ?? (name === "image" && { width: 28, height: 28, data: image28 });
  figure.classList.toggle("missing", !known);
  if (shown) paintInk(canvas, shown);
  else canvas.width = canvas.height = 1; // nothing of the drawing before
}

/** @param {Lesson} lesson */
function switches(lesson) {
  return STAGES.map((name) => {
    const box = make("input", { type: "checkbox", checked: lesson.stages[name] });
    box.onchange = () => {
      const left = STAGES.filter((one) => (one === name ? !box.checked : !lesson.stages[one]));
      state.change({ without: left.join(",") });
    };
    return make("label", {}, box, SWITCHES[name]);
  });
}
