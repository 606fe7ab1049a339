/** network: the layers, the settings, and how to make the run again. */
import { make } from "../widgets/dom.js";
import { thousands } from "../widgets/text.js";
import { card, soft, wideTable } from "./card.js";

/** @import { Report, Value } from "./content.js" */

/** @param {Report} run */
export function network(run) {
  const layers = run.layers.map(({ name, kind, output, parameters, multiply_adds }) => [
    name,
    kind,
    output,
    thousands(parameters),
    thousands(multiply_adds),
  ]);
  const head = ["layer", "kind", "output", "parameters", "multiply-adds"];
  return card("The network", "", wideTable(head, layers, true), make("p"), settings(run));
}

/** @param {Report} run */
function settings({ config, changed }) {
  const { recipe } = config;
  if (!changed) {
    const all = Object.entries(config).map(([name, value]) => [name, textOf(value)]);
    return wideTable(["setting", "value"], all);
  }
  const rows = Object.entries(changed).map(([name, [was, now]]) => [
    name,
    textOf(now),
    textOf(was),
  ]);
  if (!rows.length) return make("p", {}, `All settings are those of the recipe ${recipe}.`);
  return wideTable([`unlike the recipe ${recipe}`, "here", "there"], rows);
}

/** @param {Value} value */
function textOf(value) {
  return Array.isArray(value) ? value.join(",") || "none" : String(value);
}

/** @param {Report} run */
export function command({ command: text, environment, status }) {
  const { packages, python, engine, precision, processor, cores, commit } = environment;
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`);
  const machine = `engine ${engine}, precision ${precision}, on ${processor}, ${cores} cores`;
  const code = commit ? `, commit ${commit.slice(0, 10)}` : "";
  const why = status.message ? ` (${status.message})` : "";
  const state = `The training is ${status.state}, ${status.updated.slice(0, 10)}${why}.`;
  const made = `With ${versions.join(", ")}; Python ${python}, ${machine}${code}. ${state}`;
  return card("How to make it again", "", make("pre", {}, text), soft(made));
}
