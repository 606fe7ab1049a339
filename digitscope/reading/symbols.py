"""symbols_of: what a finder has found in a photo -> symbols, read the right way up."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from digitscope.reading.finder import Found
from digitscope.reading.glyphs import EMPTY, OTHER, SYMBOLS, Glyphs, cut
from digitscope.reading.lattice import Lattice

# How the logarithms of the odds of three networks' answers (which symbol it is, that there is one,
# of which kind) add up to those of being right; fitted by scripts/certainty.py.
WEIGHTS, BIAS = np.array([0.9, 0.24, 0.42]), -1.18
LEAST = 0.25  # certainty: what is less certain is something else, or nothing
COVERED = 0.5  # of the smaller box, at most, lies in another symbol's
ASKED = 40  # symbols, at most, tell which way is up
UPRIGHT = 0.15  # of a symbol's log-probability: by so much must another way be better
NEIGHBOURS, FAR = 4, 4.0  # whose directions tell the slope; times the height: no neighbour
BINS = 90  # of directions, a degree each
QUARTER = np.pi / 2


@dataclass(frozen=True, eq=False)
class Symbol:
    """Something of a digit's size that stands on a page.

    Attributes:
        text: a digit or a sign, one of SYMBOLS; empty for a letter or a drawing.
        middle: float (2,): x, y in the photo's pixels.
        height: of a digit in its line, in pixels.
        size: width along its line, and height, in pixels.
        angle: by so much it is turned, clockwise, in radians.
        probabilities: float (18,): of each of SYMBOLS, something else, nothing.
        certainty: how likely it is what it is taken for.
    """

    text: str
    middle: np.ndarray
    height: float
    size: tuple[float, float]
    angle: float
    probabilities: np.ndarray
    certainty: float

    @property
    def is_digit(self) -> bool:
        """Whether it is one of the ten."""
        return self.text.isdigit()

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width, height of the upright box around it, in the photo's pixels."""
        along = np.array([np.cos(self.angle), np.sin(self.angle)])
        corners = [
            self.middle
            + x * self.size[0] / 2 * along
            + y * self.size[1] / 2 * along[::-1] * (-1, 1)
            for x in (-1, 1)
            for y in (-1, 1)
        ]
        left, top = np.min(corners, 0)
        right, bottom = np.max(corners, 0)
        return round(left), round(top), max(1, round(right - left)), max(1, round(bottom - top))


def symbols_of(
    photo: np.ndarray, found: Found, tables: Sequence[Lattice], glyphs: Glyphs
) -> tuple[list[Symbol], float]:
    """The symbols of a photo, and by how much the page is turned, clockwise, in radians.

    Args:
        photo: uint8 (h, w, 3), red, green, blue.
        found: what stands in it.
        tables: in the photo's pixels; what stands in a cell is turned as that is.
        glyphs: reads them.
    """
    if not len(found.centres):
        return [], 0.0
    slopes = _slopes(found, tables)
    quarters = _way_up(photo, found, slopes, glyphs)
    angles = slopes + QUARTER * quarters
    pictures = [
        cut(photo, middle, height, angle)
        for middle, height, angle in zip(found.centres, found.heights, angles, strict=True)
    ]
    probabilities = glyphs.probabilities(pictures)
    said = probabilities.argmax(1)
    certainty = _certainty(found, said, probabilities.max(1))
    sizes = found.sizes[:, ::-1] if quarters % 2 else found.sizes
    symbols = [
        Symbol(
            SYMBOLS[said[i]] if said[i] < OTHER and certainty[i] >= LEAST else "",
            found.centres[i],
            float(found.heights[i]),
            (float(sizes[i, 0]), float(sizes[i, 1])),
            float(angles[i]),
            probabilities[i],
            float(certainty[i]),
        )
        for i in range(len(said))
        if said[i] != EMPTY
    ]
    return _apart(symbols), _slope(found, tables) + QUARTER * quarters


def _certainty(found: Found, said: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """How likely each is what it is said to be, float (n,)."""
    kinds = np.where(said < 10, 0, np.where(said < OTHER, 1, 2))
    of_kind = np.take_along_axis(found.kinds, kinds[:, None], 1)[:, 0]
    chances = np.stack([confidence, found.heat, of_kind], 1).clip(1e-4, 1 - 1e-4)
    odds = np.log(chances / (1 - chances)) @ WEIGHTS + BIAS
    return np.asarray(1 / (1 + np.exp(-odds)))


def _apart(symbols: list[Symbol]) -> list[Symbol]:
    """Those of which none lies in a more certain one: digits in digits, and anything in a %."""
    kept: list[Symbol] = []
    for one in sorted(symbols, key=lambda symbol: -symbol.certainty):
        if not any(_is_part(one, other) for other in kept):
            kept.append(one)
    return kept


def _is_part(one: Symbol, other: Symbol) -> bool:
    if not (one.is_digit and other.is_digit) and other.text != "%":
        return False
    (left, top, wide, high), (x, y, width, height) = one.box, other.box
    across = min(left + wide, x + width) - max(left, x)
    down = min(top + high, y + height) - max(top, y)
    return min(across, down) > 0 and across * down > COVERED * min(wide * high, width * height)


def _slopes(found: Found, tables: Sequence[Lattice]) -> np.ndarray:
    """The slope at each symbol, float (n,), within an eighth of a turn: of its cell or the page."""
    slopes = np.full(len(found.centres), _slope(found, tables))
    for table in tables:
        outline = table.outline
        inside = [
            cv2.pointPolygonTest(outline, middle, False) >= 0
            for middle in found.centres.astype(float).tolist()
        ]
        middles = (table.nodes[1:, 1:] + table.nodes[:-1, :-1]).reshape(-1, 2) / 2
        own = _cell_slopes(table.nodes).ravel()
        for index in np.flatnonzero(inside):
            nearest = np.linalg.norm(middles - found.centres[index], axis=1).argmin()
            slopes[index] = own[nearest]
    return slopes


def _cell_slopes(nodes: np.ndarray) -> np.ndarray:
    """The slope of each cell, float (rows, columns): as its sides above and below."""
    along = nodes[:, 1:] - nodes[:, :-1]
    along = along[1:] + along[:-1]
    return np.asarray(_folded(np.arctan2(along[..., 1], along[..., 0])))


def _folded(angles: np.ndarray) -> np.ndarray:
    """Angles within an eighth of a turn, quarters taken away."""
    return (angles + QUARTER / 2) % QUARTER - QUARTER / 2


def _slope(found: Found, tables: Sequence[Lattice]) -> float:
    """The slope of the page: of its largest table, or the usual one of neighbours."""
    if tables:
        turns = np.exp(4j * _cell_slopes(tables[0].nodes))
        return float(np.angle(turns.mean()) / 4)
    if len(found.centres) < 3:
        return 0.0
    gaps = found.centres[None] - found.centres[:, None]
    far = np.linalg.norm(gaps, axis=-1) / found.heights[:, None]
    np.fill_diagonal(far, np.inf)
    near = np.argsort(far, 1)[:, :NEIGHBOURS]
    is_near = np.take_along_axis(far, near, 1) < FAR
    x, y = np.take_along_axis(gaps, near[..., None], 1)[is_near].T
    if not len(x):
        return 0.0
    angles = _folded(np.arctan2(y, x))
    places = ((angles / QUARTER + 0.5) * BINS).astype(int) % BINS
    counts = np.bincount(places, minlength=BINS).astype(float)
    smooth = sum(np.roll(counts, shift) for shift in range(-3, 4))
    best = (np.argmax(smooth) + 0.5) / BINS * QUARTER - QUARTER / 2
    around = _folded(angles - best)
    return float(best + np.median(around[np.abs(around) < np.deg2rad(5)]))


def _way_up(photo: np.ndarray, found: Found, slopes: np.ndarray, glyphs: Glyphs) -> int:
    """By how many quarter turns, clockwise, what stands there reads best."""
    asked = np.argsort(-found.heat * found.kinds[:, 0])[:ASKED]
    worth = []
    for quarters in range(4):
        pictures = [
            cut(photo, found.centres[i], found.heights[i], slopes[i] + QUARTER * quarters)
            for i in asked
        ]
        best = glyphs.probabilities(pictures)[:, :OTHER].max(1)
        worth.append(float(np.log(best.clip(1e-3)).mean()))
    worth[0] += UPRIGHT
    return int(np.argmax(worth))
