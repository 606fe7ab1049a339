/**
 * levels: going into a layer and back up, by mouse and keyboard. The address keeps where one is:
 * layer.channel.row.column, then 2 for a value's arithmetic, or 3 and the number of a product.
 */
import { extent, products } from "./anatomy.js";
import { make } from "./dom.js";
import { content, isDigit, weighs } from "./level_content.js";
import { describe } from "./stack.js";

/**
 * Show the level that a path names.
 *
 * @param {(level: {update: () => void}|null) => void} opened told what to update when the drawing changes.
 * @returns {boolean} whether there is one.
 */
export function levelView(place, path, lesson, state, opened) {
  const at = parse(path, lesson.run.network);
  opened(null);
  if (!at) return false;
  const body = make("div", { className: "level" });
  const go = (next, isStep = true) => state.change({ level: next && text(next) }, isStep);
  place.replaceChildren(crumbs(at, lesson, go), body);
  place.onkeydown = (event) => {
    if (event.key === "Escape") go(up(at));
    else if (!move(event.key, at, lesson, go)) return;
    event.preventDefault();
  };
  place.onclick = (event) => {
    if (event.target === place || event.target === body) go(up(at));
  };
  const update = () => lesson.seen && body.replaceChildren(...content(at, lesson, go));
  opened({ update });
  update();
  place.querySelector("[aria-current]").focus({ preventScroll: true });
  return true;
}

function parse(path, network) {
  const numbers = (path ?? "").split(".").map(Number);
  const [index, channel, y, x, depth = 1, term = 0] = numbers;
  const layer = network.layers[index];
  if (!layer || numbers.some((n) => !Number.isInteger(n))) return null;
  const { rows, columns, channels } = extent(layer.output_shape);
  if (!(channel >= 0 && channel < channels && y >= 0 && y < rows && x >= 0 && x < columns)) return null;
  return { index, layer, channel, y, x, depth, term };
}

function text({ index, channel, y, x, depth, term }) {
  return [index, channel, y, x, ...(depth > 1 ? [depth] : []), ...(depth > 2 ? [term] : [])].join(".");
}

function up(at) {
  return at.depth > 1 ? { ...at, depth: at.depth - 1 } : null;
}

function crumbs(at, lesson, go) {
  const isMap = at.layer.output_shape.length === 3;
  const names = [`${at.layer.name}, ${isMap ? "map" : "unit"} ${at.channel + (isDigit(at.layer) ? 0 : 1)}`];
  if (at.depth > 1) names.push(isMap ? `row ${at.y + 1}, column ${at.x + 1}` : "its sum");
  if (at.depth > 2) names.push("one product");
  const all = [["network", null], ...names.map((name, i) => [name, { ...at, depth: i + 1 }])];
  return make(
    "nav",
    { className: "crumbs", "aria-label": "Where you are" },
    ...all.map(([name, there], i) =>
      make("button", { type: "button", onclick: () => go(there), ...(i === all.length - 1 && { "aria-current": "location" }) }, name),
    ),
    make("small", {}, describe(at.layer)),
  );
}

/** The arrow keys move the value that is looked at, or on the lowest level the product. */
function move(key, at, lesson, go) {
  const steps = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  if (!steps[key]) return key === "Enter" && at.depth < 3 && weighs(at.layer) ? (go({ ...at, depth: at.depth + 1 }), true) : false;
  const [down, across] = steps[key];
  if (at.depth === 3) {
    const count = products(lesson.run.network, at.index, lesson.seen.image28, at).terms.length;
    const wide = at.layer.options.kernel_size ?? 1;
    go({ ...at, term: (at.term + across + down * wide + count) % count }, false);
    return true;
  }
  const { rows, columns, channels } = extent(at.layer.output_shape);
  const keep = (value, most) => Math.min(Math.max(value, 0), most - 1);
  if (rows * columns === 1) go({ ...at, channel: keep(at.channel + across + down, channels) }, false);
  else go({ ...at, y: keep(at.y + down, rows), x: keep(at.x + across, columns) }, false);
  return true;
}
