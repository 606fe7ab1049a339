/** replay: the first layer's kernels and the answer to the drawing, epoch by epoch. */
import * as api from "../api.js";
import { openNetwork, product } from "../engine/network.js";
import { read } from "../engine/reader.js";
import { colour, largest, paintGrid } from "../widgets/colours.js";
import { make } from "../widgets/dom.js";
import { sentenceOf } from "../widgets/notice.js";
import { percent } from "../widgets/text.js";

/** @import { Run } from "../api.js" */
/** @import { Network } from "../engine/network.js" */
/** @import { Lesson } from "../lesson.js" */

const MOST_KERNELS = 64;

export class Replay {
  element = make("div", { className: "replay" });
  #slider = make("input", { type: "range", min: "1", "aria-label": "epoch" });
  #label = make("output");
  #pictures = make("div", { className: "kernels" });
  /** @type {{epoch: number, network: Network, run: Run} | null} */
  #shown = null;

  /** @param {Lesson} lesson */
  constructor(lesson) {
    this.lesson = lesson;
  }

  /**
   * Show the last of a run's epochs, and let one choose another.
   *
   * @param {string} name
   * @param {number} epochs
   */
  async show(name, epochs) {
    const run = await api.openRun(name);
    this.#slider.max = this.#slider.value = String(epochs);
    this.#slider.oninput = () => void this.#choose(run);
    this.element.replaceChildren(
      make("h3", {}, "The first layer's kernels, epoch by epoch"),
      make("div", { className: "tools" }, this.#slider, this.#label),
      this.#pictures,
    );
    await this.#open(run, epochs);
  }

  /** @param {Run} run */
  async #choose(run) {
    try {
      await this.#open(run, Number(this.#slider.value));
    } catch (error) {
      this.#shown = null;
      this.#label.textContent = sentenceOf(error);
    }
  }

  /** @param {Run} run @param {number} epoch */
  async #open(run, epoch) {
    const network = openNetwork(run.description, await api.epochWeights(run.name, epoch));
    if (epoch !== Number(this.#slider.value)) return; // the slider is elsewhere by now
    this.#shown = { epoch, network, run };
    this.update();
    this.#pictures.replaceChildren(...kernels(network));
  }

  /** Say what the network of the epoch makes of the drawing. */
  update() {
    if (!this.#shown) return;
    const { epoch, network, run } = this.#shown;
    const { seen } = this.lesson;
    const found = seen && read(network, run.certainty, seen);
    const best = found?.probabilities?.indexOf(found.confidence);
    const answer = found?.probabilities
      ? `, your drawing: ${best} with ${percent(found.confidence)}`
      : "";
    this.#label.textContent = `after epoch ${epoch}${answer}`;
  }
}

/**
 * The first layer with weights, as pictures: its kernels, or a dense layer's first units.
 *
 * @param {Network} network
 */
function kernels({ layers }) {
  const layer = layers.find((one) => one.arrays.kernel);
  if (!layer) return [];
  const { kernel } = layer.arrays;
  const units = layer.output_shape[layer.output_shape.length - 1];
  const isConvolution = layer.kind === "convolution";
  const width = isConvolution ? layer.options.kernel_size : 28;
  const height = isConvolution ? width : product(layer.input_shape) / width;
  const channels = isConvolution ? layer.input_shape[2] : 1;
  const most = largest(kernel);
  return Array.from({ length: Math.min(units, MOST_KERNELS) }, (_, unit) => {
    const canvas = make("canvas", { role: "img", "aria-label": `kernel ${unit + 1}` });
    const count = width * height;
    const data = Array.from({ length: count }, (__, i) => kernel[i * channels * units + unit]);
    paintGrid(canvas, { width, height, data }, most);
    canvas.style.borderColor = colour(0, 1);
    return canvas;
  });
}
