/** inputs: pictures from a file, the clipboard, a drop, or the camera. */
import { openCamera, pixelsOf } from "./widgets/camera.js";
import { byId } from "./widgets/dom.js";
import { notice } from "./widgets/notice.js";

/** @import { Pad } from "./widgets/pad.js" */

/**
 * @param {Pad} pad
 * @param {(file: File) => boolean} isTaken asked first, of what is dropped or pasted.
 */
export function openInputs(pad, isTaken) {
  /** @param {FileList | undefined} files */
  const take = (files) => files?.[0] && !isTaken(files[0]) && void takeFile(pad, files[0]);
  const file = byId("file", HTMLInputElement);
  file.onchange = () => file.files?.[0] && void takeFile(pad, file.files[0]);
  addEventListener("paste", (event) => take(event.clipboardData?.files));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer?.files);
  });
  openCameraButton(pad);
}

/** @param {Pad} pad @param {File} file */
async function takeFile(pad, file) {
  try {
    pad.show(await pixelsOf(file));
    notice(null);
  } catch {
    notice(`${file.name || "This"} is not a picture that the browser can read.`);
  }
}

/** @param {Pad} pad */
function openCameraButton(pad) {
  const button = byId("webcam");
  /** @type {(() => void) | null} */
  let close = null;
  /** @param {boolean} isOn */
  const mark = (isOn) => button.setAttribute("aria-pressed", String(isOn));
  const stop = () => {
    close?.();
    close = null;
    mark(false);
  };
  const failed = () => {
    stop();
    notice("The camera gives no picture any more.");
  };
  const start = async () => {
    try {
      close = await openCamera((picture) => pad.show(picture), failed);
      mark(true);
    } catch {
      notice("There is no camera, or this page may not use it.");
    }
  };
  button.onclick = () => (close ? stop() : void start());
}
