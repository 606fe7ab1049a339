"""How well the bundled reader reads, and refuses: docs/reader.md.

    python -m scripts.fonts                         # for the printed digits
    python -m benchmarks.reader --handwriting DIR   # with optdigits_train.npz, semeion.npz, ...

MNIST's test digits, handwriting from elsewhere and printed digits in fonts that nothing was trained
on, all as pictures, through `preprocess`. `right` counts the best guess for each picture, believed
or not; `accepted` are those with the status digit; `silently wrong` those accepted and wrong.
"""

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.record import record
from digitscope.data.dataset import load_dataset
from digitscope.judging.evaluate import accuracy, calibration_error
from digitscope.reading.reader import Prediction, Reader, load
from synthetic import drawn, samples

FONTS = Path("build/fonts/test")
SEED = 1  # another than that of the training data
REFUSALS = 500  # of each kind
# Letters that a person may honestly read as a digit, chosen by eye before anything was measured:
# 7 and 0 and 1 of all alphabets, l, o, s, z, ...; they are reported apart.
LOOK_ALIKE = {
    "Balinese": (14,),
    "Early_Aramaic": (2, 3, 4, 6, 12, 14, 16, 17, 20),
    "Greek": (4, 9, 15, 18),
    "Korean": (21, 22, 27, 33, 37),
    "Latin": (2, 7, 9, 12, 15, 17, 19, 26),
}


def read_digits(reader: Reader, pictures: list[np.ndarray], labels: np.ndarray) -> dict[str, Any]:
    """How many are right, accepted, wrong without a word; how far the confidence can be trusted."""
    found = reader.predict(pictures)
    right = np.array([best_guess(one) == label for one, label in zip(found, labels, strict=True)])
    accepted = np.array([one.status == "digit" for one in found])
    confidence = np.array([one.confidence for one in found])
    return {
        "right": accuracy(right),
        "accepted": accuracy(accepted),
        "silently_wrong": accuracy(accepted & ~right),
        "expected_calibration_error": calibration_error(confidence, right),
        "status": dict(Counter(one.status for one in found)),
    }


def best_guess(found: Prediction) -> int | None:
    """The most probable digit, believed or not."""
    return None if found.probabilities is None else int(found.probabilities.argmax())


def refuse(reader: Reader, pictures: list[np.ndarray]) -> dict[str, Any]:
    """How many are not taken for a digit."""
    found = reader.predict(pictures)
    return {
        "refused": accuracy(np.array([one.status != "digit" for one in found])),
        "status": dict(Counter(one.status for one in found)),
    }


def printed() -> tuple[list[np.ndarray], np.ndarray]:
    """Every digit in every face held out, dark on light, as it is printed."""
    faces = [p for p in sorted(FONTS.iterdir()) if samples.has_glyphs(p, "0123456789")]
    pictures = [255 - samples.glyph(path, str(digit)) for path in faces for digit in range(10)]
    return pictures, np.tile(np.arange(10), len(faces))


def photographs(drawings: list[np.ndarray]) -> list[np.ndarray]:
    """Photographs of drawings, all with different light, paper and blur."""
    rng = np.random.default_rng(SEED)
    return [samples.photographed(ink, rng) for ink in drawings]


def nothing() -> dict[str, list[np.ndarray]]:
    """Pictures without a digit, kind -> pictures."""
    rng = np.random.default_rng(SEED)
    kinds = {"scribbles": drawn.scribble, "shapes": drawn.shape, "blotches": drawn.blotches}
    made = {
        name: photographs([ink for ink in (draw(rng) for _ in range(REFUSALS)) if ink.any()])
        for name, draw in kinds.items()
    }
    return {
        "blanks": [_blank(rng) for _ in range(REFUSALS)],
        "noise": [_noise(rng) for _ in range(REFUSALS)],
        "other shapes": photographs([_other_shape(i, rng) for i in range(REFUSALS)]),
        **made,
    }


def _blank(rng: np.random.Generator) -> np.ndarray:
    """Paper in uneven light, nothing on it."""
    side = int(rng.integers(28, 400))
    light = cv2.resize(rng.uniform(0.6, 1, (2, 2)), (side, side), interpolation=cv2.INTER_LINEAR)
    grain = rng.normal(0, rng.uniform(0, 6), (side, side))
    return np.clip(rng.uniform(60, 255) * light + grain, 0, 255).astype(np.uint8)


def _noise(rng: np.random.Generator) -> np.ndarray:
    """Every pixel by chance, alone or in blocks."""
    side, block = int(rng.integers(10, 100)), int(rng.integers(1, 6))
    return np.kron(rng.integers(0, 256, (side, side)), np.ones((block, block))).astype(np.uint8)


def _other_shape(number: int, rng: np.random.Generator) -> np.ndarray:
    """A spiral, a heart, a wave, a face, a house or a grid: kinds that training has none of."""
    t = np.linspace(0, 1, 200)
    turn, width = 2 * np.pi * t, int(rng.integers(4, 10))
    lines = {
        0: [t * np.stack([np.cos(3 * turn), np.sin(3 * turn)])],
        1: [
            np.stack([np.sin(turn) ** 3, -np.cos(turn) * 0.8 + 0.3 * np.cos(2 * turn)]),
        ],
        2: [np.stack([2 * t - 1, 0.3 * np.sin(2.5 * turn)])],
        3: [
            np.stack([np.cos(turn), np.sin(turn)]),
            *(np.stack([x + 0.1 * np.cos(turn), 0.1 * np.sin(turn) - 0.3]) for x in (-0.4, 0.4)),
            np.stack([0.5 * np.cos(turn / 2), 0.2 + 0.4 * np.sin(turn / 2)]),
        ],
        4: [
            np.array(
                [[-0.7, -0.7, 0.7, 0.7, -0.7, 0, 0.7], [-0.1, 0.9, 0.9, -0.1, -0.1, -0.9, -0.1]]
            )
        ],
        5: [
            *(np.array([[x, x], [-0.9, 0.9]]) for x in (-0.4, 0.4)),
            *(np.array([[-0.9, 0.9], [y, y]]) for y in (-0.4, 0.4)),
        ],
    }[number % 6]
    ink = np.zeros((samples.LARGE, samples.LARGE), np.uint8)
    for line in lines:
        points = (
            (line.T * rng.uniform(0.8, 1.1, 2) * 42 + samples.LARGE / 2).round().astype(np.int32)
        )
        cv2.polylines(ink, [points], False, 255, width, cv2.LINE_AA)
    return samples.bent(ink, rng, 0.5)


def letters(folder: Path) -> dict[str, list[np.ndarray]]:
    """Handwritten letters, and apart those that may be read as digits."""
    with np.load(folder / "omniglot_letters.npz") as file:
        images, names = 255 - file["images"], file["names"].tolist()
    alike = {f"{alphabet}/character{n:02}" for alphabet, ns in LOOK_ALIKE.items() for n in ns}
    assert alike <= set(names)
    return {
        "letters": [i for i, name in zip(images, names, strict=True) if name not in alike],
        "look-alikes": [i for i, name in zip(images, names, strict=True) if name in alike],
    }


def main() -> None:
    """Measure and write results/reader.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--handwriting", type=Path, required=True, metavar="DIR")
    folder = parser.parse_args().handwriting
    reader, data = load(), load_dataset()
    sets: dict[str, Any] = {"MNIST test": (list(data.x_test), data.y_test), "printed": printed()}
    for name in ("optdigits_train", "semeion"):
        with np.load(folder / f"{name}.npz") as file:
            sets[name] = (list(255 - file["images"]), file["labels"])
    digits = {name: read_digits(reader, *one) for name, one in sets.items()}
    for name, one in digits.items():
        print(
            name,
            {
                k: v["accuracy"] if isinstance(v, dict) and "accuracy" in v else v
                for k, v in one.items()
            },
        )
    refused = {name: refuse(reader, one) for name, one in {**letters(folder), **nothing()}.items()}
    record("reader", {"digits": digits, "refused": refused, "model": reader.about}, "reader")


if __name__ == "__main__":
    main()
