/** Draw: the way of the drawing to the network, stage by stage, and why each stage matters. */
import * as api from "./api.js";
import { paintInk } from "./colours.js";
import { make, openBars } from "./dom.js";
import { read } from "./reader.js";

const STAGES = {
  picture: ["your drawing", "as it is on the pad"],
  ink: ["ink", "paper and shadow gone"],
  crop: ["digit", "cut to its edges"],
  boxed: ["20 pixels", "scaled, its shades averaged"],
  image: ["28 × 28", "centred by its mass"],
};
const SWITCHES = { scaling: "scale to 20 pixels", averaging: "average the shades", centring: "centre by mass" };

/** @returns {{update: () => void}} */
export function drawView(place, lesson, state) {
  const canvases = {};
  const strip = Object.entries(STAGES).map(([name, [title, why]]) => {
    canvases[name] = make("canvas", { role: "img", "aria-label": title });
    return make("figure", {}, canvases[name], make("figcaption", {}, make("b", {}, title), why));
  });
  const switches = Object.entries(SWITCHES).map(([name, title]) => {
    const box = make("input", { type: "checkbox", checked: lesson.stages[name] });
    box.onchange = () => {
      const left = Object.keys(SWITCHES).filter((one) => (one === name ? !box.checked : !lesson.stages[one]));
      state.change({ without: left.join(",") });
    };
    return make("label", {}, box, title);
  });
  place.replaceChildren(
    make("h2", {}, "From your hand to the network"),
    make("p", { className: "lead" }, "The network has only ever seen digits 20 pixels long, grey at the edges, with their weight in the middle. So yours is made like them. Leave a step out, and see what it thinks then."),
    make("div", { className: "strip" }, ...strip),
    make("div", { className: "switches" }, ...switches),
  );
  const beside = api.hasServer ? openBeside(place, lesson, state) : null;
  return {
    update() {
      beside?.update();
      const { stages, image28 } = lesson.seen;
      for (const [name, canvas] of Object.entries(canvases)) {
        const plane = name === "picture" ? null : stages[name];
        canvas.parentElement.classList.toggle("missing", name !== "picture" && !plane);
        if (plane) paintInk(canvas, plane);
        else if (name !== "picture") canvas.width = canvas.height = 1; // nothing of the drawing before
      }
      if (!stages.image) paintInk(canvases.image, { width: 28, height: 28, data: image28 });
      const pad = document.getElementById("pad");
      canvases.picture.width = canvases.picture.height = pad.width;
      canvases.picture.getContext("2d").drawImage(pad, 0, 0);
    },
  };
}

/** A second network, which reads the same drawing. */
function openBeside(place, lesson, state) {
  const chooser = make("select", { id: "other" }, make("option", { value: "" }, "none"));
  const said = make("p", { role: "status" });
  const bars = openBars();
  const list = make("ol", { hidden: true, "aria-label": "What the other network says" }, ...bars.rows);
  place.append(make("section", { className: "beside" }, make("h3", {}, make("label", { for: "other" }, "Another network, on the same drawing ")), chooser, said, list));
  let other = null;
  const update = () => {
    list.hidden = !other;
    if (!other || !lesson.seen) return;
    const found = read(other.network, other.certainty, lesson.seen);
    const words = { digit: `${other.name} says ${found.digit}.`, blank: "" };
    said.textContent = words[found.status] ?? `${other.name} doesn't know: ${found.reason}.`;
    bars.update(found);
  };
  const choose = async (name) => {
    said.textContent = "";
    other = name ? await api.openRun(name).catch((error) => (said.textContent = error.message) && null) : null;
    update();
  };
  chooser.onchange = () => {
    state.change({ other: chooser.value });
    choose(chooser.value);
  };
  api.listRuns().then(({ runs }) => {
    const names = [...runs.filter((run) => run.epochs).map((run) => run.run), "reader"];
    chooser.append(...names.map((name) => make("option", { value: name }, name)));
    const { other: wanted = "" } = state.current();
    chooser.value = wanted && !names.includes(wanted) ? "" : wanted;
    if (wanted) choose(wanted);
  });
  return { update };
}
