"""The browser's arithmetic against Keras, and its normaliser against the golden vectors."""

import base64
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from digitscope.network.weights import layers_to_json, weights_to_bytes
from digitscope.pictures.preprocess import preprocess
from digitscope.reading.reader import load
from tests.browser import browser, needs_chromium, served
from tests.helpers import CONFIGS, randomised

pytestmark = needs_chromium
GOLDEN = json.loads((Path(__file__).parent.parent / "golden/golden.json").read_text())["vectors"]
RUN = """async ([description, weights, images]) => {
  const { openNetwork, run } = await import("/web/engine/network.js");
  const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const network = openNetwork(JSON.parse(description), bytes(weights).buffer);
  const all = bytes(images);
  const said = [];
  for (let i = 0; i < all.length; i += 784) said.push([...run(network, all.subarray(i, i + 784))]);
  return said;
}"""
NORMALISE = """async ([pixels, width, height]) => {
  const { normalise } = await import("/web/pictures/normaliser.js");
  const data = Uint8ClampedArray.from(atob(pixels), (one) => one.charCodeAt(0));
  const { status, reason, box, image28 } = normalise({ width, height, data });
  return { status, reason, box, image28: [...image28] };
}"""
READ = """async ([run, pixels, width, height]) => {
  const api = await import("/web/api.js");
  const { normalise } = await import("/web/pictures/normaliser.js");
  const { read } = await import("/web/engine/reader.js");
  const { network, certainty } = await api.openRun(run);
  const data = Uint8ClampedArray.from(atob(pixels), (one) => one.charCodeAt(0));
  const said = read(network, certainty, normalise({ width, height, data }));
  return { ...said, image28: null };
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with served(None, tmp_path_factory.mktemp("none")) as address, browser() as chromium:
        page = chromium.new_page()
        page.goto(f"{address}/health")
        yield page


def text_of(content):
    return base64.b64encode(content).decode()


def rgba(path):
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGBA)


@pytest.mark.parametrize("config", CONFIGS, ids=range(len(CONFIGS)))
def test_it_computes_what_keras_computes(page, digits, config):
    model, images = randomised(config), digits.x_test[:40]
    weights = weights_to_bytes(model.get_weights())
    arguments = [layers_to_json(config.layers), text_of(weights), text_of(images.tobytes())]
    said = np.array(page.evaluate(RUN, arguments))
    expected = model.predict(images[..., None], verbose=0)
    assert np.abs(said - expected).max() < 1e-4


def test_weights_that_are_cut_off_are_refused(page):
    config = CONFIGS[0]
    weights = weights_to_bytes(randomised(config).get_weights())[:-4]
    with pytest.raises(Exception, match=f"damaged: {len(weights)} bytes.*need {len(weights) + 4}"):
        page.evaluate(RUN, [layers_to_json(config.layers), text_of(weights), text_of(b"")])


@pytest.mark.parametrize("vector", GOLDEN, ids=lambda vector: vector["name"])
def test_the_normaliser_agrees_with_the_golden_vectors(page, vector):
    pixels = rgba(Path(__file__).parent.parent / "golden" / vector["file"])
    found = page.evaluate(NORMALISE, [text_of(pixels.tobytes()), pixels.shape[1], pixels.shape[0]])
    assert (found["status"], found["box"]) == (vector["status"], vector["box"])
    assert np.abs(np.array(found["image28"]) - vector["image28"]).max() <= 1


@pytest.mark.parametrize("name", ["drawing", "photo 3", "two digits", "blank", "thick"])
def test_a_prediction_is_the_same_as_in_python(page, name):
    (vector,) = [one for one in GOLDEN if one["name"] == name]
    path = Path(__file__).parent.parent / "golden" / vector["file"]
    pixels = rgba(path)
    arguments = ["reader", text_of(pixels.tobytes()), pixels.shape[1], pixels.shape[0]]
    found = page.evaluate(READ, arguments)
    said = load().predict(path)
    assert {key: found[key] for key in ("digit", "status", "reason")} == {
        "digit": said.digit,
        "status": said.status,
        "reason": said.reason,
    }
    assert found["box"] == (list(said.box) if said.box else None)
    if said.probabilities is None:
        assert found["probabilities"] is None
    else:
        assert found["probabilities"] == pytest.approx(said.probabilities.tolist(), abs=1e-4)


def assert_same(page, pixels):
    """Python's normaliser and the browser's agree on a picture, uint8 (h, w, 4)."""
    expected = preprocess(pixels)
    found = page.evaluate(NORMALISE, [text_of(pixels.tobytes()), pixels.shape[1], pixels.shape[0]])
    assert (found["status"], found["reason"]) == (expected.status, expected.reason)
    worst = np.abs(np.array(found["image28"]).reshape(28, 28) - expected.image28.astype(int))
    assert worst.max() <= 1


def test_lines_and_shadows_on_training_digits(page, digits):
    rng = np.random.default_rng(0)
    for image in digits.x_train[:20]:
        size = int(rng.integers(40, 300))
        ink = cv2.resize(np.pad(image, 6), (size, size), interpolation=cv2.INTER_CUBIC)
        light = np.linspace(1, rng.uniform(0.5, 1), size)[None, :, None]
        paper = rng.uniform(180, 255, 3) * (1 - 0.8 * ink[..., None] / 255) * light
        noisy = paper + rng.normal(0, 3, paper.shape)
        picture = np.clip(noisy, 0, 255).astype(np.uint8)
        picture[:: max(20, size // 6)] //= 2  # ruled paper
        assert_same(page, cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA))


@pytest.mark.parametrize("inset", [0, 12])
def test_a_cell_s_border_is_dropped_as_in_python(page, digits, inset):
    for image in digits.x_train[:5]:
        cell = 255 - np.pad(np.kron(image, np.ones((6, 6), np.uint8)), 30)
        cv2.rectangle(cell, (inset, inset), (227 - inset, 227 - inset), 40, 4)
        assert_same(page, np.stack([cell] * 3 + [np.full_like(cell, 255)], -1))


def test_white_ink_on_nothing_as_in_python(page, digits):
    ink = np.kron(digits.x_train[0], np.ones((6, 6), np.uint8))
    assert_same(page, np.stack([np.full_like(ink, 255)] * 3 + [ink], -1))
