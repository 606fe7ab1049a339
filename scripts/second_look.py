"""Fit how far a second look at a picture of one digit is believed, into models/glyphs.onnx.

    python -m scripts.second_look

On digits that the network for photos was not trained on: as they are, photographed, and cut out of
photos of pages so that borders and neighbours are in the picture; and on what is no digit: letters,
drawings, pairs of digits, noise, empty cells. Of these the ones in which the reader's network is
sure of no digit.
"""

import string
from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from digitscope.data.dataset import load_dataset
from digitscope.pictures.preprocess import preprocess
from digitscope.reading.glyphs import OTHER, Glyphs
from digitscope.reading.reader import load
from digitscope.reading.second_look import second_look
from scripts.finder import Stock
from scripts.fonts import FOLDER
from scripts.glyphs import MODEL, slope, tight
from scripts.scenes_data import NUM_TRAIN
from scripts.to_onnx import add_metadata
from scripts.trust import believed
from synthetic import drawn, samples
from synthetic.glyphs import Generator

NONE = -1  # the label of what is no digit
LOWEST = 12.0  # pixels: of a line whose symbols are cut out of a page
LETTERS = sorted(set(string.ascii_letters) - set("OoIlSsZzBbgqDG"))  # those like no digit
Made = tuple[np.ndarray, int]  # a picture and its label


class Pictures:
    """What pictures are made from."""

    def __init__(self) -> None:
        data = load_dataset()
        self.images, self.labels = data.x_train[NUM_TRAIN:], data.y_train[NUM_TRAIN:]
        self.faces = sorted((FOLDER / "test").iterdir())
        self.stock = Stock("test")
        is_other = self.stock.label == OTHER  # an O among them is like a 0
        self.places = np.flatnonzero((self.stock.height >= LOWEST) & ~is_other)

    def plain(self, rng: Generator) -> Made:
        """A digit of MNIST's as it is."""
        index = rng.integers(len(self.labels))
        return self.images[index], int(self.labels[index])

    def photographed(self, rng: Generator) -> Made:
        """The same, bent and drawn with another pen, on paper."""
        image, label = self.plain(rng)
        ink = samples.with_pen(samples.bent(samples.enlarged(image), rng), int(rng.integers(-4, 7)))
        return samples.photographed(ink, rng), label

    def printed(self, rng: Generator, characters: str) -> Made:
        """A printed character on paper."""
        face, text = self.faces[rng.integers(len(self.faces))], str(rng.choice([*characters]))
        ink = samples.bent(samples.glyph(face, text), rng)
        return samples.photographed(ink, rng), int(text) if text.isdigit() else NONE

    def pair(self, rng: Generator) -> Made:
        """Two digits side by side."""
        one, other = (samples.enlarged(self.plain(rng)[0]) for _ in range(2))
        return samples.photographed(drawn.side_by_side(one, other, rng), rng), NONE

    def strange(self, rng: Generator) -> Made:
        """A drawing, or noise."""
        kinds = (drawn.scribble, drawn.doodle, drawn.shape, drawn.blotches)
        return samples.photographed(kinds[rng.integers(len(kinds))](rng), rng), NONE

    def cut_out(self, rng: Generator) -> Made:
        """A digit or a sign on a page, closely cut out and turned upright."""
        stock, index = self.stock, int(rng.choice(self.places))
        corners, label = stock.corners[index], int(stock.label[index])
        quarters = round(slope(corners) / (np.pi / 2))
        photo = stock.photos[stock.scene[index]]
        part, _ = tight(photo, corners, corners.mean(0), rng)
        return np.ascontiguousarray(np.rot90(part, quarters)), label if label < 10 else NONE

    def empty(self, rng: Generator) -> Made:
        """A place on a page where nothing is, with bits of what is beside it."""
        stock = self.stock
        while True:
            index, place = int(rng.integers(len(stock))), rng.uniform(20, 300, 2)
            corners = stock.corners[stock.first[index] : stock.first[index + 1]]
            side = rng.uniform(12, 40)
            low, high = corners.min(1) - place, place - corners.max(1)
            if not len(corners) or np.maximum(low, high).max(1).min() > 0.7 * side:
                around = np.stack([place - side / 2, place + side / 2])
                return tight(stock.photos[index], around, place, rng)[0], NONE


def main() -> None:
    """Fit, tell how often it is right, and write it into the model's file."""
    cv2.setNumThreads(1)
    made, glyphs, reader, rng = Pictures(), Glyphs(MODEL), load(), np.random.default_rng(0)
    kinds: dict[str, tuple[int, Callable[[Generator], Made]]] = {
        "plain": (2000, made.plain),
        "photographed": (1500, made.photographed),
        "printed": (500, partial(made.printed, characters=string.digits)),
        "letters": (1000, partial(made.printed, characters="".join(LETTERS))),
        "pairs": (300, made.pair),
        "strange": (800, made.strange),
        "cut out": (1500, made.cut_out),
        "empty": (400, made.empty),
    }
    evidence, labels, names, known = [], [], [], []
    for name, (count, make) in kinds.items():
        first = []
        for _ in range(count):
            picture, label = make(rng)
            seen = preprocess(picture)
            said = reader.first_look([seen])[0]
            if said.status == "digit":
                first.append(said.digit == label)
                continue
            evidence.append(second_look(seen, said.probabilities, glyphs).evidence)
            labels.append(label)
            names.append(name)
        known.append((sum(first), len(first) - sum(first)))
    every = np.array(evidence).reshape(-1, 5)  # ten digits of each picture
    is_it = (np.arange(10) == np.array(labels)[:, None]).ravel()
    trust = believed(every, is_it, np.ones_like(is_it))
    certainty = trust.certainty(np.array(evidence))
    sure, is_right = certainty.max(1) >= trust.sure, certainty.argmax(1) == np.array(labels)
    print(trust)
    for name, (right, wrong) in zip(kinds, known, strict=True):
        own = sure & (np.array(names) == name)
        more = f"and {(own & is_right).sum()} right, {(own & ~is_right).sum()} wrong by the second"
        print(f"{name}: {right} sure and right, {wrong} wrong by the first look {more}")
    add_metadata(MODEL, trust.as_metadata("look"))


if __name__ == "__main__":
    main()
