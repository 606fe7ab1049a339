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
    """The batches of a training, one epoch after the other without end.

    Order and augmentation of a batch depend on the seed, the epoch and its place alone. Without an
    end, because Keras 3.15 makes a new iterator at the end of a dataset, reads ahead with it, and
    throws it away: 0.9 s an epoch in which it hears no Ctrl-C.

    Args:
        images: uint8 (n, 28, 28).
        labels: uint8 (n,).
        config: its seed, batch_size and augmentation.
        first_epoch: the epoch of batch 0, from 0.

    Attributes:
        per_epoch: batches in an epoch; the last one may be smaller.
    """

    def __init__(
        self, images: np.ndarray, labels: np.ndarray, config: Config, first_epoch: int = 0
    ):
        super().__init__()
        self.images, self.labels, self.config = images, labels, config
        self.first_epoch = first_epoch
        self.per_epoch = math.ceil(len(images) / config.batch_size)
        self.epoch = -1

    @property
    def num_batches(self) -> None:
        """Without end."""
        return None

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Batch `number` of the training: uint8 (batch, 28, 28, 1), one-hot float32 (batch, 10)."""
        epoch, place = divmod(number, self.per_epoch)
        epoch += self.first_epoch
        if epoch != self.epoch:
            rng = np.random.default_rng((self.config.seed, epoch))
            self.epoch, self.order = epoch, rng.permutation(len(self.images))
        size = self.config.batch_size
        chosen = self.order[place * size : (place + 1) * size]
        images = self.images[chosen]
        if augments(self.config):
            rng = np.random.default_rng((self.config.seed, epoch, place))
            images = augment(images, self.config, rng)
        return images[..., None], one_hot(self.labels[chosen])
