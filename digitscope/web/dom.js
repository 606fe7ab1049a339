/** dom: making and filling elements. */

/** A new element; properties whose name has a hyphen, or `role`, are attributes. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role" || name === "for") element.setAttribute(name, value);
    else if (name === "style") Object.assign(element.style, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** A new element of an SVG picture. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A bar for each digit: rows for a list, and what fills them. */
export function openBars() {
  const bars = Array.from({ length: 10 }, (_, digit) => {
    const [bar, number] = [make("i"), make("span", { className: "number" })];
    return { bar, number, row: make("li", {}, make("b", {}, String(digit)), make("span", { className: "rail" }, bar), number) };
  });
  return {
    rows: bars.map(({ row }) => row),
    /** @param {{probabilities: ?Float32Array, digit: ?number}} said of `read`. */
    update({ probabilities, digit: best }) {
      bars.forEach(({ bar, number, row }, digit) => {
        bar.style.transform = `scaleX(${probabilities ? probabilities[digit] : 0})`;
        const text = probabilities ? percent(probabilities[digit]) : "";
        if (number.textContent !== text) number.textContent = text;
        row.classList.toggle("best", best === digit);
      });
    },
  };
}

/** The element with an id. */
export function byId(id) {
  return document.getElementById(id);
}

/** A number as people read it: four digits, a real minus sign. */
export function shown(value, digits = 3) {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 1e9) return value.toExponential(2).replaceAll("-", "−");
  const text = Math.abs(value) >= 1000 || Number.isInteger(value) ? value.toLocaleString("en") : value.toFixed(digits);
  return text.replace("-", "−").replace(/^−(0\.?0*)$/, "$1");
}

/** How many of all, as a percentage. */
export function rate(part) {
  return `${(100 * part).toFixed(1)}%`;
}

/** A probability as a percentage: never wholly sure. */
export function percent(part) {
  return `${(100 * Math.min(part, 0.999)).toFixed(1)}%`;
}
