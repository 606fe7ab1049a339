/** Train: the settings as a form, the layers they make, a training to watch, its epochs to replay. */
import * as api from "../api.js";
import * as state from "../state.js";
import { make } from "../widgets/dom.js";
import { sentenceOf } from "../widgets/notice.js";
import { table } from "../widgets/tables.js";
import { rate, shown } from "../widgets/text.js";
import { curves } from "./curves.js";
import { Replay } from "./replay.js";
import { SettingsForm } from "./settings_form.js";

/** @import { PlannedLayer, Training } from "../api.js" */
/** @import { Lesson, View } from "../lesson.js" */

const OFTEN = 600; // ms between two looks at a training
const AGAIN = 2000; // ms after which a look that failed is tried again
const REST = 200; // ms without typing, before the layers are asked for
const LEAD =
  "Start from a recipe, change what you like, and watch. The training goes on when you close this page.";

/**
 * @param {HTMLElement} place
 * @param {Lesson} lesson
 * @returns {View}
 */
export function trainView(place, lesson) {
  return new TrainView(place, lesson);
}

class TrainView {
  #formPlace = make("form", { className: "settings" });
  #layers = make("div", { className: "planned", "aria-live": "polite" });
  #said = make("p", { role: "status", className: "lead" });
  #curves = make("div", { className: "curves" });
  #start = make("button", { type: "button", className: "main", disabled: true }, "Train");
  #stop = make("button", { type: "button", disabled: true }, "Stop");
  #resume = make("button", { type: "button", hidden: true }, "Go on");
  /** @type {SettingsForm | null} null: what can be set is not known yet. */
  #form = null;
  #isPlanned = false;
  #isAllowed = true;
  #isOpen = true;
  #hasFailed = false; // the last look
  #looking = 0;
  #planning = 0;
  #timer = 0; // to the next look
  #typing = 0; // to the next plan
  #watched = ""; // what the curves and the epochs show: a run and how many epochs

  /** @param {HTMLElement} place @param {Lesson} lesson */
  constructor(place, lesson) {
    this.replay = new Replay(lesson);
    const tools = make("div", { className: "tools" }, this.#start, this.#stop, this.#resume);
    const { element } = this.replay;
    const results = make("div", {}, this.#layers, tools, this.#said, this.#curves, element);
    place.replaceChildren(
      make("h2", {}, "Train a network of your own"),
      make("p", { className: "lead" }, LEAD),
      make("div", { className: "training" }, this.#formPlace, results),
    );
    this.#start.onclick = () => this.#act(() => this.#ask());
    this.#stop.onclick = () => this.#act(api.stopTraining);
    void this.#look();
  }

  async #ask() {
    if (!this.#form) return;
    const { recipe, settings } = this.#form.wanted();
    await api.startTraining(recipe, settings);
  }

  /** Look at the training, now and, for as long as it lasts or can't be seen, again and again. */
  async #look() {
    if (!this.#isOpen) return;
    const asked = ++this.#looking;
    const isStale = () => asked !== this.#looking;
    clearTimeout(this.#timer);
    try {
      await this.#prepare();
      const now = await api.trainingState();
      if (isStale()) return;
      if (this.#hasFailed) this.#said.textContent = "";
      this.#hasFailed = false;
      await this.#show(now, isStale);
      if (now.running && !isStale()) this.#lookAfter(OFTEN);
    } catch (error) {
      if (isStale()) return;
      this.#hasFailed = true;
      this.#said.textContent = sentenceOf(error);
      this.#lookAfter(AGAIN);
    }
  }

  /** @param {number} milliseconds */
  #lookAfter(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), milliseconds);
  }

  /** The form and its layers, where they are still missing. */
  async #prepare() {
    if (!this.#form) {
      const known = await api.schema();
      this.#form ??= new SettingsForm(this.#formPlace, known, state.current(), () => this.#typed());
    }
    if (!this.#isPlanned) await this.#plan();
  }

  #typed() {
    if (!this.#form) return;
    const { recipe, settings } = this.#form.wanted();
    const set = Object.entries(settings).map(([name, value]) => `${name}:${value}`);
    state.change({ recipe, set: set.join(";") });
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.#planAgain(), REST);
  }

  async #planAgain() {
    try {
      await this.#plan();
    } catch (error) {
      this.#isPlanned = false;
      this.#layers.replaceChildren(make("p", { className: "wrong" }, sentenceOf(error)));
      this.#start.disabled = true;
      if (this.#isOpen) this.#lookAfter(AGAIN);
    }
  }

  /** Show the layers that the settings stand for, or what is wrong with them. */
  async #plan() {
    if (!this.#form) return;
    const asked = ++this.#planning;
    const { recipe, settings } = this.#form.wanted();
    const { layers, error } = await api.planned(recipe, settings);
    if (asked !== this.#planning) return;
    this.#isPlanned = true;
    const made = error ? make("p", { className: "wrong" }, error) : layerTable(layers);
    this.#layers.replaceChildren(made);
    this.#start.disabled = Boolean(error) || !this.#isAllowed;
  }

  /** @param {Training} now @param {() => boolean} isStale */
  async #show(now, isStale) {
    this.#start.hidden = now.running;
    this.#stop.disabled = !now.running;
    this.#isAllowed = now.allowed;
    this.#start.disabled ||= !now.allowed;
    const sentence = sentenceAbout(now);
    if (sentence) this.#said.textContent = sentence;
    const { run, history } = now;
    const key = `${run} ${history.length}`;
    if (run && key !== this.#watched) {
      this.#curves.replaceChildren(...curves(history));
      if (history.length) await this.replay.show(run, history.length);
      this.#watched = key;
    }
    if (run && history.length && !now.running && !now.error && !isStale())
      await this.#end(run, history.length, isStale);
  }

  /** @param {string} run @param {number} epochs @param {() => boolean} isStale */
  async #end(run, epochs, isStale) {
    const about = await api.openRun(run);
    if (isStale()) return;
    this.#resume.hidden = about.state === "finished";
    this.#resume.onclick = () => this.#act(() => api.resumeTraining(run));
    const judged = about.metrics
      ? `${rate(about.metrics.accuracy)} of the test images read right`
      : `${epochs} epochs are kept`;
    const inside = make("button", { type: "button" }, "look inside");
    inside.onclick = () => state.change({ run, tab: "inside", level: null }, true);
    this.#said.replaceChildren(`${run}: ${judged}. `, inside);
  }

  /**
   * Do what a button is for, and look what comes of it.
   *
   * @param {() => Promise<unknown>} ask
   */
  #act(ask) {
    this.#said.textContent = "";
    this.#watched = "";
    this.#resume.hidden = true;
    void ask().then(
      () => this.#look(),
      async (error) => {
        await this.#look(); // the other page's training, perhaps
        this.#said.textContent = sentenceOf(error);
      },
    );
  }

  update() {
    this.replay.update();
  }

  close() {
    this.#isOpen = false;
    this.#looking++;
    this.#planning++;
    clearTimeout(this.#timer);
    clearTimeout(this.#typing);
  }
}

/** @param {Training} now */
function sentenceAbout({ allowed, error, running, run, history }) {
  if (!allowed) return "Only the machine that serves this page may train.";
  if (error) return error;
  if (!running) return "";
  const next = `epoch ${history.length + 1} is under way`;
  return `${run}: ${history.length ? next : "Keras is starting, then epoch 1"}`;
}

/** @param {PlannedLayer[]} layers */
function layerTable(layers) {
  /** @param {"parameters" | "multiply_adds"} name */
  const sum = (name) => shown(layers.reduce((all, layer) => all + layer[name], 0));
  const rows = layers.map(({ name, kind, output_shape, parameters, multiply_adds }) => [
    name,
    kind,
    output_shape.join(" × "),
    shown(parameters),
    shown(multiply_adds),
  ]);
  const head = ["layer", "", "output", "parameters", "multiply-adds"];
  const foot = ["total", "", "", sum("parameters"), sum("multiply_adds")];
  return table("cost", head, rows, { foot });
}
