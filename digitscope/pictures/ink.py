"""ink_of: where there is ink in a picture, and how much: paper, shadow and polarity are gone."""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

BORDER = 0.02  # of the sides: where the background is looked for
CLEARLY = 1.2  # times as far from the paper
AROUND = 13  # pixels: the radius of the surroundings, where the widest stroke has 21
STANDING = 0.002  # of the small pixels stand out from their surroundings where there is ink
RARE = 0.35  # of the picture is background, at least
EVEN = 0.75  # of the border has one brightness, where it is all background
TAIL = 0.0005  # of the pixels may be darker, or brighter, than what counts as darkest, brightest
PAPER_SIDE = 64  # pixels: at some such size the paper is estimated
DARKER = 0.01  # weight of what is darker than the paper seems, in looking for its brightness
LOOKS = 4  # until that hardly changes
FEW = 25  # pixels of a large picture are enough to count as darkest, brightest
ENOUGH, SPARSE = 100, 2  # rows and columns are enough to count shades
EVERY = 2  # of its rows and columns is looked at for the light
EVENED = 192  # of 255: what even paper is made, so that there is room for brighter places
STROKE = 0.33  # of the long side: what is wider is paper, or a shadow
COLOURFUL = 1.5  # times the spread of the grey, and a colour shows the ink better
DIMMEST = 32  # of 255: how bright paper is at least taken for
FAINTEST = 12  # of 255: less contrast than that is no ink
NOISE = 4.0  # standard deviations of the paper's grain that are not ink
MIDDLE = 0.6745  # standard deviations: half of what is normally distributed is nearer to its mean


@dataclass(frozen=True)
class Ink:
    """Ink on nothing.

    Attributes:
        image: uint8 (h, w), 0 = background .. 255 = full ink; greys where the pen's edge is.
        contrast: of the ink with the paper, 0 to 255; 0 where there is none.
        light_on_dark: whether the picture was chalk on a board, so to speak.
    """

    image: np.ndarray
    contrast: float
    light_on_dark: bool


def ink_of(picture: np.ndarray) -> Ink:
    """The ink of a picture of one digit, dark on light or light on dark.

    The paper is what a closing leaves (the brightest in the neighbourhood), and ink the part of
    its light that is missing, so that a shadow changes neither. What is as faint as the paper's
    grain is none; what most of the ink is as dark as is full ink.

    Args:
        picture: uint8 (h, w, 3), red, green, blue.
    """
    plane = _most_telling(picture)
    light_on_dark = _is_light_on_dark(plane)
    if light_on_dark:
        plane = cv2.bitwise_not(plane)
    darkest, brightest = _tails(plane)
    if brightest - darkest < FAINTEST:
        return Ink(np.zeros_like(plane), 0.0, light_on_dark)
    missing = _missing_light(plane)
    low, high = _levels(missing, _grain(missing))
    if high - low < FAINTEST:  # or noise is all there is
        return Ink(np.zeros_like(plane), 0.0, light_on_dark)
    scale = np.clip((np.arange(256) - low) * (255 / (high - low)), 0, 255).round()
    return Ink(cv2.LUT(missing, scale.astype(np.uint8)), high - low, light_on_dark)


def _most_telling(picture: np.ndarray) -> np.ndarray:
    """The grey of the picture, or the colour channel in which far more is to be seen."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    spreads = [cv2.meanStdDev(_sample(plane))[1].item() for plane in (grey, *cv2.split(picture))]
    best = int(np.argmax(spreads))
    return cv2.extractChannel(picture, best - 1) if spreads[best] > COLOURFUL * spreads[0] else grey


def _is_light_on_dark(plane: np.ndarray) -> bool:
    """Whether the brightest is clearly farther from the paper than the darkest is.

    The paper is the border's median. Where the border has several shades, or one that is rare in
    the rest, strokes or a frame run along it, or there is a shadow.
    Then what counts is what stands out from its surroundings; where that is not clear either, or
    the picture too small for shadows, a digit hangs together more than the paper that a tight crop
    leaves; else the paper is what there is most of.
    """
    height, width = plane.shape
    y, x = (max(1, round(BORDER * side)) for side in (height, width))
    parts = (plane[:y], plane[-y:], plane[:, :x], plane[:, -x:])
    border = np.concatenate([part.ravel() for part in parts])
    darkest, brightest = _tails(plane)
    paper = float(np.median(border))
    even = np.mean(np.abs(border - paper) < (brightest - darkest) / 4) >= EVEN
    counts = _histogram(_sample(plane))
    alike = counts[np.abs(np.arange(256) - paper) < (brightest - darkest) / 2].sum()
    even &= alike >= RARE * counts.sum()  # or it is a frame
    if not even:
        small = _reduced(plane).astype(np.float32)
        sharp = small - cv2.GaussianBlur(small, (0, 0), AROUND)
        dark, light = np.abs(np.quantile(sharp, (STANDING, 1 - STANDING)))
        if small.size < plane.size and max(dark, light) > CLEARLY * min(dark, light):
            return bool(light > dark)
        dark, light = (_like_strokes(one) for one in (cv2.bitwise_not(plane), plane))
        if max(dark, light) > CLEARLY * min(dark, light):
            return light > dark
        paper = float(np.median(plane))
    return brightest - paper > CLEARLY * (paper - darkest)


def _like_strokes(plane: np.ndarray) -> float:
    """How far what is bright may be a digit, 0 to 1: it hangs together, and is not much."""
    darkest, brightest = _tails(plane)
    marks = cv2.threshold(plane, (darkest + brightest) // 2, 1, cv2.THRESH_BINARY)[1]
    sizes = cv2.connectedComponentsWithStats(marks)[2][1:, cv2.CC_STAT_AREA]
    if not len(sizes):
        return 0.0
    return float(sizes.max() / sizes.sum() * (1 - sizes.sum() / plane.size) ** 0.5)


def _tails(plane: np.ndarray) -> tuple[int, int]:
    counts = np.cumsum(_histogram(_sample(plane)))
    few = min(TAIL * counts[-1], FEW)
    darkest, brightest = np.searchsorted(counts, (few, counts[-1] - few))
    return int(darkest), int(brightest)


def _sample(plane: np.ndarray) -> np.ndarray:
    """Enough of the pixels to know how bright they are: every second, third, ... row and column."""
    step = min(max(1, min(plane.shape) // ENOUGH), SPARSE)
    return np.ascontiguousarray(plane[::step, ::step])


def _histogram(plane: np.ndarray) -> np.ndarray:
    return cv2.calcHist([plane], [0], None, [256], [0, 256]).ravel().astype(np.int64)


def _missing_light(plane: np.ndarray) -> np.ndarray:
    """The part of the paper's light that each pixel lacks, uint8: 255 is all of it."""
    small = _reduced(plane).astype(np.float32)
    paper = _light(small)
    if small.size < plane.size:  # a smaller picture has no shadows with an edge
        reach = 2 * round(STROKE * max(small.shape) / 2) + 1
        box = np.ones((reach, reach), np.uint8)
        evened = np.minimum(small * (EVENED / paper), 255).astype(np.uint8)
        even = cv2.morphologyEx(evened, cv2.MORPH_CLOSE, box)
        # A slope is taken for a shadow's edge by the one, an edge for a slope by the other.
        shadowed = cv2.morphologyEx(small.astype(np.uint8), cv2.MORPH_CLOSE, box)
        paper = np.minimum(paper * even * np.float32(1 / EVENED), shadowed)
    rounded = np.clip(paper + 0.5, DIMMEST, 255).astype(np.uint8)
    whole = cv2.resize(rounded, plane.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return cv2.divide(cv2.subtract(whole, plane), whole, scale=255)


def _reduced(plane: np.ndarray) -> np.ndarray:
    """The plane, about PAPER_SIDE long: averaged over squares of whole pixels, which is fast."""
    part = max(1, round(max(plane.shape) / PAPER_SIDE))
    height, width = (max(1, side // part) for side in plane.shape)
    whole = plane[: height * part, : width * part]
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA)


def _light(plane: np.ndarray) -> np.ndarray:
    """How bright the paper is where it is bare: a quadratic surface, float32 (h, w).

    The pixels that are darker than it have little weight: asymmetric least squares, Newey and
    Powell 1987.
    """
    terms = _terms(*plane.shape)
    few = np.ascontiguousarray(terms[:, ::EVERY, ::EVERY]).reshape(len(terms), -1)
    values = plane[::EVERY, ::EVERY].ravel()
    weights = np.ones_like(values)
    steady = 1e-5 * np.diag([0, 1, 1, 1, 1, 1]).astype(np.float32)  # where there are too few pixels
    for _ in range(LOOKS):
        weighted = few * weights
        products = weighted @ few.T + steady * weights.sum()
        found = np.linalg.solve(products, weighted @ values)
        weights = np.where(values > found @ few, np.float32(1), np.float32(DARKER))
    return np.maximum(np.tensordot(found, terms, 1), 1)


@lru_cache(maxsize=64)
def _terms(height: int, width: int) -> np.ndarray:
    """1, x, y, x², xy, y² of each pixel, from -1 to 1: float32 (6, h, w)."""
    y, x = (np.linspace(-1, 1, side, dtype=np.float32) for side in (height, width))
    y, x = np.broadcast_arrays(y[:, None], x)
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y])


def _grain(plane: np.ndarray) -> float:
    """The standard deviation of noise: from the median difference of neighbours."""
    if plane.shape[1] < 2:
        return 0.0
    rows = np.ascontiguousarray(plane[:: max(1, len(plane) // ENOUGH)])
    counts = _histogram(cv2.absdiff(rows[:, 1:], rows[:, :-1]))
    return _quantile(counts, 0.5) / (MIDDLE * 2**0.5)


def _levels(missing: np.ndarray, grain: float) -> tuple[int, int]:
    """What is just no ink any more, and what is full ink."""
    sample = _sample(missing)
    counts = _histogram(sample)
    threshold = int(cv2.threshold(sample, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[0])
    paper, upper = (_quantile(counts[: threshold + 1], part) for part in (0.5, 0.75))
    uneven = min(threshold, paper + round(NOISE * (upper - paper) / MIDDLE))
    low = max(uneven, paper + round(NOISE * grain))
    high = threshold + 1 + _quantile(counts[threshold + 1 :], 0.75)
    return low, high


def _quantile(counts: np.ndarray, part: float) -> int:
    """The value below which a part of the counted pixels lies; 0 if there are none."""
    total = np.cumsum(counts)
    return int(np.searchsorted(total, part * total[-1])) if len(counts) and total[-1] else 0
