import numpy as np
import pytest
from scipy import ndimage

from digitscope.judging import corruptions
from digitscope.judging.corruptions import CURVES, MNIST_C_LIKE


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def images(digits):
    return digits.x_test[:50]


@pytest.mark.parametrize("name", MNIST_C_LIKE)
def test_each_kind_spoils_the_same_way_every_time(images, name):
    before = images.copy()
    once, again, other = (MNIST_C_LIKE[name](images, np.random.default_rng(s)) for s in (1, 1, 2))
    assert (once.shape, once.dtype) == (images.shape, np.uint8)
    assert np.array_equal(images, before)
    assert np.array_equal(once, again)
    assert all((a != b).any() for a, b in zip(once, images, strict=True))
    assert np.array_equal(once, other) == (name in ("scale", "brightness", "canny edges"))


@pytest.mark.parametrize("name", CURVES)
def test_each_curve_has_a_point_where_nothing_changes(images, name, rng):
    change, _, amounts = CURVES[name]
    same = 1 if name == "scale" else 0
    assert same in amounts
    assert np.abs(change(images, rng, same).astype(int) - images).max() <= 1


def test_a_shift_is_scipys(images, rng):
    class Right:
        def uniform(self, low, high, size):
            return np.zeros(size)

    moved = corruptions.translate(images, Right(), 2.5)
    for image, result in zip(images, moved, strict=True):
        expected = ndimage.shift(image.astype(float), (0, -2.5), order=1, mode="grid-constant")
        assert np.abs(result - expected).max() <= 1


def test_turns_go_both_ways(images, rng):
    turned = corruptions.rotate(images, rng, 90)
    ways = set()
    for image, result in zip(images, turned, strict=True):
        gaps = [np.abs(result.astype(int) - np.rot90(image, k)).max() for k in (1, 3)]
        assert min(gaps) <= 1
        ways.add(int(np.argmin(gaps)))
    assert ways == {0, 1}


def test_ink_scales_with_the_area(images, rng):
    ink = corruptions.scale(images, rng, 0.5).astype(float).sum() / images.astype(float).sum()
    assert ink == pytest.approx(0.25, rel=0.15)


def test_a_slant_moves_rows_by_their_height(rng):
    line = np.zeros((20, 28, 28), np.uint8)
    line[:, 4:24, 13:15] = 255  # upright
    for image in corruptions.shear(line, rng, 0.5):
        columns = [np.average(np.arange(28), weights=image[row]) for row in (8, 18)]
        assert abs(columns[1] - columns[0]) == pytest.approx(5, abs=0.2)


@pytest.mark.parametrize("pixels", [-1, -0.5, 0.5, 1.5])
def test_strokes_grow_on_either_side(rng, pixels):
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[0, :, 12:16] = 255
    width = corruptions.thickness(bar, rng, pixels)[0, 14].astype(float).sum() / 255
    assert width == pytest.approx(4 + 2 * pixels, abs=0.3)


def test_shot_noise_is_poissons(rng):
    grey = np.full((200, 28, 28), 102, np.uint8)  # two of five photons
    noisy = corruptions.shot_noise(grey, rng, 5) / 255 * 5
    counts = np.bincount(np.rint(noisy).astype(int).ravel(), minlength=6)[:5] / noisy.size
    expected = [np.exp(-2) * 2**k / np.prod(range(1, k + 1)) for k in range(5)]
    assert counts == pytest.approx(expected, abs=0.005)


def test_impulses_hit_their_part_of_the_pixels(rng):
    grey = np.full((200, 28, 28), 100, np.uint8)
    noisy = corruptions.impulse_noise(grey, rng, 0.2)
    assert [(noisy == value).mean() for value in (0, 255)] == pytest.approx([0.1, 0.1], abs=0.005)


def test_a_stripe_is_inverted_and_the_rest_left(images, rng):
    striped = corruptions.stripe(images, rng, 8)
    inverted = (striped == 255 - images).all(2)
    assert (inverted.sum(1) == 8).all()
    assert ((striped == images) | inverted[:, :, None]).all()


def test_blurs_keep_the_ink(images, rng):
    for blur in (corruptions.motion_blur, corruptions.glass_blur):
        assert blur(images, rng).mean() == pytest.approx(images.mean(), rel=0.06)


def test_lines_and_drops_only_add_ink(images, rng):
    for add in (corruptions.dotted_line, corruptions.zigzag, corruptions.spatter):
        spoilt = add(images, rng)
        assert (spoilt >= images.astype(int) - 1).all()
        assert 0.02 < ((spoilt > 128) & (images < 10)).mean() < 0.2


def test_fog_lifts_the_background_unevenly(rng):
    black = np.zeros((50, 28, 28), np.uint8)
    foggy = corruptions.fog(black, rng).astype(float)
    assert 40 < foggy.mean() < 90
    assert (foggy.std((1, 2)) > 10).all()
