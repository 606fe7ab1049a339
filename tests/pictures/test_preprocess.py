import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitscope.errors import PictureError
from digitscope.pictures.ink import ink_of
from digitscope.pictures.preprocess import VERSION, centred, in_box, preprocess, stroke_width


@pytest.fixture(scope="module")
def few(digits):
    return digits.x_test[:200]


def difference(image, expected):
    """Mean absolute difference of the pixels, in grey levels; a shift by a pixel is none."""
    shifts = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    moved = (np.roll(image.astype(int), shift, (0, 1)) for shift in shifts)
    return min(np.abs(one - expected).mean() for one in moved)


def enlarged(image, times=8):
    return cv2.resize(image, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)


def test_images_of_mnist_come_out_nearly_the_same(few):
    found = [preprocess(image) for image in few]
    assert all(one.status == "digit" for one in found)
    gaps = [difference(one.image28, image) for one, image in zip(found, few, strict=True)]
    assert np.median(gaps) < 1
    assert np.mean(np.array(gaps) < 4) > 0.95


@pytest.mark.parametrize("times", [2, 5, 20, 60])
def test_the_size_of_the_picture_does_not_matter(few, times):
    large = [255 - np.kron(image, np.ones((times, times), np.uint8)) for image in few[:40]]
    found = [preprocess(picture) for picture in large]
    gaps = [difference(one.image28, image) for one, image in zip(found, few, strict=False)]
    assert np.median(gaps) < 3
    assert np.quantile(gaps, 0.9) < 8
    boxes = times * np.array(
        [cv2.boundingRect((image > 24).astype(np.uint8)) for image in few[:40]]
    )
    assert np.median(np.abs(boxes - [one.box for one in found])) <= max(1, 28 * times / 256)
    assert np.abs(boxes - [one.box for one in found]).max() <= 2 * times


def test_place_and_margin_do_not_matter(few):
    for image in few[:20]:
        expected = preprocess(enlarged(image)).image28
        picture = np.pad(enlarged(image), ((300, 20), (40, 150)))
        assert difference(preprocess(picture).image28, expected) < 12
        x, y, width, height = cv2.boundingRect((enlarged(image) > 100).astype(np.uint8))
        tight = np.pad(enlarged(image)[y : y + height, x : x + width], 8)
        assert difference(preprocess(tight).image28, expected) < 12


@pytest.mark.parametrize("dark_on_light", [True, False])
def test_paper_shadow_and_polarity_do_not_matter(few, dark_on_light):
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:324, :324] / 324
    light = (0.5 + 0.5 * x) * (0.8 + 0.2 * y)
    light = np.where(x + 0.3 * y < 0.6, 0.6, 1) * light  # and a shadow with an edge
    for image in few[:20]:
        ink = np.pad(enlarged(image), 50) / 255
        shades = 220 * light * (1 - 0.7 * ink) + rng.normal(0, 2, light.shape)
        picture = shades if dark_on_light else 255 - shades
        found = preprocess(picture.clip(0, 255).astype(np.uint8))
        assert found.status == "digit"
        assert difference(found.image28, preprocess(enlarged(image)).image28) < 12


def test_colours_of_one_brightness_are_told_apart(few):
    ink = np.pad(enlarged(few[0]), 30)[..., None] / 255
    red, green = np.array([200, 60, 60]), np.array([60, 131, 60])  # the same grey
    picture = (green + (red - green) * ink).astype(np.uint8)
    assert np.ptp(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)) < 12
    assert difference(preprocess(picture).image28, few[0]) < 8


def test_ruled_lines_and_specks_are_dropped(few):
    for image in few[:20]:
        ink = np.pad(enlarged(image), 100)
        ruled = ink.copy()
        for row in range(20, len(ruled), 70):
            ruled[row : row + 3] = 255
        ruled[5:12, 5:12] = 255
        found = preprocess(255 - ruled)
        assert found.status == "digit"
        assert difference(found.image28, preprocess(255 - ink).image28) < 12


@pytest.mark.parametrize("inset", [0, 1, 8, 14])
@pytest.mark.parametrize("degrees", [0, 3])
def test_the_border_of_a_cell_is_dropped(few, inset, degrees):
    for image in few[:60]:
        cell = 255 - np.pad(enlarged(image), 24)
        height, width = cell.shape
        cv2.rectangle(cell, (inset, inset), (width - 1 - inset, height - 1 - inset), 30, 4)
        room = 255 - np.zeros((height + 60, width + 60), np.uint8)
        if inset:  # the cell, and what is around it
            room[30:-30, 30:-30] = cell
            cell = room
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees if inset else 0, 1)
        cell = cv2.warpAffine(cell, turn, cell.shape[::-1], borderValue=255)
        found = preprocess(cell)
        assert found.status == "digit"
        if not degrees:
            assert difference(found.image28, image) < 15


def test_lines_alone_are_blank():
    ruled = np.full((300, 300), 255, np.uint8)
    ruled[40::50] = 60
    assert preprocess(ruled).status == "blank"


def test_the_box_is_in_the_pixels_of_a_large_photo():
    photo = np.full((2000, 3000, 3), 230, np.uint8)
    cv2.line(photo, (1500, 700), (1500, 1300), (30, 30, 30), 60)
    content = cv2.imencode(".jpg", photo)[1].tobytes()
    x, y, width, height = preprocess(content).box
    assert np.abs(np.array([x, y, x + width, y + height]) - [1470, 670, 1530, 1330]).max() < 30


def test_strokes_are_made_as_wide_as_those_of_mnist():
    canvas = np.zeros((300, 300), np.uint8)
    for width in (1, 3, 60):
        ring = cv2.circle(canvas.copy(), (150, 150), 90, 255, width, cv2.LINE_AA)
        image = preprocess(255 - ring).image28
        middle = image[14].astype(float)  # cut across: two strokes
        assert 1.0 < middle.sum() / 255 / 2 < 4.6
        assert middle.max() > 180


def test_the_width_of_strokes_is_measured():
    for width in (4, 9, 20):
        line = cv2.line(np.zeros((300, 300), np.uint8), (30, 40), (250, 240), 255, width)
        assert stroke_width(line) == pytest.approx(width, rel=0.2)


@pytest.mark.parametrize("shape", [(200, 50), (50, 200), (8, 4), (1, 1), (90, 90)])
def test_the_long_side_is_twenty_and_the_shape_is_kept(shape):
    solid = np.full(shape, 255, np.uint8)
    boxed = in_box(solid)
    assert max(boxed.shape) == 20
    assert boxed.shape[0] / boxed.shape[1] == pytest.approx(shape[0] / shape[1], rel=0.2)


def test_the_centre_of_mass_is_in_the_middle():
    lopsided = np.zeros((12, 12), np.uint8)
    lopsided[9:, :] = 255
    lopsided[:9, 0] = 128
    image = centred(lopsided)
    rows, columns = np.mgrid[:28, :28]
    for places in (rows, columns):
        assert (places * image).sum() / image.sum() == pytest.approx(14, abs=0.51)


def test_parts_of_a_digit_stay_together():
    five = np.full((200, 200), 255, np.uint8)
    cv2.ellipse(five, (90, 120), (45, 40), 0, -100, 120, 0, 12)
    cv2.line(five, (80, 50), (135, 46), 0, 12)  # the bar, not touching
    found = preprocess(five)
    assert found.status == "digit"
    assert found.box[1] < 50


def test_two_digits_are_several(few):
    picture = 255 - np.hstack([enlarged(few[0]), enlarged(few[1])])
    found = preprocess(picture)
    assert found.status == "several_digits"
    assert "several" in found.reason


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((1, 1)),
        np.full((1, 5000), 255),
        np.full((280, 280), 255),
        np.zeros((280, 280)),
        np.tile(np.linspace(90, 250, 300), (200, 1)),
    ],
)
def test_nothing_is_blank(picture):
    found = preprocess(picture.astype(np.uint8))
    assert (found.status, found.box) == ("blank", None)
    assert found.reason
    assert not found.image28.any()


def test_grainy_paper_is_blank():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        paper = np.clip(rng.normal(rng.uniform(60, 240), rng.uniform(1, 12), (200, 300)), 0, 255)
        assert preprocess(paper.astype(np.uint8)).status == "blank"


def test_a_table_behind_the_paper_is_no_digit(few):
    ink = np.pad(enlarged(few[0]), 60)
    expected = preprocess(255 - ink).image28
    picture = np.pad(255 - ink, ((0, 0), (0, 40)), constant_values=50)
    found = preprocess(picture)
    assert found.status == "digit"
    assert difference(found.image28, expected) < 12


def test_the_stages_can_be_seen(few):
    stages = preprocess(enlarged(few[0])).stages
    assert list(stages) == ["picture", "ink", "crop", "20x20", "28x28"]
    assert max(stages["20x20"].shape) == 20


def test_ink_is_dark_or_light():
    canvas = np.full((100, 100, 3), 255, np.uint8)
    dark = cv2.line(canvas.copy(), (20, 20), (80, 80), (30, 30, 120), 8)
    light = 255 - dark
    of_dark, of_light = ink_of(dark), ink_of(light)
    assert (of_dark.light_on_dark, of_light.light_on_dark) == (False, True)
    assert np.abs(of_dark.image.astype(int) - of_light.image).max() < 30


def test_no_picture():
    with pytest.raises(PictureError):
        preprocess(b"")


GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "golden.json").read_text("utf-8"))


@pytest.mark.parametrize("vector", GOLDEN["vectors"], ids=lambda vector: vector["name"])
def test_golden_vectors(vector):
    found = preprocess(Path(__file__).parent.parent / "golden" / vector["file"])
    assert GOLDEN["version"] == VERSION
    assert found.status == vector["status"]
    assert found.box == (vector["box"] and tuple(vector["box"]))
    assert np.abs(found.image28.ravel().astype(int) - vector["image28"]).max() <= 1


def tight_and_bold(images):
    """Digits of 24 pixels, of a thick pen, cut out at their ink: uint8 (h, w, 3), light on dark."""
    for image in images:
        large = cv2.dilate(cv2.resize(image, (112, 112)), np.ones((5, 5), np.uint8))
        x, y, width, height = cv2.boundingRect((large > 128).astype(np.uint8))
        part = 24 / max(width, height)
        tight = cv2.resize(large[y : y + height, x : x + width], None, fx=part, fy=part)
        yield tight[..., None].repeat(3, 2)


def test_a_bold_digit_that_fills_the_picture_is_ink_and_its_holes_are_not(few):
    right = []
    for tight in tight_and_bold(few):
        found, inverted = ink_of(tight), ink_of(255 - tight)
        right += [found.light_on_dark, not inverted.light_on_dark]
    assert np.mean(right) > 0.9


def test_light_is_told_from_dark_whatever_the_widths_of_strokes(few, monkeypatch):
    """Whether it is light on dark is another question than what is too wide for a stroke."""
    pictures = [*tight_and_bold(few)]
    usual = [ink_of(picture).light_on_dark for picture in pictures]
    for width in (0.06, 0.2, 0.33, 0.5):
        monkeypatch.setattr("digitscope.pictures.ink.STROKE", width)
        assert [ink_of(picture).light_on_dark for picture in pictures] == usual
