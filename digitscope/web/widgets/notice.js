/** notice: what went wrong, in a sentence, until the next thing works or it is clicked away. */
import { byId } from "./dom.js";

/**
 * @param {unknown} error null: nothing did.
 */
export function notice(error) {
  const place = byId("notice");
  const text = place.querySelector("span");
  if (text) text.textContent = error ? sentenceOf(error) : "";
  place.hidden = !error;
}

/** Let one click the notice away. */
export function openNotice() {
  const close = byId("notice").querySelector("button");
  if (close) close.onclick = () => notice(null);
}

/**
 * Say it where something that goes on by itself fails.
 *
 * @param {Promise<unknown>} promise
 */
export function attempt(promise) {
  promise.catch(notice);
}

/** @param {unknown} error */
export function sentenceOf(error) {
  return error instanceof Error ? error.message : String(error);
}
