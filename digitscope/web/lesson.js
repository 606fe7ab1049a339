/** lesson: the network, the drawing as it sees it, and what it says; painted with the next frame. */
import { read } from "./engine/reader.js";
import { normalise } from "./pictures/normaliser.js";
import * as state from "./state.js";

/** @import { Run } from "./api.js" */
/** @import { Prediction } from "./engine/reader.js" */
/** @import { Seen, Stages } from "./pictures/normaliser.js" */
/** @import { Pad } from "./widgets/pad.js" */

/**
 * @typedef {object} View what a tab shows.
 * @property {() => void} update paint what is seen and said now.
 * @property {() => void} [go] show what the address says now.
 * @property {() => void} [close] end what goes on by itself.
 * @property {(file: File) => boolean} [take] a file that was dropped or pasted; false: not for it.
 */

export const STAGES = /** @type {const} */ (["scaling", "averaging", "centring"]);
const MOST_TIMINGS = 1000;

export class Lesson {
  /** @type {Run | null} */
  run = null;
  /** @type {Seen | null} */
  seen = null;
  /** @type {Prediction | null} */
  said = null;
  /** @type {Stages} */
  stages = { scaling: true, averaging: true, centring: true };
  /** @type {Seen | null} a digit of the data, which is shown to the network as it is */
  exact = null;
  /** @type {number[]} ms from a change to its painting, for whoever measures */
  timings = [];
  #asked = 0; // when the change happened that is not painted yet

  /**
   * @param {Pad} pad
   * @param {(said: Prediction) => void} painted called after each reading.
   */
  constructor(pad, painted) {
    this.pad = pad;
    this.painted = painted;
  }

  /** See, read and paint what is drawn, with the next frame. */
  think() {
    if (!this.#asked) requestAnimationFrame(() => this.#paint());
    this.#asked ||= performance.now();
  }

  #paint() {
    const since = this.#asked;
    this.#asked = 0;
    if (!this.run) return;
    this.seen = this.exact ?? normalise(this.pad.image(), this.stages);
    this.said = read(this.run.network, this.run.certainty, this.seen);
    this.painted(this.said);
    this.timings.push(performance.now() - since);
    if (this.timings.length > MOST_TIMINGS) this.timings.shift();
  }

  /** Leave the stages out that the address names. */
  setStages() {
    const left = (state.current().without ?? "").split(",");
    const [scaling, averaging, centring] = STAGES.map((name) => !left.includes(name));
    this.stages = { scaling, averaging, centring };
  }

  /**
   * What is on the pad, for Kernels.
   *
   * @param {number} side
   */
  grey(side) {
    return this.pad.grey(side);
  }
}
