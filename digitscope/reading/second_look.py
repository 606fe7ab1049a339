"""second_look: at a picture of one digit, by the network that reads symbols on photos.

The reader's network sees ink that was cut out of its paper. On the wheel of a meter, in a display,
beside the border of a cell there is no such ink. The other network looks at the picture as it is,
at several sizes, for a digit in its middle, and at the ink that the first one saw.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from digitscope.pictures.preprocess import Preprocessed
from digitscope.reading.glyphs import EMPTY, OTHER, Glyphs, cut

LONGEST = 256  # pixels: larger pictures are made smaller first
HEIGHTS = np.linspace(0.45, 1, 8)  # of the picture's height: so high may a digit in its middle be
AGREEING = 3  # sizes, each next to the other, must show it
AROUND = 0.85, 1.0, 1.2  # times the height of the ink
WIDE = 0.6  # of its height is a digit's width
LEAST = 1e-4  # probability


@dataclass(frozen=True)
class Look:
    """What was seen.

    Attributes:
        evidence: float (10, 5), for `Glyphs.look`: of each digit the log-odds of the first network
            (0 where it has seen no single digit), those of the second, those that it is no digit
            at all; then whether the picture was found blank, and whether with several digits.
        box: of the digit in the middle that is likeliest: left, top, width, height in pixels.
    """

    evidence: np.ndarray
    box: tuple[int, int, int, int]


def second_look(seen: Preprocessed, first: np.ndarray | None, glyphs: Glyphs) -> Look:
    """Look again.

    Args:
        seen: a picture, prepared.
        first: float (10,), what the reader's network says of it; None where it is blank.
        glyphs: the other network.
    """
    picture = seen.stages["picture"]
    part = min(1.0, LONGEST / max(picture.shape[:2]))
    if part < 1:
        size = [max(1, round(side * part)) for side in picture.shape[1::-1]]
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    middle = np.array(picture.shape[1::-1]) / 2
    places = [(middle, float(height)) for height in HEIGHTS * picture.shape[0]]
    if seen.box is not None:
        left, top, width, height = (part * value for value in seen.box)
        ink = np.array([left + width / 2, top + height / 2])
        places += [(ink, times * max(height, WIDE * width)) for times in AROUND]
    said = glyphs.probabilities([cut(picture, *place, 0.0) for place in places])
    logs = np.log(said.clip(LEAST))
    count = len(HEIGHTS)
    together = [logs[i : i + AGREEING].mean(0) for i in range(count - AGREEING + 1)]
    together += [logs[count:].mean(0)] if len(logs) > count else []
    windows = np.exp(together)
    best = int(windows[: count - AGREEING + 1, :10].max(1).argmax()) + AGREEING // 2
    box_height = HEIGHTS[best] * picture.shape[0]
    box_width = WIDE * box_height
    corner = middle - (box_width / 2, box_height / 2)
    box = tuple(round(float(value / part)) for value in (*corner, box_width, box_height))
    none = windows[:, [OTHER, EMPTY]].max(1).min()
    evidence = np.stack(
        [
            _odds(first) if seen.status == "digit" and first is not None else np.zeros(10),
            _odds(windows[:, :10].max(0)),
            np.full(10, _odds(none)),
            np.full(10, float(seen.status == "blank")),
            np.full(10, float(seen.status == "several_digits")),
        ],
        1,
    )
    return Look(evidence, (box[0], box[1], box[2], box[3]))


def _odds(chances: np.ndarray) -> np.ndarray:
    """Log-odds."""
    clipped = np.clip(chances, LEAST, 1 - LEAST)
    return np.asarray(np.log(clipped / (1 - clipped)))
