"""batches: the training images, batch by batch, in an order of each epoch's own; `fit` by Keras."""

from collections.abc import Sequence

import keras
import numpy as np

from digitscope.settings.layers import NUM_CLASSES
from digitscope.training.augment import augment, augments
from digitscope.training.task import Task

EVALUATION_BATCH = 500  # images at once when nothing is learnt: as fast as more, less memory

# What a network should say of each label: that digit; of no digit, each of them equally. Hendrycks,
# Mazeika and Dietterich 2019, "Deep Anomaly Detection with Outlier Exposure".
TARGETS = np.vstack([np.eye(NUM_CLASSES), np.full((1, NUM_CLASSES), 1 / NUM_CLASSES)])


def one_hot(labels: np.ndarray) -> np.ndarray:
    """Labels (n,) as float32 (n, 10); 10, which is no digit, as ten tenths."""
    targets: np.ndarray = TARGETS.astype(np.float32)[labels]
    return targets


def epoch_order(task: Task, epoch: int) -> np.ndarray:
    """The images to train on, shuffled by the seed and the number of the epoch, from 0."""
    return np.random.default_rng((task.config.seed, epoch)).permutation(task.training)


def gather(
    task: Task, order: np.ndarray, epoch: int, batches: range
) -> tuple[np.ndarray, np.ndarray]:
    """Images uint8 (n, 28, 28) and labels (n,) of successive batches of an epoch, in one piece.

    Augmentation depends on the seed and the numbers of the epoch and the batch alone.
    """
    config, size = task.config, task.config.batch_size
    chosen = order[batches.start * size : batches.stop * size]
    images = task.data.x_train[chosen]
    if augments(config):
        for place, number in enumerate(batches):
            part = slice(place * size, (place + 1) * size)
            rng = np.random.default_rng((config.seed, epoch, number))
            images[part] = augment(images[part], config, rng)
    return images, task.data.y_train[chosen]


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no types
    """The batches of a training, one epoch after the other without end.

    Order and augmentation of a batch depend on the seed, the epoch and its place alone. Without an
    end, because Keras 3.15 makes a new iterator at the end of a dataset, reads ahead with it, and
    throws it away: 0.9 s an epoch in which it hears no Ctrl-C.

    Args:
        task: settings, data, and the images to train on.
        first_epoch: the epoch of batch 0, from 0.
    """

    def __init__(self, task: Task, first_epoch: int = 0):
        super().__init__()
        self.task, self.first_epoch = task, first_epoch
        self.epoch = -1

    @property
    def num_batches(self) -> None:
        """Without end."""
        return None

    def __getitem__(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Batch `number` of the training: uint8 (batch, 28, 28, 1), one-hot float32 (batch, 10)."""
        passes, place = divmod(number, self.task.batches_per_epoch)
        epoch = self.first_epoch + passes
        if epoch != self.epoch:
            self.epoch, self.order = epoch, epoch_order(self.task, epoch)
        images, labels = gather(self.task, self.order, epoch, range(place, place + 1))
        return images[..., None], one_hot(labels)


def fit(
    model: keras.Model,
    task: Task,
    callbacks: Sequence[keras.callbacks.Callback],
    first_epoch: int,
) -> None:
    """Train `model` in place, on any engine, by Keras's `fit`; for the arguments see `loop.fit`."""
    data, validation = task.data, task.validation
    held_back = data.x_train[validation, ..., None], one_hot(data.y_train[validation])
    model.fit(
        Batches(task, first_epoch),
        steps_per_epoch=task.batches_per_epoch,
        shuffle=False,  # the batches are shuffled already
        validation_data=held_back if len(validation) else None,
        validation_batch_size=EVALUATION_BATCH,
        epochs=task.config.epochs,
        initial_epoch=first_epoch,
        callbacks=list(callbacks),
        verbose=0,
    )
