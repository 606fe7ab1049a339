"""rows_of, table_of: digits on a sheet -> rows of numbers, and the cells of a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from digitscope.reading.marks import Mark, Marks
from digitscope.reading.reader import Prediction, no_digit


@dataclass(frozen=True, eq=False)
class Part:
    """Something that stands on a sheet.

    Attributes:
        kind: `digit`, sure or not; `word`, or another thing as large that is no digit; `point`,
            which is anything too small for a digit.
        said: what it was read as; with its box.
    """

    kind: Literal["digit", "word", "point"]
    said: Prediction

    @property
    def box(self) -> tuple[int, int, int, int]:
        """Left, top, width, height in the sheet's pixels."""
        assert self.said.box
        return self.said.box


Rows = list[list[list[Part]]]  # rows of numbers, each a list of parts
Table = list[list[list[Part] | None]]  # the same, with empty places

SAME_ROW = 0.6  # of a digit's height: centres farther apart are of two rows
SPACE = 0.7  # of that height: a gap that parts two numbers, where the sheet shows no other
NARROW = 0.3  # of that height: a gap that never does
CLEAR = 0.15  # of that height: so far apart are the gaps in numbers and those between them
BELOW = 0.3  # of that height: how far a comma reaches below a number
POINT = "a point, a comma or a minus sign, perhaps"
WIDTH = 0.5  # of that height: as if at least so wide, a 1 stands no farther from its neighbours


def rows_of(
    parts: list[Part], height: float, small: Sequence[Mark] = (), widest: float = SPACE
) -> Rows:
    """Rows of numbers: from top to bottom, from left to right; a word stands alone.

    Args:
        parts: digits and words, in any order; the lines of writing are level.
        height: of a digit, in pixels.
        small: what is too small for a digit; in a number, or right before it, it is a `point`.
        widest: times the height, the gap that always parts two.
    """
    rows = _lined_up(parts, height)
    points = [Part("point", no_digit(mark.box, POINT)) for mark in small]
    rows = [sorted(row + _beside(row, points, height), key=_left) for row in rows]
    gaps = [_gap(*pair, height) / height for row in rows for pair in pairwise(row)]
    space = height * min(_space(gaps), widest)
    numbers = [_numbers(row, space, height) for row in rows]
    kept = [[_to_last(number) for number in row] for row in numbers]
    return [[number for number in row if number] for row in kept]


def _beside(row: list[Part], points: list[Part], height: float) -> list[Part]:
    """Those of the points that stand between the digits of a row, not above or below one."""
    top, bottom = min(map(_top, row)), max(map(_bottom, row)) + BELOW * height
    return [
        point
        for point in points
        if top <= _middle(point) <= bottom
        and not any(_left(point) < _right(one) and _left(one) < _right(point) for one in row)
    ]


def _to_last(number: list[Part]) -> list[Part]:
    """A number without the points that end it; empty where it is nothing else."""
    last = max((i for i, part in enumerate(number) if part.kind != "point"), default=-1)
    return number[: last + 1]


def table_of(rows: Rows, found: Marks) -> Table | None:
    """The numbers in the cells that lines make, or in columns; None where there is neither."""
    return _ruled(rows, found) or _aligned(rows)


def _lined_up(parts: list[Part], height: float) -> list[list[Part]]:
    """What has its centre about as high, from left to right; the rows from top to bottom."""
    rows: list[list[Part]] = []
    for part in sorted(parts, key=_middle):
        if rows and _middle(part) - np.mean([*map(_middle, rows[-1])]) <= SAME_ROW * height:
            rows[-1].append(part)
        else:
            rows.append([part])
    return [sorted(row, key=_left) for row in rows]


def _left(part: Part) -> int:
    return part.box[0]


def _right(part: Part) -> int:
    x, _, width, _ = part.box
    return x + width


def _top(part: Part) -> int:
    return part.box[1]


def _bottom(part: Part) -> int:
    _, y, _, height = part.box
    return y + height


def _middle(part: Part) -> float:
    return (_top(part) + _bottom(part)) / 2


def _gap(one: Part, other: Part, height: float) -> float:
    """From one to the next, each at least WIDTH wide."""
    missing = sum(max(0.0, WIDTH * height - part.box[2]) for part in (one, other))
    return _left(other) - _right(one) - missing / 2


def _space(gaps: list[float]) -> float:
    """The gap from which on two numbers are parted: where the sheet's gaps leave the most room."""
    ways = [
        (high - low, (low + high) / 2)
        for low, high in pairwise(sorted(gaps))
        if high > NARROW and low < SPACE
    ]
    room, middle = max(ways, default=(0.0, SPACE))
    return min(max(middle, NARROW), SPACE) if room >= CLEAR else SPACE


def _numbers(row: list[Part], space: float, height: float) -> list[list[Part]]:
    """A row's parts, parted at gaps wider than `space`, and around words."""
    numbers = [row[:1]]
    for one, other in pairwise(row):
        alone = "word" in (one.kind, other.kind)
        if not alone and _gap(one, other, height) <= space:
            numbers[-1].append(other)
        else:
            numbers.append([other])
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


def _is_beside(number: list[Part], found: Marks) -> bool:
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
        line: list[list[Part] | None] = [None] * len(columns)
        for number in row:
            place = int(np.searchsorted([left for left, _ in columns], _left(number[0]), "right"))
            if line[place - 1] is not None:
                return None
            line[place - 1] = number
        table.append(line)
    return table
