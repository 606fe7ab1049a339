/** text: numbers as people read them. */

/**
 * A number with `digits` decimals, where it isn't whole or large, and a real minus sign.
 *
 * @param {number} value
 */
export function shown(value, digits = 3) {
  if (!Number.isFinite(value)) return String(value);
  if (Math.abs(value) >= 1e9) return value.toExponential(2).replaceAll("-", "−");
  const isLong = Math.abs(value) >= 1000 || Number.isInteger(value);
  const text = isLong ? value.toLocaleString("en") : value.toFixed(digits);
  return text.replace("-", "−").replace(/^−(0\.?0*)$/, "$1");
}

/**
 * How many of all, as a percentage.
 *
 * @param {number} part
 */
export function rate(part) {
  return `${(100 * part).toFixed(1)}%`;
}

/**
 * A probability as a percentage: never wholly sure.
 *
 * @param {number} part
 */
export function percent(part) {
  return `${(100 * Math.min(part, 0.999)).toFixed(1)}%`;
}

/**
 * A digit with its article.
 *
 * @param {number | null} digit
 */
export function a(digit) {
  return `${digit === 8 ? "an" : "a"} ${digit}`;
}

/**
 * A part as a percentage, to the last decimal.
 *
 * @param {number} part
 */
export function percentage(part, digits = 2) {
  return `${(100 * part).toFixed(digits)} %`;
}

/**
 * A whole number with its thousands apart.
 *
 * @param {number} number
 */
export function thousands(number) {
  return number.toLocaleString("en");
}
