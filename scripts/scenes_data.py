"""Make the photos that finding and reading are learnt from: build/scenes/train and .../test.

    python -m scripts.fonts
    python -m scripts.scenes_data [TRAIN TEST]

So many files of 100 photos each (120 and 5). Those of `test` have other fonts and other people's
digits; neither uses MNIST's test images.
"""

import multiprocessing
import sys
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from digitscope.data.dataset import load_dataset
from digitscope.reading.finder import LINE_STEP
from digitscope.reading.glyphs import OTHER, SYMBOLS
from scripts.fonts import FOLDER, WRITTEN
from synthetic import samples
from synthetic.canvas import Symbol
from synthetic.glyphs import Digits
from synthetic.pens import Supply
from synthetic.scenes import Scene, scene

OUT = Path("build/scenes")
SIDE, SCENES = 320, 100  # pixels, and photos in a file
NUM_TRAIN = 54_000  # of MNIST's 60,000 training digits; the others are for `test`
ALIKE = {"–": "-"}  # signs that count as another


@cache
def supply(part: str) -> Supply:
    """Digits and fonts for one of the parts."""
    data = load_dataset()
    own = slice(NUM_TRAIN) if part == "train" else slice(NUM_TRAIN, None)
    faces = [
        path
        for path in sorted((FOLDER / part).iterdir())
        if samples.has_glyphs(path, "0123456789abzABZ-.,/:%")
    ]
    hands = [path for path in faces if path.name.split("-latin")[0] in WRITTEN.split()]
    return Supply(Digits(data.x_train[own], data.y_train[own]), faces, hands)


def label(symbol: Symbol) -> int:
    """Its place in SYMBOLS, or OTHER."""
    text = ALIKE.get(symbol.text, symbol.text)
    return SYMBOLS.index(text) if text and text in SYMBOLS else OTHER


def make(task: tuple[str, int]) -> None:
    """One file of photos."""
    part, number = task
    path = OUT / part / f"{number:04}.npz"
    if path.exists():
        return
    rng = np.random.default_rng((["train", "test"].index(part), number))
    scenes = [scene(supply(part), SIDE, rng) for _ in range(SCENES)]
    symbols = [(index, symbol) for index, made in enumerate(scenes) for symbol in made.symbols]
    kinds = ["digit", "sign", "other"]
    unfinished = path.with_suffix(".tmp.npz")
    np.savez(
        unfinished,
        photos=np.stack([made.photo for made in scenes]),
        rules=np.stack([_halved(made) for made in scenes]),
        quarters=np.array([made.quarters for made in scenes], np.uint8),
        scene=np.array([index for index, _ in symbols], np.int32),
        corners=np.array([symbol.corners for _, symbol in symbols], np.float32),
        height=np.array([symbol.height for _, symbol in symbols], np.float32),
        kind=np.array([kinds.index(symbol.kind) for _, symbol in symbols], np.uint8),
        label=np.array([label(symbol) for _, symbol in symbols], np.uint8),
    )
    unfinished.rename(path)


def _halved(made: Scene) -> np.ndarray:
    """The picture of a photo's lines, made smaller so that thin lines stay."""
    half = SIDE // LINE_STEP
    return np.asarray(made.rules.reshape(half, LINE_STEP, half, LINE_STEP).max((1, 3)))


def main(train: int = 120, test: int = 5) -> None:
    """Make what is not yet there, on all cores."""
    if not FOLDER.is_dir():
        sys.exit("There are no fonts: python -m scripts.fonts")
    tasks = [("test", i) for i in range(test)] + [("train", i) for i in range(train)]
    for part in ("train", "test"):
        (OUT / part).mkdir(parents=True, exist_ok=True)
    cv2.setNumThreads(1)
    with multiprocessing.get_context("fork").Pool() as pool:
        for number, _ in enumerate(pool.imap_unordered(make, tasks), 1):
            print(f"\r{number} of {len(tasks)}", end="", flush=True)
    print()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
