"""Glyphs: digits, signs and letters in any hand or type, as ink of a height: uint8, 255 = ink."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from synthetic import drawn, samples

Generator = np.random.Generator
# Which of a display's seven segments are lit: top, right above, right below, bottom, left below,
# left above, middle.
LIT = ("012345", "12", "01346", "01236", "1256", "02356", "023456", "012", "0123456", "012356")
ROOM = samples.FONT_SIZE // 4  # pixels around a line that is drawn


@dataclass(frozen=True)
class Digits:
    """Handwritten digits to choose from.

    Attributes:
        images: uint8 (n, 28, 28), 0 = background .. 255 = ink.
        labels: uint8 (n,).
    """

    images: np.ndarray
    labels: np.ndarray


def written(stock: Digits, digit: int, height: float, rng: Generator) -> np.ndarray:
    """A handwritten digit."""
    if digit in drawn.DRAWN and rng.random() < 0.1:
        ink = drawn.DRAWN[digit](rng)
    else:
        chosen = rng.choice(np.flatnonzero(stock.labels == digit))
        ink = samples.enlarged(stock.images[chosen])
        if digit in drawn.RESTYLED and rng.random() < 0.25:
            ink = drawn.RESTYLED[digit](ink, rng)
    ink = samples.with_pen(samples.bent(ink, rng), int(rng.integers(-4, 7)))
    return scaled(samples.trimmed(ink), height * rng.uniform(0.85, 1.15))


def scaled(ink: np.ndarray, height: float) -> np.ndarray:
    """Ink made so many pixels high."""
    part = height / max(len(ink), 1)
    size = max(1, round(ink.shape[1] * part)), max(2, round(height))
    method = cv2.INTER_AREA if part < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(ink, size, interpolation=method))


@dataclass(frozen=True)
class Line:
    """A printed line of text.

    Attributes:
        ink: uint8 (h, w).
        spans: of each character: text, left, right in pixels.
    """

    ink: np.ndarray
    spans: list[tuple[str, int, int]]


def printed(path: Path, text: str, height: float) -> Line:
    """Text in a font in which a digit is so many pixels high."""
    font = samples.font_of(path)
    usual = max(1, font.getbbox("8")[3] - font.getbbox("8")[1])
    part = height / usual
    width, high = int(font.getlength(text)) + 2 * ROOM, 2 * samples.FONT_SIZE
    canvas = Image.new("L", (width, high))
    ImageDraw.Draw(canvas).text((ROOM, ROOM), text, 255, font)
    size = max(1, round(width * part)), max(1, round(high * part))
    ink = np.asarray(cv2.resize(np.asarray(canvas), size, interpolation=cv2.INTER_AREA))
    places = [ROOM + font.getlength(text[:n]) for n in range(len(text) + 1)]
    spans = [
        (character, round(left * part), round(right * part))
        for character, (left, right) in zip(text, pairwise(places), strict=True)
    ]
    return Line(ink, spans)


def segments(digit: int, height: float, rng: Generator, slant: float, unlit: int) -> np.ndarray:
    """A digit of a seven-segment display; `unlit` is how bright those that are off look."""
    high, wide, thick, gap = 96, 52, rng.uniform(6, 13), rng.uniform(0, 3)
    left, right, middle = thick, wide - thick, high / 2
    ends = [
        ((left, thick), (right, thick)), ((right, thick), (right, middle)),
        ((right, middle), (right, high - thick)), ((left, high - thick), (right, high - thick)),
        ((left, middle), (left, high - thick)), ((left, thick), (left, middle)),
        ((left, middle), (right, middle)),
    ]  # fmt: skip
    ink = np.zeros((high, wide + 30), np.uint8)
    for number, (start, end) in enumerate(ends):
        a, b = np.array(start), np.array(end)
        along = (b - a) / np.linalg.norm(b - a)
        a, b = a + along * (gap + thick / 3), b - along * (gap + thick / 3)
        points = [(x + slant * (high - y), y) for x, y in (a, b)]
        shade = 255 if str(number) in LIT[digit] else unlit
        if digit in (6, 9) and number == (0 if digit == 6 else 3) and slant > 0.1:
            shade = unlit  # some displays write 6 and 9 without their ends
        first, last = ((round(16 * x), round(16 * y)) for x, y in points)  # in sixteenths
        cv2.line(ink, first, last, shade, round(thick), cv2.LINE_AA, shift=4)
    return scaled(ink if unlit else samples.trimmed(ink), height)
