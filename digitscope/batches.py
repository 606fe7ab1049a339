"""Batches: the training images, batch by batch, shuffled and augmented anew in every epoch."""

import math

import keras
import numpy as np

from digitscope.augment import augment, augments
from digitscope.config import Config
from digitscope.layers import NUM_CLASSES


def one_hot(labels: np.ndarray) -> np.ndarray:
    """Labels (n,) as float32 (n, 10)."""
    return np.eye(NUM_CLASSES, dtype=np.float32)[labels]


class Batches(keras.utils.PyDataset):
    """What `fit` trains on. Order and augmentation depend on the seed and the epoch alone.

    Args:
        images: uint8 (n, 28, 28).
        labels: uint8 (n,).
        config: its seed, batch_size and augmentation.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray, config: Config):
        super().__init__()
        self.images, self.labels, self.config = images, labels, config
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Draw the order of an epoch, from 0."""
        self.epoch = epoch
        self.order = np.random.default_rng((self.config.seed, epoch)).permutation(len(self.images))

    def __len__(self) -> int:
        """Number of batches; the last one may be smaller."""
        return math.ceil(len(self.images) / self.config.batch_size)

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """uint8 (batch, 28, 28, 1), and one-hot float32 (batch, 10)."""
        size = self.config.batch_size
        chosen = self.order[index * size : (index + 1) * size]
        images = self.images[chosen]
        if augments(self.config):
            rng = np.random.default_rng((self.config.seed, self.epoch, index))
            images = augment(images, self.config, rng)
        return images[..., None], one_hot(self.labels[chosen])
