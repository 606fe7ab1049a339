"""lattices_of: where lines run on a photo -> tables: rows and columns of cells, bent or not.

A cell is a place with lines all around it. Cells that share a whole side are neighbours, and
neighbours make a lattice; cells that lines leave open are filled in from the rows and columns.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from digitscope.reading.cells import Cell, Links, cell_of, links_of, mutual

LEVELS = (0.5, 0.2, 0.05)  # from which likelihood on there is a line
SHRUNK = (0, 2, 5)  # pixels: by so much cells are made smaller, so that gaps in lines close
FEWEST = 4  # cells
OUTSIDE = 0.25  # from which likelihood on a line goes on beyond the cells that are closed
GOES_ON = 0.85  # of a cell's length, and of the lines: so much of them makes another row there
NEAR = 1  # pixels: so far off may such a line be

Place = tuple[int, int]  # row, column


@dataclass(frozen=True, eq=False)
class Lattice:
    """A table.

    Attributes:
        nodes: float (rows + 1, columns + 1, 2): x, y of the corners of cells.
        seen: how many of its cells have lines all around.
    """

    nodes: np.ndarray
    seen: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.nodes.shape[0] - 1, self.nodes.shape[1] - 1

    @property
    def outline(self) -> np.ndarray:
        """The corners around it, float32 (n, 2), clockwise."""
        edges = [self.nodes[0], self.nodes[1:, -1], self.nodes[-1, -2::-1], self.nodes[-2:0:-1, 0]]
        return np.concatenate(edges).astype(np.float32)

    def cell(self, row: int, column: int) -> np.ndarray:
        """The corners of a cell, float32 (4, 2), clockwise from the top left."""
        (a, b), (d, c) = self.nodes[row : row + 2, column : column + 2]
        return np.array([a, b, c, d], np.float32)


def lattices_of(lines: np.ndarray, step: int = 1) -> list[Lattice]:
    """The tables of a picture, the one with the most cells first; none lies in another.

    Args:
        lines: float (h, w): how likely there is a line.
        step: pixels of a photo that one of these is; places are told in the photo's.
    """
    every: list[Lattice] = []
    for level in LEVELS:
        free = np.pad((lines < level).astype(np.uint8), 1)  # the picture's edge is one, too
        distance = cv2.distanceTransform(free, cv2.DIST_L2, 3)
        for shrunk in SHRUNK:
            every += _grown(distance, shrunk)
    kept: list[Lattice] = []
    for lattice in sorted(every, key=lambda one: -one.seen):
        middle = lattice.outline.mean(0).tolist()
        inside = [cv2.pointPolygonTest(one.outline, middle, False) >= 0 for one in kept]
        around = [
            cv2.pointPolygonTest(lattice.outline, one.outline.mean(0).tolist(), False) >= 0
            for one in kept
        ]
        if not any(inside) and not any(around):
            kept.append(lattice)
    near = cv2.dilate((lines > OUTSIDE).astype(np.uint8), np.ones((2 * NEAR + 1,) * 2, np.uint8))
    whole = [_extended(lattice, near) for lattice in kept]
    return [Lattice(lattice.nodes * step, lattice.seen) for lattice in whole]


def _extended(lattice: Lattice, near: np.ndarray) -> Lattice:
    """With the rows and columns at its sides whose outer line is not seen, though the others are.

    Args:
        lattice: a table.
        near: uint8 (h, w): 1 where there is a line.
    """
    nodes = lattice.nodes
    for _ in range(4):
        while (row := _row_above(nodes, near)) is not None:
            nodes = np.concatenate([row[None], nodes])
        nodes = np.rot90(nodes)
    return Lattice(np.ascontiguousarray(nodes), lattice.seen)


def _row_above(nodes: np.ndarray, near: np.ndarray) -> np.ndarray | None:
    """Where the row above the first would have its corners; None where no lines lead there."""
    if len(nodes) < 3:
        return None
    step = nodes[1] - nodes[0]
    row = nodes[0] - step
    parts = np.linspace(0.1, 0.9, 17)[:, None, None]
    x, y = (nodes[0] - parts * step).round().astype(int).transpose(2, 0, 1)
    height, width = near.shape
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    there = inside & (near[y.clip(0, height - 1), x.clip(0, width - 1)] > 0)
    return row if (there.mean(0) >= GOES_ON).mean() >= GOES_ON else None


def _grown(distance: np.ndarray, shrunk: int) -> Iterator[Lattice]:
    """The lattices among the places that are farther than `shrunk` from all lines."""
    free = (distance > max(shrunk, 0.5)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(free, connectivity=4)
    cells = {
        label: cell
        for label in range(1, count)
        if (cell := cell_of(labels, stats[label], label, shrunk)) is not None
    }
    links = mutual(links_of(cells, labels))
    left = set(cells)
    while left:
        places = _placed(left, cells, links)
        left -= set(places)
        if len(places) >= FEWEST:
            lattice = _lattice({label: (cells[label], *rest) for label, rest in places.items()})
            if lattice is not None:
                yield Lattice(lattice.nodes - 1, lattice.seen)  # around the picture is a pixel


def _placed(left: set[int], cells: dict[int, Cell], links: Links) -> dict[int, tuple[Place, int]]:
    """Cells that hang together: their row and column, and which side is theirs above."""
    first = max(left, key=lambda label: (len(links.get(label, {})), -label))
    placed: dict[int, tuple[Place, int]] = {first: ((0, 0), 0)}
    taken = {(0, 0)}
    waiting = deque([first])
    while waiting:
        label = waiting.popleft()
        (row, column), above = placed[label]
        for side, (other, back) in links.get(label, {}).items():
            # Sides go clockwise from the one above: above, right, below, left.
            down, across = ((-1, 0), (0, 1), (1, 0), (0, -1))[(side - above) % 4]
            place = (row + down, column + across)
            if other in left and other not in placed and place not in taken:
                facing = (side - above + 2) % 4  # which of its sides it turns to us
                placed[other] = (place, (back - facing) % 4)
                taken.add(place)
                waiting.append(other)
    return placed


def _lattice(placed: dict[int, tuple[Cell, Place, int]]) -> Lattice | None:
    """The corners of all cells of some that are placed; None where rows cross or bend wildly."""
    places = np.array([place for _, place, _ in placed.values()])
    low, high = places.min(0), places.max(0)
    rows, columns = (high - low + 1).tolist()
    total, count = np.zeros((rows + 1, columns + 1, 2)), np.zeros((rows + 1, columns + 1))
    for cell, (row, column), above in placed.values():
        corners = np.roll(cell.corners, -above, 0)
        for (down, across), corner in zip(((0, 0), (0, 1), (1, 1), (1, 0)), corners, strict=True):
            node = row - low[0] + down, column - low[1] + across
            total[node] += corner
            count[node] += 1
    if rows * columns < 2:
        return None
    known = count > 0
    nodes = np.where(known[..., None], total / np.maximum(count, 1)[..., None], np.nan)
    return Lattice(_filled(nodes), len(placed))


def _filled(nodes: np.ndarray) -> np.ndarray:
    """Nodes that no cell has told, from the rows and columns they are in."""
    known = np.isfinite(nodes[..., 0])
    if known.all():
        return nodes
    grid = np.stack([*np.mgrid[: nodes.shape[0], : nodes.shape[1]][::-1]], -1).astype(np.float64)
    filled = nodes.copy()
    change, _ = cv2.findHomography(grid[known], nodes[known], cv2.RANSAC, 6.0)
    if change is None:
        change, _ = cv2.findHomography(grid[known], nodes[known])
    guess = cv2.perspectiveTransform(grid.reshape(1, -1, 2), change).reshape(grid.shape)
    # Near what is known the guess is off as that is.
    error = nodes - guess
    for row, column in np.argwhere(~known):
        away = np.abs(np.argwhere(known) - (row, column)).sum(1)
        weights = 1.0 / away**2
        own = error[known]
        filled[row, column] = guess[row, column] + (weights[:, None] * own).sum(0) / weights.sum()
    return filled
