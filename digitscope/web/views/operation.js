/**
 * operation: the part of Kernels below: what the network has learned, and surgery on it: a kernel
 * changed or muted, with the answer, and how many images are still read right.
 */
import { kernelOf } from "../engine/products.js";
import { change, operate, operations, patient } from "../engine/surgery.js";
import * as state from "../state.js";
import { largest, paintGrid } from "../widgets/colours.js";
import { make } from "../widgets/dom.js";
import { numberFields } from "../widgets/fields.js";
import { Counter, imagesOf } from "./counter.js";

/** @import { Run } from "../api.js" */
/** @import { Convolution } from "../engine/layers.js" */
/** @import { Lesson } from "../lesson.js" */

const TYPED = [3, 5]; // sides of kernels that the view above has room for

/**
 * @param {HTMLElement} place
 * @param {Lesson} lesson
 * @param {Run} run
 * @param {(kernel: number[]) => void} onPick
 */
export function openOperation(place, lesson, run, onPick) {
  const layer = patient(run.network);
  if (layer) return new Operation(place, lesson, run, layer, onPick);
  const none = "This network has no convolution, and so no kernels.";
  place.replaceChildren(make("p", { className: "lead" }, none));
  return { close() {} };
}

class Operation {
  #editor = make("div", { className: "operation" });
  #undo = make("button", { type: "button" }, "undo everything");
  /** @type {number | null} */
  #chosen = null;

  /**
   * @param {HTMLElement} place
   * @param {Lesson} lesson
   * @param {Run} run
   * @param {Convolution} layer
   * @param {(kernel: number[]) => void} onPick
   */
  constructor(place, lesson, run, layer, onPick) {
    this.lesson = lesson;
    this.network = run.network;
    this.layer = layer;
    this.onPick = onPick;
    this.side = layer.options.kernel_size;
    const filters = Array.from({ length: layer.output_shape[2] }, (_, filter) => filter);
    this.pictures = filters.map((filter) => this.#picture(filter));
    const buttons = this.pictures.map(({ button }) => button);
    this.counter = new Counter(run, () => lesson.think());
    this.#undo.onclick = () => this.#undoAll();
    place.replaceChildren(
      make("h3", {}, `What ${run.name} has learned: the kernels of ${layer.name}`),
      make("p", { className: "lead" }, leadFor(run)),
      make("div", { className: "kernels" }, ...buttons),
      this.#editor,
      make("div", { className: "tools" }, this.#undo),
      this.counter.says,
    );
    this.#paint();
  }

  /** @param {number} filter */
  #picture(filter) {
    const canvas = make("canvas");
    const label = `kernel ${filter + 1}`;
    const button = make("button", { type: "button", "aria-label": label }, canvas);
    button.onclick = () => this.#choose(filter);
    return { canvas, button };
  }

  #paint() {
    const { layer, side } = this;
    const most = largest(layer.arrays.kernel);
    this.pictures.forEach(({ canvas, button }, filter) => {
      paintGrid(canvas, { width: side, height: side, data: kernelOf(layer, 0, filter) }, most);
      button.classList.toggle("muted", layer.muted.has(filter));
    });
    this.#undo.hidden = !operations(this.network);
  }

  /** @param {number} filter */
  #choose(filter) {
    const { layer, side } = this;
    this.#chosen = filter;
    const values = [...kernelOf(layer, 0, filter)];
    this.pictures.forEach(({ button }, i) =>
      button.setAttribute("aria-pressed", String(i === filter)),
    );
    if (TYPED.includes(side)) this.onPick(values);
    const fields = numberFields(values, "weight", (place, value) => {
      change(layer, filter, place, value);
      this.#changed();
    });
    const mute = make("input", { type: "checkbox", checked: layer.muted.has(filter) });
    mute.onchange = () => {
      layer.muted[mute.checked ? "add" : "delete"](filter);
      this.#changed();
    };
    const tools = make("div", { className: "tools" }, make("label", {}, mute, " mute it"));
    this.#editor.replaceChildren(make("h4", {}, `kernel ${filter + 1}`), fields, tools);
  }

  #undoAll() {
    operate(this.network);
    this.#changed();
    if (this.#chosen !== null) this.#choose(this.#chosen);
  }

  #changed() {
    state.change({ surgery: operations(this.network) });
    this.#paint();
    this.lesson.think();
    this.counter.count();
  }

  close() {
    this.counter.close();
  }
}

/** @param {Run} run */
function leadFor(run) {
  return `Click one to take it up to the picture above; change its numbers or mute it here, and watch the answer on the left, and how many ${imagesOf(run)} are still read right.`;
}
