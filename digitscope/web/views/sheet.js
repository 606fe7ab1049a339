/** sheet: a photo with a box around each digit that was read in it. */
import { make, sheetOf, svg } from "../widgets/dom.js";

/** @import { ReadDigit, Reading } from "../api.js" */

const LARGEST = 2000; // pixels of the long side that is shown
const ROOM = 0.25; // of a digit's height: what is shown around it
const CROP = 112; // pixels: the height of a digit that is shown alone

/**
 * Whether a person should look at it: it is unsure, or neither a digit nor a sign.
 *
 * @param {ReadDigit} digit
 */
export const isDoubtful = ({ status, text }) => status === "unsure" || text === "?";

export class Sheet {
  /** @type {Map<ReadDigit, SVGElement>} */
  #boxes = new Map();

  /**
   * @param {ImageBitmap} photo
   * @param {(digit: ReadDigit) => void} onPick called when a box is clicked.
   */
  constructor(photo, onPick) {
    this.photo = photo;
    this.onPick = onPick;
    const part = Math.min(1, LARGEST / Math.max(photo.width, photo.height));
    const [width, height] = [photo.width, photo.height].map((side) => Math.round(side * part));
    const canvas = make("canvas", { width, height });
    canvas.getContext("2d")?.drawImage(photo, 0, 0, width, height);
    this.marks = svg("svg", {
      viewBox: `0 0 ${photo.width} ${photo.height}`,
      "aria-hidden": "true",
    });
    this.element = make("div", { className: "sheet" }, canvas, this.marks);
  }

  /**
   * A file that the browser can show; null where it can't.
   *
   * @param {File} file
   * @param {(digit: ReadDigit) => void} onPick
   */
  static async of(file, onPick) {
    try {
      return new Sheet(await createImageBitmap(file), onPick);
    } catch {
      return null;
    }
  }

  /** Draw the boxes. @param {Reading} reading */
  mark({ rows }) {
    for (const digit of rows.flat().flatMap((cell) => cell?.digits ?? [])) {
      if (!digit.box) continue;
      const [x, y, width, height] = digit.box;
      const box = svg("rect", { x, y, width, height, class: isDoubtful(digit) ? "doubt" : "sure" });
      box.addEventListener("click", () => this.onPick(digit));
      this.#boxes.set(digit, box);
      this.marks.append(box);
    }
  }

  /** Make these stand out. @param {ReadDigit[]} digits */
  point(digits) {
    for (const [digit, box] of this.#boxes) box.classList.toggle("picked", digits.includes(digit));
  }

  /**
   * A digit cut out of the photo, for people and for the pad.
   *
   * @param {ReadDigit} digit
   */
  crop({ box }) {
    if (!box) return null;
    const [left, top, wide, high] = box;
    const room = ROOM * Math.max(wide, high);
    const part = CROP / (Math.max(wide, high) + 2 * room);
    const [width, height] = [wide, high].map((side) =>
      Math.max(1, Math.round((side + 2 * room) * part)),
    );
    const { canvas: sheet, context } = sheetOf(width, height);
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    const from = /** @type {const} */ ([left - room, top - room, wide + 2 * room, high + 2 * room]);
    context.drawImage(this.photo, ...from, 0, 0, width, height);
    const canvas = make("canvas", { width, height });
    canvas.getContext("2d")?.drawImage(sheet, 0, 0);
    return { canvas, pixels: context.getImageData(0, 0, width, height) };
  }
}
