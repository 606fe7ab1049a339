"""without_lines: marks on ruled or squared paper without its lines."""

import cv2
import numpy as np

LENGTH = 0.97  # of a side: a ruled line goes from edge to edge
THICKNESS = 0.03  # of the other side, at most
RUN = 1 / 8  # of a side: a line keeps its row for so long, even if it is a little slanted
BULGE = 1.5  # times the usual thickness, and a stroke runs along the line


def without_lines(marks: np.ndarray) -> np.ndarray:
    """Marks without thin straight lines from edge to edge; strokes across them stay whole.

    Where what is left reaches from edge to edge too, the picture is cut tightly around a drawing,
    and the lines are parts of it.

    Args:
        marks: uint8 (h, w), 0 or 1.
    """
    lying = _edge_to_edge(marks)
    standing = _edge_to_edge(np.ascontiguousarray(marks.T))
    if lying is None and standing is None:
        return marks
    rest = marks
    if lying is not None:
        rest = removed(rest, lying)
    if standing is not None:
        rest = np.ascontiguousarray(removed(np.ascontiguousarray(rest.T), standing).T)
    _, _, width, height = cv2.boundingRect(rest)
    tight = height >= LENGTH * marks.shape[0] if lying is not None else False
    tight = tight or (standing is not None and width >= LENGTH * marks.shape[1])
    return marks if tight else rest


def _edge_to_edge(marks: np.ndarray) -> np.ndarray | None:
    """Thin lines from the left edge to the right one, without the bulges; None if there is none."""
    height, width = marks.shape
    reach, end = round(RUN * width), max(1, round((1 - LENGTH) * width))
    if reach < 4 or not (marks[:, :end].any() and marks[:, -end:].any()):
        return None
    runs = cv2.morphologyEx(marks, cv2.MORPH_OPEN, np.ones((1, reach), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(runs, connectivity=8)
    found = np.zeros_like(marks)
    for part, (x, y, wide, high, area) in enumerate(stats):
        if part == 0 or wide < LENGTH * width or area > THICKNESS * height * width:
            continue
        line = (labels[y : y + high, x : x + wide] == part).astype(np.uint8)
        thickness = line.sum(0)
        line[:, thickness > BULGE * np.median(thickness) + 1] = 0
        found[y : y + high, x : x + wide] |= line
    return found if found.any() else None


def removed(marks: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """Marks without level lines; what stands above and below a line is joined across it.

    Args:
        marks: uint8 (h, w), 0 or 1.
        lines: the same, the part of the marks that is lines.
    """
    rest = cv2.subtract(marks, lines)
    thickest = 2 * float(cv2.distanceTransform(lines, cv2.DIST_C, 3).max())
    reach = 2 * round(thickest / 2) + 3
    joined = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones((reach, 1), np.uint8))
    return cv2.max(rest, cv2.min(joined, lines))
