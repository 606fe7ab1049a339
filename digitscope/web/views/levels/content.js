/**
 * content: a map or unit as the sum of what it is made of; one of its values as its arithmetic; one
 * product of that.
 */
import { activationOf } from "../../engine/layers.js";
import { arithmetic, mapSum } from "./convolution.js";
import { unitSum } from "./dense.js";
import { unweighted } from "./unweighted.js";
import { oneProduct } from "./sums.js";

/** @import { Run } from "../../api.js" */
/** @import { Layer } from "../../engine/layers.js" */
/** @import { Go } from "./levels.js" */
/** @import { Level } from "./path.js" */

/** @param {Layer} layer */
export const isDigit = (layer) => activationOf(layer) === "softmax";

/** @param {Layer} layer */
export const weighs = (layer) => layer.kind === "convolution" || layer.kind === "dense";

/**
 * What a level shows.
 *
 * @param {Level} at
 * @param {Run} run
 * @param {Uint8Array} image
 * @param {Go} go
 * @returns {HTMLElement[]}
 */
export function content(at, run, image, go) {
  const { layer } = at;
  if (layer.kind !== "convolution" && layer.kind !== "dense")
    return [unweighted(at, run.network, image, go)];
  if (at.depth === 3) return [oneProduct({ ...at, layer }, run.network, image)];
  if (layer.kind === "dense") return unitSum({ ...at, layer }, run, image, go);
  if (at.depth === 2) return arithmetic({ ...at, layer }, run.network, image, go);
  return mapSum({ ...at, layer }, run.network, image, go);
}
