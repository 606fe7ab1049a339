/** counter: how many images a network reads right, validation images if it can, a few a frame. */
import * as api from "../api.js";
import { openNetwork, run as runNetwork } from "../engine/network.js";
import { operations } from "../engine/surgery.js";
import { make } from "../widgets/dom.js";
import { sentenceOf } from "../widgets/notice.js";

/** @import { Digits, Run } from "../api.js" */
/** @import { Network } from "../engine/network.js" */

const AT_ONCE = 15; // images between two frames

export class Counter {
  says = make("p", { className: "total", role: "status" }, "");
  #counting = 0;
  /** @type {Promise<Digits> | null} */
  #loading = null;
  /** @type {number | null} how many the network read right as it was trained */
  #asTrained = null;

  /**
   * @param {Run} run
   * @param {() => void} done called after each count: what the last of the images has left in the
   *   layers is not the drawing's.
   */
  constructor(run, done) {
    this.run = run;
    this.done = done;
    this.count();
  }

  /** Count, and say it; what is being counted already is given up. */
  count() {
    const asked = ++this.#counting;
    const isStale = () => asked !== this.#counting;
    this.#count(isStale).catch((error) => {
      if (!isStale()) this.says.textContent = sentenceOf(error);
    });
  }

  /** @param {() => boolean} isStale */
  async #count(isStale) {
    const { name, network, description, weights } = this.run;
    const images = await this.#load();
    this.#asTrained ??= await rightOf(openNetwork(description, weights), images, isStale);
    const isChanged = operations(network) !== "";
    const right = isChanged ? await rightOf(network, images, isStale) : this.#asTrained;
    if (right === null || isStale()) return;
    const before = isChanged ? `; before the surgery it was ${this.#asTrained}` : "";
    const all = `${right} of ${images.labels.length} ${imagesOf(this.run)} are read right`;
    const known = this.run.held_out ? "" : `. ${name} was trained with most of them`;
    this.says.textContent = `${all}${before}${known}`;
    this.done();
  }

  /** The images; asked for again where they couldn't be had. */
  async #load() {
    this.#loading ??= api.validationDigits(this.run.name);
    try {
      return await this.#loading;
    } catch (error) {
      this.#loading = null;
      throw error;
    }
  }

  close() {
    this.#counting++;
  }
}

/**
 * What a network is tried on here.
 *
 * @param {Run} run
 */
export function imagesOf({ held_out: isHeldOut }) {
  return isHeldOut ? "validation images" : "MNIST training digits";
}

/**
 * How many images a network reads right; null once that is stale.
 *
 * @param {Network} network
 * @param {Digits} digits
 * @param {() => boolean} isStale
 */
async function rightOf(network, { images, labels }, isStale) {
  let right = 0;
  for (let i = 0; i < labels.length; i++) {
    if (i % AT_ONCE === 0) await new Promise(requestAnimationFrame);
    if (isStale()) return null;
    const said = runNetwork(network, images[i]);
    if (said.indexOf(Math.max(...said)) === labels[i]) right++;
  }
  return right;
}
