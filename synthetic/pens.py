"""Pen: a way of writing, by hand or in a font, in some colour; and what pages are made from."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from synthetic.canvas import Canvas, Colour, Kind
from synthetic.glyphs import Digits, Generator, printed, written

SIGNS = ("-", "–", ".", ",", "/", ":", "%", "+", "(", ")", "=", "$")


@dataclass(frozen=True)
class Supply:
    """What pages are made from.

    Attributes:
        digits: handwritten ones.
        printed: fonts that have digits.
        hands: those of them that look like handwriting.
    """

    digits: Digits
    printed: list[Path]
    hands: list[Path]


@dataclass(frozen=True)
class Pen:
    """One way of writing.

    Attributes:
        supply: of digits and fonts.
        font: for letters and signs; and for digits, where they are not handwritten.
        by_hand: whether digits are MNIST's.
        colour: of the ink.
        height: of a digit, in pixels.
    """

    supply: Supply
    font: Path
    by_hand: bool
    colour: Colour
    height: float

    def text(
        self, canvas: Canvas, words: str, place: tuple[float, float], rng: Generator, gap: float = 0
    ) -> float:
        """Write a line around a middle height, from a left end; gives the right end."""
        x, middle = place
        for run in _runs(words) if self.by_hand else [words]:
            is_written = self.by_hand and run.isdigit()
            write = self._written if is_written else self._printed
            x = write(canvas, run, (x, middle), rng, gap)
        return x

    def _written(
        self, canvas: Canvas, digits: str, place: tuple[float, float], rng: Generator, gap: float
    ) -> float:
        x, middle = place
        closest = rng.uniform(-0.06, 0.12)
        for character in digits:
            ink = written(self.supply.digits, int(character), self.height, rng)
            top = middle - len(ink) / 2 + rng.uniform(-0.06, 0.06) * self.height
            canvas.write(ink, (x, top), self.colour, character, "digit", self.height)
            x += ink.shape[1] + self.height * (closest + rng.uniform(0, 0.2)) + gap
        return x

    def _printed(
        self, canvas: Canvas, words: str, place: tuple[float, float], rng: Generator, gap: float
    ) -> float:
        line = printed(self.font, words, self.height)
        top = place[1] - _middle(self.font, self.height)
        start, shift = line.spans[0][1], 0.0
        for text, left, right in line.spans:
            x = place[0] + left - start + shift
            if text != " " and right > left:
                margin = min(left, max(1, (right - left) // 8))
                ink = line.ink[:, left - margin : right + margin].copy()
                canvas.write(ink, (x - margin, top), self.colour, text, _kind(text), self.height)
            shift += gap
        return place[0] + line.spans[-1][2] - start + shift


def _runs(words: str) -> list[str]:
    """Digits, and what is between them."""
    runs: list[str] = []
    for character in words:
        if runs and runs[-1][-1].isdigit() == character.isdigit():
            runs[-1] += character
        else:
            runs.append(character)
    return runs


def _middle(font: Path, height: float) -> float:
    """From the top of a printed line down to the middle of its digits."""
    ink = printed(font, "8", height).ink
    _, y, _, high = cv2.boundingRect((ink > 100).astype(np.uint8))
    return y + high / 2


def _kind(text: str) -> Kind:
    return "digit" if text.isdigit() else "sign" if text in SIGNS else "other"


def pen(
    supply: Supply, height: float, dark: bool, rng: Generator, by_hand: bool | None = None
) -> Pen:
    """A pen by chance; `dark`: whether its ink is darker than the paper."""
    hand = bool(rng.random() < 0.5) if by_hand is None else by_hand
    fonts = supply.hands if hand and supply.hands else supply.printed
    return Pen(supply, fonts[rng.integers(len(fonts))], hand, ink_colour(dark, rng, 0.2), height)


def ink_colour(dark: bool, rng: Generator, faint: float) -> Colour:
    """Of ink on bright paper, or of chalk or light on something dark; faint so often."""
    colour = _full_colour(dark, rng)
    part = rng.uniform(0.2, 0.75) * (rng.random() < faint)
    return tuple(own + part * ((215 if dark else 50) - own) for own in colour)


def _full_colour(dark: bool, rng: Generator) -> Colour:
    if rng.random() < 0.65:
        shade = rng.uniform(0, 110)
        colour = tuple((shade + rng.uniform(-15, 15, 3)).clip(0, 255).tolist())
    else:  # red, blue, green, violet
        main = np.array([(200, 30, 40), (30, 60, 190), (20, 120, 60), (150, 40, 130)])
        colour = tuple((main[rng.integers(4)] + rng.uniform(-30, 40, 3)).clip(0, 255).tolist())
    return colour if dark else tuple(max(150.0, 255 - 0.6 * part) for part in colour)
