"""Canvas: what stands on a page that is being made, and where: symbols, lines, colours.

A page is painted in colours, and of everything on it is kept what a reader must find.
"""

from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np

Kind = Literal["digit", "sign", "other"]
Colour = tuple[float, ...]  # red, green, blue, 0 to 255


@dataclass
class Symbol:
    """Something of a digit's size.

    Attributes:
        text: the character; empty for what is none.
        kind: `digit`; `sign`, such as a minus or a comma; `other`: a letter, a tick, a drawing, or
            a digit that is a small note beside what counts.
        corners: float (4, 2): of its box, clockwise from its own top left, in pixels.
        height: of a digit in the same line, in pixels.
    """

    text: str
    kind: Kind
    corners: np.ndarray
    height: float


@dataclass
class Canvas:
    """A page.

    Attributes:
        paint: uint8 (h, w, 3), red, green, blue.
        rules: uint8 (h, w): 255 where there is a line of a table, a box or ruled paper.
        paper: the colour that it has where nothing is.
        symbols: in no order.
    """

    paint: np.ndarray
    rules: np.ndarray
    paper: Colour
    symbols: list[Symbol] = field(default_factory=list)

    @classmethod
    def of(cls, size: tuple[int, int], paper: Colour) -> "Canvas":
        """An empty one, of a width and a height."""
        width, height = size
        paint = np.empty((height, width, 3), np.uint8)
        paint[:] = paper
        return cls(paint, np.zeros((height, width), np.uint8), paper)

    def put(self, ink: np.ndarray, place: tuple[float, float], colour: Colour) -> bool:
        """Print ink, uint8 (h, w), 255 = full, with its top left corner at a place, if it fits."""
        x, y = round(place[0]), round(place[1])
        high, wide = ink.shape
        if x < 0 or y < 0 or x + wide > self.paint.shape[1] or y + high > self.paint.shape[0]:
            return False
        _print(self.paint[y : y + high, x : x + wide], ink, colour)
        return True

    def write(
        self,
        ink: np.ndarray,
        place: tuple[float, float],
        colour: Colour,
        text: str,
        kind: Kind,
        height: float,
    ) -> None:
        """Print a symbol; its box is that of its ink, and a digit in its line is so high."""
        x, y, wide, high = cv2.boundingRect((ink > 100).astype(np.uint8))
        if not wide or not self.put(ink, place, colour):
            return
        left, top = round(place[0]) + x, round(place[1]) + y
        right, bottom = left + wide, top + high
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)], float)
        self.symbols.append(Symbol(text, kind, corners, height))

    def fill(self, box: tuple[float, float, float, float], colour: Colour) -> None:
        """Tint a box: left, top, right, bottom."""
        left, top, right, bottom = (max(0, round(side)) for side in box)
        self.paint[top:bottom, left:right] = colour

    def rule(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        width: float,
        colour: Colour,
        dashes: tuple[float, float] | None = None,
    ) -> None:
        """Draw a line; with dashes it is drawn for so many pixels, and not for so many."""
        ink = np.zeros_like(self.rules)
        for a, b in _pieces(np.array(start, float), np.array(end, float), dashes):
            _stroke(ink, a, b, width)
        x, y, wide, high = cv2.boundingRect(ink)
        area = slice(y, y + high), slice(x, x + wide)
        _print(self.paint[area], ink[area], colour)
        _stroke(self.rules, np.array(start, float), np.array(end, float), max(1.0, width))


def _print(area: np.ndarray, ink: np.ndarray, colour: Colour) -> None:
    part = ink[..., None].astype(np.float32) / 255
    area[:] = area + part * (np.array(colour, np.float32) - area)


def _pieces(
    start: np.ndarray, end: np.ndarray, dashes: tuple[float, float] | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    if not dashes:
        return [(start, end)]
    length = float(np.linalg.norm(end - start))
    along = (end - start) / max(length, 1e-6)
    places = np.arange(0, length, sum(dashes))
    return [(start + p * along, start + min(p + dashes[0], length) * along) for p in places]


def _stroke(ink: np.ndarray, start: np.ndarray, end: np.ndarray, width: float) -> None:
    """A line of a width that need not be whole: a thin one is faint."""
    whole, strength = max(1, round(width)), round(255 * min(1.0, width))
    ends = [tuple((16 * point).round().astype(int).tolist()) for point in (start, end)]
    cv2.line(ink, ends[0], ends[1], strength, whole, cv2.LINE_AA, shift=4)
