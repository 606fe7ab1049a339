"""Task: what a training is given: its settings, the data, and which images are for what."""

import math
from dataclasses import dataclass

import numpy as np

from digitscope.data.check import NOT_A_DIGIT
from digitscope.data.dataset import Dataset, validation_split
from digitscope.errors import DataError
from digitscope.settings.config import Config


@dataclass(frozen=True)
class Task:
    """What a training is given; made once, by `task_of`, and handed on.

    Attributes:
        config: the settings.
        data: the data set; its images and labels for training are used, those for testing are not.
        training: int (n,), the indices of the images to train on.
        validation: int (m,), those of the images held back to choose on; there may be none.
    """

    config: Config
    data: Dataset
    training: np.ndarray
    validation: np.ndarray

    @property
    def batches_per_epoch(self) -> int:
        """How many batches an epoch has; the last one may be smaller."""
        return math.ceil(len(self.training) / self.config.batch_size)

    @property
    def steps(self) -> int:
        """How many steps the whole training has, one a batch."""
        return self.config.epochs * self.batches_per_epoch

    @property
    def some_show_none(self) -> bool:
        """Whether some of the images show no digit."""
        return bool((self.data.y_train == NOT_A_DIGIT).any())


def task_of(config: Config, data: Dataset) -> Task:
    """Part the training images of `data` as `config` says, by its seed.

    Raises:
        DataError: there are too few to hold any back.
    """
    training, validation = validation_split(data, config.validation_fraction, config.seed)
    if config.validation_fraction and not len(validation):
        raise DataError(
            f"{len(data.y_train)} training images are too few to hold back "
            f"{config.validation_fraction:g} of them: use a larger validation_fraction, or 0."
        )
    return Task(config, data, training, validation)
