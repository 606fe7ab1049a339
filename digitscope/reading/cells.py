"""Cells: places that lines close off, and which of them share a whole side."""

from dataclasses import dataclass

import cv2
import numpy as np

SMALLEST = 5.0  # pixels: the shorter side of a cell
BOXY = 0.72  # of the rectangle around it, at least, a cell fills
LEAST = 0.3  # of the upright one
WIDEST = 0.5  # of the picture's long side is a cell at most
WALL = 0.6  # of a cell's size, between it and its neighbour, at most
SAME_SIDE = 0.22  # of a side: so far apart are the ends of one that two cells share
RAYS = (-0.25, 0.0, 0.25)  # of a side, from its middle: where a neighbour is looked for

Links = dict[int, dict[int, tuple[int, int]]]  # cell -> its side -> another cell, and that one's


@dataclass(frozen=True, eq=False)
class Cell:
    """A place with lines around it: corners, float (4, 2), clockwise; label in its picture."""

    corners: np.ndarray
    label: int


def cell_of(labels: np.ndarray, stats: np.ndarray, label: int, shrunk: int) -> Cell | None:
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
    after = corners - np.roll(corners, -1, 0)  # from the next corner to each
    lengths = np.linalg.norm(after, axis=1, keepdims=True)
    if lengths.min() < 1:
        return None
    outward = after / lengths - np.roll(after / lengths, 1, 0)
    return Cell(corners + (shrunk + 0.5) * outward + (x, y), label)


def _corners(hull: np.ndarray, box: np.ndarray) -> np.ndarray:
    """The points of a hull that are nearest to the corners of the rectangle around it."""
    outward = box - box.mean(0)
    corners = hull[(outward @ hull.T).argmax(1)]
    (x, y), (z, w) = corners[1] - corners[0], corners[3] - corners[0]
    return np.asarray(corners if x * w > y * z else corners[::-1])


def links_of(cells: dict[int, Cell], labels: np.ndarray) -> Links:
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


def mutual(links: Links) -> Links:
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
