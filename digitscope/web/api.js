/** api: the server, or, in a page that was exported, what was put into it. Nothing else knows which. */
import { openNetwork } from "./engine/network.js";

/** @import { Description, Network } from "./engine/network.js" */
/** @import { Certainty } from "./engine/reader.js" */

/**
 * @typedef {{epoch: number, loss: number, accuracy: number, val_loss?: number,
 *   val_accuracy?: number, seconds: number}} Epoch
 * @typedef {{run: string, epochs: number}} Summary
 * @typedef {[number, number, number, number]} Mistake index of a test image, its label, the answer,
 *   the answer's probability.
 * @typedef {{images: Uint8Array[], labels: number[]}} Digits images of 784 values.
 * @typedef {string | number | boolean} Setting
 * @typedef {{description?: string, enum?: string[], type?: string}} Field
 * @typedef {{schema: {properties: Record<string, Field>},
 *   recipes: Record<string, Record<string, Setting | Setting[]>>}} Schema
 * @typedef {{name: string, kind: string, output_shape: number[], parameters: number,
 *   multiply_adds: number}} PlannedLayer
 * @typedef {{running: boolean, run: string | null, error: string | null, history: Epoch[],
 *   allowed: boolean}} Training
 * @typedef {{digit: number | null, text: string, status: string, confidence: number,
 *   probabilities: number[] | null, reason: string,
 *   box: [number, number, number, number] | null}} ReadDigit
 * @typedef {{text: string, digits: ReadDigit[]}} ReadNumber
 * @typedef {{rows: (ReadNumber | null)[][], turned: number,
 *   regions: {is_table: boolean, rows: [number, number]}[]}} Reading regions: their first row, and
 *   the one behind their last.
 */

/**
 * @typedef {object} About a run.
 * @property {string} name
 * @property {string} state
 * @property {Description} network
 * @property {Certainty} certainty
 * @property {Epoch[]} history
 * @property {{accuracy: number} | null} metrics
 * @property {boolean} held_out whether its validation images were kept out of training.
 */

/** @typedef {Omit<About, "network"> & {network: Network, description: Description,
 *   weights: ArrayBuffer}} Run a run with its network, ready to run, and what that was made of. */

/**
 * @typedef {object} Exported what a page holds that was exported.
 * @property {{served: string, runs: Summary[]}} list
 * @property {About} run
 * @property {string} weights base64, as all content is
 * @property {{confusion: number[][], errors: Mistake[]}} errors
 * @property {{indices: number[], content: string}} test
 * @property {{content: string}} validation
 */

const CUT_OFF = "The server's answer was cut off. Try again.";

const exported = globalThis.document?.getElementById("content");

/** @type {Exported | null} */
const inside = exported ? JSON.parse(exported.textContent ?? "") : null;

/** Whether there is a server: only then can one train. */
export const hasServer = !inside;

/**
 * @param {string} path
 * @param {RequestInit} [options]
 */
async function answerOf(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The server doesn't answer: is `digitscope serve` still running?");
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => null);
  const isSentence = typeof said?.detail === "string";
  throw new Error(isSentence ? said.detail : `The server refuses this (${answer.status}).`);
}

/**
 * @param {string} path
 * @param {object} [body]
 */
async function json(path, body) {
  const headers = { "content-type": "application/json" };
  const options = body && { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await answerOf(path, options);
  try {
    return await answer.json();
  } catch {
    throw new Error(CUT_OFF);
  }
}

/**
 * @param {string} path
 */
async function binary(path) {
  const answer = await answerOf(path);
  try {
    return await answer.arrayBuffer();
  } catch {
    throw new Error(CUT_OFF);
  }
}

/** @param {string} run */
const at = (run) => `api/runs/${encodeURIComponent(run)}`;

/** @returns {Promise<{served: string, runs: Summary[]}>} served: a run's name. */
export async function listRuns() {
  return inside ? inside.list : json("api/runs");
}

/**
 * @param {string} name
 * @returns {Promise<Run>}
 */
export async function openRun(name) {
  const [about, weights] = await (inside
    ? carried(inside, name)
    : Promise.all([aboutRun(name), binary(`${at(name)}/weights`)]));
  const network = openNetwork(about.network, weights);
  return { ...about, description: about.network, weights, network };
}

/**
 * @param {string} name
 * @returns {Promise<About>}
 */
async function aboutRun(name) {
  return json(at(name));
}

/**
 * @param {Exported} content
 * @param {string} name
 * @returns {[About, ArrayBuffer]}
 */
function carried({ run, weights }, name) {
  if (name !== run.name) throw new Error(`This page holds ${run.name} alone.`);
  return [run, bytes(weights).buffer];
}

/**
 * The weights after an epoch.
 *
 * @param {string} name
 * @param {number} epoch
 */
export async function epochWeights(name, epoch) {
  return binary(`${at(name)}/weights?epoch=${epoch}`);
}

/**
 * What a run reads wrong of the test images.
 *
 * @param {string} name
 * @returns {Promise<{confusion: number[][], errors: Mistake[]}>}
 */
export async function listErrors(name) {
  return inside ? inside.errors : json(`${at(name)}/errors`);
}

/**
 * Some of the test images.
 *
 * @param {string} name
 * @param {number[]} indices
 */
export async function testDigits(name, indices) {
  if (inside) return chosen(inside.test, indices);
  const wanted = indices.map((index) => `&index=${index}`).join("");
  return digitsFrom(new Uint8Array(await binary(`${at(name)}/digits?of=test${wanted}`)));
}

/**
 * Validation images of a run; of the bundled reader, training digits of MNIST.
 *
 * @param {string} name
 */
export async function validationDigits(name) {
  if (inside) return digitsFrom(bytes(inside.validation.content));
  return digitsFrom(new Uint8Array(await binary(`${at(name)}/digits?of=validation`)));
}

/**
 * @param {Exported["test"]} held
 * @param {number[]} indices
 * @returns {Digits}
 */
function chosen(held, indices) {
  const all = digitsFrom(bytes(held.content));
  const places = indices.map((index) => held.indices.indexOf(index));
  if (places.includes(-1)) throw new Error("This page doesn't hold that digit.");
  return { images: places.map((i) => all.images[i]), labels: places.map((i) => all.labels[i]) };
}

/**
 * @param {Uint8Array} content images, then as many labels
 * @returns {Digits}
 */
function digitsFrom(content) {
  const count = content.length / 785;
  if (!Number.isInteger(count)) throw new Error(CUT_OFF);
  const images = Array.from({ length: count }, (_, i) => content.subarray(784 * i, 784 * (i + 1)));
  return { images, labels: [...content.subarray(784 * count)] };
}

/** @param {string} base64 */
function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/**
 * Read a photo of a page.
 *
 * @param {string} run whose network reads; `reader` is the bundled one.
 * @param {File} photo
 * @returns {Promise<Reading>}
 */
export async function readPage(run, photo) {
  const headers = { "content-type": "application/octet-stream" };
  const path = `read?run=${encodeURIComponent(run)}`;
  const answer = await answerOf(path, { method: "POST", headers, body: photo });
  try {
    return await answer.json();
  } catch {
    throw new Error(CUT_OFF);
  }
}

/**
 * What can be set, and the recipes.
 *
 * @returns {Promise<Schema>}
 */
export const schema = () => json("api/training/schema");

/**
 * The layers that settings stand for, or what is wrong with them.
 *
 * @param {string} recipe
 * @param {Record<string, string>} settings
 * @returns {Promise<{layers: PlannedLayer[], error: string}>}
 */
export const planned = (recipe, settings) => json("api/training/plan", { recipe, settings });

/** @returns {Promise<Training>} */
export const trainingState = () => json("api/training");

/**
 * @param {string} recipe
 * @param {Record<string, string>} settings
 * @returns {Promise<Training>}
 */
export const startTraining = (recipe, settings) => json("api/training", { recipe, settings });

/** @returns {Promise<Training>} */
export const stopTraining = () => json("api/training/stop", {});

/**
 * @param {string} run
 * @returns {Promise<Training>}
 */
export const resumeTraining = (run) =>
  json(`api/training/resume?run=${encodeURIComponent(run)}`, {});
