/** api: the server, or, in a page that was exported, what was put into it. Nothing else knows which. */
import { openNetwork } from "./engine.js";

const exported = globalThis.document?.getElementById("exported");
const inside = exported ? JSON.parse(exported.textContent) : null;

/** Whether there is a server: only then can one train. */
export const hasServer = !inside;

async function answerOf(path, options) {
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new Error("The server doesn't answer: is `digitscope serve` still running?");
  }
  if (answer.ok) return answer;
  const said = await answer.json().catch(() => ({}));
  throw new Error(typeof said.detail === "string" ? said.detail : `The server refuses this (${answer.status}).`);
}

async function json(path, body) {
  const options = body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  return (await answerOf(path, options)).json();
}

const at = (run) => `api/runs/${encodeURIComponent(run)}`;

/** {served: a run's name, runs: [summary]}. */
export async function listRuns() {
  return inside ? inside.list : json("api/runs");
}

/** A run with its network, ready to run, and what that was made of: `description` and `weights`. */
export async function openRun(name) {
  const [about, weights] = inside ? carried(name) : await Promise.all([json(at(name)), answerOf(`${at(name)}/weights`).then((answer) => answer.arrayBuffer())]);
  return { ...about, description: about.network, weights, network: openNetwork(about.network, weights) };
}

function carried(name) {
  if (name !== inside.run.name) throw new Error(`This page holds ${inside.run.name} alone.`);
  return [inside.run, bytes(inside.weights).buffer];
}

/** The weights after an epoch: an ArrayBuffer. */
export async function epochWeights(name, epoch) {
  return (await answerOf(`${at(name)}/weights?epoch=${epoch}`)).arrayBuffer();
}

/** {confusion, errors} of a run on the test images. */
export async function listErrors(name) {
  return inside ? inside.errors : json(`${at(name)}/errors`);
}

/** Images of a run's data, all that there are or some: {images: [Uint8Array of 784], labels}. */
export async function digits(name, of, indices) {
  if (inside) {
    const all = pictures(bytes(inside[of].content));
    if (!indices) return all;
    const places = indices.map((index) => inside[of].indices.indexOf(index));
    if (places.includes(-1)) throw new Error("This page doesn't hold that digit.");
    return { images: places.map((i) => all.images[i]), labels: places.map((i) => all.labels[i]) };
  }
  const chosen = indices ? indices.map((i) => `&index=${i}`).join("") : "";
  return pictures(new Uint8Array(await (await answerOf(`${at(name)}/digits?of=${of}${chosen}`)).arrayBuffer()));
}

function pictures(content) {
  const count = content.length / 785;
  const images = Array.from({ length: count }, (_, i) => content.subarray(784 * i, 784 * (i + 1)));
  return { images, labels: [...content.subarray(784 * count)] };
}

function bytes(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** What can be set, and the recipes. */
export const schema = () => json("api/training/schema");

/** {layers, error}: the layers that settings stand for, or what is wrong with them. */
export const planned = (recipe, settings) => json("api/training/plan", { recipe, settings });

/** {running, run, error, history, allowed}. */
export const trainingState = () => json("api/training");
export const startTraining = (recipe, settings) => json("api/training", { recipe, settings });
export const stopTraining = () => json("api/training/stop", {});
export const resumeTraining = (run) => json(`api/training/resume?run=${encodeURIComponent(run)}`, {});
