"""The finder against what its targets say, and its networks in ONNX against Keras."""

import keras
import numpy as np
import onnxruntime
import pytest

from digitscope.errors import ModelError
from digitscope.reading import finder
from digitscope.reading.finder import Finder
from digitscope.reading.glyphs import Glyphs, Trust, cut
from scripts import finder as training
from scripts import glyphs as training_of_glyphs
from scripts.from_onnx import take_weights
from scripts.to_onnx import to_onnx


@pytest.mark.parametrize("kind", [Finder, Glyphs])
def test_a_network_that_is_not_there_or_damaged_is_a_sentence(kind, tmp_path):
    with pytest.raises(ModelError, match="There is no model file"):
        kind(tmp_path / "none.onnx")
    (tmp_path / "damaged.onnx").write_bytes(b"no network")
    with pytest.raises(ModelError, match="is damaged"):
        kind(tmp_path / "damaged.onnx")


@pytest.mark.parametrize(
    ("make", "shape"),
    [(training.network, (1, 64, 96, 3)), (training_of_glyphs.network, (5, 32, 32, 3))],
)
def test_onnx_answers_as_keras_does_and_can_be_trained_on(make, shape, tmp_path):
    keras.utils.set_random_seed(0)
    model = make()
    rng = np.random.default_rng(0)
    for weight in model.weights:  # halves are exact in half precision; variances are positive
        values = rng.integers(1, 5, weight.shape) / (16 * np.sqrt(np.prod(weight.shape[:-1]) + 1))
        weight.assign(values.astype(np.float16).astype(np.float32))
    image = rng.random(shape, np.float32)
    path = tmp_path / "model.onnx"
    path.write_bytes(to_onnx(model, {}))
    (answer,) = onnxruntime.InferenceSession(path).run(None, {"image": image})
    expected = model.predict(image, verbose=0)
    assert answer.shape == expected.shape
    near = {"rel": 1e-3, "abs": 1e-4 * float(np.abs(expected).max())}
    assert answer == pytest.approx(expected, **near)

    again = make()
    take_weights(again, path, image)
    for layer in again.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0
    assert again.predict(image, verbose=0) == pytest.approx(expected, **near)
    assert np.asarray(again(image, training=True)) == pytest.approx(expected, **near)


@pytest.mark.parametrize("seed", range(5))
def test_all_around_a_middle_its_size_is_to_be_learnt(seed):
    rng = np.random.default_rng(seed)
    left_top, size = rng.uniform(20, 200, 2), rng.uniform(20, 40, 2)
    corners = (left_top + size * np.array([(0, 0), (1, 0), (1, 1), (0, 1)]))[None]
    target = training.wanted(corners, size[1:], np.array([1]), np.zeros((128, 128), np.uint8))
    near = target[..., finder.HEAT] > training.NEAR
    assert near.sum() > 2  # the middle, and some around it
    assert (target[near][:, finder.KIND] == [0, 1, 0]).all()
    assert target[near][:, finder.HEIGHT] == pytest.approx(np.log2(size[1] / 16), abs=1e-5)
    assert not target[~near][:, finder.KIND].any()


def test_a_network_that_does_not_say_how_far_it_is_believed_is_refused(tmp_path):
    path = tmp_path / "glyphs.onnx"
    path.write_bytes(to_onnx(training_of_glyphs.network(), {}))
    with pytest.raises(ModelError, match="a model of something else"):
        Glyphs(path)
    path.write_bytes(to_onnx(training_of_glyphs.network(), {"trust": "[1]", "look": "[1]"}))
    with pytest.raises(ModelError, match="a model of something else"):
        Glyphs(path)
    trust = Trust((0.5, 0.25, 1.5), -2.0, 0.75)
    look = Trust((1.0, 2.0, 3.0, 4.0), 0.5, 0.25)
    both = trust.as_metadata() | look.as_metadata("look")
    path.write_bytes(to_onnx(training_of_glyphs.network(), both))
    assert (Glyphs(path).trust, Glyphs(path).look) == (trust, look)


def test_of_no_pictures_glyphs_say_nothing():
    assert Glyphs(training_of_glyphs.MODEL).probabilities([]).shape == (0, 18)


HEIGHTS, KINDS = np.array([16, 16, 34, 16], np.float32), np.array([0, 0, 2, 1])
SIZES = np.array([(10, 16), (8, 16), (24, 34), (14, 3)], np.float32)
CORNERS = (
    np.array([(20, 30), (60, 30), (150, 90), (40, 180)], np.float32)[:, None]
    + SIZES[:, None] * np.array([(0, 0), (1, 0), (1, 1), (0, 1)])
).astype(np.float32)
RULES = np.zeros((128, 128), np.uint8)
RULES[50:52, 10:110] = 255


class Network(Finder):
    """No network: what it would answer is known, and the second symbol is the least likely."""

    def __init__(self):
        target = training.wanted(CORNERS, HEIGHTS, KINDS, RULES)[..., : finder.PARTS]
        self.answer = target.copy()
        for part in (finder.HEAT, finder.LINES):
            self.answer[..., part] = np.where(
                target[..., part] > 0.99, 6, 12 * target[..., part] - 8
            )
        self.answer[:20, 13:20, finder.HEAT] -= 2
        self.answer[..., finder.KIND] *= 9

    def _answer(self, picture):
        return self.answer if len(picture) == 256 else np.full_like(self.answer, -20)

    def found(self):
        return self.find(np.zeros((256, 256, 3), np.uint8))


def test_symbols_are_found_where_the_target_has_them():
    found = Network().found()
    assert len(found.heat) == 4
    nearest = [np.abs(found.centres - c.mean(0)).sum(1).argmin() for c in CORNERS]
    assert sorted(nearest) == [0, 1, 2, 3]
    assert found.centres[nearest] == pytest.approx(CORNERS.mean(1), abs=0.01)
    assert found.sizes[nearest] == pytest.approx(SIZES, rel=0.01)
    assert found.heights[nearest] == pytest.approx(HEIGHTS, rel=0.01)
    assert found.kinds[nearest].argmax(1).tolist() == KINDS.tolist()
    assert ((found.lines > 0.5) == (RULES > 0)).all()


def test_of_too_many_the_likeliest_are_kept(monkeypatch):
    monkeypatch.setattr(finder, "MOST", 3)
    found = Network().found()
    assert len(found.heat) == 3
    gaps = np.abs(CORNERS.mean(1)[:, None] - found.centres).sum(2).min(1)
    assert (gaps < 1).tolist() == [True, False, True, True]


def test_a_symbol_is_cut_out_upright_and_in_the_middle():
    photo = np.full((200, 200, 3), 255, np.uint8)
    photo[90:110, 60:64] = 0  # a stroke, 20 pixels high
    upright = cut(photo, np.array([62.0, 100.0]), 20, 0)
    lying = cut(photo, np.array([62.0, 100.0]), 20, np.pi / 2)
    dark = upright[..., 0] < 128
    assert dark.any(1).sum() == pytest.approx(32 / 1.7, abs=1)
    assert dark.any(0).sum() == pytest.approx(4 * 32 / 34, abs=1)
    assert np.argwhere(dark).mean(0) == pytest.approx([15.5, 15.5], abs=0.6)
    assert (np.rot90(upright).astype(int) - lying == 0).mean() > 0.9
