/** pad: where one draws, or shows a picture instead. */
import { contextOf, sheetOf } from "./dom.js";
import { openKeyboardPen, openPointerPen } from "./pens.js";
import { drawStroke, strokesFrom, textOf } from "./strokes.js";

/** @import { Stroke } from "./strokes.js" */
/** @import { Picture } from "../pictures/normaliser.js" */

export const SIDE = 280;

export class Pad {
  /** @type {Stroke[]} */
  #strokes = [];
  /** @type {Picture | null} of a file or the camera */
  #picture = null;
  /** @type {Stroke[]} those that it took the place of */
  #covered = [];

  /**
   * @param {HTMLCanvasElement} canvas of SIDE x SIDE pixels.
   * @param {HTMLInputElement} width of the pen.
   * @param {HTMLElement} hint shown on the empty pad.
   * @param {() => void} changed called after every change of the drawing.
   */
  constructor(canvas, width, hint, changed) {
    this.canvas = canvas;
    this.width = width;
    this.hint = hint;
    this.changed = changed;
    this.context = contextOf(canvas, { willReadFrequently: true });
    const keyboard = openKeyboardPen(this);
    this.pens = [openPointerPen(this, keyboard), keyboard];
  }

  /** Draw everything anew, with the pens lifted: the stroke that they drew may be gone. */
  #redraw() {
    for (const pen of this.pens) pen.lift();
    this.context.fillStyle = "#fff";
    this.context.fillRect(0, 0, SIDE, SIDE);
    if (this.#picture) drawFitted(this.context, this.#picture);
    for (const stroke of this.#strokes) drawStroke(this.context, stroke);
    this.hint.hidden = Boolean(this.#picture || this.#strokes.length);
    this.changed();
  }

  /**
   * Begin a stroke.
   *
   * @param {number} x
   * @param {number} y
   */
  begin(x, y) {
    const stroke = { width: Number(this.width.value), points: [x, y] };
    this.#strokes.push(stroke);
    this.hint.hidden = true;
    drawStroke(this.context, stroke);
    this.changed();
  }

  /**
   * Go on with the last stroke.
   *
   * @param {number[]} places x, y, x, y, ...
   */
  extend(places) {
    const stroke = this.#strokes[this.#strokes.length - 1];
    const from = stroke.points.length - 2;
    stroke.points.push(...places);
    drawStroke(this.context, stroke, from);
    this.changed();
  }

  /**
   * What the network is shown: the picture at its own size where there is one.
   *
   * @returns {Picture}
   */
  image() {
    if (this.#picture && !this.#strokes.length) return this.#picture;
    return this.context.getImageData(0, 0, SIDE, SIDE);
  }

  /**
   * What is on the pad as ink, `side` pixels wide and high: values from 0 = white to 1.
   *
   * @param {number} side
   */
  grey(side) {
    const { context } = sheetOf(side, side);
    context.imageSmoothingQuality = "high";
    context.drawImage(this.canvas, 0, 0, side, side);
    const { data } = context.getImageData(0, 0, side, side);
    const ink = Float32Array.from({ length: side * side }, (_, i) => {
      const [red, green, blue] = data.subarray(4 * i, 4 * i + 3);
      return 1 - (0.299 * red + 0.587 * green + 0.114 * blue) / 255;
    });
    return { width: side, height: side, data: ink };
  }

  /** Take the last stroke back, or the picture. */
  undo() {
    if (this.#strokes.length) this.#strokes.pop();
    else [this.#picture, this.#strokes, this.#covered] = [null, this.#covered, []];
    this.#redraw();
  }

  clear() {
    [this.#picture, this.#strokes, this.#covered] = [null, [], []];
    this.#redraw();
  }

  /**
   * Show a picture instead of strokes.
   *
   * @param {Picture} picture
   */
  show(picture) {
    if (this.#strokes.length || !this.#picture) this.#covered = this.#strokes;
    [this.#picture, this.#strokes] = [picture, []];
    this.#redraw();
  }

  /** The strokes as a text for the address; empty for a picture. */
  text() {
    return textOf(this.#strokes);
  }

  /**
   * Draw strokes as `text` gives them.
   *
   * @param {string} text
   */
  restore(text) {
    [this.#picture, this.#strokes, this.#covered] = [null, strokesFrom(text), []];
    this.#redraw();
  }
}

/** @param {CanvasRenderingContext2D} context @param {Picture} picture */
function drawFitted(context, { width, height, data }) {
  const sheet = sheetOf(width, height);
  sheet.context.putImageData(new ImageData(data, width, height), 0, 0);
  const part = SIDE / Math.max(width, height);
  const [wide, high] = [width * part, height * part];
  context.drawImage(sheet.canvas, (SIDE - wide) / 2, (SIDE - high) / 2, wide, high);
}
