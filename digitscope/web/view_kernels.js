/**
 * Kernels: a picture as numbers, a kernel that one can type, and what it makes of the picture; below,
 * the kernels that the network has learned.
 */
import { colour, largest, paintGrid } from "./colours.js";
import { make, shown } from "./dom.js";
import { convolved, valueOf, windowAt, BORDERS, PRESETS } from "./kernels.js";
import { openSurgery } from "./view_surgery.js";

/** @returns {{update: () => void, close: () => void}} */
export function kernelsView(place, lesson, state) {
  const wanted = state.current();
  let kernel = kernelFrom(wanted.kernel);
  let border = Object.hasOwn(BORDERS, wanted.border ?? "") ? wanted.border : "zeros";
  let pixel = { x: 13, y: 13 };
  let source = wanted.of === "pad" ? "pad" : "digit";
  const canvases = { input: make("canvas", { tabIndex: 0, "aria-label": "The picture. Arrow keys move the window." }), output: make("canvas", { tabIndex: 0, "aria-label": "What the kernel makes of it. Arrow keys move the window." }) };
  const marks = { input: make("i", { className: "window" }), output: make("i", { className: "window" }) };
  const middle = make("div", { className: "sum" });
  const inputs = make("div", { className: "typed" });
  const presets = make("select", { "aria-label": "preset" }, ...Object.keys(PRESETS).map((name) => make("option", { value: name }, name)), make("option", { value: "", disabled: true }, "your own"));
  const size = make("select", { "aria-label": "size" }, make("option", { value: 3 }, "3 × 3"), make("option", { value: 5 }, "5 × 5"));
  const edge = make("select", { "aria-label": "border" }, ...Object.entries(BORDERS).map(([name, { title }]) => make("option", { value: name }, title)));
  const from = make("select", { "aria-label": "picture" }, make("option", { value: "digit" }, "what the network sees"), make("option", { value: "pad" }, "what is on the pad"));
  const surgery = make("section", { className: "surgery" });
  place.replaceChildren(
    make("h2", {}, "Kernels: a few numbers that slide over a picture"),
    make("p", { className: "lead" }, "Each new pixel is a sum: its neighbourhood, number by number, times the kernel. Type other numbers, and point at a pixel to see its sum. A photo (the picture button, or the camera) works too."),
    make("div", { className: "tools" }, make("label", {}, "picture ", from), make("label", {}, "kernel ", presets), size, make("label", {}, "beyond the border ", edge)),
    make("div", { className: "panels" }, panel(canvases.input, marks.input, "the picture"), make("div", {}, inputs, middle), panel(canvases.output, marks.output, "what comes out")),
    surgery,
  );

  presets.onchange = () => setKernel(PRESETS[presets.value]);
  size.onchange = () => setKernel(resized(kernel, Number(size.value)));
  edge.value = border;
  edge.onchange = () => {
    border = edge.value;
    state.change({ border });
    paint();
  };
  from.value = source;
  from.onchange = () => {
    source = from.value;
    state.change({ of: source });
    paint();
  };
  function setKernel(values) {
    kernel = [...values];
    fill();
    named();
    paint();
  }
  /** The preset's name, where it is one, above the numbers and in the address. */
  function named() {
    presets.value = nameOf(kernel);
    state.change({ kernel: presets.value || kernel.map((value) => Number(value.toFixed(4))).join(",") });
  }
  function fill() {
    const side = Math.sqrt(kernel.length);
    size.value = side;
    inputs.style.gridTemplateColumns = `repeat(${side}, 1fr)`;
    inputs.replaceChildren(
      ...kernel.map((value, i) => {
        const input = make("input", { type: "number", step: "any", value: Number(value.toFixed(4)), "aria-label": `kernel, row ${Math.floor(i / side) + 1}, column ${(i % side) + 1}` });
        input.oninput = () => {
          kernel[i] = Number(input.value) || 0;
          named();
          paint();
        };
        return input;
      }),
    );
  }

  function picture() {
    if (source === "digit") return { width: 28, height: 28, data: Float32Array.from(lesson.seen.image28, (value) => value / 255) };
    return lesson.grey(96);
  }

  let shownPicture = null;
  function paint() {
    if (!lesson.seen) return;
    shownPicture = picture();
    pixel = { x: Math.min(pixel.x, shownPicture.width - 1), y: Math.min(pixel.y, shownPicture.height - 1) };
    const made = convolved(shownPicture, kernel, border);
    const { width, data } = shownPicture;
    paintGrid(canvases.input, shownPicture.height, width, (y, x) => data[y * width + x], 1);
    paintGrid(canvases.output, made.height, made.width, (y, x) => made.data[y * made.width + x], largest(made.data));
    point();
  }

  function point() {
    const { width, height } = shownPicture;
    const side = Math.sqrt(kernel.length);
    const reach = side >> 1;
    const offset = border === "none" ? reach : 0;
    pixel = { x: clamp(pixel.x, offset, width - 1 - offset), y: clamp(pixel.y, offset, height - 1 - offset) };
    lay(marks.input, { left: pixel.x - reach, top: pixel.y - reach, size: side }, width, height);
    lay(marks.output, { left: pixel.x - offset, top: pixel.y - offset, size: 1 }, width - 2 * offset, height - 2 * offset);
    const cells = windowAt(shownPicture, pixel, side, border);
    const most = Math.max(...cells.map((value) => Math.abs(value)), 1e-9);
    const rows = Array.from({ length: side }, (_, y) =>
      make("tr", {}, ...cells.slice(y * side, (y + 1) * side).map((value, x) => {
        const cell = make("td", { className: Math.abs(value) / most > 0.45 ? "dark" : "" }, make("b", {}, shown(value, 2)), make("small", {}, `× ${shown(kernel[y * side + x], 2)}`));
        cell.style.background = colour(value, most);
        return cell;
      })),
    );
    middle.replaceChildren(make("table", { className: "numbers" }, make("caption", {}, `row ${pixel.y + 1}, column ${pixel.x + 1}`), make("tbody", {}, ...rows)), make("p", { className: "total", role: "status" }, `= ${shown(valueOf(cells, kernel), 3)}`));
  }

  for (const [name, canvas] of Object.entries(canvases)) {
    canvas.onpointermove = canvas.onpointerdown = (event) => {
      const box = canvas.getBoundingClientRect();
      const offset = name === "output" && border === "none" ? Math.sqrt(kernel.length) >> 1 : 0;
      pixel = { x: Math.floor(((event.clientX - box.left) / box.width) * canvas.width) + offset, y: Math.floor(((event.clientY - box.top) / box.height) * canvas.height) + offset };
      if (shownPicture) point();
    };
    canvas.onkeydown = (event) => {
      const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
      if (!steps[event.key] || !shownPicture) return;
      event.preventDefault();
      pixel = { x: pixel.x + steps[event.key][0], y: pixel.y + steps[event.key][1] };
      point();
    };
  }

  const operated = openSurgery(surgery, lesson, state, setKernel);
  fill();
  presets.value = nameOf(kernel);
  return { update: paint, close: operated.close };
}

function panel(canvas, mark, title) {
  return make("figure", {}, make("div", { className: "framed" }, canvas, mark), make("figcaption", {}, title));
}

function lay(mark, { left, top, size }, width, height) {
  Object.assign(mark.style, { left: `${(100 * left) / width}%`, top: `${(100 * top) / height}%`, width: `${(100 * size) / width}%`, height: `${(100 * size) / height}%` });
}

const clamp = (value, low, high) => Math.min(Math.max(value, low), Math.max(low, high));

/** A kernel as the address has it: a preset's name, or its numbers. */
function kernelFrom(text = "outline") {
  if (Object.hasOwn(PRESETS, text)) return [...PRESETS[text]];
  const values = text.split(",").map(Number);
  return [9, 25].includes(values.length) && values.every(Number.isFinite) ? values : [...PRESETS.outline];
}

/** The preset that a kernel is; empty where it is none. */
function nameOf(kernel) {
  return Object.keys(PRESETS).find((name) => String(PRESETS[name]) === String(kernel)) ?? "";
}

/** A kernel of another size, with the same middle. */
function resized(kernel, side) {
  const old = Math.sqrt(kernel.length);
  const shift = (side - old) / 2;
  return Array.from({ length: side * side }, (_, i) => {
    const [y, x] = [Math.floor(i / side) - shift, (i % side) - shift];
    return y >= 0 && x >= 0 && y < old && x < old ? kernel[y * old + x] : 0;
  });
}
