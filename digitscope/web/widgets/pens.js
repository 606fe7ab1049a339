/** pens: drawing on the pad with mouse, touch or pen, and with the keyboard. */
import { moveOf } from "./keys.js";

/** @import { Pad } from "./pad.js" */

/** @typedef {{lift: () => void}} Pen */

const STEP = 7; // pixels that an arrow key moves the pen

/**
 * @param {Pad} pad
 * @param {Pen & {hide: () => void}} keyboard which rests while one draws with this one.
 * @returns {Pen}
 */
export function openPointerPen(pad, keyboard) {
  const { canvas } = pad;
  /** @type {number | null} the pointer that draws */
  let pointer = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    canvas.focus();
    canvas.setPointerCapture(event.pointerId);
    keyboard.hide();
    pointer = event.pointerId;
    const [x, y] = placeOf(event, canvas);
    pad.begin(x, y);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    pad.extend((events.length ? events : [event]).flatMap((one) => placeOf(one, canvas)));
  });
  const lift = () => {
    pointer = null;
  };
  for (const end of /** @type {const} */ (["pointerup", "pointercancel"]))
    canvas.addEventListener(end, (event) => {
      if (event.pointerId === pointer) lift();
    });
  return { lift };
}

/** @param {PointerEvent} event @param {HTMLCanvasElement} canvas */
function placeOf(event, canvas) {
  const box = canvas.getBoundingClientRect();
  const x = ((event.clientX - box.left) * canvas.width) / box.width;
  const y = ((event.clientY - box.top) * canvas.height) / box.height;
  return [Math.round(x), Math.round(y)];
}

/** @param {Pad} pad */
export function openKeyboardPen(pad) {
  const { canvas } = pad;
  const pen = { x: canvas.width / 2, y: canvas.height / 2, isDown: false, isShown: false };
  /** @param {Partial<typeof pen>} changes */
  const set = (changes) => mark(canvas, Object.assign(pen, changes));
  canvas.addEventListener("keydown", (event) => {
    const step = moveOf(event.key, STEP);
    if (event.key === " ") {
      set({ isDown: !pen.isDown, isShown: true });
      if (pen.isDown) pad.begin(pen.x, pen.y);
    } else if (step) {
      /** @param {number} value */
      const keep = (value) => Math.min(Math.max(value, 0), canvas.width);
      set({ x: keep(pen.x + step.x), y: keep(pen.y + step.y), isShown: true });
      if (pen.isDown) pad.extend([pen.x, pen.y]);
    } else return;
    event.preventDefault();
  });
  const hide = () => set({ isDown: false, isShown: false });
  canvas.addEventListener("blur", hide);
  return { hide, lift: () => set({ isDown: false }) };
}

/**
 * Show where the keyboard's pen is.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {{x: number, y: number, isDown: boolean, isShown: boolean}} pen
 */
function mark(canvas, { x, y, isDown, isShown }) {
  const place = canvas.parentElement;
  if (!place) return;
  place.classList.toggle("keyed", isShown);
  place.style.setProperty("--x", `${(100 * x) / canvas.width}%`);
  place.style.setProperty("--y", `${(100 * y) / canvas.height}%`);
  place.classList.toggle("down", isDown);
}
