/** camera: what the camera sees, picture by picture; and the pixels of pictures. */
import { make, sheetOf } from "./dom.js";

const LARGEST = 1024; // pixels of a picture's long side: more than the normaliser needs
const OFTEN = 100; // ms between two pictures of the camera

/**
 * The pixels of a file, a blob, or a frame of a video.
 *
 * @param {Blob | HTMLVideoElement} from
 */
export async function pixelsOf(from) {
  const bitmap = await createImageBitmap(from);
  const part = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((side) =>
    Math.max(1, Math.round(side * part)),
  );
  const { context } = sheetOf(width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return context.getImageData(0, 0, width, height);
}

/**
 * Give a picture of the camera again and again.
 *
 * @param {(picture: ImageData) => void} show
 * @param {(error: unknown) => void} failed told where a picture can't be had, once.
 * @returns what closes the camera.
 */
export async function openCamera(show, failed) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: 640 } });
  const video = make("video", { srcObject: stream, muted: true });
  await video.play();
  let isOpen = true;
  const close = () => {
    isOpen = false;
    clearInterval(timer);
    stream.getTracks().forEach((track) => track.stop());
  };
  const look = async () => {
    try {
      const picture = await pixelsOf(video);
      if (isOpen) show(picture);
    } catch (error) {
      if (isOpen) failed(error);
      close();
    }
  };
  const timer = setInterval(() => void look(), OFTEN);
  return close;
}
