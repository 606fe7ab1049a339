/**
 * level_content: a map or unit as the sum of what it is made of; one of its values as its arithmetic;
 * one product of that.
 */
import { inputOf, kernelOf, extent, offset, products, share, softmaxTerms, source } from "./anatomy.js";
import { colour, largest, paintGrid } from "./colours.js";
import { make, shown } from "./dom.js";

const MOST_TERMS = 24;

export const isDigit = (layer) => layer.options.activation === "softmax";
export const weighs = (layer) => layer.kind === "convolution" || layer.kind === "dense";

/** What a level shows. `go(at, isStep)` goes to another; a step can be undone by the back button. */
export function content(at, lesson, go) {
  if (!weighs(at.layer)) return [simple(at, lesson, go)];
  if (at.depth === 3) return [product(at, lesson)];
  if (at.layer.kind === "dense") return dense(at, lesson, go);
  return at.depth === 2 ? [...arithmetic(at, lesson, go)] : map(at, lesson, go);
}

// --- pictures ------------------------------------------------------------------------------------

/** A map as a picture, with a window drawn on it. */
function picture(values, { rows, columns, channels = 1, channel = 0 }, title, box, onPick, drags = false) {
  const canvas = make("canvas", { className: "map", role: "img", "aria-label": title });
  const one = Float32Array.from({ length: rows * columns }, (_, i) => values[i * channels + channel]);
  paintGrid(canvas, rows, columns, (y, x) => one[y * columns + x], largest(one));
  const frame = make("div", { className: "framed" }, canvas);
  if (box) {
    const mark = make("i", { className: "window" });
    const part = (value, of) => `${(100 * value) / of}%`;
    Object.assign(mark.style, {
      left: part(box.left, columns), top: part(box.top, rows), width: part(box.right - box.left, columns), height: part(box.bottom - box.top, rows),
    });
    frame.append(mark);
  }
  if (onPick) {
    const pick = (event) => {
      const size = canvas.getBoundingClientRect();
      const y = Math.floor(((event.clientY - size.top) / size.height) * rows);
      const x = Math.floor(((event.clientX - size.left) / size.width) * columns);
      onPick({ y: Math.min(Math.max(y, 0), rows - 1), x: Math.min(Math.max(x, 0), columns - 1) });
    };
    canvas.onclick = pick;
    if (drags) canvas.onpointermove = (event) => event.buttons && pick(event);
  }
  return make("figure", {}, frame, make("figcaption", {}, title));
}

/** Numbers in a grid, each on its shade. */
function grid(rows, columns, values, title, most, marks = {}) {
  const cells = Array.from({ length: rows * columns }, (_, i) => {
    const strength = most ? Math.abs(values[i]) / most : 0;
    const cell = make("td", { className: [marks.win === i && "win", strength > 0.45 && "dark"].filter(Boolean).join(" ") });
    cell.style.background = colour(values[i], most);
    if (marks.onPick) {
      const button = make("button", { type: "button", onclick: () => marks.onPick(i) }, shown(values[i], 2));
      cell.append(button);
    } else cell.textContent = shown(values[i], 2);
    return cell;
  });
  const lines = Array.from({ length: rows }, (_, y) => make("tr", {}, ...cells.slice(y * columns, (y + 1) * columns)));
  return make("table", { className: "numbers" }, make("caption", {}, title), make("tbody", {}, ...lines));
}

const sign = (mark) => make("span", { className: "sign", "aria-hidden": "true" }, mark);

// --- convolutions --------------------------------------------------------------------------------

function map(at, lesson, go) {
  const { network } = lesson.run;
  const { image28 } = lesson.seen;
  const { layer, index } = at;
  const input = inputOf(network, index, image28);
  const from = extent(layer.input_shape);
  const to = extent(layer.output_shape);
  const box = source(layer, at);
  const size = layer.options.kernel_size;
  const into = (place) => go({ ...at, ...place, depth: 2 });
  const rows = Array.from({ length: from.channels }, (_, c) => {
    const kernel = kernelOf(layer, c, at.channel);
    return make(
      "div",
      { className: "equation" },
      picture(input, { ...from, channel: c }, from.channels > 1 ? `input map ${c + 1}` : "input", box),
      sign("∗"),
      grid(size, size, kernel, "kernel", largest(layer.arrays.kernel)),
      sign("="),
      picture(share(network, index, image28, c, at.channel), { ...to, channels: 1 }, from.channels > 1 ? "its share" : "sum of products", null, into),
    );
  });
  const bias = layer.arrays.bias ? layer.arrays.bias[at.channel] : 0;
  const activation = layer.options.activation === "linear" ? "" : `, then ${layer.options.activation}`;
  return [
    make("h3", {}, `How map ${at.channel + 1} comes about`),
    make("p", {}, `The kernel slides over ${from.channels > 1 ? `each of ${from.channels} input maps; the shares are added` : "the input"}; ${layer.arrays.bias ? `the bias ${shown(bias)} is added${activation}` : "there is no bias: batch norm follows"}. Click a place of a map to see its arithmetic.`),
    make("div", { className: "result" }, picture(layer.output, { ...to, channel: at.channel }, `map ${at.channel + 1}`, unitBox(at), into)),
    ...rows,
  ];
}

const unitBox = ({ y, x }) => ({ top: y, left: x, bottom: y + 1, right: x + 1 });

function arithmetic(at, lesson, go) {
  const { network } = lesson.run;
  const { layer, index } = at;
  const { terms, bias, sum, value, activation } = products(network, index, lesson.seen.image28, at);
  const input = inputOf(network, index, lesson.seen.image28);
  const from = extent(layer.input_shape);
  const to = extent(layer.output_shape);
  const size = layer.options.kernel_size;
  const most = { input: largest(input), weight: largest(layer.arrays.kernel), product: largest(terms.map((t) => t.product)) };
  const groups = Array.from({ length: from.channels }, (_, c) => terms.slice(c * size * size, (c + 1) * size * size));
  const here = (place) => (place.y !== at.y || place.x !== at.x) && go({ ...at, ...place }, false);
  const animate = make("button", { type: "button", className: "play" }, "slide it");
  animate.onclick = () => slide(at, to, go);
  return [
    make("h3", {}, "One value: a window of numbers, times the kernel, added up"),
    make(
      "div",
      { className: "equation" },
      picture(input, from, from.channels > 1 ? "input map 1" : "input", source(layer, at)),
      sign("→"),
      picture(layer.output, { ...to, channel: at.channel }, `map ${at.channel + 1}: arrow keys or the mouse move the window`, unitBox(at), here, true),
      animate,
    ),
    ...groups.map((group, c) =>
      make(
        "div",
        { className: "equation" },
        grid(size, size, group.map((t) => t.input), from.channels > 1 ? `window, map ${c + 1}` : "window", most.input),
        sign("×"),
        grid(size, size, group.map((t) => t.weight), "kernel", most.weight),
        sign("="),
        grid(size, size, group.map((t) => t.product), "products: click one", most.product, {
          onPick: (i) => go({ ...at, depth: 3, term: c * size * size + i }),
        }),
      ),
    ),
    total(sum, bias, value, activation, layer),
  ];
}

function total(sum, bias, value, activation, layer) {
  const parts = [`sum ${shown(sum, 4)}`];
  if (layer.arrays.bias) parts.push(`+ bias ${shown(bias, 4)}`);
  parts.push(`= ${shown(sum + bias, 4)}`);
  if (activation !== "linear") parts.push(`→ ${activation} →`, shown(value, 4));
  return make("p", { className: "total" }, parts.join("  "));
}

let sliding = 0;
function slide(at, { rows, columns }, go) {
  clearInterval(sliding);
  let place = 0;
  sliding = setInterval(() => {
    const isShown = document.querySelector(".play");
    if (!isShown || place >= rows * columns) return clearInterval(sliding);
    go({ ...at, y: Math.floor(place / columns), x: place % columns }, false);
    place += Math.max(1, Math.floor((rows * columns) / 120));
  }, 60);
}

function product(at, lesson) {
  const { terms, bias, sum } = products(lesson.run.network, at.index, lesson.seen.image28, at);
  const number = Math.min(Math.max(at.term, 0), terms.length - 1);
  const term = terms[number];
  const before = terms.slice(0, number).reduce((all, one) => all + one.product, 0);
  const isMap = at.layer.input_shape.length === 3;
  const where = isMap ? `input map ${term.channel + 1}, row ${term.y + 1}, column ${term.x + 1}` : `input ${term.channel + 1}`;
  return make(
    "div",
    { className: "product" },
    make("h3", {}, `Product ${number + 1} of ${terms.length.toLocaleString("en")}`),
    make("p", { className: "big" }, shown(term.input, 4), sign("×"), shown(term.weight, 4), sign("="), make("b", {}, shown(term.product, 4))),
    make("p", {}, `${where}, times the weight that training found for it. The products before it make ${shown(before, 4)}; with it ${shown(before + term.product, 4)}; all of them ${shown(sum, 4)}${at.layer.arrays.bias ? `, to which the bias ${shown(bias, 4)} is added` : ""}.`),
    make("p", { className: "lead" }, "Arrow keys go to the next product, Escape back up."),
  );
}

// --- dense layers --------------------------------------------------------------------------------

function dense(at, lesson, go) {
  const { network } = lesson.run;
  const { terms, bias, sum, value, activation } = products(network, at.index, lesson.seen.image28, at);
  const order = terms.map((term, i) => ({ ...term, i })).sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const most = Math.abs(order[0]?.product) || 1;
  const shownTerms = at.depth === 2 ? order.slice(0, 4 * MOST_TERMS) : order.slice(0, MOST_TERMS);
  const rows = shownTerms.filter((t) => t.product).map((term) => {
    const bar = make("i", { className: term.product < 0 ? "less" : "more" });
    bar.style.transform = `scaleX(${Math.abs(term.product) / most})`;
    return make(
      "li",
      {},
      make("button", { type: "button", onclick: () => go({ ...at, depth: 3, term: term.i }) }, `input ${term.channel + 1}`),
      make("span", {}, `${shown(term.input)} × ${shown(term.weight)} = ${shown(term.product)}`),
      make("span", { className: "rail" }, bar),
    );
  });
  const maps = mapsBefore(network, at, terms);
  return [
    make("h3", {}, isDigit(at.layer) ? `What speaks for a ${at.channel}, and what against` : `What unit ${at.channel + 1} adds up`),
    make("p", {}, `${terms.length.toLocaleString("en")} inputs, each times its weight; the largest ${rows.length} of the products:`),
    ...maps,
    make("ol", { className: "terms" }, ...rows),
    total(sum, bias, value, activation === "softmax" ? "linear" : activation, at.layer),
    ...(isDigit(at.layer) ? [softmaxTable(lesson)] : []),
    ...(at.depth === 1 ? [make("button", { type: "button", onclick: () => go({ ...at, depth: 2 }) }, "more of the sum")] : []),
  ];
}

/** Where the inputs are flattened maps: what each place of each map adds, as pictures. */
function mapsBefore(network, at, terms) {
  let before = at.index - 1;
  while (before >= 0 && ["dropout", "flatten"].includes(network.layers[before].kind)) before--;
  const shape = before >= 0 ? network.layers[before].output_shape : [28, 28, 1];
  if (shape.length !== 3 || !network.layers.slice(before + 1, at.index).some((layer) => layer.kind === "flatten")) return [];
  const [rows, columns, channels] = shape;
  const values = Float32Array.from(terms, (term) => term.product);
  const order = Array.from({ length: channels }, (_, c) => [c, weightOf(values, c, channels)]).sort((a, b) => b[1] - a[1]);
  return [
    make(
      "div",
      { className: "equation wrap" },
      ...order.slice(0, 12).map(([channel]) => picture(values, { rows, columns, channels, channel }, `map ${channel + 1}`)),
    ),
  ];
}

function weightOf(values, channel, channels) {
  let all = 0;
  for (let i = channel; i < values.length; i += channels) all += Math.abs(values[i]);
  return all;
}

function softmaxTable(lesson) {
  const { temperature } = lesson.run.certainty;
  const terms = softmaxTerms(lesson.run.network, temperature);
  const all = terms.reduce((sum, term) => sum + term.power, 0);
  return make(
    "table",
    { className: "softmax" },
    make("caption", {}, `Softmax: e to the power of (sum − largest) / ${shown(temperature, 2)}, as a part of all ten. The temperature ${shown(temperature, 2)} was set on validation images, so that 90 % means nine in ten.`),
    make("thead", {}, make("tr", {}, ...["digit", "sum", "power of e", "probability"].map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...terms.map((t) => make("tr", {}, make("th", { scope: "row" }, String(t.digit)), ...[shown(t.logit), shown(t.power, 4), `${shown(t.power, 4)} / ${shown(all, 3)} = ${shown(t.probability, 4)}`].map((cell) => make("td", {}, cell))))),
  );
}

// --- layers without weights of their own for each place ------------------------------------------

function simple(at, lesson, go) {
  const { network } = lesson.run;
  const { layer, index } = at;
  const input = inputOf(network, index, lesson.seen.image28);
  const from = extent(layer.input_shape);
  const to = extent(layer.output_shape);
  const box = source(layer, at);
  const channel = box.channels ? box.channels[0] : 0;
  const values = [];
  for (let y = box.top; y < box.bottom; y++)
    for (let x = box.left; x < box.right; x++) values.push(input[(y * from.columns + x) * from.channels + channel]);
  const value = layer.output[offset(layer, at)];
  const wide = box.right - box.left;
  const small = values.length <= 49;
  const win = layer.kind === "max_pool" ? values.indexOf(Math.max(...values)) : -1;
  const isMap = from.rows * from.columns > 1;
  return make(
    "div",
    {},
    make("h3", {}, SAYS[layer.kind](layer, at)),
    make(
      "div",
      { className: "equation" },
      ...(isMap ? [picture(input, { ...from, channel }, "input", box)] : []),
      ...(small ? [grid(values.length / wide, wide, values, "window", largest(input), { win })] : []),
      sign("→"),
      grid(1, 1, [value], layer.name, largest(layer.output)),
      ...(to.rows * to.columns > 1 ? [picture(layer.output, { ...to, channel: at.channel }, "output", unitBox(at), (place) => go({ ...at, ...place }))] : []),
    ),
    make("p", {}, formula(layer, at, values, value)),
  );
}

const SAYS = {
  rescale: () => "Every pixel by 255",
  max_pool: (layer) => `Of each ${layer.options.size}×${layer.options.size} window the largest`,
  batch_norm: () => "Shifted and scaled, so that the next layer gets what it is used to",
  activation: (layer) => `Every value through ${layer.options.activation}`,
  dropout: () => "In training some values are dropped by chance; in reading none is",
  flatten: () => "All maps in one row",
  global_average: () => "Of every map the mean",
};

function formula(layer, { channel }, values, value) {
  if (layer.kind === "rescale") return `${shown(values[0])} / 255 = ${shown(value, 4)}`;
  if (layer.kind === "max_pool") return `The largest of ${values.length} is ${shown(value, 4)}; the others are left out.`;
  if (layer.kind === "global_average") return `The mean of ${values.length} values is ${shown(value, 4)}.`;
  if (layer.kind === "batch_norm") {
    const { gamma, beta, moving_mean: mean, moving_variance: variance } = layer.arrays;
    const [g, b, m, v] = [gamma, beta, mean, variance].map((array) => shown(array[channel], 3));
    return `(${shown(values[0], 3)} − ${m}) / √(${v} + ${layer.options.epsilon}) × ${g} + ${b} = ${shown(value, 4)}`;
  }
  return `${shown(values[0], 4)} → ${shown(value, 4)}`;
}
