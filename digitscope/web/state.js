/**
 * state: what the page shows, kept in its address, so that a link is a lesson.
 *
 * #tab=inside&run=0007-lenet&level=1.5.10.10&hide=train,errors&large=1, the drawing as ink=... or a
 * test image as digit=5, changed kernels as surgery=3:mute;2.1.3:0.25, and, of single views:
 * without=centring (Draw), other=reader (Draw), 3d=1 (Inside), kernel=0,-1,0,... with border and of
 * (Kernels), recipe=lenet&set=epochs:3;dropout:0.2 (Train), cell=4.9 (Errors).
 */

/** @typedef {(names: string[] | null) => void} Listener names that may have changed; null: any. */

/** @type {Set<Listener>} */
const LISTENERS = new Set();

/**
 * What the address says now.
 *
 * @returns {Record<string, string | undefined>}
 */
export function current() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

/**
 * Change some of it; null takes a name out.
 *
 * @param {Record<string, string | null>} values
 * @param {boolean} isStep whether the browser's back button should undo it.
 */
export function change(values, isStep = false) {
  const parameters = new URLSearchParams(location.hash.slice(1));
  for (const [name, value] of Object.entries(values))
    if (value === null || value === "") parameters.delete(name);
    else parameters.set(name, value);
  const address = `#${parameters}`;
  if (address === location.hash) return;
  history[isStep ? "pushState" : "replaceState"](null, "", address);
  for (const listen of LISTENERS) listen(Object.keys(values));
}

/**
 * Call a listener after every change.
 *
 * @param {Listener} listen
 */
export function onChange(listen) {
  LISTENERS.add(listen);
}

addEventListener("popstate", () => {
  for (const listen of LISTENERS) listen(null);
});
