"""batches: the training images, batch by batch, in an order of each epoch's own; `fit` by Keras."""

import math
from collections.abc import Sequence

import keras
import numpy as np

from digitscope.augment import augment, augments, inverse_maps
from digitscope.config import Config
from digitscope.dataset import Dataset
from digitscope.layers import NUM_CLASSES

EVALUATION_BATCH = 500  # images at once when nothing is learnt: as fast as more, less memory

Parts = tuple[np.ndarray, np.ndarray]  # indices of images: to train on, to validate on


def one_hot(labels: np.ndarray) -> np.ndarray:
    """Labels (n,) as float32 (n, 10)."""
    return np.eye(NUM_CLASSES, dtype=np.float32)[labels]


def epoch_chance(
    config: Config, epoch: int, training: np.ndarray
) -> tuple[np.ndarray, np.random.Generator]:
    """The indices in `training`, shuffled, and the generator for all else that is chance.

    They depend on the seed and the number of the epoch, from 0, alone.
    """
    rng = np.random.default_rng((config.seed, epoch))
    return rng.permutation(training), rng


class Batches(keras.utils.PyDataset):
    """The batches of a training, one epoch after the other without end.

    Order and augmentation of a batch depend on the seed, the epoch and its place alone. Without an
    end, because Keras 3.15 makes a new iterator at the end of a dataset, reads ahead with it, and
    throws it away: 0.9 s an epoch in which it hears no Ctrl-C.

    Args:
        data: the data set; images and labels are those for training.
        training: indices of the images to train on.
        config: its seed, batch_size and augmentation.
        first_epoch: the epoch of batch 0, from 0.

    Attributes:
        per_epoch: batches in an epoch; the last one may be smaller.
    """

    def __init__(self, data: Dataset, training: np.ndarray, config: Config, first_epoch: int = 0):
        super().__init__()
        self.data, self.training, self.config = data, training, config
        self.first_epoch = first_epoch
        self.per_epoch = math.ceil(len(training) / config.batch_size)
        self.epoch = -1

    @property
    def num_batches(self) -> None:
        """Without end."""
        return None

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Batch `number` of the training: uint8 (batch, 28, 28, 1), one-hot float32 (batch, 10)."""
        epoch, place = divmod(number, self.per_epoch)
        self._turn_to(epoch + self.first_epoch)
        part = slice(place * self.config.batch_size, (place + 1) * self.config.batch_size)
        chosen = self.order[part]
        images = self.data.x_train[chosen]
        if augments(self.config):
            images = augment(images, self.maps[part])
        return images[..., None], one_hot(self.data.y_train[chosen])

    def _turn_to(self, epoch: int) -> None:
        if epoch == self.epoch:
            return
        self.epoch = epoch
        self.order, rng = epoch_chance(self.config, epoch, self.training)
        if augments(self.config):
            self.maps = inverse_maps(len(self.order), self.config, rng)


def fit(
    model: keras.Model,
    config: Config,
    data: Dataset,
    parts: Parts,
    callbacks: Sequence[keras.callbacks.Callback],
    first_epoch: int,
) -> None:
    """Train `model` in place, on any engine, by Keras's `fit`; for the arguments see `loop.fit`."""
    training, validation = parts
    batches = Batches(data, training, config, first_epoch)
    held_back = data.x_train[validation, ..., None], one_hot(data.y_train[validation])
    model.fit(
        batches,
        steps_per_epoch=batches.per_epoch,
        shuffle=False,  # the batches are shuffled already
        validation_data=held_back if len(validation) else None,
        validation_batch_size=EVALUATION_BATCH,
        epochs=config.epochs,
        initial_epoch=first_epoch,
        callbacks=list(callbacks),
        verbose=0,
    )
