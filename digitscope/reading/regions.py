"""regions_of: symbols and tables on a photo -> rows of numbers, in reading order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from digitscope.reading.lattice import Lattice
from digitscope.reading.symbols import Symbol

SMALL, LOW = 0.6, 0.4  # times the usual height, and of its cell: what is smaller is a note
SAME_LINE = 0.5  # of a height: so far is a symbol above or below the one beside it
DRIFT = 0.03  # of the gap between two: so much more where they stand far apart
SPACE = 0.7  # of a height: a gap that parts two numbers
LETTERS = 0.35  # of a height: nearer ones are of one word
TWICE = 1.8  # times as high: of another line
APART = 0.45  # of a height: nearer ones are one symbol


@dataclass(frozen=True, eq=False)
class Region:
    """Numbers that belong together.

    Attributes:
        rows: from top to bottom; each a list of numbers, in a table one a cell, empty ones too.
        cells: float32 (rows, columns, 4, 2): their corners; None where it is no table.
    """

    rows: list[list[list[Symbol]]]
    cells: np.ndarray | None


def regions_of(symbols: Sequence[Symbol], tables: Sequence[Lattice], angle: float) -> list[Region]:
    """What belongs together, from top to bottom.

    Args:
        symbols: of the photo.
        tables: in the photo's pixels.
        angle: by which the page is turned, in radians.
    """
    left = list(symbols)
    regions: list[Region] = []
    for table in tables:
        if min(table.shape) < 2:
            continue
        turned = _upright(table, angle)
        inside = [one for one in left if _is_in(turned.outline, one)]
        left = [one for one in left if not _is_in(turned.outline, one)]
        region = _table(turned, inside, angle)
        if any(number for row in region.rows for number in row):
            regions.append(region)
    regions += _blocks(_lines(left, angle))
    return sorted(regions, key=lambda one: _top(one, angle))


def _is_in(outline: np.ndarray, one: Symbol) -> bool:
    return cv2.pointPolygonTest(outline, one.middle.tolist(), False) >= 0


def _top(region: Region, angle: float) -> float:
    down = np.array([-np.sin(angle), np.cos(angle)])
    return min(float(one.middle @ down) for row in region.rows for number in row for one in number)


def _upright(table: Lattice, angle: float) -> Lattice:
    """A lattice whose rows run along an angle, and whose columns go down."""
    along, down = (
        np.array([np.cos(angle), np.sin(angle)]),
        np.array([-np.sin(angle), np.cos(angle)]),
    )
    best, nodes = -np.inf, table.nodes
    for quarters in range(4):
        for turned in (np.rot90(table.nodes, quarters), np.rot90(table.nodes, quarters)[:, ::-1]):
            across = (turned[:, -1] - turned[:, 0]).mean(0) @ along
            below = (turned[-1] - turned[0]).mean(0) @ down
            if min(across, below) > best:
                best, nodes = min(across, below), turned
    return Lattice(np.ascontiguousarray(nodes), table.seen)


def _table(table: Lattice, inside: Sequence[Symbol], angle: float) -> Region:
    """The numbers in the cells."""
    rows, columns = table.shape
    cells = np.stack(
        [[table.cell(row, column) for column in range(columns)] for row in range(rows)]
    )
    digits = [one.height for one in inside if one.text.isdigit()]
    usual = float(np.median(digits)) if digits else 0.0
    found: list[list[list[Symbol]]] = []
    for row in range(rows):
        found.append([])
        for column in range(columns):
            cell = cells[row, column]
            side = float(np.sqrt(cv2.contourArea(cell)))
            own = [
                one
                for one in inside
                if _is_in(cell, one)
                and not (one.height < SMALL * usual and one.height < LOW * side)
            ]
            pieces = [piece for line in _chains(own, angle) for piece in _pieces(line, angle)]
            found[-1].append([one for piece in pieces for one in piece])
    return Region(found, cells)


def _lines(symbols: Sequence[Symbol], angle: float) -> list[list[list[Symbol]]]:
    """Rows of numbers, without words; those without a digit are left out."""
    rows = []
    for line in _chains(symbols, angle):
        numbers = _numbers(_pieces(line, angle), angle)
        if numbers:
            rows.append(numbers)
    return rows


def _blocks(rows: list[list[list[Symbol]]]) -> list[Region]:
    return [Region(rows, None)] if rows else []


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
    """What stands close together, without words and what ends or begins it without a digit."""
    pieces: list[list[Symbol]] = [[line[0]]] if line else []
    for one, other in pairwise(line):
        if _gap(one, other, angle) < LETTERS:
            pieces[-1].append(other)
        else:
            pieces.append([other])
    return [piece for piece in pieces if not _is_word(piece)]


def _is_word(piece: Sequence[Symbol]) -> bool:
    digits = sum(one.text.isdigit() for one in piece)
    letters = sum(not one.text for one in piece)
    return letters >= max(1, digits)


def _numbers(pieces: Sequence[list[Symbol]], angle: float) -> list[list[Symbol]]:
    """Pieces that stand close together are one number; only those with a digit are kept."""
    numbers: list[list[Symbol]] = []
    for piece in pieces:
        if numbers and _gap(numbers[-1][-1], piece[0], angle) < SPACE:
            numbers[-1] += piece
        else:
            numbers.append(list(piece))
    return [number for number in numbers if any(one.text.isdigit() for one in number)]
