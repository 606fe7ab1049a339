"""Make the data set that the reader is trained on: build/reader.npz.

    python -m scripts.fonts
    python -m scripts.reader_data

MNIST's training digits as they are and photographed in many ways, styles that are rare there (a 7
with a bar or a wave, a 1 with flag or foot, a 9 with a hook or like a g, an open 4), printed and
pen-like digits from fonts, and what is no digit (label 10): letters of many scripts, scribbles,
shapes, noise, digits lying or mirrored, pairs of them. All have gone through `preprocess`. The test
images are MNIST's own. Images made from one of MNIST's, or from one font, are one group, and so
never on both sides of the split into training and validation.
"""

import multiprocessing
import sys
import unicodedata
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from digitscope.data.check import NOT_A_DIGIT
from digitscope.data.dataset import load_dataset
from digitscope.pictures.preprocess import preprocess
from synthetic import drawn, samples

FONTS, OUT = Path("build/fonts/train"), Path("build/reader.npz")
SEED = 0
NUM_DIGITS = 60_000  # of MNIST, for training
VARIANTS = 2  # pictures of each of MNIST's training digits, besides the digit as it is
COUNTS = {  # of the other kinds
    "restyled": 48_000,
    "drawn": 30_000,
    "printed": 25_000,
    "letter": 30_000,
    "doodle": 18_000,
    "scribble": 12_000,
    "shape": 5_000,
    "blotches": 2_000,
    "turned": 8_000,
    "pair": 5_000,
}
# Letters: Latin, Greek, Cyrillic, and, from the Noto fonts, those of the scripts they are for.
EVERYWHERE = "ACEFHJKLMNPQRTUVWXYacdefhjkmnprtuvwxy?&@#%$+=*<>"  # without O, l, S, ...
EVERYWHERE += "".join(map(chr, (*range(0x391, 0x3CA), *range(0x410, 0x450))))
BLOCKS = ((0x531, 0x6D6), (0x905, 0xE2F), (0x10D0, 0x13F5), (0x1401, 0x17B3), (0x2C00, 0x2D68))
ALIKE = 0.9  # cosine of the angle to a printed digit: a letter that is as like one is left out
SQUARED = {"restyled": 0.4, "drawn": 0.4}  # of the drawings are made as wide as they are high; ...
SQUARED_ELSE = 0.2  # ... and of the other kinds
TRIES = 5  # pictures of one thing, until one comes out as a single thing

STRANGE = {
    "scribble": drawn.scribble,
    "shape": drawn.shape,
    "blotches": drawn.blotches,
    "doodle": drawn.doodle,
}

Drawn = tuple[np.ndarray, int, int]  # a large drawing, its label, its group
Made = tuple[np.ndarray, int, int]  # an image as MNIST's, its label, its group

LETTERS: list[tuple[int, str]] = []  # the number of a face, a character; made by main


@cache
def faces() -> list[Path]:
    """The font files."""
    return sorted(FONTS.iterdir())


@cache
def digit_faces() -> list[int]:
    """The numbers of the faces that have all ten digits."""
    return [i for i, path in enumerate(faces()) if samples.has_glyphs(path, "0123456789")]


def of_mnist(index: int) -> Drawn:
    """A training digit of MNIST, large."""
    data = load_dataset()
    return samples.enlarged(data.x_train[index]), int(data.y_train[index]), index


def drawing(kind: str, number: int, rng: np.random.Generator) -> Drawn:
    """A drawing of a kind."""
    match kind:
        case "written":
            return of_mnist(number % NUM_DIGITS)
        case "restyled":
            label = int(rng.choice([*drawn.RESTYLED]))
            ink, _, group = of_mnist(
                int(rng.choice(np.flatnonzero(load_dataset().y_train == label)))
            )
            return drawn.RESTYLED[label](ink, rng), label, group
        case "drawn":
            label = int(rng.choice([*drawn.DRAWN]))
            return drawn.DRAWN[label](rng), label, 10 * NUM_DIGITS + number
        case "turned":
            ink, label, group = of_mnist(int(rng.integers(NUM_DIGITS)))
            return drawn.turned_digit(ink, label, rng), NOT_A_DIGIT, group
        case "pair":
            (ink, _, group), (other, *_) = map(of_mnist, rng.integers(NUM_DIGITS, size=2).tolist())
            return drawn.side_by_side(ink, other, rng), NOT_A_DIGIT, group
        case "printed":
            face, digit = rng.choice(digit_faces()), int(rng.integers(10))
            return samples.glyph(faces()[face], str(digit)), digit, NUM_DIGITS + int(face)
        case "letter":
            face, character = LETTERS[rng.integers(len(LETTERS))]
            return samples.glyph(faces()[face], character), NOT_A_DIGIT, NUM_DIGITS + face
        case _:
            group = (11 + [*STRANGE].index(kind)) * NUM_DIGITS + number
            return STRANGE[kind](rng), NOT_A_DIGIT, group


def make(task: tuple[str, int]) -> Made | None:
    """One image of a kind; None where nothing, or several things, came out."""
    kind, number = task
    if kind == "as it is":
        found = preprocess(load_dataset().x_train[number])
        _, label, group = of_mnist(number)
        return (found.image28, label, group) if found.status == "digit" else None
    rng = np.random.default_rng((SEED, *kind.encode(), number))
    ink, label, group = drawing(kind, number, rng)
    for _ in range(TRIES):
        changed = samples.with_pen(samples.bent(ink, rng), int(rng.integers(-3, 7)))
        if not (changed > 128).any():
            continue
        if rng.random() < SQUARED.get(kind, SQUARED_ELSE):
            changed = samples.squared(changed)
        found = preprocess(samples.photographed(changed, rng))
        if found.status == "digit":
            return found.image28, label, group
    return None


def letters() -> list[tuple[int, str]]:
    """Face and character of every letter that doesn't look like a digit in any of the fonts."""
    digits = np.stack(
        [
            direction(samples.glyph(faces()[i], digit))
            for i in digit_faces()
            for digit in "0123456789"
        ]
    )
    found = []
    for number, path in enumerate(faces()):
        several = [chr(code) for start, end in BLOCKS for code in range(start, end)]
        known = several if path.name.startswith("noto") else EVERYWHERE
        for character in known:
            is_mark = unicodedata.category(character) not in ("Lu", "Ll", "Lo")
            if (is_mark and character.isalnum()) or not samples.has_glyphs(path, character):
                continue
            if (digits @ direction(samples.glyph(path, character))).max() < ALIKE:
                found.append((number, character))
    return found


def direction(ink: np.ndarray) -> np.ndarray:
    """A drawing as MNIST has them, blurred, with length 1: float32 (784,)."""
    image = cv2.GaussianBlur(preprocess(ink).image28.astype(np.float32), (0, 0), 1).ravel()
    return image / max(float(np.linalg.norm(image)), 1.0)


def main() -> None:
    """Make all images, on all cores, and write them."""
    if not FONTS.is_dir():
        sys.exit("There are no fonts: python -m scripts.fonts")
    LETTERS.extend(letters())
    print(f"{len(LETTERS):,} letters of {len(faces())} faces, {len(digit_faces())} with digits")
    tasks = [("as it is", i) for i in range(NUM_DIGITS)]
    tasks += [("written", i) for i in range(VARIANTS * NUM_DIGITS)]
    tasks += [(kind, i) for kind, count in COUNTS.items() for i in range(count)]
    cv2.setNumThreads(1)
    with multiprocessing.get_context("fork").Pool() as pool:
        made = [one for one in pool.imap(make, tasks, chunksize=500) if one is not None]
    images, labels, groups = zip(*made, strict=True)
    data = load_dataset()
    np.savez_compressed(
        OUT,
        x_train=np.stack(images),
        y_train=np.array(labels, np.uint8),
        groups=np.array(groups, np.int32),
        x_test=data.x_test,
        y_test=data.y_test,
    )
    print(f"{OUT}: {len(made):,} of {len(tasks):,} images, {np.bincount(labels).tolist()}")


if __name__ == "__main__":
    main()
