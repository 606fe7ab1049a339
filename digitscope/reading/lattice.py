"""lattices_of: where lines run on a photo -> tables: rows and columns of cells, bent or not.

A cell is a place with lines all around it. Cells that share a whole side are neighbours, and
neighbours make a lattice; cells that lines leave open are filled in from the rows and columns.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

LEVELS = (0.5, 0.2, 0.05)  # from which likelihood on there is a line
SHRUNK = (0, 2, 5)  # pixels: by so much cells are made smaller, so that gaps in lines close
SMALLEST = 5.0  # pixels: the shorter side of a cell
BOXY = 0.72  # of the rectangle around it, at least, a cell fills
LEAST = 0.3  # of the upright one
WIDEST = 0.5  # of the picture's long side is a cell at most
WALL = 0.6  # of a cell's size, between it and its neighbour, at most
SAME_SIDE = 0.22  # of a side: so far apart are the ends of one that two cells share
FEWEST = 4  # cells
RAYS = (-0.25, 0.0, 0.25)  # of a side, from its middle: where a neighbour is looked for
OUTSIDE = 0.25  # from which likelihood on a line goes on beyond the cells that are closed
GOES_ON = 0.85  # of a cell's length, and of the lines: so much of them makes another row there
NEAR = 1  # pixels: so far off may such a line be

Place = tuple[int, int]  # row, column
Links = dict[int, dict[int, tuple[int, int]]]  # cell -> its side -> another cell, and that one's


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


@dataclass(frozen=True, eq=False)
class _Cell:
    """A place with lines around it: corners, float (4, 2), clockwise; label in its picture."""

    corners: np.ndarray
    label: int


def lattices_of(lines: np.ndarray) -> list[Lattice]:
    """The tables of a picture, the one with the most cells first; none lies in another.

    Args:
        lines: float (h, w): how likely there is a line; places are told in these pixels.
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
    return [_extended(lattice, near) for lattice in kept]


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
        if (cell := _cell(labels, stats[label], label, shrunk)) is not None
    }
    links = _mutual(_links(cells, labels))
    left = set(cells)
    while left:
        places = _placed(left, cells, links)
        left -= set(places)
        if len(places) >= FEWEST:
            lattice = _lattice({label: (cells[label], *rest) for label, rest in places.items()})
            if lattice is not None:
                yield Lattice(lattice.nodes - 1, lattice.seen)  # around the picture is a pixel


def _cell(labels: np.ndarray, stats: np.ndarray, label: int, shrunk: int) -> _Cell | None:
    """A component as a cell, if it has the shape of one."""
    x, y, wide, high, area = (int(value) for value in stats)
    height, width = labels.shape
    if min(wide, high) + 2 * shrunk < SMALLEST or max(wide, high) > WIDEST * max(labels.shape):
        return None
    if x == 0 or y == 0 or x + wide == width or y + high == height or area < LEAST * wide * high:
        return None
    own = (labels[y : y + high, x : x + wide] == label).astype(np.uint8)
    outlines, _ = cv2.findContours(own, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    hull = cv2.convexHull(outlines[0])
    around = cv2.minAreaRect(hull)
    sides = np.array(around[1]) + 1
    if area < BOXY * sides.prod() or sides.min() + 2 * shrunk < SMALLEST:
        return None
    corners = _corners(hull[:, 0].astype(float), cv2.boxPoints(around))
    if np.linalg.norm(corners - np.roll(corners, 1, 0), axis=1).min() < 1:
        return None
    middle = corners.mean(0)
    grown = 1 + (2 * shrunk + 1) / np.sqrt(max(area, 1.0))
    return _Cell(middle + grown * (corners - middle) + (x, y), label)


def _corners(hull: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The points of a hull that are nearest to the corners of the rectangle around it."""
    outward = box - box.mean(0)
    corners = hull[(outward @ hull.T).argmax(1)]
    (x, y), (z, w) = corners[1] - corners[0], corners[3] - corners[0]
    return np.asarray(corners if x * w > y * z else corners[::-1])


def _links(cells: dict[int, _Cell], labels: np.ndarray) -> Links:
    """Side -> the neighbour beyond it, and its side; where they share a whole side."""
    found: Links = {label: {} for label in cells}
    if not cells:
        return found
    names = np.array([*cells])
    places = np.full(int(labels.max()) + 1, -1)
    places[names] = np.arange(len(names))
    corners = np.stack([cell.corners for cell in cells.values()])
    sides = np.stack([corners, np.roll(corners, -1, 1)], 2)  # (n, 4, 2, 2), clockwise
    seen = places[_beyond(corners, names, labels)]  # (n, 4, rays)
    other = seen.max(2)
    agree = ((seen == other[..., None]) | (seen < 0)).all(2) & ((seen >= 0).sum(2) >= 2)
    own, quarter = np.nonzero(agree)
    back, fits = _facing(sides[own, quarter], sides[other[own, quarter]])
    for one, side, there, its in zip(
        names[own][fits].tolist(),
        quarter[fits].tolist(),
        names[other[own, quarter]][fits].tolist(),
        back[fits].tolist(),
        strict=True,
    ):
        found[one][side] = (there, its)
    return found


def _facing(sides: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which side of another cell lies along one, and whether it does from end to end.

    Args:
        sides: float (n, 2, 2): where they start and end.
        others: float (n, 4, 2, 2): all sides of the other cell.
    """
    along = sides[:, 1] - sides[:, 0]
    length = np.linalg.norm(along, axis=-1)
    along = along / length[:, None]
    gaps = others[:, :, ::-1] - sides[:, None]
    apart = np.abs(np.einsum("nsej,nj->nse", gaps, along)).max(2)
    back = (apart + np.linalg.norm(gaps.mean(2), axis=-1)).argmin(1)
    return back, np.take_along_axis(apart, back[:, None], 1)[:, 0] <= SAME_SIDE * length


def _beyond(corners: np.ndarray, names: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Int (n, 4, rays): the label that comes first on a way out through each side; 0 for none."""
    along = np.roll(corners, -1, 1) - corners
    middle = corners.mean(1)[:, None]
    outward = (corners + along / 2) - middle
    starts = middle[:, :, None] + np.array(RAYS)[:, None] * along[:, :, None]
    longest = np.linalg.norm(outward, axis=-1).max()
    steps = np.linspace(0.7, 1 + 2 * WALL + 3 / longest, int(2 * longest) + 8)
    places = starts[..., None, :] + steps[:, None] * outward[:, :, None, None]
    x, y = places.round().astype(int).transpose(4, 0, 1, 2, 3)
    height, width = labels.shape
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    met = np.where(inside, labels[y.clip(0, height - 1), x.clip(0, width - 1)], 0)
    met = np.where(met == names[:, None, None, None], 0, met)
    first = (met > 0).argmax(-1)
    return np.asarray(np.take_along_axis(met, first[..., None], -1)[..., 0])


def _mutual(links: Links) -> Links:
    """Those links that both cells see; without those of cells that are likely two in one.

    A cell that has neighbours on no side of one direction, where its neighbours of the other
    direction have them, is wider or higher than theirs: no good guide.
    """
    both = {
        label: {
            side: (other, back)
            for side, (other, back) in sides.items()
            if links[other].get(back, (0, 0))[0] == label
        }
        for label, sides in links.items()
    }

    def lacks(label: int, side: int) -> bool:
        sides = both[label]
        return (side + 1) % 4 not in sides and (side + 3) % 4 not in sides

    odd = {
        label
        for label, sides in both.items()
        if any(
            lacks(label, side) and not lacks(other, back) for side, (other, back) in sides.items()
        )
    }
    return {
        label: {side: pair for side, pair in sides.items() if pair[0] not in odd}
        for label, sides in both.items()
        if label not in odd
    }


def _placed(left: set[int], cells: dict[int, _Cell], links: Links) -> dict[int, tuple[Place, int]]:
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


def _lattice(placed: dict[int, tuple[_Cell, Place, int]]) -> Lattice | None:
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
