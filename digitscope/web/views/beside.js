/** beside: the part of Draw below: a second network, which reads the same drawing. */
import * as api from "../api.js";
import { read } from "../engine/reader.js";
import * as state from "../state.js";
import { openBars } from "../widgets/bars.js";
import { make, options } from "../widgets/dom.js";
import { sentenceOf } from "../widgets/notice.js";

/** @import { Run } from "../api.js" */
/** @import { Lesson } from "../lesson.js" */

/**
 * @param {HTMLElement} place
 * @param {Lesson} lesson
 */
export function openBeside(place, lesson) {
  const chooser = make("select", { id: "other" }, ...options([["", "none"]]));
  const said = make("p", { role: "status" });
  const bars = openBars();
  const label = "What the other network says";
  const list = make("ol", { hidden: true, "aria-label": label }, ...bars.rows);
  place.append(section(chooser, said, list));
  /** @type {Run | null} */
  let other = null;
  const update = () => {
    list.hidden = !other;
    if (!other || !lesson.seen) return;
    const found = read(other.network, other.certainty, lesson.seen);
    said.textContent = sentence(other.name, found);
    bars.update(found);
  };
  const choose = async () => {
    const name = chooser.value;
    said.textContent = "";
    try {
      const opened = name ? await api.openRun(name) : null;
      if (chooser.value !== name) return; // another one was chosen meanwhile
      other = opened;
    } catch (error) {
      other = null;
      said.textContent = sentenceOf(error);
    }
    update();
  };
  chooser.onchange = () => {
    state.change({ other: chooser.value });
    void choose();
  };
  const start = async () => {
    await fill(chooser, said);
    if (chooser.value) await choose();
  };
  void start();
  return { update };
}

/**
 * @param {HTMLSelectElement} chooser
 * @param {HTMLElement} said
 * @param {HTMLElement} list
 */
function section(chooser, said, list) {
  const title = make("label", { for: "other" }, "Another network, on the same drawing ");
  return make("section", { className: "beside" }, make("h3", {}, title), chooser, said, list);
}

/** @param {string} name @param {{status: string, digit: number | null, reason: string}} found */
function sentence(name, { status, digit, reason }) {
  if (status === "blank") return "";
  return status === "digit" ? `${name} says ${digit}.` : `${name} doesn't know: ${reason}.`;
}

/**
 * Put the runs into the list, and choose the one that the address names.
 *
 * @param {HTMLSelectElement} chooser
 * @param {HTMLElement} said
 */
async function fill(chooser, said) {
  try {
    const { runs } = await api.listRuns();
    const names = [...runs.filter((run) => run.epochs).map((run) => run.run), "reader"];
    chooser.append(...options(names.map((name) => [name, name])));
    const { other = "" } = state.current();
    if (names.includes(other)) chooser.value = other;
  } catch (error) {
    said.textContent = sentenceOf(error);
  }
}
