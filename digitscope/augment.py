"""augment: training images, each moved, turned, scaled and sheared a little at random."""

import cv2
import numpy as np

from digitscope.config import Config

CENTRE = 13.5  # of a 28x28 image, in pixels


def augments(config: Config) -> bool:
    """Whether `config` asks for any augmentation."""
    return bool(config.shift or config.rotate or config.scale or config.shear)


def augment(images: np.ndarray, maps: np.ndarray) -> np.ndarray:
    """Copies of `images`, each under its affine map, sampled bilinearly.

    Args:
        images: uint8 (n, 28, 28), 0 = background .. 255 = ink.
        maps: (n, 2, 3), of `inverse_maps`.

    Returns:
        uint8 (n, 28, 28); background comes in at the borders.
    """
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = [
        cv2.warpAffine(image, matrix, (28, 28), flags=flags)
        for image, matrix in zip(images, maps, strict=True)
    ]
    return np.stack(moved)


def inverse_maps(count: int, config: Config, rng: np.random.Generator) -> np.ndarray:
    """Random affine maps about the centre, each saying where a pixel (x, y, 1) comes from.

    Args:
        count: how many.
        config: `shift` (pixels, both axes), `rotate` (degrees), `scale` (part), `shear` (slope):
            each is drawn evenly between minus and plus its value, for every map anew.
        rng: the only source of chance.

    Returns:
        float64 (count, 2, 3).
    """
    angle = np.deg2rad(rng.uniform(-config.rotate, config.rotate, count))
    scale = 1 + rng.uniform(-config.scale, config.scale, count)
    shear = rng.uniform(-config.shear, config.shear, count)
    shift = rng.uniform(-config.shift, config.shift, (count, 2))
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    linear = np.stack([cos, sin, shear * cos - sin, shear * sin + cos], -1).reshape(count, 2, 2)
    centre = np.full((count, 2), CENTRE)
    offset = centre - np.einsum("nij,nj->ni", linear, centre + shift)
    return np.concatenate([linear, offset[..., None]], -1)
