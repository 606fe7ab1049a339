import numpy as np
import pytest
from scipy import ndimage

from digitscope.settings.config import Config
from digitscope.training.augment import augment


class Highest:
    """A generator that always draws the upper end."""

    def uniform(self, low, high, size):
        return np.full(size, high)


@pytest.fixture
def images(digits):
    return digits.x_train[:5]


def test_nothing_asked_nothing_changed(images):
    assert np.array_equal(augment(images, Config(), np.random.default_rng(0)), images)


def test_a_whole_shift_moves_pixels(images):
    result = augment(images, Config(shift=3), Highest())
    assert np.array_equal(result[:, 3:, 3:], images[:, :-3, :-3])
    assert not result[:, :3].any()


def test_part_of_a_pixel_is_sampled_as_scipy_samples_it(images):
    result = augment(images, Config(shift=2.3), Highest())
    for image, ours in zip(images, result, strict=True):
        expected = ndimage.shift(image.astype(float), 2.3, order=1, mode="grid-constant")
        assert np.abs(ours - expected).max() < 255 / 64 + 1  # positions are in 1/32 pixel


def test_a_quarter_turn_is_a_quarter_turn(images):
    turned = augment(images, Config(rotate=90), Highest())
    expected = np.rot90(images, k=1, axes=(2, 1))
    assert np.abs(turned.astype(int) - expected).max() <= 1


def test_scaling_scales_the_ink_about_the_centre(images):
    ink = images.astype(float).sum()
    larger = augment(images, Config(scale=0.2), Highest()).astype(float).sum()
    assert larger / ink == pytest.approx(1.2**2, rel=0.03)


def test_shearing_tilts_a_level_line():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 13:15, :] = 255  # a level line
    sheared = augment(image, Config(shear=0.5), Highest())[0]
    heights = [np.average(np.arange(28), weights=sheared[:, column]) for column in (4, 14, 23)]
    slope = (heights[2] - heights[0]) / 19
    assert slope == pytest.approx(-0.5, abs=0.05)  # up to the right, as the map's formula says


def test_elastic_bends_are_smooth_noise_of_the_asked_size():
    ramp = np.tile(np.arange(0, 224, 8, np.uint8), (2000, 28, 1))  # 8 times x
    bent = augment(ramp, Config(elastic=1.5), np.random.default_rng(0))
    moves = ((bent.astype(float) - ramp) / 8)[:, 8:20, 8:20]  # in pixels, off the borders
    assert np.sqrt((moves**2).mean()) == pytest.approx(1.5, rel=0.03)
    for distance in (2, 4, 8):  # white noise under a Gaussian of width s: exp(-(d / 2s)^2)
        correlation = (moves[:, distance:] * moves[:, :-distance]).mean() / 1.5**2
        assert correlation == pytest.approx(np.exp(-((distance / 8) ** 2)), abs=0.05)


def test_chance_comes_from_the_generator_alone(images):
    config = Config(shift=2, rotate=10, scale=0.1, shear=0.1, elastic=1)
    first, again, other = (augment(images, config, np.random.default_rng(s)) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
