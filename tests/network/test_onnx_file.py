import json

import numpy as np
import onnxruntime
import pytest

from digitscope.network.inference import Model
from digitscope.network.onnx_file import onnx_model
from tests.helpers import CONFIGS, randomised


@pytest.mark.parametrize("config", CONFIGS, ids=range(len(CONFIGS)))
def test_it_computes_what_keras_computes(config, digits, tmp_path):
    model = randomised(config)
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx_model(config.layers, model.get_weights(), {"labels": [0, 1]}))
    images = digits.x_test[:300]
    expected = model.predict(images[..., None], verbose=0)
    assert np.abs(Model(path).probabilities(images) - expected).max() < 1e-5

    session = onnxruntime.InferenceSession(path)
    logits, probabilities = session.run(None, {"image": images[:3, ..., None].astype("float32")})
    powers = np.exp(logits - logits.max(1, keepdims=True))
    assert powers / powers.sum(1, keepdims=True) == pytest.approx(probabilities, abs=1e-6)
    assert json.loads(session.get_modelmeta().custom_metadata_map["labels"]) == [0, 1]


def test_of_no_images_it_says_nothing(tmp_path):
    config = CONFIGS[0]
    path = tmp_path / "model.onnx"
    weights = randomised(config).get_weights()
    path.write_bytes(onnx_model(config.layers, weights, {"labels": [*range(10)]}))
    assert Model(path).logits(np.zeros((0, 28, 28), np.uint8)).shape == (0, 10)
