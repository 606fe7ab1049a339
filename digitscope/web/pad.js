/**
 * pad: where one draws; strokes with mouse, touch, pen or keyboard, or a picture instead.
 */
import { byId } from "./dom.js";

export const SIDE = 280;
const STEP = 7; // pixels that an arrow key moves the pen

/**
 * @param {() => void} changed called after every change of the drawing.
 * @returns {object} what the page does with the pad.
 */
export function openPad(changed) {
  const canvas = byId("pad");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let strokes = []; // each {width, points: [x, y, x, y, ...]}
  let picture = null; // ImageData of a file or the camera
  let covered = []; // the strokes that it took the place of
  let key = { x: SIDE / 2, y: SIDE / 2, isDown: false, isShown: false };
  let pointer = null; // the one that draws

  /** A stroke with the dot it begins with, or only what goes on from the point at `from`. */
  function line(stroke, from = null) {
    const { points, width } = stroke;
    context.lineWidth = width;
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = "#10203a";
    const piece = (x, y, toX, toY) => {
      context.beginPath(); // each for itself: so a drawing comes out the same from its address
      context.moveTo(x, y);
      context.lineTo(toX, toY);
      context.stroke();
    };
    if (from === null) piece(points[0], points[1], points[0], points[1] + 0.01);
    for (let i = from ?? 0; i + 2 < points.length; i += 2) piece(points[i], points[i + 1], points[i + 2], points[i + 3]);
  }

  /** Draw everything anew, with the pen lifted: the stroke that it drew may be gone. */
  function redraw() {
    pointer = null;
    key = { ...key, isDown: false };
    context.fillStyle = "#fff";
    context.fillRect(0, 0, SIDE, SIDE);
    if (picture) drawFitted(context, picture);
    strokes.forEach((stroke) => line(stroke));
    byId("hint").hidden = Boolean(picture || strokes.length);
    drawKey();
    changed();
  }

  function drawKey() {
    const mark = byId("pad").parentElement;
    mark.classList.toggle("keyed", key.isShown);
    mark.style.setProperty("--x", `${(100 * key.x) / SIDE}%`);
    mark.style.setProperty("--y", `${(100 * key.y) / SIDE}%`);
    mark.classList.toggle("down", key.isDown);
  }

  function begin(x, y) {
    strokes.push({ width: Number(byId("pen").value), points: [x, y] });
    byId("hint").hidden = true;
    line(strokes.at(-1));
    changed();
  }

  function extend(places) {
    const stroke = strokes.at(-1);
    const from = stroke.points.length - 2;
    stroke.points.push(...places);
    line(stroke, from);
    changed();
  }

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) * SIDE) / box.width, ((event.clientY - box.top) * SIDE) / box.height].map(Math.round);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    event.preventDefault();
    canvas.focus();
    canvas.setPointerCapture(event.pointerId);
    key = { ...key, isShown: false, isDown: false };
    drawKey();
    pointer = event.pointerId;
    begin(...place(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    extend((events.length ? events : [event]).flatMap(place));
  });
  for (const end of ["pointerup", "pointercancel"])
    canvas.addEventListener(end, (event) => {
      if (event.pointerId === pointer) pointer = null;
    });
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    if (event.key === " ") {
      key = { ...key, isDown: !key.isDown, isShown: true };
      if (key.isDown) begin(key.x, key.y);
    } else if (moves[event.key]) {
      const [x, y] = moves[event.key];
      const keep = (value) => Math.min(Math.max(value, 0), SIDE);
      key = { ...key, x: keep(key.x + x), y: keep(key.y + y), isShown: true };
      if (key.isDown) extend([key.x, key.y]);
    } else return;
    event.preventDefault();
    drawKey();
  });
  canvas.addEventListener("blur", () => {
    key = { ...key, isDown: false, isShown: false };
    drawKey();
  });

  return {
    /** What the network is shown: the picture at its own size where there is one. */
    image: () => (picture && !strokes.length ? picture : context.getImageData(0, 0, SIDE, SIDE)),
    /** What is on the pad as ink, `side` pixels wide and high: values from 0 = white to 1. */
    grey(side) {
      const sheet = new OffscreenCanvas(side, side).getContext("2d");
      sheet.imageSmoothingQuality = "high";
      sheet.drawImage(canvas, 0, 0, side, side);
      const { data } = sheet.getImageData(0, 0, side, side);
      const light = (i) => 0.299 * data[4 * i] + 0.587 * data[4 * i + 1] + 0.114 * data[4 * i + 2];
      return { width: side, height: side, data: Float32Array.from({ length: side * side }, (_, i) => 1 - light(i) / 255) };
    },
    isEmpty: () => !picture && !strokes.length,
    undo() {
      if (strokes.length) strokes.pop();
      else [picture, strokes, covered] = [null, covered, []];
      redraw();
    },
    clear() {
      strokes = covered = [];
      picture = null;
      redraw();
    },
    /** Show a picture instead of strokes. */
    show(image) {
      if (strokes.length || !picture) covered = strokes;
      strokes = [];
      picture = image;
      redraw();
    },
    /** The strokes as a text for the address; empty for a picture. */
    text: () => strokes.map(({ width, points }) => [width, ...points].map((n) => n.toString(36)).join(".")).join("_"),
    /** Strokes as `text` gives them. */
    restore(text) {
      strokes = (text ? text.split("_") : []).map((part) => {
        const [width, ...points] = part.split(".").map((n) => parseInt(n, 36));
        return { width, points };
      });
      strokes = strokes.filter(({ width, points }) => points.length > 1 && [width, ...points].every(Number.isFinite));
      picture = null;
      covered = [];
      redraw();
    },
  };
}

function drawFitted(context, { width, height, data }) {
  const sheet = new OffscreenCanvas(width, height);
  sheet.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
  const part = SIDE / Math.max(width, height);
  context.drawImage(sheet, (SIDE - width * part) / 2, (SIDE - height * part) / 2, width * part, height * part);
}

const LARGEST = 1024; // pixels of a picture's long side: more than the normaliser needs

/** The pixels of a file, a blob, or a frame of a video. */
export async function pixelsOf(from) {
  const bitmap = await createImageBitmap(from);
  const part = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * part)));
  const sheet = new OffscreenCanvas(width, height).getContext("2d");
  sheet.imageSmoothingQuality = "high";
  sheet.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return sheet.getImageData(0, 0, width, height);
}
