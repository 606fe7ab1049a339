"""read: a photo of many digits, on a page or a form -> regions of rows of numbers.

A network finds what has a digit's size, and lines; another reads each such thing, upright; lines
make tables, and what stands beside each other makes rows.
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from digitscope.pictures.picture import Picture, open_picture, resized
from digitscope.pictures.preprocess import SIDE
from digitscope.reading.finder import LINE_STEP, Finder
from digitscope.reading.glyphs import bundled, cut
from digitscope.reading.lattice import lattices_of
from digitscope.reading.reader import Prediction, Reader, Status, shown
from digitscope.reading.regions import Block, blocks_of
from digitscope.reading.symbols import Symbol, prepared, symbols_of

LONGEST = 1600  # pixels: larger photos are made smaller first
SHORTEST = 700  # pixels: a smaller long side is doubled


@dataclass(frozen=True)
class Number:
    """Digits and signs that stand together.

    Attributes:
        digits: from left to right; their boxes are in the photo's pixels. Of a sign such as - or /
            the `digit` is None and the `text` is the sign.
    """

    digits: tuple[Prediction, ...]

    @property
    def text(self) -> str:
        """Such as -40.7, with 4? for a digit that is unsure and ? for one without a guess."""
        return "".join(one.text for one in self.digits)

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values."""
        return {"text": self.text, "digits": [one.as_json() for one in self.digits]}


@dataclass(frozen=True, eq=False)
class Region:
    """Rows of numbers that belong together.

    Attributes:
        rows: from top to bottom; in a table each row has as many places, None for an empty one.
        is_table: whether the numbers stand in a grid or in columns.
        cells: float32 (rows, columns, 4, 2): the corners of the cells in the photo's pixels, from
            the top left clockwise; None where there are no lines.
    """

    rows: list[list[Number | None]]
    is_table: bool
    cells: np.ndarray | None

    @property
    def digits(self) -> list[Prediction]:
        """All digits and signs, row by row."""
        return [digit for row in self.rows for number in row if number for digit in number.digits]


@dataclass(frozen=True, eq=False)
class Reading:
    """What a photo says.

    Attributes:
        regions: from top to bottom: each table, and what stands in none.
        turned: by how many degrees, clockwise, the page lies turned in the photo: -180 to 180.
    """

    regions: tuple[Region, ...]
    turned: float

    @property
    def rows(self) -> list[list[Number | None]]:
        """Those of all regions."""
        return [row for region in self.regions for row in region.rows]

    @property
    def digits(self) -> list[Prediction]:
        """All digits and signs, row by row."""
        return [digit for region in self.regions for digit in region.digits]

    @property
    def largest(self) -> Region:
        """The region with the most digits; without rows, if there is none."""
        return max(self.regions, key=lambda one: len(one.digits), default=Region([], False, None))

    @property
    def is_table(self) -> bool:
        """Whether the largest region is a table."""
        return self.largest.is_table

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values; of each region which of the rows are its own."""
        regions, first = [], 0
        for region in self.regions:
            last = first + len(region.rows)
            regions.append({"is_table": region.is_table, "rows": [first, last]})
            first = last
        return {
            "is_table": self.is_table,
            "turned": round(self.turned, 1),
            "rows": [[number and number.as_json() for number in row] for row in self.rows],
            "regions": regions,
        }


def read(reader: Reader, photo: Picture) -> Reading:
    """Read all numbers in a photo of a page or a form, whichever way it lies.

    Words, drawings and small notes in the cells of a table are left out.

    Args:
        reader: of `load`. The bundled one finds and reads; with a run's, digits are found in the
            same way, and that network says which they are.
        photo: as for `open_picture`. A digit should be 8 pixels high, or more.

    Raises:
        PictureError: it can't be read.
    """
    picture, part = resized(open_picture(photo), LONGEST, SHORTEST)
    glyphs = bundled()
    found = _finder().find(picture)
    tables = lattices_of(found.lines, LINE_STEP)
    symbols, angle = symbols_of(picture, found, tables, glyphs, reader)
    blocks = blocks_of(symbols, tables, angle)
    said = _said(reader, picture, blocks, part, glyphs.trust.sure)
    turned = (np.rad2deg(angle) + 180) % 360 - 180
    return Reading(tuple(_region(block, said, part) for block in blocks), float(turned))


@cache
def _finder() -> Finder:
    return Finder(Path(__file__).parent.parent / "models" / "finder.onnx")


def _region(block: Block, said: dict[Symbol, Prediction], part: float) -> Region:
    rows = [
        [Number(tuple(said[one] for one in number)) if number else None for number in row]
        for row in block.rows
    ]
    return Region(rows, block.is_table, None if block.cells is None else block.cells / part)


def _said(
    reader: Reader, picture: np.ndarray, blocks: list[Block], part: float, sure: float
) -> dict[Symbol, Prediction]:
    """What each symbol is, its box in the pixels of a photo that was scaled by `part`.

    From a certainty of `sure` on the bundled reader is sure; another one says so itself.
    """
    symbols = [one for block in blocks for row in block.rows for number in row for one in number]
    own = {one: _prediction(one, picture, part, sure) for one in symbols}
    if reader.is_bundled:
        return own
    digits = [one for one in symbols if one.is_digit]
    theirs = reader.read([prepared(picture, one.middle, one.height, one.angle) for one in digits])
    for one, digit in zip(digits, theirs, strict=True):
        own[one] = replace(digit, box=own[one].box)
    return own


def _prediction(one: Symbol, picture: np.ndarray, part: float, sure: float) -> Prediction:
    left, top, width, height = (round(value / part) for value in one.box)
    place = left, top, max(width, 1), max(height, 1)
    seen = cut(picture, one.middle, one.height, one.angle, SIDE)
    probabilities = one.probabilities[:10]
    if not one.is_digit:
        reason = f"it is the sign {one.text}" if one.text else "it resembles none of the digits"
        return Prediction(
            None, "not_a_digit", one.certainty, probabilities, reason, _ink(seen), place, one.text
        )
    status: Status = "digit"
    reason = ""
    if one.certainty < sure:
        second = int(np.argsort(probabilities)[-2])
        status = "unsure"
        reason = f"perhaps a {one.text} ({shown(one.certainty)}), perhaps a {second}"
    return Prediction(
        int(one.text), status, one.certainty, probabilities, reason, _ink(seen), place
    )


def _ink(seen: np.ndarray) -> np.ndarray:
    """A small picture, uint8 (28, 28, 3), as ink on a background of 0: uint8 (28, 28)."""
    grey = seen.astype(np.float32).mean(2)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ink = np.abs(grey - np.median(border))
    return np.asarray((255 * ink / max(float(ink.max()), 1)).astype(np.uint8))
