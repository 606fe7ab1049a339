/** report: a run on one page, from what digitscope/report.py has put into it. */
import { calibration } from "./report/calibration.js";
import { classes } from "./report/classes.js";
import { confusion } from "./report/confusion.js";
import { errors } from "./report/errors.js";
import { headline } from "./report/headline.js";
import { inside } from "./report/inside.js";
import { command, network } from "./report/network.js";
import { robustness } from "./report/robustness.js";
import { training } from "./report/training.js";
import { byId, make } from "./widgets/dom.js";

/** @import { Report } from "./report/content.js" */

/** @type {Report} */
const run = JSON.parse(byId("content").textContent ?? "");

byId("page").append(
  headline(run),
  training(run),
  confusion(run),
  errors(run),
  make("div", { className: "columns" }, classes(run), calibration(run)),
  robustness(run),
  inside(run),
  network(run),
  command(run),
);
