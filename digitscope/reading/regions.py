"""blocks_of: symbols and tables on a photo -> rows of numbers, in reading order."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from digitscope.reading.lattice import Lattice
from digitscope.reading.lines import is_drawn, numbers_of, places_of, rows_of
from digitscope.reading.symbols import Symbol

SMALL, LOW = 0.65, 0.36  # times as high as large ones in the table, and as the cell: a note
ASIDE, CORNER = 0.2, 0.12  # of a cell: so far off its middle, and the other way too ...
LOWER, SQUARE = 0.75, 1.5  # ... what is so low beside large ones is a note, in such cells
LARGE = 0.8  # of the cells in a table have no digit that is larger than a large one
SMALL_TABLE = 9  # cells: a table of so few has lines around each, or it is a form


@dataclass(frozen=True, eq=False)
class Block:
    """Numbers that belong together.

    Attributes:
        rows: from top to bottom; each a list of numbers, in a table one a cell, empty ones too.
        is_table: whether each row has as many places.
        cells: float32 (rows, columns, 4, 2): their corners; None where there are no lines.
    """

    rows: list[list[list[Symbol]]]
    is_table: bool
    cells: np.ndarray | None


def blocks_of(symbols: Sequence[Symbol], tables: Sequence[Lattice], angle: float) -> list[Block]:
    """What belongs together, from top to bottom: each table, and all that is in none.

    Args:
        symbols: of the photo.
        tables: in the photo's pixels.
        angle: by which the page is turned, in radians.
    """
    left = list(symbols)
    blocks: list[Block] = []
    for table in tables:
        if not _is_regular(table):
            continue
        turned = _upright(table, angle)
        inside = [one for one in left if _is_in(turned.outline, one)]
        left = [one for one in left if not _is_in(turned.outline, one)]
        block = _table(turned, inside, angle)
        if any(number for row in block.rows for number in row):
            blocks.append(block)
    if rows := rows_of(left, angle):
        columns = _columns(rows, angle)
        blocks.append(Block(columns or rows, columns is not None, None))
    return sorted(blocks, key=lambda one: _top(one, angle))


def _is_regular(table: Lattice) -> bool:
    """Whether it has rows and columns; the boxes of a form, of all widths, have none."""
    count = table.shape[0] * table.shape[1]
    return min(table.shape) > 1 and (count > SMALL_TABLE or table.seen >= count)


def _is_in(outline: np.ndarray, one: Symbol) -> bool:
    return cv2.pointPolygonTest(outline, one.middle.tolist(), False) >= 0


def _top(block: Block, angle: float) -> float:
    down = np.array([-np.sin(angle), np.cos(angle)])
    return min(float(one.middle @ down) for row in block.rows for number in row for one in number)


def _upright(table: Lattice, angle: float) -> Lattice:
    """A lattice whose rows run along an angle, and whose columns go down."""
    along = np.array([np.cos(angle), np.sin(angle)])
    down = np.array([-np.sin(angle), np.cos(angle)])
    best, nodes = -np.inf, table.nodes
    for quarters in range(4):
        for turned in (np.rot90(table.nodes, quarters), np.rot90(table.nodes, quarters)[:, ::-1]):
            across = (turned[:, -1] - turned[:, 0]).mean(0) @ along
            below = (turned[-1] - turned[0]).mean(0) @ down
            if min(across, below) > best:
                best, nodes = min(across, below), turned
    return Lattice(np.ascontiguousarray(nodes), table.seen)


def _table(table: Lattice, inside: Sequence[Symbol], angle: float) -> Block:
    """The numbers in the cells."""
    rows, columns = table.shape
    cells = np.stack(
        [[table.cell(row, column) for column in range(columns)] for row in range(rows)]
    )
    own = [[[one for one in inside if _is_in(cell, one)] for cell in row] for row in cells]
    highest = [
        max(heights)
        for row in own
        for cell in row
        if (heights := [one.size[1] for one in cell if one.is_digit])
    ]
    large = float(np.quantile(highest, LARGE)) if highest else 0.0
    found = [
        [
            _in_cell([one for one in inside if not _is_note(one, cell, large)], angle)
            for inside, cell in zip(row, corners, strict=True)
        ]
        for row, corners in zip(own, cells, strict=True)
    ]
    return Block(found, True, cells)


def _is_note(one: Symbol, cell: np.ndarray, large: float) -> bool:
    """Whether it is a small digit, as candidates in a puzzle are.

    Args:
        one: what stands in a cell.
        cell: its corners, float (4, 2).
        large: the height of large digits in the table, in pixels.
    """
    if not one.is_digit:
        return False
    sides = np.array([cell[1] - cell[0] + cell[2] - cell[3], cell[3] - cell[0] + cell[2] - cell[1]])
    lengths = np.linalg.norm(sides, axis=1) / 2
    off = sorted(np.abs(sides @ (one.middle - cell.mean(0))) / (2 * lengths**2))
    is_square = lengths.max() <= SQUARE * lengths.min()
    if is_square and off[1] > ASIDE and off[0] > CORNER and one.size[1] < LOWER * large:
        return True
    tall = one.size[1] if is_square else max(one.size[1], one.height)
    return tall < min(SMALL * large, LOW * float(lengths.min()))


def _in_cell(own: Sequence[Symbol], angle: float) -> list[Symbol]:
    """What stands in a cell, line by line, without words.

    Signs without a number are kept where there is nothing else: a dash for empty.
    """
    numbers = numbers_of(own, angle)
    if numbers:
        return [one for number in numbers for one in number]
    return [] if any(is_drawn(one) for one in own) else [one for one in own if one.is_sign]


def _columns(rows: list[list[list[Symbol]]], angle: float) -> list[list[list[Symbol]]] | None:
    """The same in columns that no number reaches across; None where there are no columns."""
    spans = sorted(_span(number, angle) for row in rows for number in row)
    columns: list[tuple[float, float]] = []
    for left, right in spans:
        if columns and left <= columns[-1][1]:
            columns[-1] = columns[-1][0], max(columns[-1][1], right)
        else:
            columns.append((left, right))
    if len(rows) < 2 or max(map(len, rows)) < 2 or len(columns) < 2:
        return None
    starts = [left for left, _ in columns]
    table: list[list[list[Symbol]]] = []
    for row in rows:
        table.append([[] for _ in columns])
        for number in row:
            place = int(np.searchsorted(starts, _span(number, angle)[0], "right")) - 1
            if table[-1][place]:
                return None
            table[-1][place] = number
    return table


def _span(number: Sequence[Symbol], angle: float) -> tuple[float, float]:
    """From where to where a number reaches along its line."""
    first, last = number[0], number[-1]
    (start, _), (end, _) = places_of([first, last], angle)
    return float(start - first.size[0] / 2), float(end + last.size[0] / 2)
