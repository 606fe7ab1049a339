"""Make tests/golden: pictures of digits, and what `preprocess` makes of them.

    python -m scripts.golden

They hold other implementations of `preprocess`, such as the browser's, to this one, and this one to
what it was. Make them anew only with a new `preprocess.VERSION`.
"""

import json
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from digitscope.data.dataset import load_dataset
from digitscope.pictures.picture import open_picture
from digitscope.pictures.preprocess import VERSION, preprocess
from synthetic import samples

FOLDER = Path("tests/golden")


def pictures() -> dict[str, np.ndarray]:
    """Name -> uint8 (h, w, 3) or, with transparency, (h, w, 4)."""
    rng, digits = np.random.default_rng(0), load_dataset().x_train
    large = [samples.enlarged(image) for image in digits[:40]]
    drawing = 255 - cv2.resize(large[2], (280, 280), interpolation=cv2.INTER_CUBIC)
    clear = np.zeros((150, 120, 4), np.uint8)
    clear[20:132, 4:116, 3] = large[3]
    ruled = np.pad(255 - large[5], 60, constant_values=255)
    ruled[20::40] = ruled[21::40] = 90
    grey = {
        "mnist": digits[0],
        "mnist, dark on light": 255 - digits[1],
        "drawing": drawing,
        "tight": 255 - large[4][14:100, 20:92],
        "ruled paper": ruled,
        "two digits": 255 - np.hstack([large[6], large[7]]),
        "blank": np.full((90, 120), 231, np.uint8),
        "thin": 255 - cv2.circle(np.zeros((300, 200), np.uint8), (100, 150), 80, 255, 1),
        "thick": 255
        - cv2.ellipse(np.zeros((90, 70), np.uint8), (35, 45), (18, 28), 0, 0, 360, 255, 15),
        "tiny": 255 - cv2.resize(digits[8], (9, 9), interpolation=cv2.INTER_AREA),
        "black and white": np.where(
            cv2.resize(large[10], (24, 24), interpolation=cv2.INTER_AREA) > 128, 0, 255
        ).astype(np.uint8),
        "one pixel": np.zeros((1, 1), np.uint8),
        "wide": np.pad(255 - large[9], ((0, 0), (300, 500)), constant_values=255),
    }
    bold = cv2.resize(
        samples.with_pen(large[17], 12)[14:98, 18:94], (15, 16), interpolation=cv2.INTER_AREA
    )
    grey |= {"tight and bold": 255 - bold, "tight, bold, light on dark": bold}
    made = {name: np.stack([image] * 3, -1) for name, image in grey.items()}
    made |= {f"photo {i}": samples.photographed(large[20 + i], rng) for i in range(8)}
    blue = np.array([40, 60, 170]) - np.array([235, 225, 190])
    colour = np.array([235, 225, 190]) + blue * (np.pad(large[30], 20)[..., None] / 255)
    return made | {"blue on yellow": colour.round().astype(np.uint8), "transparent": clear}


def main() -> None:
    """Write the pictures and golden.json."""
    FOLDER.mkdir(exist_ok=True)
    vectors = []
    for number, (name, pixels) in enumerate(pictures().items()):
        file = FOLDER / f"{number:02}.png"
        Image.fromarray(pixels).save(file, optimize=True)
        found = preprocess(open_picture(file))
        about = {"file": file.name, "name": name, "status": found.status}
        vectors.append(about | {"box": found.box, "image28": found.image28.ravel().tolist()})
    text = json.dumps({"version": VERSION, "vectors": vectors})
    (FOLDER / "golden.json").write_text(text.replace("}, {", "},\n{") + "\n", "utf-8")


if __name__ == "__main__":
    main()
