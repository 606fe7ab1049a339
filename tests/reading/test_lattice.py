"""Tables found in pictures of lines, against where the lines were drawn."""

import cv2
import numpy as np
import pytest

from digitscope.reading.lattice import lattices_of

SIZE = 440


def grid(rows, columns, change=None, left_out=(), place=(40, 40), step=34):
    """A picture of lines, float (440, 440), and its nodes: (rows + 1, columns + 1, 2)."""
    nodes = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1)), -1) * float(step)
    nodes += place
    if change is not None:
        nodes = change(nodes)
    lines = np.zeros((SIZE, SIZE), np.float32)
    for row in range(rows + 1):
        for column in range(columns + 1):
            for down, across in ((0, 1), (1, 0)):
                end = row + down, column + across
                if end[0] > rows or end[1] > columns or ((row, column), end) in left_out:
                    continue
                a, b = (tuple(nodes[p].round().astype(int).tolist()) for p in ((row, column), end))
                cv2.line(lines, a, b, 1.0, 2)
    return lines, nodes


def perspective(nodes):
    view = np.array([[1, 0.12, 0], [-0.08, 0.95, 40], [0.0002, -0.0004, 1]])
    return cv2.perspectiveTransform(nodes.reshape(1, -1, 2), view).reshape(nodes.shape)


def curl(nodes):
    return nodes + np.stack([0 * nodes[..., 0], 9 * np.sin(nodes[..., 0] / 60)], -1)


@pytest.mark.parametrize("change", [None, perspective, curl])
@pytest.mark.parametrize("shape", [(9, 9), (3, 7), (1, 5)])
def test_a_table_has_the_rows_and_columns_that_are_drawn(change, shape):
    lines, nodes = grid(*shape, change)
    (lattice,) = lattices_of(lines)
    assert lattice.shape in (shape, shape[::-1])  # which way is up, only what is read can tell
    apart = np.linalg.norm(lattice.nodes.reshape(-1, 1, 2) - nodes.reshape(1, -1, 2), axis=-1)
    assert apart.min(1).max() < 3
    assert apart.min(0).max() < 3


def test_cells_that_lines_leave_open_are_filled_in():
    missing = [((4, 4), (4, 5)), ((2, 3), (3, 3)), ((0, 2), (0, 3)), ((7, 0), (8, 0))]
    lines, nodes = grid(9, 9, perspective, missing)
    (lattice,) = lattices_of(lines)
    assert lattice.shape == (9, 9)
    assert lattice.seen < 81
    apart = np.linalg.norm(lattice.nodes.reshape(-1, 1, 2) - nodes.reshape(1, -1, 2), axis=-1)
    assert apart.min(1).max() < 5


def test_lines_with_gaps_are_lines():
    lines, nodes = grid(6, 6)
    lines[:, ::9] = lines[:, 1::9] = 0
    lines[::9] = lines[1::9] = 0
    (lattice,) = lattices_of(lines)
    assert lattice.shape == (6, 6)
    apart = np.linalg.norm(lattice.nodes.reshape(-1, 1, 2) - nodes.reshape(1, -1, 2), axis=-1)
    assert apart.min(1).max() < 4


def test_two_tables_are_two_and_the_larger_comes_first():
    lines, _ = grid(3, 3, place=(250, 20), step=30)
    others, _ = grid(5, 4, place=(20, 180), step=40)
    found = lattices_of(np.maximum(lines, others))
    assert [one.seen for one in found] == [20, 9]


def test_columns_may_differ_in_width():
    lines = np.zeros((SIZE, SIZE), np.float32)
    xs, ys = (20, 60, 180, 210, 380), (50, 80, 110, 140)
    for x in xs:
        cv2.line(lines, (x, ys[0]), (x, ys[-1]), 1.0, 2)
    for y in ys:
        cv2.line(lines, (xs[0], y), (xs[-1], y), 1.0, 2)
    (lattice,) = lattices_of(lines)
    assert sorted(lattice.shape) == [3, 4]
    assert sorted(set((lattice.nodes[..., 0] / 10).round().ravel())) == [2, 6, 18, 21, 38]


def test_where_there_are_no_lines_there_is_no_table():
    assert lattices_of(np.zeros((200, 300), np.float32)) == []
    noise = np.random.default_rng(0).random((200, 300)).astype(np.float32)
    assert lattices_of(noise) == []


@pytest.mark.parametrize("side", range(4))
def test_a_table_ends_where_its_lines_do_and_not_where_its_outer_line_is_missing(side):
    step, place = 40, 30
    lines, _ = grid(7, 7, step=step, place=(place, place))
    outer = place + 7 * step
    lines[outer - 3 : outer + 4] = 0  # the last line
    lines = np.ascontiguousarray(np.rot90(lines, side))
    (lattice,) = lattices_of(lines)
    assert lattice.shape == (7, 7)
    middles = (lattice.nodes[1:, 1:] + lattice.nodes[:-1, :-1]) / 2
    assert middles.min() > place - 2
    assert middles.max() < SIZE - 2


def test_lines_that_reach_out_of_a_table_make_no_row():
    lines, _ = grid(5, 5, step=40, place=(60, 60))
    lines[40:60, 60:62] = lines[40:60, 260:262] = 1  # half a cell, and two of six lines
    lines[20:60, 140:142] = 1
    (lattice,) = lattices_of(lines)
    assert lattice.shape == (5, 5)


def test_the_edge_of_a_picture_closes_cells():
    lines, nodes = grid(4, 4, step=60, place=(100, 100))
    cropped = lines[102:339, 102:339]  # between the outer lines
    (lattice,) = lattices_of(cropped)
    assert (lattice.shape, lattice.seen) == ((4, 4), 16)
    apart = np.linalg.norm(
        (lattice.nodes + 102).reshape(-1, 1, 2) - nodes.reshape(1, -1, 2), axis=-1
    )
    assert apart.min(0).max() < 4


@pytest.mark.parametrize("strength", [0.05, 0.2])
def test_thin_lines_that_are_hardly_seen_part_cells(strength):
    lines, _ = grid(9, 9)
    strong = grid(3, 3, step=3 * 34)[0]
    (lattice,) = lattices_of(np.maximum(strength * lines, strong))
    assert (lattice.shape, lattice.seen) == ((9, 9), 81)


@pytest.mark.parametrize("wide", [1.0, 3.0])
def test_cells_with_gaps_in_their_lines_are_as_large_as_they_are(wide):
    stretch = np.array([wide, 1.0])
    lines, nodes = grid(4, 3, lambda nodes: 40 + (nodes - 40) * stretch, step=36)
    for x in range(45, SIZE, 40):  # so that cells run into each other, if they aren't made smaller
        lines[:, x : x + 5] = 0
    (lattice,) = lattices_of(lines)
    assert (lattice.shape, lattice.seen) in (((4, 3), 12), ((3, 4), 12))
    apart = np.linalg.norm(lattice.nodes.reshape(-1, 1, 2) - nodes.reshape(1, -1, 2), axis=-1)
    assert apart.min(1).max() < 3
