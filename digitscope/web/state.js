/**
 * state: what the page shows, kept in its address, so that a link is a lesson.
 *
 * #tab=inside&run=0007-lenet&level=conv1/5&hide=train,errors&large=1&ink=...
 */

const VIEWS = new Set();

/** What the address says now: name -> text. */
export function current() {
  return Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
}

/**
 * Change some of it; null takes a name out.
 *
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
  for (const listen of VIEWS) listen(Object.keys(values));
}

/** Call `listen(names)` after every change, with the names that may have changed; null: any. */
export function onChange(listen) {
  VIEWS.add(listen);
}

addEventListener("popstate", () => {
  for (const listen of VIEWS) listen(null);
});
