import numpy as np
import pytest

from digitscope.augment import augment, inverse_maps
from digitscope.config import Config


class Highest:
    """A generator that always draws the upper end."""

    def uniform(self, low, high, size):
        return np.full(size, high)


def moved(images, config, rng):
    return augment(images, inverse_maps(len(images), config, rng))


@pytest.fixture
def images(digits):
    return digits.x_train[:5]


def test_nothing_asked_nothing_changed(images):
    assert np.array_equal(moved(images, Config(), np.random.default_rng(0)), images)


def test_a_whole_shift_moves_pixels(images):
    result = moved(images, Config(shift=3), Highest())
    assert np.array_equal(result[:, 3:, 3:], images[:, :-3, :-3])
    assert not result[:, :3].any()


def test_a_quarter_turn_is_a_quarter_turn(images):
    turned = moved(images, Config(rotate=90), Highest())
    expected = np.rot90(images, k=1, axes=(2, 1))
    assert np.abs(turned.astype(int) - expected).max() <= 1


def test_scaling_scales_the_ink_about_the_centre(images):
    ink = images.astype(float).sum()
    larger = moved(images, Config(scale=0.2), Highest()).astype(float).sum()
    assert larger / ink == pytest.approx(1.2**2, rel=0.03)


def test_shearing_tilts_a_level_line():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 13:15, :] = 255  # a level line
    sheared = moved(image, Config(shear=0.5), Highest())[0]
    heights = [np.average(np.arange(28), weights=sheared[:, column]) for column in (4, 14, 23)]
    slope = (heights[2] - heights[0]) / 19
    assert slope == pytest.approx(-0.5, abs=0.05)  # up to the right, as the map's formula says


def test_chance_comes_from_the_generator_alone(images):
    config = Config(shift=2, rotate=10, scale=0.1, shear=0.1)
    first, again, other = (moved(images, config, np.random.default_rng(s)) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
