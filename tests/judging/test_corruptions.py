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


def moments(images):
    """Of the ink of each: its centre (n, 2) and covariance (n, 2, 2), x and y from the middle."""
    x, y = np.meshgrid(np.arange(28) - 13.5, np.arange(28) - 13.5)
    weights = images / images.sum((1, 2), keepdims=True, dtype=float)
    places = np.stack([x, y])
    centre = np.einsum("nij,aij->na", weights, places)
    squares = np.einsum("nij,aij,bij->nab", weights, places, places)
    return centre, squares - np.einsum("na,nb->nab", centre, centre)


@pytest.fixture
def dots():
    """A dot of ink in the middle, many times."""
    images = np.zeros((3000, 28, 28), np.uint8)
    images[:, 13:15, 13:15] = 255
    return images


@pytest.fixture
def bars():
    """An upright bar, many times."""
    images = np.zeros((300, 28, 28), np.uint8)
    images[:, 4:24, 13:15] = 255
    return images


def test_moves_go_five_pixels_in_any_direction(dots, rng):
    centre, _ = moments(corruptions.translate(dots, rng))
    assert np.hypot(*centre.T) == pytest.approx(5, abs=0.1)
    angles = np.arctan2(*centre.T)
    assert np.histogram(angles, 8, (-np.pi, np.pi))[0] == pytest.approx(3000 / 8, rel=0.2)


def test_bars_are_turned_by_30_degrees_and_slanted_by_0_6_either_way(bars, rng):
    for change, slope in ((corruptions.rotate, np.tan(np.pi / 6)), (corruptions.shear, 0.6)):
        _, covariance = moments(change(bars, rng))
        slopes = covariance[:, 0, 1] / covariance[:, 1, 1]  # pixels to the side for one down
        assert np.abs(slopes) == pytest.approx(slope, abs=0.03)
        assert np.mean(slopes > 0) == pytest.approx(0.5, abs=0.1)


def test_a_bar_is_scaled_to_0_6(bars, rng):
    before, after = (moments(images)[1][0, 1, 1] for images in (bars, corruptions.scale(bars, rng)))
    assert np.sqrt(after / before) == pytest.approx(0.6, abs=0.01)


def test_it_gets_brighter_by_half_of_white(images, rng):
    brighter = corruptions.brightness(images, rng).astype(int)
    assert np.abs(brighter - np.minimum(images + 127.5, 255)).max() <= 0.5


def test_glass_takes_each_pixel_from_up_to_two_away(dots, rng):
    """Between two Gaussians: their variances, that of the way, and that of the dot itself."""
    whole = corruptions.glass_blur(dots, rng).mean(0, keepdims=True)
    centre, covariance = moments(whole)
    assert centre == pytest.approx(0, abs=0.03)
    even = np.mean(np.arange(-2, 3) ** 2)
    assert covariance[0, 0, 1] == pytest.approx(0, abs=0.1)
    assert np.diag(covariance[0]) == pytest.approx(2 * 0.7**2 + even + 0.25, rel=0.03)


def test_smears_are_nine_pixels_long_and_nearer_to_level(dots, rng):
    _, covariance = moments(corruptions.motion_blur(dots, rng))
    along = covariance.trace(axis1=1, axis2=2) - 2 * 0.25
    assert along == pytest.approx(np.mean(np.arange(-4, 5) ** 2), rel=0.2)
    angles = (
        np.rad2deg(np.arctan2(2 * covariance[:, 0, 1], covariance[:, 0, 0] - covariance[:, 1, 1]))
        / 2
    )
    assert angles.min() == pytest.approx(-45, abs=3)
    assert angles.max() == pytest.approx(45, abs=3)
    assert np.median(angles) == pytest.approx(0, abs=5)


@pytest.mark.parametrize("pixels", [-1, -0.5, 0.5, 1.5])
def test_strokes_grow_on_either_side(rng, pixels):
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[0, :, 12:16] = 255
    width = corruptions.thickness(bar, rng, pixels)[0, 14].astype(float).sum() / 255
    assert width == pytest.approx(4 + 2 * pixels, abs=0.3)


def test_shot_noise_is_poissons(rng):
    grey = np.full((200, 28, 28), 102, np.uint8)  # two of five photons
    noisy = corruptions.shot_noise(grey, rng) / 255 * 5
    counts = np.bincount(np.rint(noisy).astype(int).ravel(), minlength=6)[:5] / noisy.size
    expected = [np.exp(-2) * 2**k / np.prod(range(1, k + 1)) for k in range(5)]
    assert counts == pytest.approx(expected, abs=0.005)


def test_impulses_hit_their_part_of_the_pixels(rng):
    grey = np.full((200, 28, 28), 100, np.uint8)
    noisy = corruptions.impulse_noise(grey, rng)
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


def test_stripes_lie_at_any_height(rng):
    striped = corruptions.stripe(np.zeros((500, 28, 28), np.uint8), rng) > 0
    assert (striped.any(2).sum(1) == 8).all()
    assert set(striped[:, :, 0].argmax(1)) == {*range(21)}


def test_drops_cover_their_part(rng):
    drops = corruptions.spatter(np.zeros((200, 28, 28), np.uint8), rng)
    assert (drops > 127).mean() == pytest.approx(0.08, abs=0.005)
    assert drops.max() > 250


def test_every_third_column_has_a_dot_between_heights_4_and_24(rng):
    black = np.zeros((300, 28, 28), np.uint8)
    dotted = corruptions.dotted_line(black, rng)
    ink = dotted.mean((0, 1))
    assert set(np.flatnonzero(ink > ink.mean())) == {*range(0, 28, 3)}
    heights = dotted[:, :, 0].argmax(1)
    assert (heights.min(), heights.max()) == pytest.approx((4, 24), abs=1)


def test_zigzags_go_three_pixels_up_and_down(rng):
    zigzags = corruptions.zigzag(np.zeros((300, 28, 28), np.uint8), rng)
    x = np.arange(28)
    for image in zigzags:
        heights = (image * x[:, None]).sum(0) / image.sum(0, dtype=float)
        offsets = heights - np.polyval(np.polyfit(x, heights, 1), x)
        assert 2 < np.abs(offsets).max() < 4
        turns = np.flatnonzero(np.diff(np.sign(np.diff(offsets)))) + 1
        assert len(turns) >= 7  # of nine corners, the first and last at the borders


def test_fog_is_thickest_in_large_clouds(rng):
    """Each scale is half as strong as the one twice its size: neighbours are alike."""
    foggy = corruptions.fog(np.zeros((300, 28, 28), np.uint8), rng).astype(float)
    foggy -= foggy.mean((1, 2), keepdims=True)

    def alike(step):
        return (foggy[:, :, step:] * foggy[:, :, :-step]).mean() / (foggy**2).mean()

    assert alike(1) > 0.85
    assert alike(4) > 0.4


def test_fog_lightens_and_takes_contrast_by_0_7_of_its_clouds():
    """Of black and grey, the thickness follows from the mean, the difference from both."""
    black, grey = (
        corruptions.fog(np.full((50, 28, 28), level, np.uint8), np.random.default_rng(0)) / 255
        for level in (0, 102)
    )
    mean = black.mean((1, 2))
    thick_at_mean = mean / (1 - mean)
    thickest = thick_at_mean * black.max((1, 2)) / mean
    assert thickest == pytest.approx(0.7, abs=0.02)
    contrast = (grey - black).mean((1, 2))
    assert contrast == pytest.approx(0.4 / (1 + thick_at_mean), abs=0.01)
