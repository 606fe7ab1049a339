/** main: the page: what was drawn goes through the normaliser and the network into the views. */
import * as api from "./api.js";
import { byId, make, openBars } from "./dom.js";
import { normalise } from "./normaliser.js";
import { openPad, pixelsOf } from "./pad.js";
import { read } from "./reader.js";
import * as state from "./state.js";
import { operate, operations } from "./surgery.js";
import { drawView } from "./view_draw.js";
import { errorsView } from "./view_errors.js";
import { insideView } from "./view_inside.js";
import { kernelsView } from "./view_kernels.js";
import { trainView } from "./view_train.js";

const VIEWS = { draw: drawView, inside: insideView, kernels: kernelsView, train: trainView, errors: errorsView };
const STAGES = ["scaling", "averaging", "centring"]; // that can be left out
const TITLES = { draw: "Draw", inside: "Inside", kernels: "Kernels", train: "Train", errors: "Errors" };
if (!api.hasServer) delete TITLES.train;

const lesson = {
  run: null, // of api.openRun
  seen: null, // of normalise
  said: null, // of read
  stages: {}, // of STAGES, whether it is done
  exact: null, // a digit of the data, which is shown to the network as it is
  think,
  open: openDigit,
  grey: (side) => pad.grey(side),
};
const timings = []; // ms from a change to its painting, for whoever measures
globalThis.digitscope = { lesson, timings };

let view = null;
let asked = 0; // when the change happened that is not painted yet

/** See, read and paint what is drawn, with the next frame. */
function think() {
  if (!asked) requestAnimationFrame(paint);
  asked ||= performance.now();
}

function paint() {
  const since = asked;
  asked = 0;
  if (!lesson.run) return;
  lesson.seen = lesson.exact ?? normalise(pad.image(), lesson.stages);
  lesson.said = read(lesson.run.network, lesson.run.certainty, lesson.seen);
  paintAnswer(lesson.said);
  view?.update();
  timings.push(performance.now() - since);
  if (timings.length > 1000) timings.shift();
}

const WORDS = {
  blank: "Nothing is drawn yet.",
  not_a_digit: "I don't know: ",
  several_digits: "I don't know: ",
  unsure: "I'm not sure: ",
};

function paintAnswer(said) {
  const text = said.status === "digit" ? `It is ${said.digit === 8 ? "an" : "a"} ${said.digit}.` : WORDS[said.status] + (said.status === "blank" ? "" : `${said.reason}.`);
  const answer = byId("answer");
  if (answer.textContent !== text) answer.textContent = text;
  answer.dataset.status = said.status;
  bars.update(said);
  byId("changed").hidden = !operations(lesson.run.network);
}

const bars = openBars();
byId("bars").append(...bars.rows);

/** Say what went wrong, until the next thing works or it is clicked away. */
function notice(error) {
  byId("notice").firstElementChild.textContent = error ? error.message : "";
  byId("notice").hidden = !error;
}
byId("notice").lastElementChild.onclick = () => notice(null);

let home = null; // the run that is shown where the address names none
let choosing = 0;
async function choose(name) {
  const asked = ++choosing;
  try {
    const opened = await api.openRun(name);
    if (asked !== choosing) return; // another one was chosen meanwhile
    lesson.run = opened;
    if (![...byId("run").options].some((option) => option.value === name)) byId("run").prepend(make("option", { value: name }, name));
    byId("run").value = name;
    notice(null);
    open();
    await showDigit();
  } catch (error) {
    if (lesson.run) {
      state.change({ run: lesson.run.name });
      open();
    }
    notice(error);
  }
}

function open() {
  const { tab: wanted, hide = "", surgery } = state.current();
  operate(lesson.run.network, surgery);
  const tab = Object.hasOwn(TITLES, wanted ?? "") ? wanted : "draw";
  setStages();
  const hidden = new Set(hide.split(","));
  byId("tabs").replaceChildren(
    ...Object.entries(TITLES)
      .filter(([name]) => !hidden.has(name))
      .map(([name, title]) => make("a", { href: `#tab=${name}`, onclick: goTo(name), ...(name === tab && { "aria-current": "page" }) }, title)),
  );
  document.body.dataset.tab = tab;
  document.body.classList.toggle("large", state.current().large === "1");
  byId("large").setAttribute("aria-pressed", state.current().large === "1");
  view?.close?.();
  view = VIEWS[tab](byId("view"), lesson, state);
  think();
}

function setStages() {
  const { without = "" } = state.current();
  lesson.stages = Object.fromEntries(STAGES.map((name) => [name, !without.split(",").includes(name)]));
}

function goTo(name) {
  return (event) => {
    event.preventDefault();
    state.change({ tab: name, level: null }, true);
    showView();
  };
}

/** Scroll to the view, where it is out of sight, as on a phone. */
function showView() {
  const { top } = byId("view").getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) byId("view").scrollIntoView();
}

/** Look at a test image inside the network. */
function openDigit(index) {
  state.change({ tab: "inside", level: null, digit: index }, true);
  showView();
}

/** Put the test image on the pad that the address names, and show it to the network as it is. */
async function showDigit() {
  const { digit } = state.current();
  if (!digit || !lesson.run) return;
  clearTimeout(remembering);
  const asked = ++showing;
  try {
    if (!/^\d{1,9}$/.test(digit)) throw new Error("The address names no test image.");
    const { images } = await api.digits(lesson.run.name, "test", [Number(digit)]);
    if (asked !== showing) return; // meanwhile one draws, or looks at another
    const image = { width: 28, height: 28, data: images[0] };
    const pixels = new Uint8ClampedArray(4 * 784);
    images[0].forEach((value, i) => pixels.set([255 - value, 255 - value, 255 - value, 255], 4 * i));
    pad.show({ ...image, data: pixels }); // which takes the one before from `exact`
    lesson.exact = { status: "digit", reason: "", image28: images[0], box: [0, 0, 28, 28], stages: { image } };
  } catch (error) {
    if (asked === showing) notice(error);
  }
}

let showing = 0; // test images asked for so far
const pad = openPad(() => {
  showing++; // one that is on its way comes too late
  lesson.exact = null;
  think();
  remember();
});
let remembering = 0;
/** Keep the drawing in the address, once the hand rests. */
function remember() {
  clearTimeout(remembering);
  remembering = setTimeout(() => state.change(lesson.exact ? { ink: null } : { ink: pad.text(), digit: null }), 400);
}

byId("undo").onclick = pad.undo;
byId("clear").onclick = pad.clear;
byId("large").onclick = () => state.change({ large: state.current().large ? null : "1" });
byId("run").onchange = () => state.change({ run: byId("run").value, level: null, surgery: null }, true);
byId("file").onchange = (event) => take(event.target.files[0]);
addEventListener("paste", (event) => take([...event.clipboardData.files][0]));
addEventListener("dragover", (event) => event.preventDefault());
addEventListener("drop", (event) => {
  event.preventDefault();
  take(event.dataTransfer.files[0]);
});

async function take(file) {
  if (!file) return;
  try {
    pad.show(await pixelsOf(file));
    notice(null);
  } catch {
    notice(new Error(`${file.name || "This"} is not a picture that the browser can read.`));
  }
}

let camera = null;
byId("webcam").onclick = async () => {
  if (camera) return closeCamera();
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640 } });
    const video = make("video", { srcObject: stream, muted: true });
    await video.play();
    camera = { stream, timer: setInterval(async () => pad.show(await pixelsOf(video)), 100) };
    byId("webcam").setAttribute("aria-pressed", "true");
  } catch {
    notice(new Error("There is no camera, or this page may not use it."));
  }
};

function closeCamera() {
  clearInterval(camera.timer);
  camera.stream.getTracks().forEach((track) => track.stop());
  camera = null;
  byId("webcam").setAttribute("aria-pressed", "false");
}

state.onChange((names) => {
  const isAbout = (...some) => !names || some.some((name) => names.includes(name));
  if (names?.every((name) => name === "ink" || name === "digit")) return;
  if (!names) restore();
  const run = state.current().run ?? home;
  if (run && run !== lesson.run?.name) return void choose(run);
  if (isAbout("digit")) showDigit();
  if (isAbout("tab", "hide", "large")) open();
  else if (isAbout("without")) {
    setStages();
    think();
  } else view?.go?.();
});

/** Put the drawing on the pad that the address holds. */
function restore() {
  pad.restore(state.current().ink ?? "");
  clearTimeout(remembering);
}

async function start() {
  const { served, runs } = await api.listRuns();
  const names = runs.filter((run) => run.epochs).map((run) => run.run);
  const options = [...new Set([served, ...names.reverse(), ...(api.hasServer ? ["reader"] : [])])];
  byId("run").replaceChildren(...options.map((name) => make("option", { value: name }, name === "reader" ? "reader (bundled)" : name)));
  const wanted = options.includes(state.current().run) ? state.current().run : served;
  const { run } = state.current();
  home = served;
  byId("run").value = wanted;
  restore();
  await choose(wanted);
  if (run && run !== wanted) {
    state.change({ run: null });
    notice(new Error(`There is no network ${run} here; this is ${wanted}.`));
  }
}

start().catch(notice);
