/**
 * Inside: the network's layers with what is in them; hovering shows where a value comes from,
 * clicking goes into it.
 */
import { offset, products, receptiveField, source } from "./anatomy.js";
import { make, shown, svg } from "./dom.js";
import { levelView } from "./levels.js";
import { layerSection, paintMaps, placeOf, valueAt } from "./stack.js";
import { openTurntable } from "./turntable.js";

const IMAGE = { name: "image", kind: "rescale", output_shape: [28, 28, 1], options: {}, parameters: 0, multiply_adds: 0 };
const MOST_EDGES = 24; // of a dense unit: those that count most

/** @returns {{update: () => void, go: () => void}} */
export function insideView(place, lesson, state) {
  const { network } = lesson.run;
  let parts = []; // of the image and of every layer
  const edges = svg("svg", { class: "edges", "aria-hidden": "true" });
  const note = make("p", { className: "note", role: "status" });
  const flat = make("button", { type: "button", textContent: "3D" });
  const stack = make("div", { className: "stack" });
  const scene = make("div", { className: "scene", role: "group", "aria-label": "The layers. In 3D, arrows turn them, plus and minus zoom." }, stack);
  const levels = make("div", { className: "levels", hidden: true });
  place.replaceChildren(
    make("h2", {}, `Inside ${lesson.run.name}`),
    make("p", { className: "lead" }, "Ink is more, orange is less than nothing. Point at a value to see what it is made of; click it to go in.", flat),
    note,
    scene,
    levels,
  );
  flat.onclick = () => {
    state.change({ "3d": state.current()["3d"] ? null : "1" });
    if (state.current()["3d"]) scene.focus();
  };
  const turntable = openTurntable(scene, stack);

  function build(isDeep) {
    hover(null);
    const available = place.clientWidth || 880;
    parts = [IMAGE, ...network.layers].map((layer) => layerSection(layer, available, isDeep));
    const [{ canvas, section }, ...layers] = parts;
    section.querySelector("h3").replaceChildren("image", make("span", {}, "what the network sees"), make("small", {}, "28 × 28"));
    canvas.removeAttribute("tabindex"); // there is nothing to go into
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "what the network sees, 28 × 28 pixels");
    layers.forEach(listen);
    const sections = parts.map((part) => part.section);
    stack.replaceChildren(...sections, edges);
    flat.setAttribute("aria-pressed", isDeep);
    if (isDeep) turntable.spread(sections);
    else turntable.flatten();
  }

  /** Let one point at a layer's values and go into them, by pointer and by keyboard. */
  function listen({ canvas, layout }, index) {
    let chosen = { y: 0, x: 0, channel: 0 };
    canvas.addEventListener("pointermove", (event) => {
      if (turntable.isOn) return;
      const at = valueUnder(event, canvas, layout);
      if (at) hover(index, (chosen = at));
    });
    canvas.addEventListener("pointerleave", () => hover(null));
    canvas.addEventListener("focus", () => canvas.matches(":focus-visible") && hover(index, chosen));
    canvas.addEventListener("blur", () => hover(null));
    canvas.addEventListener("click", (event) => {
      const at = event.detail ? valueUnder(event, canvas, layout) : chosen; // 0: not by a pointer
      if (at) enter(index, at);
    });
    canvas.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
      if (event.key === "Enter") enter(index, chosen);
      else if (moves[event.key]) {
        chosen = moved(layout, chosen, ...moves[event.key]);
        hover(index, chosen);
      } else return;
      event.preventDefault();
    });
  }

  function enter(index, { y, x, channel }) {
    state.change({ level: [index, channel, y, x].join(".") }, true);
  }

  function hover(index, at) {
    edges.replaceChildren();
    note.textContent = "";
    if (index === null || !lesson.seen) return;
    const layer = network.layers[index];
    const value = layer.output[offset(layer, at)];
    const where = layer.output_shape.length === 3 ? `map ${at.channel + 1}, row ${at.y + 1}, column ${at.x + 1}` : `unit ${at.channel + (layer.options.activation === "softmax" ? 0 : 1)}`;
    note.textContent = `${layer.name}, ${where}: ${shown(value, 4)}`;
    if (turntable.isOn) return; // the lines are for the layers as they lie flat
    for (const from of origins(index, at)) draw(parts[index], from, parts[index + 1], at);
    if (index) outline(parts[0], { ...receptiveField(network, index, at), channel: 0 }, "field");
    outline(parts[index + 1], { top: at.y, left: at.x, bottom: at.y + 1, right: at.x + 1, channel: at.channel }, "unit");
  }

  /** The boxes in the layer before that a value comes from, those that count most first. */
  function origins(index, at) {
    const layer = network.layers[index];
    const box = source(layer, at);
    const before = index ? network.layers[index - 1] : IMAGE;
    if (layer.kind === "dense") {
      const { terms } = products(network, index, lesson.seen.image28, at);
      return terms
        .sort((a, b) => Math.abs(b.product) - Math.abs(a.product))
        .slice(0, MOST_EDGES)
        .filter((term) => term.product)
        .map((term) => ({ top: 0, left: 0, bottom: 1, right: 1, channel: term.channel, product: term.product }));
    }
    const channels = box.channels ?? Array.from({ length: before.output_shape[2] ?? 1 }, (_, c) => c);
    return channels.map((channel) => ({ ...box, channel }));
  }

  function corner(part, { top, left, channel }) {
    const { canvas, layout } = part;
    const base = stack.getBoundingClientRect();
    const box = canvas.getBoundingClientRect();
    const scale = box.width / layout.width;
    const place = placeOf(layout, { y: top, x: left, channel });
    return { x: box.left - base.left + place.left * scale, y: box.top - base.top + place.top * scale, scale };
  }

  function outline(part, box, name) {
    const { x, y, scale } = corner(part, box);
    const [width, height] = [(box.right - box.left) * scale + 2, (box.bottom - box.top) * scale + 2];
    edges.append(svg("rect", { x: x - 1, y: y - 1, width, height, class: name }));
  }

  function draw(fromPart, from, toPart, at) {
    outline(fromPart, from, from.product < 0 ? "from less" : "from");
    const start = corner(fromPart, from);
    const end = corner(toPart, { top: at.y, left: at.x, channel: at.channel });
    const middle = { x: start.x + ((from.right - from.left) * start.scale) / 2, y: start.y + (from.bottom - from.top) * start.scale };
    edges.append(svg("line", { x1: middle.x, y1: middle.y, x2: end.x + end.scale / 2, y2: end.y, class: from.product < 0 ? "less" : "more" }));
  }

  const view = {
    update() {
      if (!levels.hidden) return level?.update();
      const values = [lesson.seen.image28, ...network.layers.map((layer) => layer.output)];
      parts.forEach(({ canvas, layout }, i) => paintMaps(canvas, layout, values[i]));
    },
    go() {
      const { level: path } = state.current();
      levels.hidden = false; // what is hidden can't take the focus
      const isOpen = levelView(levels, path, lesson, state, (made) => (level = made));
      levels.hidden = !isOpen;
      scene.hidden = flat.hidden = isOpen;
      if (isOpen) {
        entered = Number(path.split(".")[0]);
        return;
      }
      const isDeep = Boolean(state.current()["3d"]);
      if (!parts.length || isDeep !== turntable.isOn) build(isDeep);
      if (lesson.seen) view.update();
      if (entered !== null) parts[entered + 1].canvas.focus(); // back where one came from
      entered = null;
    },
  };
  let level = null;
  let entered = null; // the layer that one has gone into
  view.go();
  return view;
}

function valueUnder(event, canvas, layout) {
  const box = canvas.getBoundingClientRect();
  const scale = box.width / layout.width;
  return valueAt(layout, Math.floor((event.clientX - box.left) / scale), Math.floor((event.clientY - box.top) / scale));
}

/** The value next to one, in the picture; over a map's edge into the next map. */
function moved(layout, from, down, across) {
  const { left, top } = placeOf(layout, from);
  const step = (size) => valueAt(layout, left + across * size, top + down * size);
  return step(1) ?? step(1 + layout.gap) ?? from;
}
