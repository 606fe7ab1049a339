/** dom: making and finding elements. */

/**
 * @typedef {Node | string | null | undefined} Child what is null or undefined is left out.
 */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @typedef {Partial<Omit<HTMLElementTagNameMap[Tag], "style">> &
 *   Record<`${string}-${string}` | "role" | "for", string | number | boolean>} Properties names with
 *   a hyphen, `role` and `for` are attributes.
 */

/**
 * A new element.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<Properties<Tag>>} properties
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties))
    if (name.includes("-") || name === "role" || name === "for")
      element.setAttribute(name, String(value));
    else Object.assign(element, { [name]: value });
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/**
 * A new element of an SVG picture.
 *
 * @template {keyof SVGElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

/**
 * The element of the page with an id.
 *
 * @template {HTMLElement} [Kind=HTMLElement]
 * @param {string} id
 * @param {new () => Kind} [kind]
 */
export function byId(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error(`There is no ${id} on the page.`);
  return /** @type {Kind} */ (found);
}

/**
 * The context of a canvas to draw on.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function contextOf(canvas, settings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("This browser can't draw.");
  return context;
}

/**
 * A sheet that is not on the page.
 *
 * @param {number} width
 * @param {number} height
 */
export function sheetOf(width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser can't draw.");
  return { canvas, context };
}

/**
 * Choices of a list, each its value and its title.
 *
 * @param {[string, string][]} choices
 */
export function options(choices) {
  return choices.map(([value, title]) => make("option", { value }, title));
}
