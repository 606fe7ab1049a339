"""second_look: at a picture of one digit, by the network that reads symbols on photos.

The reader's network sees ink that was cut out of its paper. On the wheel of a meter, in a display,
beside the border of a cell there is no such ink. The other network looks at the picture as it is,
at several sizes, for a digit in its middle, and at the ink that the first one saw.
"""

from dataclasses import dataclass

import numpy as np

from digitscope.network.certainty import LEAST, log_odds
from digitscope.pictures.picture import resized
from digitscope.pictures.preprocess import Preprocessed
from digitscope.reading.glyphs import EMPTY, OTHER, Glyphs, cut

LONGEST = 256  # pixels: larger pictures are made smaller first
HEIGHTS = np.linspace(0.45, 1, 8)  # of the picture's height: so high may a digit in its middle be
AGREEING = 3  # sizes, each next to the other, must show it
AROUND = 0.85, 1.0, 1.2  # times the height of the ink
WIDE = 0.6  # of its height is a digit's width


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
    picture, part = resized(seen.stages["picture"], LONGEST)
    middle = np.array(picture.shape[1::-1]) / 2
    places = [(middle, float(height)) for height in HEIGHTS * picture.shape[0]]
    if seen.box is not None:
        left, top, width, height = (part * value for value in seen.box)
        ink = np.array([left + width / 2, top + height / 2])
        # of several digits one is looked at only if the others stand at both its sides
        if seen.status == "digit" or (abs(ink - middle) < np.array([width, height]) / 2).all():
            places += [(ink, times * max(height, WIDE * width)) for times in AROUND]
    said = glyphs.probabilities([cut(picture, *place, 0.0) for place in places])
    logs, count = np.log(said.clip(LEAST)), len(HEIGHTS)
    groups = [logs[i : i + AGREEING] for i in range(count - AGREEING + 1)]
    highest = np.argmax([group.mean(0)[:10].max() for group in groups]) + AGREEING // 2
    if len(logs) > count:
        groups.append(logs[count:])
    windows = np.exp([group.mean(0) for group in groups])
    size = np.minimum(HEIGHTS[highest] * picture.shape[0] * np.array([WIDE, 1]), 2 * middle)
    left, top, width, height = np.concatenate([middle - size / 2, size]) / part
    none = windows[:, [OTHER, EMPTY]].max(1).min()
    evidence = np.stack(
        [
            log_odds(first) if seen.status == "digit" and first is not None else np.zeros(10),
            log_odds(windows[:, :10].max(0)),
            np.full(10, log_odds(none)),
            np.full(10, float(seen.status == "blank")),
            np.full(10, float(seen.status == "several_digits")),
        ],
        1,
    )
    return Look(evidence, (round(left), round(top), round(width), round(height)))
