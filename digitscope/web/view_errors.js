/** Errors: the confusion matrix; a cell opens its digits, a digit opens in Inside. */
import * as api from "./api.js";
import { colour, paintInk } from "./colours.js";
import { make, percent, rate } from "./dom.js";

const MOST = 60; // digits of a cell that are shown

/** @returns {{update: () => void}} */
export function errorsView(place, lesson, state) {
  const shown = make("div", { className: "gallery", "aria-live": "polite" });
  const matrix = make("div", { className: "matrix" });
  place.replaceChildren(
    make("h2", {}, `What ${lesson.run.name} gets wrong`),
    make("p", { className: "lead" }, "Rows are the digits as they are, columns what the network said, of all test images. Click a number to see its digits, click a digit to look at it inside the network."),
    matrix,
    shown,
  );
  const { name, metrics } = lesson.run;
  if (!metrics) {
    matrix.replaceChildren(make("p", { className: "lead" }, `${name} has not been judged on the test images${name === "reader" ? " here." : ` yet: digitscope evaluate ${name}`}`));
    return { update() {} };
  }
  api
    .listErrors(name)
    .then(({ confusion, errors }) => {
      const show = (label, answer) => open(name, errors, label, answer, shown, lesson);
      const pick = (label, answer) => {
        state.change({ cell: `${label}.${answer}` });
        return show(label, answer);
      };
      matrix.replaceChildren(table(confusion, pick));
      const [label, answer] = (state.current().cell ?? "").split(".").map(Number);
      return confusion[label]?.[answer] ? show(label, answer) : show(null, null);
    })
    .catch((error) => matrix.replaceChildren(make("p", { className: "lead" }, error.message)));
  return { update() {} };
}

function table(confusion, onPick) {
  const worst = Math.max(1, ...confusion.flatMap((row, label) => row.filter((_, answer) => answer !== label)));
  const cells = confusion.map((row, label) => {
    const all = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, answer) => {
      const isRight = label === answer;
      const cell = make("td", { className: isRight ? "right" : "" });
      if (!isRight && count) {
        cell.style.background = colour(-count, worst * 2);
        cell.append(make("button", { type: "button", title: `${count} of ${all}: ${a(label)} read as ${a(answer)}`, "aria-label": timesRead(count, label, answer), onclick: () => onPick(label, answer) }, String(count)));
      } else cell.textContent = isRight ? rate(count / Math.max(all, 1)) : "";
      return cell;
    });
  });
  const numbers = confusion.map((_, digit) => make("th", { scope: "col" }, String(digit)));
  return make(
    "table",
    { className: "confusion" },
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "is \\ said"), ...numbers)),
    make("tbody", {}, ...cells.map((row, label) => make("tr", {}, make("th", { scope: "row" }, String(label)), ...row))),
  );
}

const a = (digit) => `${digit === 8 ? "an" : "a"} ${digit}`;
const timesRead = (count, label, answer) => `${count === 1 ? "Once" : `${count} times`} ${a(label)} was read as ${a(answer)}`;

async function open(name, errors, label, answer, place, lesson) {
  const all = errors.filter((error) => label === null || (error[1] === label && error[2] === answer));
  const chosen = all.sort((a, b) => b[3] - a[3]).slice(0, MOST);
  const title = label === null ? `All ${all.length} errors, the surest first` : timesRead(all.length, label, answer);
  const { images } = chosen.length ? await api.digits(name, "test", chosen.map((error) => error[0])) : { images: [] };
  place.replaceChildren(
    make("h3", {}, `${title}${all.length > MOST ? `; ${MOST} of them` : ""}`),
    ...chosen.map(([index, truth, said, part], i) => {
      const canvas = make("canvas");
      paintInk(canvas, { width: 28, height: 28, data: images[i] });
      return make(
        "button",
        { type: "button", className: "digit", "aria-label": `test image ${index}: ${a(truth)}, read as ${a(said)} with ${percent(part)}`, onclick: () => lesson.open(index) },
        canvas,
        make("span", {}, `${truth} → ${said}`),
        make("small", {}, percent(part)),
      );
    }),
  );
}
