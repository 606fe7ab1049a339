"""read: a photo of many digits, on a page or a form -> rows of numbers, digits with boxes."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from digitscope.pictures.ink import ink_of
from digitscope.pictures.picture import Picture, open_picture
from digitscope.reading.layout import Part, Table, rows_of, table_of
from digitscope.reading.marks import marks_on
from digitscope.reading.reader import Prediction, Reader
from digitscope.reading.segment import digits_of
from digitscope.reading.sheet import sheet_of

CLOSE = 0.95  # of a close-up's long side is a digit high at most


@dataclass(frozen=True)
class Number:
    """Digits that stand together.

    Attributes:
        digits: from left to right; their boxes are in the photo's pixels.
    """

    digits: tuple[Prediction, ...]

    @property
    def text(self) -> str:
        """Such as 407, with 4? for a digit that is unsure and ? for one without a guess."""
        return "".join(one.text for one in self.digits)

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values."""
        return {"text": self.text, "digits": [one.as_json() for one in self.digits]}


@dataclass(frozen=True)
class Reading:
    """What a photo says.

    Attributes:
        rows: from top to bottom; in a table each row has as many places, None for an empty one.
        is_table: whether the numbers stand in a grid.
    """

    rows: list[list[Number | None]]
    is_table: bool

    @property
    def digits(self) -> list[Prediction]:
        """All digits, row by row."""
        return [digit for row in self.rows for number in row if number for digit in number.digits]

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values."""
        rows = [[number and number.as_json() for number in row] for row in self.rows]
        return {"is_table": self.is_table, "rows": rows}


def read(reader: Reader, photo: Picture) -> Reading:
    """Read all digits in a photo of a page or a form.

    A sheet on a table is cut out, perspective and rotation (up to 15 degrees) are undone, shadows
    and lines dropped. Marks that are no digits stay in a row that has some, as `?`.

    Args:
        reader: of `load`.
        photo: as for `open_picture`. A digit should be 15 pixels high, or more.

    Raises:
        PictureError: it can't be read, or there are thousands of marks in it, or hundreds of
            wide ones.
    """
    sheet = sheet_of(open_picture(photo))
    found = marks_on(ink_of(sheet.picture, "sheet").image)
    if not found.marks:  # a few digits that fill the picture
        found = marks_on(ink_of(sheet.picture, "digit").image, CLOSE)
    rows = rows_of(digits_of(reader, found), found.height, found.small)
    rows = [row for row in rows if any(_is_read(part) for number in row for part in number)]
    cells = table_of(rows, found)
    places: Table = cells or [[*row] for row in rows]

    def number(parts: list[Part] | None) -> Number | None:
        said = [_in_photo(part.said, sheet.to_photo) for part in parts or ()]
        return Number(tuple(said)) if said else None

    return Reading([[number(parts) for parts in row] for row in places], cells is not None)


def _is_read(part: Part) -> bool:
    """Whether a digit is at least guessed."""
    return part.said.digit is not None


def _in_photo(digit: Prediction, to_photo: np.ndarray) -> Prediction:
    """A digit with its box around where it stands in the photo."""
    assert digit.box
    x, y, width, height = digit.box
    corners = np.array([[(x, y), (x + width, y), (x + width, y + height), (x, y + height)]], float)
    left, top, wide, high = cv2.boundingRect(
        cv2.perspectiveTransform(corners, to_photo).round().astype(np.int32)
    )
    return replace(digit, box=(left, top, wide - 1, high - 1))
