/** classes: how well each digit is read, and each part of the test set. */
import { make } from "../widgets/dom.js";
import { percentage, thousands } from "../widgets/text.js";
import { card, wideTable } from "./card.js";

/** @import { Report } from "./content.js" */

const ABOUT =
  "Precision: how many of those read as this digit are one. Recall: how many of this digit are read as one.";

/** @type {Record<string, string>} */
const PARTS = {
  students: "students",
  employees: "census employees",
  without_label_errors: "without doubtful labels",
};

/** @param {Report} run */
export function classes({ metrics }) {
  const rows = metrics.classes.map(({ digit, precision, recall, f1, support }) => [
    digit,
    percentage(precision),
    percentage(recall),
    percentage(f1),
    thousands(support),
  ]);
  const parts = Object.entries(metrics.parts ?? {}).map(([name, { accuracy, interval }]) => [
    PARTS[name],
    percentage(accuracy),
    interval.map((value) => (100 * value).toFixed(2)).join(" to "),
  ]);
  const head = ["part of the test set", "accuracy", "95 % interval"];
  return card(
    "Each digit",
    ABOUT,
    wideTable(["digit", "precision", "recall", "F1", "images"], rows),
    ...(parts.length ? [make("p"), wideTable(head, parts)] : []),
  );
}
