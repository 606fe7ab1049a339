/** main: the page: what was drawn goes through the normaliser and the network into the views. */
import * as api from "./api.js";
import { Drawing } from "./drawing.js";
import { operate } from "./engine/surgery.js";
import { openInputs } from "./inputs.js";
import { Lesson } from "./lesson.js";
import { goTo } from "./navigation.js";
import * as state from "./state.js";
import { drawView } from "./views/draw.js";
import { errorsView } from "./views/errors.js";
import { insideView } from "./views/inside.js";
import { kernelsView } from "./views/kernels.js";
import { readView } from "./views/read.js";
import { trainView } from "./views/train.js";
import { openAnswer } from "./widgets/answer.js";
import { byId, make, options } from "./widgets/dom.js";
import { notice, openNotice } from "./widgets/notice.js";
import { Pad } from "./widgets/pad.js";

/** @import { View } from "./lesson.js" */

/** @type {Record<string, {title: string, open: typeof kernelsView}>} */
const VIEWS = {
  draw: { title: "Draw", open: drawView },
  inside: { title: "Inside", open: insideView },
  kernels: { title: "Kernels", open: kernelsView },
  ...(api.hasServer && { read: { title: "Read", open: readView } }),
  ...(api.hasServer && { train: { title: "Train", open: trainView } }),
  errors: { title: "Errors", open: errorsView },
};

const pad = new Pad(
  byId("pad", HTMLCanvasElement),
  byId("pen", HTMLInputElement),
  byId("hint"),
  () => drawing.changed(),
);
const paintAnswer = openAnswer();
const lesson = new Lesson(pad, (said) => {
  if (lesson.run) paintAnswer(said, lesson.run.network);
  view?.update();
});
const drawing = new Drawing(lesson);
const chooser = byId("run", HTMLSelectElement);
Object.assign(globalThis, { digitscope: { lesson, timings: lesson.timings } });

/** @type {View | null} */
let view = null;
let home = ""; // the run that is shown where the address names none
let choosing = 0;

/**
 * Show another network.
 *
 * @param {string} name
 */
async function choose(name) {
  const asked = ++choosing;
  try {
    const opened = await api.openRun(name);
    if (asked !== choosing) return; // another one was chosen meanwhile
    lesson.run = opened;
    if (![...chooser.options].some((option) => option.value === name))
      chooser.prepend(...options([[name, name]]));
    chooser.value = name;
    notice(null);
    open();
    await drawing.showDigit();
  } catch (error) {
    if (lesson.run) {
      state.change({ run: lesson.run.name });
      open();
    }
    notice(error);
  }
}

/** Show the view that the address names. */
function open() {
  const { run } = lesson;
  if (!run) return;
  const { tab: wanted = "", hide = "", surgery, large } = state.current();
  operate(run.network, surgery);
  const tab = Object.hasOwn(VIEWS, wanted) ? wanted : "draw";
  lesson.setStages();
  const hidden = new Set(hide.split(","));
  const links = Object.entries(VIEWS).filter(([name]) => !hidden.has(name));
  byId("tabs").replaceChildren(
    ...links.map(([name, { title }]) => link(name, title, name === tab)),
  );
  document.body.dataset.tab = tab;
  document.body.classList.toggle("large", large === "1");
  byId("large").setAttribute("aria-pressed", String(large === "1"));
  view?.close?.();
  view = VIEWS[tab].open(byId("view"), lesson, run);
  lesson.think();
}

/** @param {string} name @param {string} title @param {boolean} isCurrent */
function link(name, title, isCurrent) {
  const made = make("a", { href: `#tab=${name}` }, title);
  if (isCurrent) made.setAttribute("aria-current", "page");
  made.onclick = (event) => {
    event.preventDefault();
    goTo({ tab: name });
  };
  return made;
}

byId("undo").onclick = () => pad.undo();
byId("clear").onclick = () => pad.clear();
byId("large").onclick = () => state.change({ large: state.current().large ? null : "1" });
chooser.onchange = () => state.change({ run: chooser.value, level: null, surgery: null }, true);
openInputs(pad, (file) => view?.take?.(file) ?? false);
openNotice();

state.onChange((names) => {
  if (names?.every((name) => name === "ink" || name === "digit")) return;
  if (!names) drawing.restore();
  const run = state.current().run ?? home;
  if (run && run !== lesson.run?.name) void choose(run);
  else follow(names);
});

/**
 * Show what has changed in the address, but for the network.
 *
 * @param {string[] | null} names null: anything may have.
 */
function follow(names) {
  /** @param {...string} some */
  const isAbout = (...some) => !names || some.some((name) => names.includes(name));
  if (isAbout("digit")) void drawing.showDigit();
  if (isAbout("tab", "hide", "large")) open();
  else if (isAbout("without")) {
    lesson.setStages();
    lesson.think();
  } else view?.go?.();
}

async function start() {
  const { served, runs } = await api.listRuns();
  const names = runs.filter((run) => run.epochs).map((run) => run.run);
  const bundled = api.hasServer ? ["reader"] : [];
  const known = [...new Set([served, ...names.reverse(), ...bundled])];
  chooser.replaceChildren(
    ...options(known.map((name) => [name, name === "reader" ? "reader (bundled)" : name])),
  );
  const { run } = state.current();
  const wanted = run && known.includes(run) ? run : served;
  home = served;
  chooser.value = wanted;
  drawing.restore();
  await choose(wanted);
  if (run && run !== wanted) {
    state.change({ run: null });
    notice(`There is no network ${run} here; this is ${wanted}.`);
  }
}

start().catch(notice);
