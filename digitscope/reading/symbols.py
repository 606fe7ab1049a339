"""symbols_of: what a finder has found in a photo -> symbols, read the right way up."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from digitscope.network.certainty import log_odds
from digitscope.pictures.preprocess import Preprocessed, preprocess
from digitscope.reading.finder import Found
from digitscope.reading.glyphs import EMPTY, OTHER, SYMBOLS, Glyphs, cut
from digitscope.reading.lattice import Lattice
from digitscope.reading.reader import Reader

LEAST = 0.5  # certainty: what is less certain is more likely something else, or nothing
COVERED = 0.5  # of the smaller box, at most, lies in another symbol's
TWINS = 0.5  # of a height: nearer signs that are equal are one
DOUBT, PERHAPS = 0.97, 0.1  # of probability: below there is a doubt; and of a digit, at least
SECOND, OPINIONS = 0.5, 200  # the weight of a second opinion; at most so many, of likely digits
SIDE, ROOM = 64, 1.6  # pixels; times a digit's height: of the picture that it is made from
ASKED = 40  # symbols, at most, tell which way is up
UNLIKELY = 0.05  # probability, at least, of each way for each symbol
UPRIGHT = 12.0  # of log-probability: so much better must another way be, more than of one symbol
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
        evidence: float (3,), for `Glyphs.trust`.
        certainty: how likely it is what it is taken for.
    """

    text: str
    middle: np.ndarray
    height: float
    size: tuple[float, float]
    angle: float
    probabilities: np.ndarray
    evidence: np.ndarray
    certainty: float

    @property
    def is_digit(self) -> bool:
        """Whether it is one of the ten."""
        return self.text.isdigit()

    @property
    def is_sign(self) -> bool:
        """Whether it is a sign."""
        return bool(self.text) and not self.is_digit

    @property
    def is_other(self) -> bool:
        """Whether it is likeliest a letter or a drawing."""
        return int(self.probabilities.argmax()) == OTHER

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
    photo: np.ndarray, found: Found, tables: Sequence[Lattice], glyphs: Glyphs, reader: Reader
) -> tuple[list[Symbol], float]:
    """The symbols of a photo, and by how much the page is turned, clockwise, in radians.

    Args:
        photo: uint8 (h, w, 3), red, green, blue.
        found: what stands in it.
        tables: in the photo's pixels; what stands in a cell is turned as that is.
        glyphs: reads them.
        reader: says what it thinks of those that may be digits and are in doubt.
    """
    if not len(found.centres):
        return [], 0.0
    slope = _slope(found, tables)
    slopes = _slopes(found, tables, slope)
    quarters = _way_up(photo, found, slopes, glyphs)
    angles = slopes + QUARTER * quarters
    pictures = [
        cut(photo, middle, height, angle)
        for middle, height, angle in zip(found.centres, found.heights, angles, strict=True)
    ]
    probabilities = glyphs.probabilities(pictures)
    of_digits = probabilities[:, :10].sum(1)
    in_doubt = np.flatnonzero((probabilities.max(1) < DOUBT) & (of_digits > PERHAPS))
    for i in in_doubt[np.argsort(-of_digits[in_doubt])][:OPINIONS]:
        seen = prepared(photo, found.centres[i], found.heights[i], angles[i])
        probabilities[i] = _with_opinion(probabilities[i], seen, reader)
    said = probabilities.argmax(1)
    evidence = _evidence(found, said, probabilities.max(1))
    certainty = glyphs.trust.certainty(evidence)
    sizes = found.sizes[:, ::-1] if quarters % 2 else found.sizes
    symbols = [
        Symbol(
            SYMBOLS[said[i]] if said[i] < OTHER and certainty[i] >= LEAST else "",
            found.centres[i],
            float(found.heights[i]),
            (float(sizes[i, 0]), float(sizes[i, 1])),
            float(angles[i]),
            probabilities[i],
            evidence[i],
            float(certainty[i]),
        )
        for i in range(len(said))
        if said[i] != EMPTY
    ]
    return _apart(symbols), slope + QUARTER * quarters


def prepared(photo: np.ndarray, middle: np.ndarray, height: float, angle: float) -> Preprocessed:
    """A place in a photo as a network for single digits sees it; arguments as of `cut`."""
    return preprocess(cut(photo, middle, height, angle, SIDE, ROOM))


def _with_opinion(own: np.ndarray, seen: Preprocessed, reader: Reader) -> np.ndarray:
    """Probabilities, float (18,), with the opinion of a network that knows nothing but digits."""
    if seen.status != "digit":
        return own
    odds = np.ones_like(own)
    odds[:10] = (10 * reader.calibrated(seen.image28[None])[0]).clip(1e-3) ** SECOND
    return np.asarray(own * odds / (own * odds).sum())


def _evidence(found: Found, said: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """What speaks for each being what it is said to be, float (n, 3): see `Glyphs.trust`."""
    kinds = np.where(said < 10, 0, np.where(said < OTHER, 1, 2))
    of_kind = np.take_along_axis(found.kinds, kinds[:, None], 1)[:, 0]
    return log_odds(np.stack([confidence, found.heat, of_kind], 1))


def _apart(symbols: list[Symbol]) -> list[Symbol]:
    """Those that are no part of a more certain one.

    A sign may be part of a digit, but not of a %; and of two equal signs beside each other, as the
    points of a colon are, one is kept.
    """
    symbols = sorted(symbols, key=lambda symbol: -symbol.certainty)
    boxes = np.array([one.box for one in symbols], float).reshape(-1, 4)
    first, last = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    areas = boxes[:, 2:].prod(1)
    middles = np.array([one.middle for one in symbols]).reshape(-1, 2)
    texts = np.array([one.text for one in symbols], str)
    is_sign = np.array([one.is_sign for one in symbols], bool)
    is_kept = np.ones(len(symbols), bool)
    for i in range(1, len(symbols)):
        inside = np.minimum(last[i], last[:i]) - np.maximum(first[i], first[:i])
        shared = inside.clip(0).prod(1) > COVERED * np.minimum(areas[i], areas[:i])
        rivals = (is_sign[:i] == is_sign[i]) | (texts[:i] == "%")
        near = np.linalg.norm(middles[:i] - middles[i], axis=1) < TWINS * symbols[i].height
        same = near & is_sign[i] & (texts[:i] == texts[i])
        is_kept[i] = not (((shared & rivals) | same) & is_kept[:i]).any()
    return [one for one, is_one in zip(symbols, is_kept, strict=True) if is_one]


def _slopes(found: Found, tables: Sequence[Lattice], slope: float) -> np.ndarray:
    """The slope at each symbol, float (n,), within an eighth of a turn: of its cell or the page."""
    slopes = np.full(len(found.centres), slope)
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
    count = min(NEIGHBOURS, len(far) - 1)
    near = np.argpartition(far, count, 1)[:, :count]
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
    """By how many quarter turns, clockwise, the page lies turned: each symbol, seen in all four."""
    worth = found.heat * np.sqrt(found.heights) * (1 - found.kinds[:, 1])  # signs look alike
    asked = np.argsort(-worth)[:ASKED]
    ways = np.array([UPRIGHT, 0, 0, 0])
    for quarters in range(4):
        angles = slopes + QUARTER * quarters
        pictures = [cut(photo, found.centres[i], found.heights[i], angles[i]) for i in asked]
        more = np.log(glyphs.turns(pictures).clip(UNLIKELY)).sum(0)
        ways += np.roll(more, quarters)
    return int(ways.argmax())
