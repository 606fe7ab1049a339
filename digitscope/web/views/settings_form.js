/** settings_form: everything that can be set, filled from a recipe and from the address. */
import { make, options } from "../widgets/dom.js";

/** @import { Schema } from "../api.js" */

/** @typedef {HTMLInputElement | HTMLSelectElement} FieldElement */

const FIRST = [
  "epochs",
  "filters",
  "kernel_size",
  "pool",
  "dense_units",
  "dropout",
  "batch_norm",
  "batch_size",
  "learning_rate",
];
const LEFT_OUT = ["version", "recipe", "data"];

export class SettingsForm {
  /** @type {Map<string, FieldElement>} */
  #fields = new Map();
  /** @type {Map<string, string>} what the recipe has */
  #from = new Map();

  /**
   * @param {HTMLFormElement} form to put the fields into.
   * @param {Schema} known
   * @param {{recipe?: string, set?: string}} wanted as the address has it: a recipe, and name:value
   *   of what is not the recipe's.
   * @param {() => void} changed
   */
  constructor(form, { schema, recipes }, { recipe = "", set = "" }, changed) {
    this.recipes = recipes;
    const choices = options(Object.keys(recipes).map((name) => [name, name]));
    this.recipe = make("select", { name: "recipe" }, ...choices);
    const known = Object.keys(schema.properties).filter((name) => !LEFT_OUT.includes(name));
    const names = [...FIRST, ...known.filter((name) => !FIRST.includes(name))];
    const labels = names.map((name) => this.#add(name, schema));
    const more = labels.slice(FIRST.length);
    form.replaceChildren(
      make("label", {}, make("span", {}, "recipe"), this.recipe),
      ...labels.slice(0, FIRST.length),
      make("details", {}, make("summary", {}, "all settings"), ...more),
    );
    if (Object.hasOwn(recipes, recipe)) this.recipe.value = recipe;
    this.#fill();
    this.#set(set);
    form.oninput = (event) => {
      if (event.target === this.recipe) this.#fill();
      changed();
    };
    form.onsubmit = (event) => event.preventDefault();
  }

  /** @param {string} name @param {Schema["schema"]} schema */
  #add(name, { properties }) {
    const about = properties[name];
    const type = about.type === "boolean" ? "checkbox" : "text";
    const field = about.enum
      ? make("select", { name }, ...options(about.enum.map((value) => [value, value])))
      : make("input", { name, type, autocomplete: "off" });
    this.#fields.set(name, field);
    const title = make("span", {}, name.replaceAll("_", " "));
    return make("label", { title: about.description ?? "" }, title, field);
  }

  /** What the recipe has. */
  #fill() {
    const values = this.recipes[this.recipe.value];
    this.#fields.forEach((field, name) => {
      write(field, String(values[name]));
      this.#from.set(name, read(field));
    });
  }

  /** @param {string} text */
  #set(text) {
    for (const one of text.split(";")) {
      const [name, value = ""] = one.split(":");
      const field = this.#fields.get(name);
      if (field) write(field, value);
    }
  }

  /** The recipe, and what is not as it has it. */
  wanted() {
    const changed = [...this.#fields]
      .map(([name, field]) => [name, read(field)])
      .filter(([name, value]) => value !== this.#from.get(name));
    return { recipe: this.recipe.value, settings: Object.fromEntries(changed) };
  }
}

/** @param {FieldElement} field @param {string} value */
function write(field, value) {
  if (isBox(field)) field.checked = value === "true";
  else field.value = value;
}

/** @param {FieldElement} field */
function read(field) {
  return isBox(field) ? String(field.checked) : field.value;
}

/**
 * @param {FieldElement} field
 * @returns {field is HTMLInputElement}
 */
function isBox(field) {
  return field.type === "checkbox";
}
