/** kernels: sliding a kernel over a grey picture, {width, height, data} with values from 0 to 1. */

/** What is taken for the pixels beyond the border. */
export const BORDERS = {
  zeros: { title: "paper (zeros)" },
  edge: { title: "the edge again" },
  none: { title: "nothing: it gets smaller" },
};

export const PRESETS = {
  identity: [0, 0, 0, 0, 1, 0, 0, 0, 0],
  blur: [1, 2, 1, 2, 4, 2, 1, 2, 1].map((value) => value / 16),
  sharpen: [0, -1, 0, -1, 5, -1, 0, -1, 0],
  outline: [-1, -1, -1, -1, 8, -1, -1, -1, -1],
  emboss: [-2, -1, 0, -1, 1, 1, 0, 1, 2],
  "Sobel, left": [1, 0, -1, 2, 0, -2, 1, 0, -1],
  "Sobel, top": [1, 2, 1, 0, 0, 0, -1, -2, -1],
  "blur, 5 × 5": [1, 4, 6, 4, 1].flatMap((row) => [1, 4, 6, 4, 1].map((column) => (row * column) / 256)),
};

/** The side x side values around a pixel, row by row. */
export function windowAt({ width, height, data }, { x, y }, side, border) {
  const reach = side >> 1;
  const values = [];
  for (let row = y - reach; row <= y + reach; row++)
    for (let column = x - reach; column <= x + reach; column++) {
      const isInside = row >= 0 && column >= 0 && row < height && column < width;
      if (!isInside && border !== "edge") values.push(0);
      else {
        const [there, along] = [Math.min(Math.max(row, 0), height - 1), Math.min(Math.max(column, 0), width - 1)];
        values.push(data[there * width + along]);
      }
    }
  return values;
}

/** A window's values times the kernel's, added up. */
export function valueOf(values, kernel) {
  return values.reduce((sum, value, i) => sum + value * kernel[i], 0);
}

/** The whole picture through a kernel; with the border `none` smaller by the kernel's reach. */
export function convolved(picture, kernel, border) {
  const side = Math.sqrt(kernel.length);
  const offset = border === "none" ? side >> 1 : 0;
  const width = Math.max(1, picture.width - 2 * offset);
  const height = Math.max(1, picture.height - 2 * offset);
  const data = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      data[y * width + x] = valueOf(windowAt(picture, { x: x + offset, y: y + offset }, side, border), kernel);
  return { width, height, data };
}
