/**
 * Kernels: a picture as numbers, a kernel that one can type, and what it makes of the picture; below,
 * the kernels that the network has learned.
 */
import { BORDERS, convolved, kernelFrom, nameOf, PRESETS, resized } from "../engine/kernels.js";
import * as state from "../state.js";
import { largest, paintGrid } from "../widgets/colours.js";
import { make, options } from "../widgets/dom.js";
import { numberFields } from "../widgets/fields.js";
import { openOperation } from "./operation.js";
import { WindowSum } from "./window_sum.js";

/** @import { Run } from "../api.js" */
/** @import { Border, Grey } from "../engine/kernels.js" */
/** @import { Lesson, View } from "../lesson.js" */

const PAD_SIDE = 96; // pixels of what is on the pad
const LEAD =
  "Each new pixel is a sum: its neighbourhood, number by number, times the kernel. Type other numbers, and point at a pixel to see its sum. A photo (the picture button, or the camera) works too.";

/**
 * @param {HTMLElement} place
 * @param {Lesson} lesson
 * @param {Run} run
 * @returns {View}
 */
export function kernelsView(place, lesson, run) {
  return new KernelsView(place, lesson, run);
}

class KernelsView {
  #fields = make("div");
  #sum = new WindowSum();
  #presets = make("select", { "aria-label": "preset" }, ...presetOptions());
  #size = make(
    "select",
    { "aria-label": "size" },
    ...options([
      ["3", "3 × 3"],
      ["5", "5 × 5"],
    ]),
  );
  #edge = make("select", { "aria-label": "border" }, ...borderOptions());
  #from = make("select", { "aria-label": "picture" }, ...sourceOptions());

  /** @param {HTMLElement} place @param {Lesson} lesson @param {Run} run */
  constructor(place, lesson, run) {
    this.lesson = lesson;
    const { kernel, border = "", of } = state.current();
    this.kernel = kernelFrom(kernel);
    this.#edge.value = Object.hasOwn(BORDERS, border) ? border : "zeros";
    this.#from.value = of === "pad" ? "pad" : "digit";
    const surgery = make("section", { className: "surgery" });
    place.replaceChildren(
      make("h2", {}, "Kernels: a few numbers that slide over a picture"),
      make("p", { className: "lead" }, LEAD),
      this.#tools(),
      this.#panels(),
      surgery,
    );
    this.operation = openOperation(surgery, lesson, run, (values) => this.#setKernel(values));
    this.#fill();
    this.#presets.value = nameOf(this.kernel);
  }

  #tools() {
    this.#presets.onchange = () => this.#setKernel(PRESETS[this.#presets.value]);
    this.#size.onchange = () => this.#setKernel(resized(this.kernel, Number(this.#size.value)));
    this.#edge.onchange = () => {
      state.change({ border: this.#edge.value });
      this.update();
    };
    this.#from.onchange = () => {
      state.change({ of: this.#from.value });
      this.update();
    };
    return make(
      "div",
      { className: "tools" },
      make("label", {}, "picture ", this.#from),
      make("label", {}, "kernel ", this.#presets),
      this.#size,
      make("label", {}, "beyond the border ", this.#edge),
    );
  }

  #panels() {
    const { input, output, middle } = this.#sum;
    return make(
      "div",
      { className: "panels" },
      input.figure,
      make("div", {}, this.#fields, middle),
      output.figure,
    );
  }

  /** @param {number[]} values */
  #setKernel(values) {
    this.kernel = [...values];
    this.#fill();
    this.#changed();
  }

  #fill() {
    this.#size.value = String(Math.sqrt(this.kernel.length));
    const fields = numberFields(this.kernel, "kernel", (place, value) => {
      this.kernel[place] = value || 0;
      this.#changed();
    });
    this.#fields.replaceWith(fields);
    this.#fields = fields;
  }

  /** Put the preset's name, where it is one, above the numbers and in the address. */
  #changed() {
    this.#presets.value = nameOf(this.kernel);
    const numbers = this.kernel.map((value) => Number(value.toFixed(4)));
    state.change({ kernel: this.#presets.value || numbers.join(",") });
    this.update();
  }

  /** @returns {Grey | null} null: nothing is seen yet. */
  #picture() {
    const { seen } = this.lesson;
    if (this.#from.value === "pad") return this.lesson.grey(PAD_SIDE);
    if (!seen) return null;
    return { width: 28, height: 28, data: Float32Array.from(seen.image28, (value) => value / 255) };
  }

  update() {
    const picture = this.#picture();
    if (!picture) return;
    const border = /** @type {Border} */ (this.#edge.value);
    const made = convolved(picture, this.kernel, border);
    paintGrid(this.#sum.input.canvas, picture, 1);
    paintGrid(this.#sum.output.canvas, made, largest(made.data));
    this.#sum.show(picture, this.kernel, border);
  }

  close() {
    this.operation.close();
  }
}

function presetOptions() {
  const names = Object.keys(PRESETS).map((name) => make("option", { value: name }, name));
  return [...names, make("option", { value: "", disabled: true }, "your own")];
}

function borderOptions() {
  return options(Object.entries(BORDERS).map(([name, { title }]) => [name, title]));
}

function sourceOptions() {
  return options([
    ["digit", "what the network sees"],
    ["pad", "what is on the pad"],
  ]);
}
