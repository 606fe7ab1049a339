"""Finder: a photo -> where symbols stand, how large they are, and where lines run.

A network looks at the photo at several scales, each 0.7 times the one before; what is found at two
of them counts once. It doesn't say which symbol it is: `glyphs` reads that.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from digitscope.network.certainty import softmax
from digitscope.network.inference import open_session

# What the network answers for a place: heat, log2 of a line's height / USUAL, of a box's width and
# height / USUAL, how far off the symbol's centre is, its kind, and four pixels of lines.
HEAT, HEIGHT, BOX, OFFSET, KIND, LINES = 0, 1, slice(2, 4), slice(4, 6), slice(6, 9), slice(9, 13)
PARTS = 13
STEP, MULTIPLE = 4, 16  # pixels: of a place in the answer; a picture's sides are multiples
LINE_STEP = 2  # pixels of the photo are one of the picture of lines
USUAL = 16.0  # pixels: sizes are told as parts of it
SMALLEST, LARGEST = 8.0, 36.0  # pixels: heights of lines that are believed, at one scale
SMALLER = 0.7  # times as large is each picture as the one before
COARSEST = 32  # pixels: the long side of the smallest picture that is looked at
LIKELY, LIKELY_SIGN = 0.3, 0.2  # of heat, at least, is a symbol; one that is taken for a sign
MOST = 2000  # symbols on one photo, the likeliest
SAME = 0.7  # of a height, and half of a box, at most: nearer middles are of one symbol


@dataclass(frozen=True)
class Found:
    """What stands in a photo; all arrays have a row for each symbol.

    Attributes:
        centres: float (n, 2): x, y in pixels.
        heights: float (n,): of a digit in the same line, in pixels.
        sizes: float (n, 2): width and height of its box, in pixels.
        heat: float (n,): how likely it is one.
        kinds: float (n, 3): how likely it is a digit, a sign, something else.
        lines: float (h / 2, w / 2): how likely there is a line of a table or a box.
    """

    centres: np.ndarray
    heights: np.ndarray
    sizes: np.ndarray
    heat: np.ndarray
    kinds: np.ndarray
    lines: np.ndarray


class Finder:
    """Finds symbols and lines.

    Args:
        model: the file of the network, of `scripts/finder.py`.

    Raises:
        ModelError: it is not there, or damaged.
    """

    def __init__(self, model: Path):
        self._session = open_session(model)

    def find(self, photo: np.ndarray) -> Found:
        """Look at a photo.

        Args:
            photo: uint8 (h, w, 3), red, green, blue.
        """
        finest = self._answer(photo)
        found = [_peaks(finest, 1)]
        scale = SMALLER
        while max(photo.shape[:2]) * scale >= COARSEST:
            width, height = (max(1, round(side * scale)) for side in photo.shape[1::-1])
            picture = cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA)
            found.append(_peaks(self._answer(np.asarray(picture)), scale))
            scale *= SMALLER
        every = [np.concatenate(parts) for parts in zip(*found, strict=True)]
        kept = _once(*every[:4])
        centres, heights, sizes, heat, kinds = (part[kept] for part in every)
        return Found(centres, heights, sizes, heat, kinds, _lines(finest, photo.shape[:2]))

    def _answer(self, picture: np.ndarray) -> np.ndarray:
        height, width = picture.shape[:2]
        below, beside = -height % MULTIPLE, -width % MULTIPLE
        padded = np.pad(picture, ((0, below), (0, beside), (0, 0)), "edge")
        image = (padded[None] / np.float32(255)).astype(np.float32)
        (answer,) = self._session.run(None, {"image": image})
        return np.asarray(answer[0])


def _peaks(answer: np.ndarray, scale: float) -> tuple[np.ndarray, ...]:
    """Centres, heights, sizes, heat and kinds of what one scale shows, in the photo's pixels."""
    heat = _sigmoid(answer[..., HEAT])
    highest = cv2.dilate(heat, np.ones((3, 3), np.uint8))
    heights = USUAL * 2 ** answer[..., HEIGHT].clip(-3, 4)
    is_sign = answer[..., KIND].argmax(-1) == 1
    is_peak = (heat >= np.where(is_sign, LIKELY_SIGN, LIKELY)) & (heat >= highest)
    least = SMALLEST if scale == 1 else SMALLEST / SMALLER**2  # lower ones are seen better before
    is_peak &= (heights > least) & (heights < LARGEST)
    y, x = np.nonzero(is_peak)
    own = answer[y, x]
    centres = STEP * (np.stack([x, y], 1) + 0.5 + own[:, OFFSET])
    sizes = USUAL * 2 ** own[:, BOX].clip(-5, 4)
    kinds = softmax(own[:, KIND])
    return centres / scale, heights[y, x] / scale, sizes / scale, heat[y, x], kinds


def _lines(answer: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    high, wide = answer.shape[:2]
    parts = _sigmoid(answer[..., LINES]).reshape(high, wide, 2, 2)
    whole = parts.transpose(0, 2, 1, 3).reshape(2 * high, 2 * wide)
    return whole[: -(-shape[0] // LINE_STEP), : -(-shape[1] // LINE_STEP)]


def _once(
    centres: np.ndarray, heights: np.ndarray, sizes: np.ndarray, heat: np.ndarray
) -> np.ndarray:
    """Which to keep, so that none is counted twice: the likelier ones, at most MOST."""
    order = np.argsort(-heat)
    centres, heights, halves = centres[order], heights[order], sizes[order] / 2
    is_left = np.ones(len(order), bool)
    kept: list[int] = []
    for index in range(len(order)):
        if is_left[index] and len(kept) < MOST:
            kept.append(index)
            reach = np.maximum(halves[index:], halves[index])
            most = SAME * np.maximum(heights[index:], heights[index])
            gaps = np.abs(centres[index:] - centres[index])
            is_left[index:] &= (gaps >= np.minimum(reach, most[:, None])).any(1)
    return np.asarray(order[kept])


def _sigmoid(values: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-values)), np.float32)
