"""regions_of: symbols and tables on a photo -> rows of numbers, in reading order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from digitscope.reading.lattice import Lattice
from digitscope.reading.symbols import Symbol

SMALL, LOW = 0.65, 0.42  # times as high as large ones in the table, and as the cell: a note
LARGE = 0.9  # of the digits in a table are lower than a large one
SAME_LINE = 0.5  # of a height: so far is a symbol above or below the one beside it
DRIFT = 0.03  # of the gap between two: so much more where they stand far apart
SPACE = 0.7  # of a height: a gap that parts two numbers
LETTERS = 0.35  # of a height: nearer ones are of one word
TWICE = 1.8  # times as high: of another line


@dataclass(frozen=True, eq=False)
class Block:
    """Numbers that belong together.

    Attributes:
        rows: from top to bottom; each a list of numbers, in a table one a cell, empty ones too.
        cells: float32 (rows, columns, 4, 2): their corners; None where no lines make a table.
    """

    rows: list[list[list[Symbol]]]
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
    rows = [
        numbers
        for line in _chains(left, angle)
        if (numbers := _numbers(_pieces(line, angle), angle))
    ]
    if rows:
        blocks.append(Block(rows, None))
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
    heights = [one.height for one in inside if one.is_digit]
    large = float(np.quantile(heights, LARGE)) if heights else 0.0
    found = [
        [_in_cell(cells[row, column], inside, large, angle) for column in range(columns)]
        for row in range(rows)
    ]
    return Block(found, cells)


def _in_cell(
    cell: np.ndarray, inside: Sequence[Symbol], large: float, angle: float
) -> list[Symbol]:
    """What stands in a cell, line by line, without words and notes; digits in it are `large`."""
    side = float(np.sqrt(cv2.contourArea(cell)))
    own = [
        one
        for one in inside
        if _is_in(cell, one) and not (one.height < SMALL * large and one.height < LOW * side)
    ]
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
    after = [_next(index, places, heights) for index in range(len(symbols))]
    flipped = places * (-1, 1)
    before = [_next(index, flipped, heights) for index in range(len(symbols))]
    links = {i: j for i, j in enumerate(after) if j is not None and before[j] == i}
    starts = sorted(set(range(len(symbols))) - set(links.values()), key=lambda i: places[i, 1])
    chains = []
    for index in starts:
        chain = [index]
        while chain[-1] in links:
            chain.append(links[chain[-1]])
        chains.append([symbols[i] for i in chain])
    return chains


def _next(index: int, places: np.ndarray, heights: np.ndarray) -> int | None:
    """The symbol that follows in the same line."""
    dx, dy = (places - places[index]).T
    height = np.minimum(heights, heights[index])
    fits = (dx > 0.1 * height) & (np.abs(dy) <= SAME_LINE * height + DRIFT * dx)
    fits &= (heights < TWICE * heights[index]) & (heights[index] < TWICE * heights)
    others = np.flatnonzero(fits)
    return int(others[np.argmin(dx[others] + np.abs(dy[others]))]) if len(others) else None


def _gap(one: Symbol, other: Symbol, angle: float) -> float:
    """Between two that follow each other, in parts of their height."""
    (start, _), (end, _) = _places([one, other], angle)
    return float(end - start - (one.size[0] + other.size[0]) / 2) / max(one.height, other.height)


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
    """Whether at least as much of it is likely something else as is likely a digit."""
    digits = sum(one.certainty for one in piece if one.is_digit)
    letters = sum(1.0 if not one.text else 1 - one.certainty for one in piece)
    return letters >= digits and not all(one.text for one in piece)


def _numbers(pieces: Sequence[list[Symbol]], angle: float) -> list[list[Symbol]]:
    """Pieces that stand close together are one number; only those with a digit are kept."""
    numbers: list[list[Symbol]] = []
    for piece in pieces:
        if numbers and _gap(numbers[-1][-1], piece[0], angle) < SPACE:
            numbers[-1] += piece
        else:
            numbers.append(list(piece))
    return [number for number in numbers if any(one.is_digit for one in number)]
