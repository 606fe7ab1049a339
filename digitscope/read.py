"""read: a photo of many digits, on a page or a form -> rows of numbers, digits with boxes."""

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from digitscope.ink import ink_of
from digitscope.marks import Marks, marks_on
from digitscope.page import STROKE, page_of
from digitscope.picture import Picture, open_picture
from digitscope.predict import Prediction, Reader
from digitscope.segment import digits_of

Rows = list[list[list[Prediction]]]  # rows of numbers, each a list of digits
Table = list[list[list[Prediction] | None]]  # the same, with empty places

SAME_ROW = 0.6  # of a digit's height: centres farther apart are of two rows
SPACE = 0.7  # of that height: a gap that parts two numbers


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
        PictureError: it can't be read.
    """
    page = page_of(open_picture(photo))
    found = marks_on(ink_of(page.picture, STROKE).image)
    digits = digits_of(reader, found)
    rows = [_numbers(row, found.height) for row in _rows(digits, found.height)]
    rows = [row for row in rows if any(one.digit is not None for number in row for one in number)]
    cells = _ruled(rows, found) or _aligned(rows)
    places: Table = cells or [[*row] for row in rows]

    def number(digits: list[Prediction] | None) -> Number | None:
        return Number(tuple(_in_photo(one, page.to_photo) for one in digits)) if digits else None

    return Reading([[number(digits) for digits in row] for row in places], cells is not None)


def _rows(digits: list[Prediction], height: float) -> list[list[Prediction]]:
    """Digits whose centres are about as high, from left to right; the rows from top to bottom."""
    rows: list[list[Prediction]] = []
    for digit in sorted(digits, key=_middle):
        if rows and _middle(digit) - np.mean([*map(_middle, rows[-1])]) <= SAME_ROW * height:
            rows[-1].append(digit)
        else:
            rows.append([digit])
    return [sorted(row, key=_left) for row in rows]


def _left(digit: Prediction) -> int:
    assert digit.box
    return digit.box[0]


def _right(digit: Prediction) -> int:
    assert digit.box
    return digit.box[0] + digit.box[2]


def _middle(digit: Prediction) -> float:
    assert digit.box
    return digit.box[1] + digit.box[3] / 2


def _numbers(row: list[Prediction], height: float) -> list[list[Prediction]]:
    """A row's digits, parted at wide gaps."""
    numbers: list[list[Prediction]] = []
    for digit in row:
        if numbers and _left(digit) - _right(numbers[-1][-1]) <= SPACE * height:
            numbers[-1].append(digit)
        else:
            numbers.append([digit])
    return numbers


def _ruled(rows: Rows, found: Marks) -> Table | None:
    """Numbers in the cells that lines make; None where there are no such lines.

    What stands beside the cells gets a column of its own; what stands above or below, rows.
    """
    down, across = len(found.level) - 1, len(found.upright) - 1
    if down < 1 or across < 1 or down * across < 2:
        return None
    inside: Table = [[None] * (across + 2) for _ in range(down)]
    above: Table = []
    below: Table = []
    for row in rows:
        outside: Table = []
        for number in row:
            for part in [[digit] for digit in number] if _is_beside(number, found) else [number]:
                y = int(np.searchsorted(found.level, _middle(part[0]))) - 1
                x = int(np.searchsorted(found.upright, (_left(part[0]) + _right(part[-1])) / 2))
                if 0 <= y < down:
                    inside[y][x] = sorted((inside[y][x] or []) + part, key=_left)
                    continue
                if all(line[x] is not None for line in outside):
                    outside.append([None] * (across + 2))  # two above one column: two rows
                next(line for line in outside if line[x] is None)[x] = part
        (above if _middle(row[0][0]) < found.level[0] else below).extend(outside)
    table = above + inside + below
    used = [0 < x <= across or any(row[x] for row in table) for x in range(across + 2)]
    return [[cell for cell, is_used in zip(row, used, strict=True) if is_used] for row in table]


def _is_beside(number: list[Prediction], found: Marks) -> bool:
    """Whether a number stands neither above nor below the cells, so that a line may part it."""
    return bool(found.level[0] < _middle(number[0]) <= found.level[-1])


def _aligned(rows: Rows) -> Table | None:
    """Numbers in columns that no number reaches across; None where they are not in columns."""
    spans = sorted((_left(n[0]), _right(n[-1])) for row in rows for n in row)
    columns: list[list[int]] = []
    for left, right in spans:
        if columns and left <= columns[-1][1]:
            columns[-1][1] = max(columns[-1][1], right)
        else:
            columns.append([left, right])
    if len(rows) < 2 or len(columns) < 2:
        return None
    table: Table = []
    for row in rows:
        line: list[list[Prediction] | None] = [None] * len(columns)
        for number in row:
            place = int(np.searchsorted([left for left, _ in columns], _left(number[0]), "right"))
            if line[place - 1] is not None:
                return None
            line[place - 1] = number
        table.append(line)
    return table


def _in_photo(digit: Prediction, to_photo: np.ndarray) -> Prediction:
    """A digit with its box around where it stands in the photo."""
    assert digit.box
    x, y, width, height = digit.box
    corners = np.array([[(x, y), (x + width, y), (x + width, y + height), (x, y + height)]], float)
    left, top, wide, high = cv2.boundingRect(
        cv2.perspectiveTransform(corners, to_photo).round().astype(np.int32)
    )
    return replace(digit, box=(left, top, wide - 1, high - 1))
