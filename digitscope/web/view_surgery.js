/**
 * The part of Kernels below: what the network has learned, and surgery on it: a kernel changed or
 * muted, with the answer and the accuracy on validation images.
 */
import { kernelOf } from "./anatomy.js";
import * as api from "./api.js";
import { largest, paintGrid } from "./colours.js";
import { make } from "./dom.js";
import { openNetwork, run } from "./engine.js";
import { change, operate, operations, patient } from "./surgery.js";

const AT_ONCE = 15; // validation images between two frames

/** @returns {{close: () => void}} */
export function openSurgery(place, lesson, state, onPick) {
  const { network } = lesson.run;
  const layer = patient(network);
  if (!layer) {
    place.replaceChildren(make("p", { className: "lead" }, "This network has no convolution, and so no kernels."));
    return { close() {} };
  }
  const side = layer.options.kernel_size;
  const filters = layer.output_shape[2];
  const says = make("p", { className: "total", role: "status" }, "");
  const editor = make("div", { className: "operation" });
  const undo = make("button", { type: "button", onclick: undoAll }, "undo everything");
  const pictures = Array.from({ length: filters }, (_, filter) => {
    const canvas = make("canvas");
    const button = make("button", { type: "button", "aria-label": `kernel ${filter + 1}`, onclick: () => choose(filter) }, canvas);
    return { canvas, button };
  });
  place.replaceChildren(
    make("h3", {}, `What ${lesson.run.name} has learned: the kernels of ${layer.name}`),
    make("p", { className: "lead" }, "Click one to take it up to the picture above; change its numbers or mute it here, and watch the answer on the left, and how many validation images are still read right."),
    make("div", { className: "kernels" }, ...pictures.map(({ button }) => button)),
    editor,
    make("div", { className: "tools" }, undo),
    says,
  );
  let chosen = null;

  function paint() {
    const most = largest(layer.arrays.kernel);
    pictures.forEach(({ canvas, button }, filter) => {
      const values = kernelOf(layer, 0, filter);
      paintGrid(canvas, side, side, (y, x) => values[y * side + x], most);
      button.classList.toggle("muted", layer.muted.has(filter));
    });
    undo.hidden = !operations(network);
  }

  function choose(filter) {
    chosen = filter;
    const values = [...kernelOf(layer, 0, filter)];
    pictures.forEach(({ button }, i) => button.setAttribute("aria-pressed", i === filter));
    if (side === 3 || side === 5) onPick(values);
    const grid = make("div", { className: "typed" });
    grid.style.gridTemplateColumns = `repeat(${side}, 1fr)`;
    grid.append(
      ...values.map((value, i) => {
        const input = make("input", { type: "number", step: "any", value: Number(value.toFixed(4)), "aria-label": `weight, row ${Math.floor(i / side) + 1}, column ${(i % side) + 1}` });
        input.oninput = () => {
          change(layer, filter, i, Number(input.value));
          changed();
        };
        return input;
      }),
    );
    const mute = make("input", { type: "checkbox", checked: layer.muted.has(filter) });
    mute.onchange = () => {
      layer.muted[mute.checked ? "add" : "delete"](filter);
      changed();
    };
    editor.replaceChildren(make("h4", {}, `kernel ${filter + 1}`), grid, make("div", { className: "tools" }, make("label", {}, mute, " mute it")));
  }

  function undoAll() {
    operate(network);
    changed();
    if (chosen !== null) choose(chosen);
  }

  function changed() {
    state.change({ surgery: operations(network) });
    paint();
    lesson.think();
    count();
  }

  let images = null;
  let counting = 0;
  let asTrained = null; // how many of the images the network read right as it was trained

  async function count() {
    if (!images) return;
    const asked = ++counting;
    const isStale = () => asked !== counting;
    asTrained ??= await rightOf(openNetwork(lesson.run.description, lesson.run.weights), images, isStale);
    const right = operations(network) ? await rightOf(network, images, isStale) : asTrained;
    if (isStale()) return;
    const before = operations(network) ? `; before the surgery it was ${asTrained}` : "";
    says.textContent = `${right} of ${images.labels.length} validation images are read right${before}`;
    lesson.think(); // what the last of the images has left in the layers is not the drawing's
  }
  api
    .digits(lesson.run.name, "validation")
    .then((found) => {
      images = found;
      count();
    })
    .catch((error) => {
      says.textContent = error.message;
    });
  paint();
  return { close: () => counting++ };
}

/** How many images a network reads right, a few with every frame; null once that is stale. */
async function rightOf(network, { images, labels }, isStale) {
  let right = 0;
  for (let i = 0; i < labels.length; i++) {
    if (i % AT_ONCE === 0) await new Promise(requestAnimationFrame);
    if (isStale()) return null;
    const said = run(network, images[i]);
    right += said.indexOf(Math.max(...said)) === labels[i];
  }
  return right;
}
