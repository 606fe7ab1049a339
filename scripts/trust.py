"""Fit how far what is found and read on photos is believed, into digitscope/models/glyphs.onnx.

    python -m scripts.trust

On the photos with other fonts and other people's digits than those of the training: a logistic
regression on what speaks for a symbol, and the certainty from which on few digits are wrong, of
those that come out: letters of words do not. Which come out hangs on the trust in the file; start
from that of `scripts.glyphs`.
"""

import cv2
import numpy as np
from sklearn.linear_model import LogisticRegression

from digitscope.reading.finder import LINE_STEP, Finder
from digitscope.reading.glyphs import SYMBOLS, Glyphs, Trust
from digitscope.reading.lattice import lattices_of
from digitscope.reading.reader import Reader, load
from digitscope.reading.regions import blocks_of
from digitscope.reading.symbols import Symbol, symbols_of
from scripts import finder, glyphs
from scripts.finder import Stock
from scripts.to_onnx import add_metadata

WRONG = 0.02  # of the digits that are sure, at most, on photos that are harder than most
NEAR, TWICE = 0.4, 2.0  # of a height, and times it: what is meant by one that was found
EDGE = 1.0  # heights: nearer to the photo's edge things are cut off, and are not listed


def believed(evidence: np.ndarray, is_right: np.ndarray, is_told: np.ndarray) -> Trust:
    """The trust that fits symbols best.

    Args:
        evidence: float (n, m), for `Trust`.
        is_right: bool (n,): whether each is what it was said to be.
        is_told: bool (n,): whether it comes out as a digit.
    """
    fitted = LogisticRegression(C=1e3).fit(evidence, is_right)
    weights, bias = fitted.coef_[0].tolist(), float(fitted.intercept_[0])
    certainty = Trust(tuple(weights), bias).certainty(evidence)[is_told]
    order = np.argsort(-certainty)
    wrong = np.cumsum(~is_right[is_told][order]) / np.arange(1, len(order) + 1)
    last = int(np.flatnonzero(wrong <= WRONG).max())
    return Trust(tuple(weights), bias, float(certainty[order[last]]))


def judged(stock: Stock) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Evidence of all symbols found on photos, whether it is right, whether told as a digit.

    Without photos that are taken to lie another way than they do.
    """
    networks = Finder(finder.MODEL), Glyphs(glyphs.MODEL), load()
    evidence, is_right, is_told = [], [], []
    for index, photo in enumerate(stock.photos):
        own = slice(stock.first[index], stock.first[index + 1])
        symbols, told = _symbols(photo, stock.corners[own], *networks)
        for symbol in symbols:
            x, y = symbol.middle
            if min(x, y, *(photo.shape[:2] - symbol.middle)) < EDGE * symbol.height:
                continue
            evidence.append(symbol.evidence)
            is_told.append(symbol in told)
            is_right.append(int(symbol.probabilities.argmax()) == _label(stock, own, symbol))
    return np.array(evidence), np.array(is_right), np.array(is_told)


def _symbols(
    photo: np.ndarray, corners: np.ndarray, seeing: Finder, reading: Glyphs, reader: Reader
) -> tuple[list[Symbol], set[Symbol]]:
    """Digits and signs on a photo, and the digits that are told.

    Its `corners`, float (n, 4, 2), say which way up it is.
    """
    found = seeing.find(photo)
    tables = lattices_of(found.lines, LINE_STEP)
    symbols, angle = symbols_of(photo, found, tables, reading, reader)
    x, y = (corners[:, 1] - corners[:, 0]).sum(0)  # along the lines
    if np.cos(angle - np.arctan2(y, x)) < np.cos(np.pi / 4):
        return [], set()
    rows = [row for block in blocks_of(symbols, tables, angle) for row in block.rows]
    told = {one for row in rows for number in row for one in number if one.is_digit}
    return [one for one in symbols if one.probabilities.argmax() < len(SYMBOLS)], told


def _label(stock: Stock, own: slice, symbol: Symbol) -> int:
    """What stands where a symbol was found; -1: nothing of its size."""
    middles, heights = stock.corners[own].mean(1), stock.height[own]
    if not len(heights):
        return -1
    away = np.linalg.norm(middles - symbol.middle, axis=1) / np.maximum(heights, symbol.height)
    nearest = int(away.argmin())
    unlike = max(heights[nearest], symbol.height) / min(heights[nearest], symbol.height)
    return int(stock.label[own][nearest]) if away[nearest] < NEAR and unlike < TWICE else -1


def main() -> None:
    """Fit, and write it into the model's file."""
    cv2.setNumThreads(1)
    evidence, is_right, is_told = judged(Stock("test"))
    trust = believed(evidence, is_right, is_told)
    sure = (trust.certainty(evidence) >= trust.sure) & is_told
    print(f"{trust}: of {is_told.sum():,} digits {sure.sum():,} are sure, "
          f"{(sure & ~is_right).sum()} of them wrong")  # fmt: skip
    add_metadata(glyphs.MODEL, trust.as_metadata())


if __name__ == "__main__":
    main()
