import numpy as np
import pytest

from digitscope.data.dataset import Dataset
from digitscope.settings.config import Config
from digitscope.training.batches import Batches, gather
from digitscope.training.task import Task

CHANGED = [{"shift": 2.0}, {"elastic": 1.0}]


@pytest.fixture
def alike(digits):
    """A data set of one image, over and over: batches of it differ by augmentation alone."""
    images = np.repeat(digits.x_train[:1], 40, axis=0)
    labels = np.repeat(digits.y_train[:1], 40)
    return Dataset(images, labels, images[:1], labels[:1])


def task(data, count, **settings):
    return Task(Config(**settings), data, np.arange(count), np.arange(0))


def batches(data, first_epoch=0, **settings):
    return Batches(task(data, 40, batch_size=20, **settings), first_epoch)


@pytest.mark.parametrize("settings", CHANGED)
def test_every_batch_of_every_epoch_is_augmented_in_its_own_way(alike, settings):
    training = batches(alike, **settings)
    images = [training[number][0].tobytes() for number in range(6)]  # of three epochs
    assert len(set(images)) == 6
    assert images == [batches(alike, **settings)[number][0].tobytes() for number in range(6)]
    other = batches(alike, seed=1, **settings)
    assert not set(images) & {other[number][0].tobytes() for number in range(6)}


@pytest.mark.parametrize("settings", CHANGED)
def test_a_resumed_training_is_augmented_as_if_it_had_gone_on(alike, settings):
    whole, resumed = batches(alike, **settings), batches(alike, first_epoch=1, **settings)
    for number in range(4):
        assert np.array_equal(resumed[number][0], whole[number + 2][0])


def test_batches_in_one_piece_are_those_one_by_one(digits):
    hundred = task(digits, 100, batch_size=32, shift=2, rotate=10)
    order = np.random.default_rng(0).permutation(100)
    images, labels = gather(hundred, order, 3, range(1, 4))
    assert len(images) == 68  # the last batch is smaller
    assert labels.tolist() == digits.y_train[order[32:]].tolist()
    parts = [gather(hundred, order, 3, range(n, n + 1))[0] for n in (1, 2, 3)]
    assert np.array_equal(images, np.concatenate(parts))


def test_augmenting_leaves_the_data_as_it_was(digits):
    before = digits.x_train[:20].copy()
    gather(task(digits, 20, batch_size=20, shift=2), np.arange(20), 0, range(1))
    assert np.array_equal(digits.x_train[:20], before)
