"""batches: the training images, batch by batch, in an order of each epoch's own; `fit` by Keras."""

import math
from collections.abc import Sequence

import keras
import numpy as np

from digitscope.data.dataset import Dataset
from digitscope.settings.config import Config
from digitscope.settings.layers import NUM_CLASSES
from digitscope.training.augment import augment, augments

EVALUATION_BATCH = 500  # images at once when nothing is learnt: as fast as more, less memory

Parts = tuple[np.ndarray, np.ndarray]  # indices of images: to train on, to validate on


# What a network should say of each label: that digit; of no digit, each of them equally. Hendrycks,
# Mazeika and Dietterich 2019, "Deep Anomaly Detection with Outlier Exposure".
TARGETS = np.vstack([np.eye(NUM_CLASSES), np.full((1, NUM_CLASSES), 1 / NUM_CLASSES)])


def one_hot(labels: np.ndarray) -> np.ndarray:
    """Labels (n,) as float32 (n, 10); 10, which is no digit, as ten tenths."""
    return TARGETS.astype(np.float32)[labels]


def epoch_order(config: Config, epoch: int, training: np.ndarray) -> np.ndarray:
    """The indices in `training`, shuffled by the seed and the number of the epoch, from 0."""
    return np.random.default_rng((config.seed, epoch)).permutation(training)


def read(
    data: Dataset, config: Config, order: np.ndarray, epoch: int, batches: range
) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (n, 28, 28) and labels (n,) of successive batches of an epoch, in one piece.

    Augmentation depends on the seed and the numbers of the epoch and the batch alone.
    """
    size = config.batch_size
    chosen = order[batches.start * size : batches.stop * size]
    images = data.x_train[chosen]
    if augments(config):
        for place, number in enumerate(batches):
            part = slice(place * size, (place + 1) * size)
            rng = np.random.default_rng((config.seed, epoch, number))
            images[part] = augment(images[part], config, rng)
    return images, data.y_train[chosen]


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
        passes, place = divmod(number, self.per_epoch)
        epoch = self.first_epoch + passes
        if epoch != self.epoch:
            self.epoch, self.order = epoch, epoch_order(self.config, epoch, self.training)
        images, labels = read(self.data, self.config, self.order, epoch, range(place, place + 1))
        return images[..., None], one_hot(labels)


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
