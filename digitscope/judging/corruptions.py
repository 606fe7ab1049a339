"""corruptions: test images, spoilt in fifteen ways, and moved, turned, thickened by given amounts.

The fifteen kinds are those of MNIST-C (Mu and Gilmer 2019, "MNIST-C: A Robustness Benchmark for
Computer Vision"), made anew from the paper's description, each with one severity, stated here: our
figures are MNIST-C-like, and not to be compared with those on the published files.

Every function takes uint8 (n, 28, 28), 0 = background .. 255 = ink, and the generator that all
chance comes from, and gives the same shape and type.
"""

from collections.abc import Callable

import cv2
import numpy as np

SIDE = 28
CENTRE = (SIDE - 1) / 2

Corruption = Callable[[np.ndarray, np.random.Generator], np.ndarray]


def _as_images(values: np.ndarray) -> np.ndarray:
    """Any numbers as 0..255."""
    whole: np.ndarray = np.rint(values)
    return whole.clip(0, 255).astype(np.uint8)


def warp(images: np.ndarray, inverses: np.ndarray) -> np.ndarray:
    """Each image under its affine map about the centre, background at the borders.

    Args:
        images: uint8 (n, 28, 28).
        inverses: (n, 2, 3): where a pixel (x, y, 1), from the centre, comes from.
    """
    result = np.empty_like(images)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    for image, inverse, into in zip(images, inverses, result, strict=True):
        matrix = inverse.astype(np.float64)
        matrix[:, 2] += CENTRE - matrix[:, :2].sum(1) * CENTRE
        cv2.warpAffine(image, matrix, (SIDE, SIDE), dst=into, flags=flags)
    return result


def _signs(count: int, rng: np.random.Generator) -> np.ndarray:
    return rng.choice([-1.0, 1.0], count)


def _maps(a: np.ndarray, b: np.ndarray, c: np.ndarray, d: np.ndarray) -> np.ndarray:
    """Affine maps without a shift, (n, 2, 3)."""
    zero = np.zeros_like(a)
    return np.stack([a, b, zero, c, d, zero], -1).reshape(-1, 2, 3)


def rotate(images: np.ndarray, rng: np.random.Generator, degrees: float = 30) -> np.ndarray:
    """Turned, to the left or to the right."""
    angle = np.deg2rad(degrees) * _signs(len(images), rng)
    cos, sin = np.cos(angle), np.sin(angle)
    return warp(images, _maps(cos, -sin, sin, cos))


def scale(images: np.ndarray, rng: np.random.Generator, factor: float = 0.6) -> np.ndarray:
    """Larger or smaller, about the centre."""
    inverse, zero = np.full(len(images), 1 / factor), np.zeros(len(images))
    return warp(images, _maps(inverse, zero, zero, inverse))


def shear(images: np.ndarray, rng: np.random.Generator, slope: float = 0.6) -> np.ndarray:
    """Slanted, to the left or to the right."""
    one, zero = np.ones(len(images)), np.zeros(len(images))
    return warp(images, _maps(one, slope * _signs(len(images), rng), zero, one))


def translate(images: np.ndarray, rng: np.random.Generator, pixels: float = 5) -> np.ndarray:
    """Moved, in any direction."""
    angle = rng.uniform(0, 2 * np.pi, len(images))
    one, zero = np.ones(len(images)), np.zeros(len(images))
    maps = _maps(one, zero, zero, one)
    maps[:, :, 2] = pixels * np.stack([np.cos(angle), np.sin(angle)], -1)
    return warp(images, maps)


def thickness(images: np.ndarray, rng: np.random.Generator, pixels: float = 1) -> np.ndarray:
    """Strokes wider on either side by so many pixels, or thinner: morphology at fourfold size."""
    if not (radius := round(4 * abs(pixels))):
        return images.copy()
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    change = cv2.dilate if pixels > 0 else cv2.erode
    result = np.empty_like(images)
    for image, into in zip(images, result, strict=True):
        large = cv2.resize(image, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
        cv2.resize(change(large, disc), (SIDE, SIDE), dst=into, interpolation=cv2.INTER_AREA)
    return result


def shot_noise(images: np.ndarray, rng: np.random.Generator, photons: float = 5) -> np.ndarray:
    """As counted from so many photons where the ink is brightest."""
    return _as_images(rng.poisson(images / 255 * photons) * (255 / photons))


def impulse_noise(images: np.ndarray, rng: np.random.Generator, part: float = 0.2) -> np.ndarray:
    """This part of the pixels is black or white instead."""
    chance = rng.random(images.shape)
    result = images.copy()
    result[chance < part] = 255
    result[chance < part / 2] = 0
    return result


def glass_blur(images: np.ndarray, rng: np.random.Generator, reach: int = 2) -> np.ndarray:
    """Every pixel is taken from up to so far away, between two slight blurs."""
    soft = _each(images, lambda image: cv2.GaussianBlur(image, (0, 0), 0.7))
    rows, columns = np.indices((SIDE, SIDE))
    moves = rng.integers(-reach, reach + 1, (2, *images.shape))
    rows = np.clip(rows + moves[0], 0, SIDE - 1)
    columns = np.clip(columns + moves[1], 0, SIDE - 1)
    strewn = soft[np.arange(len(images))[:, None, None], rows, columns]
    return _each(strewn, lambda image: cv2.GaussianBlur(image, (0, 0), 0.7))


def motion_blur(images: np.ndarray, rng: np.random.Generator, pixels: int = 9) -> np.ndarray:
    """Smeared along a line so long, within 45 degrees of the level."""
    kernels = []
    for degrees in np.linspace(-45, 45, 19):
        level = np.zeros((pixels, pixels), np.float32)
        level[pixels // 2] = 1
        turn = cv2.getRotationMatrix2D((pixels // 2, pixels // 2), degrees, 1)
        kernel = cv2.warpAffine(level, turn, (pixels, pixels))
        kernels.append(kernel / kernel.sum())
    chosen = rng.integers(0, len(kernels), len(images))
    pairs = zip(images, chosen, strict=True)
    return np.stack([cv2.filter2D(image, -1, kernels[number]) for image, number in pairs])


def brightness(images: np.ndarray, rng: np.random.Generator, more: float = 0.5) -> np.ndarray:
    """Brighter everywhere, by this part of white."""
    return _as_images(images + 255.0 * more)


def stripe(images: np.ndarray, rng: np.random.Generator, width: int = 8) -> np.ndarray:
    """A level band, at any height, in which black is white and white black."""
    first = rng.integers(0, SIDE - width + 1, (len(images), 1, 1))
    rows = np.arange(SIDE)[:, None]
    inside = (rows >= first) & (rows < first + width)
    return np.where(inside, 255 - images, images)


def fog(images: np.ndarray, rng: np.random.Generator, thick: float = 0.7) -> np.ndarray:
    """Under clouds: noise on four scales, each half as strong as the one twice its size."""
    clouds = np.zeros(images.shape)
    for size in (2, 4, 8, 16):
        noise = rng.random((len(images), size, size)).astype(np.float32)
        clouds += _each(noise, lambda part: cv2.resize(part, (SIDE, SIDE))) / size
    low, high = clouds.min((1, 2), keepdims=True), clouds.max((1, 2), keepdims=True)
    clouds = (clouds - low) / (high - low)
    return _as_images(
        (images + 255 * thick * clouds) / (1 + thick * clouds.mean((1, 2), keepdims=True))
    )


def spatter(images: np.ndarray, rng: np.random.Generator, part: float = 0.08) -> np.ndarray:
    """Bright drops on this part of the picture."""
    noise = rng.standard_normal(images.shape).astype(np.float32)
    drops = _each(noise, lambda image: cv2.GaussianBlur(image, (0, 0), 1.2))
    limit = np.quantile(drops, 1 - part, axis=(1, 2), keepdims=True)
    soft = _each((drops > limit).astype(np.float32), lambda d: cv2.GaussianBlur(d, (0, 0), 0.5))
    return _as_images(np.maximum(images, 255 * soft))


def dotted_line(images: np.ndarray, rng: np.random.Generator, gap: int = 3) -> np.ndarray:
    """A dotted line from one side of the picture to the other."""

    def draw(image: np.ndarray, left: float, right: float) -> None:
        for x in range(0, SIDE, gap):
            y = left + (right - left) * x / (SIDE - 1)
            cv2.circle(image, (16 * x, round(16 * y)), 13, 255, -1, cv2.LINE_AA, shift=4)

    return _drawn_upon(images, rng, draw)


def zigzag(images: np.ndarray, rng: np.random.Generator, height: float = 3) -> np.ndarray:
    """A zigzag from one side of the picture to the other, this far up and down."""

    def draw(image: np.ndarray, left: float, right: float) -> None:
        xs = np.arange(-2, SIDE + 3, 3)
        ys = (
            left
            + (right - left) * xs / (SIDE - 1)
            + height * np.where(np.arange(len(xs)) % 2, 1, -1)
        )
        points = np.rint(16 * np.stack([xs, ys], -1)).astype(np.int32)
        cv2.polylines(image, [points], False, 255, 1, cv2.LINE_AA, shift=4)

    return _drawn_upon(images, rng, draw)


def canny_edges(images: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Only the outlines, by Canny's detector, thresholds 100 and 200."""
    return _each(images, lambda image: cv2.Canny(image, 100, 200))


def _each(images: np.ndarray, change: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    return np.stack([change(image) for image in images])


def _drawn_upon(
    images: np.ndarray,
    rng: np.random.Generator,
    draw: Callable[[np.ndarray, float, float], None],
) -> np.ndarray:
    """With a line drawn from any height at the left to any at the right."""
    result = images.copy()
    for image, (left, right) in zip(result, rng.uniform(4, 24, (len(images), 2)), strict=True):
        draw(image, left, right)
    return result


MNIST_C_LIKE: dict[str, Corruption] = {
    "shot noise": shot_noise,
    "impulse noise": impulse_noise,
    "glass blur": glass_blur,
    "motion blur": motion_blur,
    "shear": shear,
    "scale": scale,
    "rotate": rotate,
    "brightness": brightness,
    "translate": translate,
    "stripe": stripe,
    "fog": fog,
    "spatter": spatter,
    "dotted line": dotted_line,
    "zigzag": zigzag,
    "canny edges": canny_edges,
}
# A change that grows: its function, its unit, and the amounts at which accuracy is measured.
CURVES: dict[str, tuple[Callable[..., np.ndarray], str, tuple[float, ...]]] = {
    "shift": (translate, "pixels", (0, 1, 2, 3, 4, 5, 6, 8)),
    "rotation": (rotate, "degrees", (0, 10, 20, 30, 40, 50, 60, 90)),
    "scale": (scale, "factor", (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4)),
    "shear": (shear, "slope", (0, 0.2, 0.4, 0.6, 0.8, 1)),
    "stroke": (thickness, "pixels on either side", (-1, -0.75, -0.5, -0.25, 0, 0.5, 1, 1.5, 2)),
}
