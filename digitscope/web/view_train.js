/**
 * Train: the settings as a form, the layers they make, a training to watch, its epochs to replay.
 */
import * as api from "./api.js";
import { colour, largest, paintGrid } from "./colours.js";
import { make, percent, rate, shown, svg } from "./dom.js";
import { openNetwork, product } from "./engine.js";
import { read } from "./reader.js";

const OFTEN = 600; // ms between two looks at a training
const FIRST = ["epochs", "filters", "kernel_size", "pool", "dense_units", "dropout", "batch_norm", "batch_size", "learning_rate"];
const LEFT_OUT = ["version", "recipe", "data"];

/** @returns {{update: () => void, close: () => void}} */
export function trainView(place, lesson, state) {
  const parts = {
    form: make("form", { className: "settings" }),
    layers: make("div", { className: "planned", "aria-live": "polite" }),
    said: make("p", { role: "status", className: "lead" }),
    curves: make("div", { className: "curves" }),
    epochs: make("div", { className: "replay" }),
  };
  const start = make("button", { type: "button", className: "main" }, "Train");
  const stop = make("button", { type: "button", disabled: true }, "Stop");
  const resume = make("button", { type: "button", hidden: true }, "Go on");
  place.replaceChildren(
    make("h2", {}, "Train a network of your own"),
    make("p", { className: "lead" }, "Start from a recipe, change what you like, and watch. The training goes on when you close this page."),
    make("div", { className: "training" }, parts.form, make("div", {}, parts.layers, make("div", { className: "tools" }, start, stop, resume), parts.said, parts.curves, parts.epochs)),
  );
  let timer = 0;
  let asking = 0;
  let answer = () => {}; // of the epoch that is shown, to what is drawn
  let isAllowed = true;
  let watched = { run: null, epochs: -1 };
  const wanted = () => settingsOf(parts.form);

  async function plan() {
    const asked = ++asking;
    const { recipe, settings } = wanted();
    const { layers, error } = await api.planned(recipe, settings).catch((failure) => ({ layers: [], error: failure.message }));
    if (asked !== asking) return;
    parts.layers.replaceChildren(error ? make("p", { className: "wrong" }, error) : layerTable(layers));
    start.disabled = Boolean(error) || !isAllowed;
  }

  async function look() {
    clearTimeout(timer);
    try {
      const now = await api.trainingState();
      start.hidden = now.running;
      stop.disabled = !now.running;
      if (!now.allowed) parts.said.textContent = "Only the machine that serves this page may train.";
      else if (now.error) parts.said.textContent = now.error;
      else if (now.running) parts.said.textContent = `${now.run}: ${now.history.length ? `epoch ${now.history.length + 1} is under way` : "Keras is starting, then epoch 1"}`;
      isAllowed = now.allowed;
      start.disabled ||= !isAllowed;
      if (now.run && (now.run !== watched.run || now.history.length !== watched.epochs)) {
        watched = { run: now.run, epochs: now.history.length };
        parts.curves.replaceChildren(...curves(now.history));
        if (now.history.length) await showEpochs(now.run, now.history.length);
      }
      if (now.running) timer = setTimeout(look, OFTEN);
      else if (now.run && now.history.length && !now.error) await ended(now);
    } catch (error) {
      parts.said.textContent = error.message;
    }
  }

  async function ended({ run, history }) {
    const about = await api.openRun(run);
    const isDone = about.state === "finished";
    resume.hidden = isDone;
    resume.onclick = act(() => api.resumeTraining(run));
    const judged = about.metrics ? `${rate(about.metrics.accuracy)} of the test images read right` : `${history.length} epochs are kept`;
    parts.said.replaceChildren(`${run}: ${judged}. `, make("button", { type: "button", onclick: () => state.change({ run, tab: "inside", level: null }, true) }, "look inside"));
  }

  async function showEpochs(run, count) {
    const about = await api.openRun(run);
    const slider = make("input", { type: "range", min: 1, max: count, value: count, "aria-label": "epoch" });
    const canvas = make("div", { className: "kernels" });
    const label = make("output");
    const replay = async (epoch) => {
      const network = openNetwork(about.description, await api.epochWeights(run, epoch));
      if (epoch !== Number(slider.value)) return; // the slider is elsewhere by now
      answer = () => {
        const { probabilities, confidence } = lesson.seen ? read(network, about.certainty, lesson.seen) : {};
        label.textContent = `after epoch ${epoch}${probabilities ? `, your drawing: ${probabilities.indexOf(confidence)} with ${percent(confidence)}` : ""}`;
      };
      answer();
      canvas.replaceChildren(...kernels(network));
    };
    slider.oninput = () => replay(Number(slider.value));
    parts.epochs.replaceChildren(make("h3", {}, "The first layer's kernels, epoch by epoch"), make("div", { className: "tools" }, slider, label), canvas);
    await replay(count);
  }

  const act = (ask) => async () => {
    try {
      parts.said.textContent = "";
      watched = { run: null, epochs: -1 };
      resume.hidden = true;
      await ask();
      await look();
    } catch (error) {
      await look(); // the other page's training, perhaps
      parts.said.textContent = error.message;
    }
  };
  start.onclick = act(() => api.startTraining(wanted().recipe, wanted().settings));
  stop.onclick = act(api.stopTraining);

  api.schema().then((schema) => {
    let waiting = 0;
    fillForm(parts.form, schema, state.current(), () => {
      const { recipe, settings } = wanted();
      state.change({ recipe, set: Object.entries(settings).map(([name, value]) => `${name}:${value}`).join(";") });
      clearTimeout(waiting);
      waiting = setTimeout(plan, 200);
    });
    plan();
  });
  look();
  return { update: () => answer(), close: () => clearTimeout(timer) };
}

// --- the form ------------------------------------------------------------------------------------

/** The form, as the address has it: a recipe, and name:value of what is not the recipe's. */
function fillForm(form, { schema, recipes }, { recipe: first = "", set = "" }, changed) {
  const recipe = make("select", { name: "recipe" }, ...Object.keys(recipes).map((name) => make("option", { value: name }, name)));
  const names = Object.keys(schema.properties).filter((name) => !LEFT_OUT.includes(name));
  const order = [...FIRST, ...names.filter((name) => !FIRST.includes(name))];
  const field = (name) => {
    const about = schema.properties[name];
    const input = about.enum
      ? make("select", { name }, ...about.enum.map((value) => make("option", { value }, value)))
      : make("input", { name, type: about.type === "boolean" ? "checkbox" : "text", autocomplete: "off" });
    return make("label", { title: about.description ?? "" }, make("span", {}, name.replaceAll("_", " ")), input);
  };
  const fill = () => {
    for (const name of order) {
      const value = recipes[recipe.value][name];
      const input = form.elements[name];
      if (input.type === "checkbox") input.checked = input.dataset.from = value;
      else input.value = Array.isArray(value) ? value.join(",") : value;
      input.dataset.from = input.type === "checkbox" ? String(value) : input.value;
    }
  };
  form.replaceChildren(
    make("label", {}, make("span", {}, "recipe"), recipe),
    ...FIRST.map(field),
    make("details", {}, make("summary", {}, "all settings"), ...order.slice(FIRST.length).map(field)),
  );
  if (Object.hasOwn(recipes, first)) recipe.value = first;
  fill();
  for (const [name, value] of set.split(";").map((one) => one.split(":"))) {
    const input = order.includes(name) && form.elements[name];
    if (input?.type === "checkbox") input.checked = value === "true";
    else if (input) input.value = value;
  }
  form.oninput = (event) => {
    if (event.target === recipe) fill();
    changed();
  };
  form.onsubmit = (event) => event.preventDefault();
}

function settingsOf(form) {
  const settings = {};
  for (const input of form.elements) {
    if (!input.name || input.name === "recipe") continue;
    const value = input.type === "checkbox" ? String(input.checked) : input.value;
    if (value !== input.dataset.from) settings[input.name] = value;
  }
  return { recipe: form.elements.recipe.value, settings };
}

function layerTable(layers) {
  const cells = (tag, values) => make("tr", {}, ...values.map((value) => make(tag, {}, value)));
  const sum = (name) => shown(layers.reduce((all, layer) => all + layer[name], 0));
  return make(
    "table",
    { className: "cost" },
    make("thead", {}, cells("th", ["layer", "", "output", "parameters", "multiply-adds"])),
    make("tbody", {}, ...layers.map((layer) => cells("td", [layer.name, layer.kind, layer.output_shape.join(" × "), shown(layer.parameters), shown(layer.multiply_adds)]))),
    make("tfoot", {}, cells("td", ["total", "", "", sum("parameters"), sum("multiply_adds")])),
  );
}

// --- what comes of it ----------------------------------------------------------------------------

const [WIDE, HIGH] = [320, 150];

/** Loss and accuracy, of training and of validation, by epoch. */
function curves(history) {
  return [
    ["loss", "val_loss"],
    ["accuracy", "val_accuracy"],
  ].map(([name, held]) => {
    const rows = [name, held].map((key) => history.map((row) => row[key]).filter(Number.isFinite));
    const all = rows.flat();
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const line = (values, kind) => {
      const at = (value, i) => `${(WIDE * (i + 0.5)) / Math.max(values.length, 1)},${HIGH - 8 - ((HIGH - 16) * (value - low)) / (high - low || 1)}`;
      if (values.length > 1) return svg("polyline", { points: values.map(at).join(" "), class: kind });
      const [cx, cy] = values.length ? at(values[0], 0).split(",") : [0, 0];
      return svg("circle", { cx, cy, r: values.length && 3, class: kind });
    };
    const last = (values) => (values.length ? (name === "loss" ? shown(values.at(-1), 4) : rate(values.at(-1))) : "–");
    const label = `${name}: training ${last(rows[0])}, validation ${last(rows[1])}`;
    const picture = svg("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": label }, line(rows[0], "trained"), line(rows[1], "held"));
    return make("figure", {}, picture, make("figcaption", {}, make("b", {}, name), ` training ${last(rows[0])}, `, make("em", {}, `validation ${last(rows[1])}`)));
  });
}

/** The first layer with weights, as pictures: its kernels, or a dense layer's first units. */
function kernels(network) {
  const layer = network.layers.find((one) => one.arrays.kernel);
  const { kernel } = layer.arrays;
  const units = layer.output_shape.at(-1);
  const [rows, columns] = layer.kind === "convolution" ? [layer.options.kernel_size, layer.options.kernel_size] : [28, product(layer.input_shape) / 28];
  const channels = layer.kind === "convolution" ? layer.input_shape[2] : 1;
  const most = largest(kernel);
  return Array.from({ length: Math.min(units, 64) }, (_, unit) => {
    const canvas = make("canvas", { role: "img", "aria-label": `kernel ${unit + 1}` });
    paintGrid(canvas, rows, columns, (y, x) => kernel[(y * columns + x) * channels * units + unit], most);
    canvas.style.borderColor = colour(0, 1);
    return canvas;
  });
}
