/**
 * Inside: the network's layers with what is in them; hovering shows where a value comes from,
 * clicking goes into it.
 */
import { offset } from "../engine/anatomy.js";
import { activationOf } from "../engine/layers.js";
import * as state from "../state.js";
import { make } from "../widgets/dom.js";
import { moveOf } from "../widgets/keys.js";
import { moved, paintMaps, valueUnder } from "../widgets/maps.js";
import { imageSection, layerSection } from "../widgets/stack.js";
import { shown } from "../widgets/text.js";
import { Turntable } from "../widgets/turntable.js";
import { Edges } from "./edges.js";
import { levelView } from "./levels/levels.js";

/** @import { Run } from "../api.js" */
/** @import { Place } from "../engine/anatomy.js" */
/** @import { Lesson, View } from "../lesson.js" */
/** @import { LayerPart } from "../widgets/stack.js" */

const WIDE = 880; // pixels, where the page isn't laid out yet

/**
 * @param {HTMLElement} place
 * @param {Lesson} lesson
 * @param {Run} run
 * @returns {View}
 */
export function insideView(place, lesson, run) {
  return new InsideView(place, lesson, run);
}

class InsideView {
  /** @type {LayerPart[]} of the image and of every layer */
  #parts = [];
  /** @type {number | null} the layer that one has gone into */
  #entered = null;
  /** @type {(() => void) | null} of the level that is shown */
  #updateLevel = null;
  #note = make("p", { className: "note", role: "status" });
  #deep = make("button", { type: "button", textContent: "3D" });
  #stack = make("div", { className: "stack" });
  #levels = make("div", { className: "levels", hidden: true });

  /** @param {HTMLElement} place @param {Lesson} lesson @param {Run} run */
  constructor(place, lesson, run) {
    this.place = place;
    this.lesson = lesson;
    this.network = run.network;
    this.run = run;
    const label = "The layers. In 3D, arrows turn them, plus and minus zoom.";
    this.scene = make("div", { className: "scene", role: "group", "aria-label": label });
    this.scene.append(this.#stack);
    const lead =
      "Ink is more, orange is less than nothing. Point at a value to see what it is made of; click it to go in.";
    place.replaceChildren(
      make("h2", {}, `Inside ${run.name}`),
      make("p", { className: "lead" }, lead, this.#deep),
      this.#note,
      this.scene,
      this.#levels,
    );
    this.turntable = new Turntable(this.scene, this.#stack);
    this.edges = new Edges(this.#stack, run.network);
    this.#deep.onclick = () => this.#turnDeep();
    this.go();
  }

  #turnDeep() {
    state.change({ "3d": state.current()["3d"] ? null : "1" });
    if (state.current()["3d"]) this.scene.focus();
  }

  /** @param {boolean} isDeep */
  #build(isDeep) {
    this.#leave();
    const available = this.place.clientWidth || WIDE;
    const layers = this.network.layers.map((layer) => layerSection(layer, available, isDeep));
    layers.forEach((part, index) => this.#listen(part, index));
    this.#parts = [imageSection(available, isDeep), ...layers];
    const sections = this.#parts.map(({ section }) => section);
    this.#stack.replaceChildren(...sections, this.edges.element);
    this.#deep.setAttribute("aria-pressed", String(isDeep));
    if (isDeep) this.turntable.spread(sections);
    else this.turntable.flatten();
  }

  /**
   * Let one point at a layer's values and go into them, by pointer and by keyboard.
   *
   * @param {LayerPart} part
   * @param {number} index
   */
  #listen({ canvas, layout }, index) {
    let chosen = { y: 0, x: 0, channel: 0 };
    canvas.addEventListener("pointermove", (event) => {
      const at = this.turntable.isOn ? null : valueUnder(event, canvas, layout);
      if (at) this.#hover(index, (chosen = at));
    });
    canvas.addEventListener("pointerleave", () => this.#leave());
    canvas.addEventListener("focus", () => {
      if (canvas.matches(":focus-visible")) this.#hover(index, chosen);
    });
    canvas.addEventListener("blur", () => this.#leave());
    canvas.addEventListener("click", (event) => {
      const isPointer = event.detail > 0;
      const at = isPointer ? valueUnder(event, canvas, layout) : chosen;
      if (at) enter(index, at);
    });
    canvas.addEventListener("keydown", (event) => {
      const step = moveOf(event.key);
      if (event.key === "Enter") enter(index, chosen);
      else if (step) this.#hover(index, (chosen = moved(layout, chosen, step)));
      else return;
      event.preventDefault();
    });
  }

  #leave() {
    this.edges.clear();
    this.#note.textContent = "";
  }

  /**
   * Say what a value is, and show what it comes from.
   *
   * @param {number} index of the layer
   * @param {Place} at
   */
  #hover(index, at) {
    this.#leave();
    const { seen } = this.lesson;
    if (!seen) return;
    const layer = this.network.layers[index];
    const value = layer.output[offset(layer, at)];
    const isMap = layer.output_shape.length === 3;
    const unit = at.channel + (activationOf(layer) === "softmax" ? 0 : 1);
    const where = isMap
      ? `map ${at.channel + 1}, row ${at.y + 1}, column ${at.x + 1}`
      : `unit ${unit}`;
    this.#note.textContent = `${layer.name}, ${where}: ${shown(value, 4)}`;
    if (!this.turntable.isOn) this.edges.show(this.#parts, index, at, seen.image28);
  }

  update() {
    const { seen } = this.lesson;
    if (!this.#levels.hidden) this.#updateLevel?.();
    else if (seen) {
      const values = [seen.image28, ...this.network.layers.map((layer) => layer.output)];
      this.#parts.forEach(({ canvas, layout }, i) => paintMaps(canvas, layout, values[i]));
    }
  }

  go() {
    const { level: path = "", "3d": isDeep } = state.current();
    this.#levels.hidden = false; // what is hidden can't take the focus
    this.#updateLevel = levelView(this.#levels, path, this.lesson, this.run);
    const isOpen = this.#updateLevel !== null;
    this.#levels.hidden = !isOpen;
    this.scene.hidden = this.#deep.hidden = isOpen;
    if (isOpen) this.#entered = Number(path.split(".")[0]);
    else this.#showLayers(Boolean(isDeep));
  }

  /** @param {boolean} isDeep */
  #showLayers(isDeep) {
    if (!this.#parts.length || isDeep !== this.turntable.isOn) this.#build(isDeep);
    this.update();
    if (this.#entered !== null) this.#parts[this.#entered + 1].canvas.focus(); // where one came from
    this.#entered = null;
  }
}

/** @param {number} index @param {Place} at */
function enter(index, { y, x, channel }) {
  state.change({ level: [index, channel, y, x].join(".") }, true);
}
