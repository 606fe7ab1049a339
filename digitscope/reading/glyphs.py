"""Glyphs: what a small picture of one place on a page shows: a digit, a sign, something else."""

import numpy as np

SYMBOLS = "0123456789-.,/:%"
OTHER = len(SYMBOLS)  # letters, ticks, drawings
EMPTY = OTHER + 1
SIDE = 32  # pixels of a glyph's picture
ROOM = 1.7  # times the height of a digit is what such a picture shows
FAINT = 6.0  # of 255: what varies less is not made to look like ink


def normalised(pictures: np.ndarray) -> np.ndarray:
    """Pictures, uint8 (n, 32, 32, 3), with mean 0 and contrast 1: float32, of the same shape."""
    values = pictures.astype(np.float32)
    values -= values.mean((1, 2), keepdims=True)
    spread = np.sqrt((values**2).mean((1, 2, 3), keepdims=True))
    return np.asarray(values / np.maximum(spread, FAINT))
