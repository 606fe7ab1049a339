/** window_sum: the middle of Kernels: the window that one points at, number by number, and its sum. */
import { valueOf, windowAt } from "../engine/kernels.js";
import { make } from "../widgets/dom.js";
import { moveOf } from "../widgets/keys.js";
import { numbers } from "../widgets/tables.js";
import { shown } from "../widgets/text.js";

/** @import { Border, Grey } from "../engine/kernels.js" */

/** @typedef {{canvas: HTMLCanvasElement, mark: HTMLElement, figure: HTMLElement}} Panel */

export class WindowSum {
  input = panel("the picture", "The picture. Arrow keys move the window.");
  output = panel("what comes out", "What the kernel makes of it. Arrow keys move the window.");
  middle = make("div", { className: "sum" });
  #pixel = { x: 13, y: 13 };
  /** @type {{picture: Grey, kernel: number[], border: Border} | null} */
  #shown = null;

  constructor() {
    this.#listen(this.input.canvas, () => 0);
    this.#listen(this.output.canvas, () => this.#lost());
  }

  /** How many pixels the border takes on each side. */
  #lost() {
    if (this.#shown?.border !== "none") return 0;
    return Math.sqrt(this.#shown.kernel.length) >> 1;
  }

  /**
   * Let pointer and arrow keys move the window.
   *
   * @param {HTMLCanvasElement} canvas
   * @param {() => number} lost of the picture's pixels, left and above.
   */
  #listen(canvas, lost) {
    canvas.onpointermove = canvas.onpointerdown = (event) => {
      const box = canvas.getBoundingClientRect();
      const x = Math.floor(((event.clientX - box.left) / box.width) * canvas.width);
      const y = Math.floor(((event.clientY - box.top) / box.height) * canvas.height);
      this.#point(x + lost(), y + lost());
    };
    canvas.onkeydown = (event) => {
      const step = moveOf(event.key);
      if (!step || !this.#shown) return;
      event.preventDefault();
      this.#point(this.#pixel.x + step.x, this.#pixel.y + step.y);
    };
  }

  /**
   * @param {Grey} picture
   * @param {number[]} kernel
   * @param {Border} border
   */
  show(picture, kernel, border) {
    this.#shown = { picture, kernel, border };
    this.#point(this.#pixel.x, this.#pixel.y);
  }

  /** @param {number} x @param {number} y */
  #point(x, y) {
    if (!this.#shown) return;
    const { picture, kernel, border } = this.#shown;
    const { width, height } = picture;
    const side = Math.sqrt(kernel.length);
    const [reach, lost] = [side >> 1, this.#lost()];
    const pixel = { x: clamp(x, lost, width - 1 - lost), y: clamp(y, lost, height - 1 - lost) };
    this.#pixel = pixel;
    lay(this.input.mark, pixel.x - reach, pixel.y - reach, side, picture);
    const made = { width: width - 2 * lost, height: height - 2 * lost };
    lay(this.output.mark, pixel.x - lost, pixel.y - lost, 1, made);
    this.#write(windowAt(picture, pixel, side, border), kernel);
  }

  /** @param {number[]} values @param {number[]} kernel */
  #write(values, kernel) {
    const side = Math.sqrt(kernel.length);
    const most = Math.max(...values.map((value) => Math.abs(value)), 1e-9);
    const title = `row ${this.#pixel.y + 1}, column ${this.#pixel.x + 1}`;
    const sum = `= ${shown(valueOf(values, kernel), 3)}`;
    this.middle.replaceChildren(
      numbers({ rows: side, columns: side, values, most }, title, (value, i) => [
        make("b", {}, shown(value, 2)),
        make("small", {}, `× ${shown(kernel[i], 2)}`),
      ]),
      make("p", { className: "total", role: "status" }, sum),
    );
  }
}

/**
 * @param {string} title
 * @param {string} label
 * @returns {Panel}
 */
function panel(title, label) {
  const canvas = make("canvas", { tabIndex: 0, "aria-label": label });
  const mark = make("i", { className: "window" });
  const framed = make("div", { className: "framed" }, canvas, mark);
  return { canvas, mark, figure: make("figure", {}, framed, make("figcaption", {}, title)) };
}

/**
 * @param {HTMLElement} mark
 * @param {number} left
 * @param {number} top
 * @param {number} side
 * @param {{width: number, height: number}} picture
 */
function lay(mark, left, top, side, { width, height }) {
  Object.assign(mark.style, {
    left: `${(100 * left) / width}%`,
    top: `${(100 * top) / height}%`,
    width: `${(100 * side) / width}%`,
    height: `${(100 * side) / height}%`,
  });
}

/** @param {number} value @param {number} low @param {number} high */
function clamp(value, low, high) {
  return Math.min(Math.max(value, low), Math.max(low, high));
}
