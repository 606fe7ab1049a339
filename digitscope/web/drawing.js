/** drawing: what is on the pad, from the address and back into it: strokes, or a test image. */
import * as api from "./api.js";
import * as state from "./state.js";
import { notice } from "./widgets/notice.js";

/** @import { Lesson } from "./lesson.js" */

const REST = 400; // ms that the hand rests, before the drawing is put into the address
const [SIDE, VALUES] = [28, 784];

export class Drawing {
  #remembering = 0;
  #showing = 0; // test images asked for so far

  /** @param {Lesson} lesson */
  constructor(lesson) {
    this.lesson = lesson;
  }

  /** To be called after every change of the pad. */
  changed() {
    this.#showing++; // a test image that is on its way comes too late
    this.lesson.exact = null;
    this.lesson.think();
    clearTimeout(this.#remembering);
    this.#remembering = setTimeout(() => this.#remember(), REST);
  }

  #remember() {
    const { exact, pad } = this.lesson;
    state.change(exact ? { ink: null } : { ink: pad.text(), digit: null });
  }

  /** Put the strokes on the pad that the address holds. */
  restore() {
    this.lesson.pad.restore(state.current().ink ?? "");
    clearTimeout(this.#remembering);
  }

  /** Put the test image on the pad that the address names, and show it to the network as it is. */
  async showDigit() {
    const { digit } = state.current();
    const { run } = this.lesson;
    if (!digit || !run) return;
    clearTimeout(this.#remembering);
    const asked = ++this.#showing;
    try {
      if (!/^\d{1,9}$/.test(digit)) throw new Error("The address names no test image.");
      const { images } = await api.testDigits(run.name, [Number(digit)]);
      if (asked === this.#showing) this.#show(images[0]); // or one draws, or looks at another
    } catch (error) {
      if (asked === this.#showing) notice(error);
    }
  }

  /** @param {Uint8Array} image28 */
  #show(image28) {
    const pixels = new Uint8ClampedArray(4 * VALUES);
    image28.forEach((ink, i) => pixels.set([255 - ink, 255 - ink, 255 - ink, 255], 4 * i));
    this.lesson.pad.show({ width: SIDE, height: SIDE, data: pixels }); // takes `exact` away
    const stages = { image: { width: SIDE, height: SIDE, data: image28 } };
    const box = [0, 0, SIDE, SIDE];
    this.lesson.exact = { status: "digit", reason: "", image28, box, stages };
  }
}
