"""augment: training images, each moved, turned, scaled, sheared and bent a little at random."""

import cv2
import numpy as np

from digitscope.settings.config import Config

SIDE = 28
CENTRE = (SIDE - 1) / 2
GRID = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), -1, dtype=np.float32)  # (x, y)
BUMP = 4.0  # pixels: standard deviation of the Gaussians that bend an image, and their distance


def augments(config: Config) -> bool:
    """Whether `config` asks for any augmentation."""
    return any((config.shift, config.rotate, config.scale, config.shear, config.elastic))


def augment(images: np.ndarray, config: Config, rng: np.random.Generator) -> np.ndarray:
    """Copies of `images`, each changed in a way of its own, sampled bilinearly.

    Args:
        images: uint8 (n, 28, 28), 0 = background .. 255 = ink.
        config: `shift` (pixels, both axes), `rotate` (degrees), `scale` (part), `shear` (slope):
            each is drawn evenly between minus and plus its value; `elastic` (pixels).
        rng: the only source of chance.

    Returns:
        uint8 (n, 28, 28); background comes in at the borders.
    """
    sources = _moved(len(images), config, rng)
    if config.elastic:
        sources += config.elastic * _bends(len(images), rng)
    result = np.empty_like(images)
    for image, (x, y), into in zip(images, sources, result, strict=True):
        cv2.remap(image, x, y, cv2.INTER_LINEAR, dst=into)
    return result


def _moved(count: int, config: Config, rng: np.random.Generator) -> np.ndarray:
    """Where each pixel comes from under random affine maps: x and y, float32 (count, 2, 28, 28)."""
    angle = np.deg2rad(rng.uniform(-config.rotate, config.rotate, count))
    scale = 1 + rng.uniform(-config.scale, config.scale, count)
    shear = rng.uniform(-config.shear, config.shear, count)
    shift = rng.uniform(-config.shift, config.shift, (count, 2))
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    linear = np.stack([cos, sin, shear * cos - sin, shear * sin + cos], -1).reshape(count, 2, 2)
    offset = CENTRE - np.einsum("nij,nj->ni", linear, CENTRE + shift)
    sources: np.ndarray = linear.astype(np.float32) @ GRID.reshape(-1, 2).T + offset[..., None]
    return sources.astype(np.float32).reshape(count, 2, SIDE, SIDE)


def _bends(count: int, rng: np.random.Generator) -> np.ndarray:
    """Smooth random displacements, of 1 pixel (root mean square): float32 (count, 2, 28, 28).

    Gaussian noise smoothed by a Gaussian, the elastic distortions of Simard, Steinkraus and Platt
    (2003), made from one bump for every few pixels.
    """
    knots = np.arange(CENTRE % BUMP - 2 * BUMP, SIDE + 2 * BUMP, BUMP)
    bumps = np.exp(-(((np.arange(SIDE)[:, None] - knots) / BUMP) ** 2) / 2)
    bumps = (bumps / np.linalg.norm(bumps, axis=1, keepdims=True)).astype(np.float32)
    noise = rng.standard_normal((count, 2, len(knots), len(knots)), np.float32)
    shifts: np.ndarray = bumps @ noise @ bumps.T
    return shifts
