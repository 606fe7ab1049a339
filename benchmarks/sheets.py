"""How well `digitscope read` reads photos of sheets of paper: docs/reader.md.

    python -m scripts.fonts    # for the printed digits
    python -m benchmarks.sheets

Pages are composed from MNIST's test digits, or from printed digits in fonts that nothing was
trained on. A digit is found where a box lies over its centre. `right`: found, and the digit or the
guess is right. `silently_wrong`: read as another digit without a question mark; `made_up`: digits
where there are none.
"""

import io
import time
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.reader import FONTS
from benchmarks.record import median_range, record
from digitscope.data.dataset import load_dataset
from digitscope.judging.evaluate import accuracy
from digitscope.reading.read import read
from digitscope.reading.reader import Prediction, Reader, load
from synthetic import samples
from synthetic.sheets import DIFFICULTIES, Composed, Difficulty, Layout, composed

SEED = 1
SHEETS, DIGITS = 60, 100  # of each kind; on a sheet
LAYOUTS: tuple[Layout, ...] = ("rows", "ruled", "grid")
LARGE, TIMES = 105, 9  # pixels: a digit's height in the photo that is timed; how often


def handwritten(rng: np.random.Generator, count: int) -> tuple[list[np.ndarray], list[int]]:
    """Test digits of MNIST."""
    data = load_dataset()
    chosen = rng.choice(len(data.x_test), count, replace=False)
    return list(data.x_test[chosen]), data.y_test[chosen].tolist()


def printed(rng: np.random.Generator, count: int) -> tuple[list[np.ndarray], list[int]]:
    """Digits of one font for the whole sheet."""
    faces = [path for path in sorted(FONTS.iterdir()) if samples.has_glyphs(path, "0123456789")]
    face, labels = faces[rng.integers(len(faces))], rng.integers(0, 10, count).tolist()
    return [samples.glyph(face, str(label)) for label in labels], labels


def matched(sheet: Composed, digits: list[Prediction]) -> tuple[list[Prediction | None], int]:
    """For each digit of the sheet what was read there; and how many readings lie elsewhere."""
    boxes = np.array([digit.box for digit in digits] or np.zeros((0, 4)), float)
    free = np.ones(len(digits), bool)
    found: list[Prediction | None] = []
    for _, x, y in sheet.digits:
        inside = (abs(boxes[:, 0] + boxes[:, 2] / 2 - x) < boxes[:, 2] / 2) & free
        inside &= abs(boxes[:, 1] + boxes[:, 3] / 2 - y) < boxes[:, 3] / 2
        if not inside.any():
            found.append(None)
            continue
        away = abs(boxes[:, 0] + boxes[:, 2] / 2 - x) + np.where(inside, 0, np.inf)
        best = int(away.argmin())
        free[best] = False
        found.append(digits[best])
    return found, int(sum(digits[i].status == "digit" for i in np.flatnonzero(free)))


def judged(reader: Reader, source: Any, difficulty: Difficulty) -> dict[str, Any]:
    """Pages of one kind of digit and one difficulty, all layouts in turn."""
    rng = np.random.default_rng(SEED)
    right, wrong, made_up, rows = [], [], 0, []
    for number in range(SHEETS):
        images, labels = source(rng, DIGITS)
        sheet = composed(images, labels, difficulty, LAYOUTS[number % len(LAYOUTS)], rng)
        said = read(reader, sheet.photo)
        found, more = matched(sheet, said.digits)
        made_up += more
        for (label, _, _), one in zip(sheet.digits, found, strict=True):
            right.append(one is not None and one.digit == label)
            wrong.append(one is not None and one.status == "digit" and one.digit != label)
        rows.append([[n.text for n in row if n] for row in said.rows] == sheet.rows)
    return {
        "right": accuracy(np.array(right)),
        "silently_wrong": accuracy(np.array(wrong)),
        "made_up": made_up,
        "sheets_without_a_fault": int(sum(rows)),
        "sheets": SHEETS,
    }


def seconds(reader: Reader) -> dict[str, float]:
    """To read a JPEG of 12 megapixels with 200 digits, decoding included."""
    rng = np.random.default_rng(SEED)
    images, labels = handwritten(rng, 200)
    sheet = composed(images, labels, DIFFICULTIES["moderate"], "grid", rng, LARGE)
    assert sheet.photo.shape[0] * sheet.photo.shape[1] > 12e6
    file = io.BytesIO()
    Image.fromarray(sheet.photo).save(file, "JPEG", quality=90)
    taken = []
    for _ in range(TIMES):
        started = time.perf_counter()
        read(reader, file.getvalue())
        taken.append(time.perf_counter() - started)
    return median_range(taken)


def main() -> None:
    """Measure and write results/sheets.json."""
    reader = load()
    kinds = {
        f"{name}, {level}": judged(reader, source, difficulty)
        for name, source in (("handwritten", handwritten), ("printed", printed))
        for level, difficulty in DIFFICULTIES.items()
    }
    record("sheets", {"kinds": kinds, "seconds": seconds(reader)}, "sheets")


if __name__ == "__main__":
    main()
