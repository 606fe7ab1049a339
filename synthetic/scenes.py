"""scene: a photo of a page that somebody might have, and what is where on it; for training.

Paper, a screen or a board, in uneven light, bent, from any side and any way up, blurred, grainy.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from synthetic import devices, layouts
from synthetic.canvas import Canvas, Symbol
from synthetic.glyphs import Generator
from synthetic.layouts import Area
from synthetic.pens import Supply

MARGIN = 60  # pixels around what is photographed, so that edges cut through things
BLOCKS: list[tuple[float, Callable[[Canvas, Area, Supply, bool, Generator], None]]] = [
    (0.4, layouts.grid),
    (0.2, layouts.rows),
    (0.13, layouts.prose),
    (0.08, layouts.boxes),
    (0.06, devices.display),
    (0.06, devices.wheels),
    (0.07, layouts.clutter),
]


@dataclass(frozen=True)
class Scene:
    """A photo.

    Attributes:
        photo: uint8 (h, w, 3), red, green, blue.
        rules: uint8 (h, w): 255 where a line of a table, a box or ruled paper runs.
        symbols: what is whole in it; corners in the photo's pixels.
        quarters: by so many quarter turns, clockwise, the page is turned.
    """

    photo: np.ndarray
    rules: np.ndarray
    symbols: list[Symbol]
    quarters: int


def scene(supply: Supply, side: int, rng: Generator) -> Scene:
    """A square photo, `side` pixels wide."""
    size = side + 2 * MARGIN
    dark = bool(rng.random() < 0.85)
    low, high = (140, 256) if dark else (0, 90)
    paper = (rng.uniform(low, high) + rng.uniform(-18, 18, 3)).clip(0, 255)
    canvas = Canvas.of((size, size), tuple(paper.tolist()))
    if rng.random() < 0.1:
        layouts.watermark(canvas, (0, 0, size, size), supply, dark, rng)
    for area in _areas(size, rng):
        chosen = rng.choice(len(BLOCKS), p=[share for share, _ in BLOCKS])
        BLOCKS[chosen][1](canvas, area, supply, dark, rng)
    quarters = int(rng.choice([0, 0, 0, 1, 2, 3]))
    seen = seen_from_somewhere(canvas, quarters, rng)
    heights = [symbol.height for symbol in seen.symbols if symbol.kind == "digit"]
    usual = float(np.median(heights)) if heights else 16.0
    return Scene(_exposed(seen.paint, usual, rng), seen.rules, seen.symbols, quarters)


def seen_from_somewhere(canvas: Canvas, quarters: int, rng: Generator) -> Canvas:
    """A page as a camera sees it, without its margin: turned, in perspective, bent.

    Args:
        canvas: a square page.
        quarters: turns, clockwise.
        rng: of everything else.
    """
    inside = slice(MARGIN, -MARGIN)
    across, down = (part[inside, inside] for part in _way(len(canvas.paint), quarters, rng))
    border = cv2.BORDER_REPLICATE
    paint = cv2.remap(canvas.paint, across, down, cv2.INTER_LINEAR, borderMode=border)
    rules = cv2.remap(canvas.rules, across, down, cv2.INTER_LINEAR)
    symbols = _moved(canvas.symbols, across, down)
    return replace(canvas, paint=np.asarray(paint), rules=np.asarray(rules), symbols=symbols)


def _areas(size: int, rng: Generator) -> list[Area]:
    """One place for all, or the page cut into parts."""
    space = rng.uniform(4, 30)
    first, last = space, size - space
    x, y = size * rng.uniform(0.3, 0.7, 2)
    left_right = [(first, x - space), (x + space, last)]
    above_below = [(first, y - space), (y + space, last)]
    kind = rng.random()
    across = left_right if kind >= 0.65 else [(first, last)]
    down = above_below if 0.45 <= kind < 0.65 or kind >= 0.8 else [(first, last)]
    return [(left, top, right, bottom) for left, right in across for top, bottom in down]


def _way(size: int, quarters: int, rng: Generator) -> tuple[np.ndarray, np.ndarray]:
    """Where each pixel of the photo comes from: turned, seen from a side, bent."""
    middle = (size - 1) / 2
    angle = np.deg2rad(90 * quarters + rng.normal(0, 6) * (rng.random() < 0.8))
    scale = rng.uniform(0.85, 1.15)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) / scale
    corners = np.array([(0, 0), (size, 0), (size, size), (0, size)], np.float32)
    depth = rng.choice([0, 0.03, 0.09]) * size
    tilted = corners + rng.uniform(-depth, depth, (4, 2)).astype(np.float32)
    view = cv2.getPerspectiveTransform(corners, tilted)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    bottom = view[2, 0] * x + view[2, 1] * y + view[2, 2]
    seen = (
        (view[0, 0] * x + view[0, 1] * y + view[0, 2]) / bottom - middle,
        (view[1, 0] * x + view[1, 1] * y + view[1, 2]) / bottom - middle,
    )
    across = turn[0, 0] * seen[0] + turn[0, 1] * seen[1] + middle
    down = turn[1, 0] * seen[0] + turn[1, 1] * seen[1] + middle
    if rng.random() < 0.5:  # curl and folds
        for coordinate in (across, down):
            knots = rng.normal(0, rng.uniform(0.5, 5), (4, 4)).astype(np.float32)
            coordinate += cv2.resize(knots, (size, size), interpolation=cv2.INTER_CUBIC)
    return across.astype(np.float32), down.astype(np.float32)


def _moved(symbols: list[Symbol], across: np.ndarray, down: np.ndarray) -> list[Symbol]:
    """Symbols where the photo shows them; without those that aren't whole in it.

    The way is known backwards only, and of the middles of pixels; Newton's method finds the places.
    """
    wanted = np.array([symbol.corners for symbol in symbols]).reshape(-1, 2) - 0.5
    most = np.array(across.shape[::-1]) - 1
    maps = np.stack([across, down, *np.gradient(across), *np.gradient(down)], -1)
    places = np.full_like(wanted, most / 2)
    for _ in range(8 if symbols else 0):
        near = places.clip(0, most).astype(np.float32)
        here = cv2.remap(maps, near[:, :1], near[:, 1:], cv2.INTER_LINEAR)[:, 0]
        slopes = here[:, [3, 2, 5, 4]].reshape(-1, 2, 2)
        steps = np.linalg.solve(slopes, (wanted - here[:, :2])[..., None])[..., 0]
        places = near + steps
    corners = places.reshape(-1, 4, 2) + 0.5
    return [
        replace(symbol, corners=place, height=symbol.height * _grown(symbol.corners, place))
        for symbol, place in zip(symbols, corners, strict=True)
        if (place >= 0).all() and (place <= most + 1).all()
    ]


def _grown(before: np.ndarray, after: np.ndarray) -> float:
    """How many times as large a box is."""
    areas = [cv2.contourArea(corners.astype(np.float32)) for corners in (before, after)]
    return float(np.sqrt(areas[1] / areas[0]))


def _exposed(photo: np.ndarray, usual: float, rng: Generator) -> np.ndarray:
    """What light and a camera make of it; what is blurred can be read: digits are `usual` high."""
    side = photo.shape[0]
    seen: np.ndarray = photo.astype(np.float32)
    if rng.random() < 0.7:
        texture = rng.normal(0, rng.uniform(0, 9), (side // int(rng.integers(1, 6)),) * 2)
        seen += cv2.resize(texture.astype(np.float32), (side, side))[..., None]
    if rng.random() < 0.8:
        seen *= _light(side, rng)[..., None]
    if rng.random() < 0.3:  # a tint of the light
        seen *= rng.uniform(0.7, 1, 3).astype(np.float32)
    if rng.random() < 0.3:  # little contrast
        seen = rng.uniform(0, 90) + rng.uniform(0.35, 0.7) * seen
    seen = _blurred(seen, usual, rng)
    grain = rng.uniform(0, 12) * (rng.random() < 0.8)
    seen += rng.normal(0, grain, (side, side, 1)).astype(np.float32)
    if rng.random() < 0.25:  # of each colour's own
        coarse = (side // int(rng.integers(1, 4)),) * 2
        seen += cv2.resize(rng.normal(0, rng.uniform(2, 14), (*coarse, 3)), (side, side))
    pixels: np.ndarray = np.clip(seen, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 95))]
        encoded = cv2.imencode(".jpg", pixels, quality)[1]
        return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR))
    return pixels


def _blurred(photo: np.ndarray, usual: float, rng: Generator) -> np.ndarray:
    """Out of focus, and moved while it was taken."""
    blur = float(rng.choice([rng.uniform(0, 0.8), rng.uniform(0, 0.14) * usual]))
    if blur > 0.3:
        photo = cv2.GaussianBlur(photo, (0, 0), blur)
    if rng.random() < 0.2:
        reach = rng.uniform(0.03, 0.15) * usual
        angle, side = rng.uniform(0, np.pi), 2 * int(reach + 1) + 1
        kernel = np.zeros((side, side), np.uint8)
        along = reach * np.array([np.cos(angle), np.sin(angle)])
        ends = [side // 2 + part * along for part in (-1, 1)]
        start, end = ((16 * place).round().astype(int).tolist() for place in ends)
        cv2.line(kernel, start, end, 255, 1, cv2.LINE_AA, shift=4)
        photo = cv2.filter2D(photo, -1, kernel / kernel.sum(dtype=np.float32))
    return photo


def _light(side: int, rng: Generator) -> np.ndarray:
    """Uneven light, and sometimes a shadow with an edge: float32 (side, side)."""
    knots = rng.uniform(rng.uniform(0.3, 0.9), 1.05, (3, 3)).astype(np.float32)
    light = np.asarray(cv2.resize(knots, (side, side), interpolation=cv2.INTER_CUBIC))
    if rng.random() < 0.25:
        y, x = np.mgrid[:side, :side].astype(np.float32) / side - 0.5
        angle, sharp = rng.uniform(0, 2 * np.pi), rng.uniform(5, 80)
        edge = np.cos(angle) * x + np.sin(angle) * y + rng.uniform(-0.3, 0.3)
        light = light * (1 - rng.uniform(0.2, 0.6) / (1 + np.exp(-sharp * edge)))
    return np.asarray(light, np.float32)
