"""regions_of: symbols and tables on a photo -> rows of numbers, in reading order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from digitscope.reading.lattice import Lattice
from digitscope.reading.symbols import Symbol

SMALL, LOW = 0.65, 0.42  # times as high as large ones in the table, and as the cell: a note
LARGE = 0.8  # of the cells in a table have no digit that is larger than a large one
SAME_LINE = 0.5  # of a height: so far is a symbol above or below the one beside it
DRIFT = 0.03  # of the gap between two: so much more where they stand far apart
SPACE = 0.7  # of a height: a gap that parts two numbers, where the page shows no other
NARROW = 0.3  # of a height: a gap that never does
CLEAR = 0.15  # of a height: so far apart are the gaps in numbers and those between them
FEWEST = 8  # gaps that show how wide spaces are
WIDTH = 0.5  # of a height: as if at least so wide, a 1 stands no farther from its neighbours
LETTERS = 0.35  # of a height: nearer ones are of one word
SIGNS = ("-", ".", ",", ":")
POINT = 0.4  # times as high as what stands beside it is a point, a comma or a minus sign
TWICE = 1.8  # times as high: of another line


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
        if min(table.shape) < 2:
            continue
        turned = _upright(table, angle)
        inside = [one for one in left if _is_in(turned.outline, one)]
        left = [one for one in left if not _is_in(turned.outline, one)]
        block = _table(turned, inside, angle)
        if any(number for row in block.rows for number in row):
            blocks.append(block)
    pieces = [_pieces(line, angle) for line in _chains(left, angle)]
    space = _space(pieces, angle)
    rows = [numbers for line in pieces if (numbers := _numbers(line, space, angle))]
    if rows:
        columns = _columns(rows, angle)
        blocks.append(Block(columns or rows, columns is not None, None))
    return sorted(blocks, key=lambda one: _top(one, angle))


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
        if (heights := [one.height for one in cell if one.is_digit])
    ]
    large = float(np.quantile(highest, LARGE)) if highest else 0.0
    found = [
        [
            _in_cell(own[row][column], min(SMALL * large, LOW * _side(cells[row, column])), angle)
            for column in range(columns)
        ]
        for row in range(rows)
    ]
    return Block(found, True, cells)


def _side(cell: np.ndarray) -> float:
    """Its shorter side."""
    return float(np.linalg.norm(cell - np.roll(cell, 1, 0), axis=1).min())


def _in_cell(inside: Sequence[Symbol], least: float, angle: float) -> list[Symbol]:
    """What stands in a cell, line by line, without words, and notes that are lower than `least`."""
    own = [one for one in inside if one.height >= least]
    pieces = [piece for line in _chains(own, angle) for piece in _pieces(line, angle)]
    symbols = [one for piece in pieces for one in piece]
    return symbols if any(one.text for one in symbols) else []


def _places(symbols: Sequence[Symbol], angle: float) -> np.ndarray:
    """Float (n, 2): x along the lines, y across them."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return np.asarray(np.array([one.middle for one in symbols]).reshape(-1, 2) @ turn)


def _chains(symbols: Sequence[Symbol], angle: float) -> list[list[Symbol]]:
    """Lines: each symbol with the next one to its right; from top to bottom."""
    if not symbols:
        return []
    places = _places(symbols, angle)
    heights = np.array([one.height for one in symbols])
    boxes = np.array([one.size[1] if one.text in SIGNS else one.height for one in symbols])
    after = [_next(index, places, heights, boxes) for index in range(len(symbols))]
    flipped = places * (-1, 1)
    before = [_next(index, flipped, heights, boxes) for index in range(len(symbols))]
    links = {i: j for i, j in enumerate(after) if j is not None and before[j] == i}
    starts = sorted(set(range(len(symbols))) - set(links.values()), key=lambda i: places[i, 1])
    chains = []
    for index in starts:
        chain = [index]
        while chain[-1] in links:
            chain.append(links[chain[-1]])
        chains.append([symbols[i] for i in chain])
    return chains


def _next(index: int, places: np.ndarray, heights: np.ndarray, boxes: np.ndarray) -> int | None:
    """The symbol that follows in the same line.

    A point's or a minus sign's box is low: its middle may lie lower than those of digits, and of
    what height they are, it hardly shows.
    """
    dx, dy = (places - places[index]).T
    most = np.maximum(heights, heights[index])
    is_point = np.minimum(boxes, boxes[index]) < POINT * most
    height = np.where(is_point, most, np.minimum(heights, heights[index]))
    off = np.where(is_point, (most - np.minimum(boxes, boxes[index])) / 2, 0)
    fits = (dx > 0.1 * height) & (np.abs(dy) <= SAME_LINE * height + DRIFT * dx + off)
    fits &= (most < TWICE * np.minimum(heights, heights[index])) | is_point
    others = np.flatnonzero(fits)
    return int(others[np.argmin(dx[others] + np.abs(dy[others]))]) if len(others) else None


def _gap(one: Symbol, other: Symbol, angle: float) -> float:
    """Between two that follow each other, in parts of their height."""
    (start, _), (end, _) = _places([one, other], angle)
    height = max(one.height, other.height)
    wide = [max(each.size[0], WIDTH * height * each.is_digit) for each in (one, other)]
    return float(end - start - sum(wide) / 2) / height


def _pieces(line: Sequence[Symbol], angle: float) -> list[list[Symbol]]:
    """What stands close together in a line, without words."""
    pieces: list[list[Symbol]] = [[line[0]]] if line else []
    for one, other in pairwise(line):
        if _gap(one, other, angle) < LETTERS:
            pieces[-1].append(other)
        else:
            pieces.append([other])
    return [piece for piece in pieces if not _is_word(piece)]


def _is_word(piece: Sequence[Symbol]) -> bool:
    """Whether more of it is likely something else than is likely a digit."""
    digits = sum(one.certainty for one in piece if one.is_digit)
    letters = sum(1.0 if not one.text else 1 - one.certainty for one in piece)
    return letters > digits and not all(one.text for one in piece)


def _space(lines: Sequence[Sequence[list[Symbol]]], angle: float) -> float:
    """The gap from which on two numbers are parted: where the page's gaps leave the most room."""
    symbols = [[one for piece in line for one in piece] for line in lines]
    gaps = sorted(_gap(*pair, angle) for line in symbols for pair in pairwise(line))
    ways = [
        (high - low, (low + high) / 2)
        for low, high in pairwise(gaps)
        if high > NARROW and low < SPACE
    ]
    room, middle = max(ways, default=(0.0, SPACE))
    is_clear = room >= CLEAR and len(gaps) >= FEWEST
    return min(max(middle, NARROW), SPACE) if is_clear else SPACE


def _numbers(pieces: Sequence[list[Symbol]], space: float, angle: float) -> list[list[Symbol]]:
    """Pieces that stand closer than `space` are one number; only those with a digit are kept."""
    numbers: list[list[Symbol]] = []
    for piece in pieces:
        if numbers and _gap(numbers[-1][-1], piece[0], angle) < space:
            numbers[-1] += piece
        else:
            numbers.append(list(piece))
    return [number for number in numbers if any(one.is_digit for one in number)]


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
    (start, _), (end, _) = _places([first, last], angle)
    return float(start - first.size[0] / 2), float(end + last.size[0] / 2)
