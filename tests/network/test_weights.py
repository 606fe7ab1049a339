import json
import struct

import numpy as np
import pytest

from digitscope.network.weights import layers_to_json, weights_from_bytes, weights_to_bytes
from digitscope.settings.config import Config
from tests.helpers import CONFIGS, randomised


def activate(x, name):
    """Keras's activations, from their definitions."""
    from math import erf

    match name:
        case "relu":
            return np.maximum(x, 0)
        case "leaky_relu":
            return np.where(x > 0, x, 0.2 * x)
        case "elu":
            return np.where(x > 0, x, np.exp(np.minimum(x, 0)) - 1)
        case "gelu":
            return x * (1 + np.vectorize(erf)(x / np.sqrt(2))) / 2
        case "silu":
            return x / (1 + np.exp(-x))
        case "sigmoid":
            return 1 / (1 + np.exp(-x))
        case "tanh":
            return np.tanh(x)
        case "softmax":
            powers = np.exp(x - x.max())
            return powers / powers.sum()
    return x


def convolve(x, layer, weights):
    size, stride, (out, _, filters) = (
        layer["options"]["kernel_size"],
        layer["options"]["strides"],
        layer["output_shape"],
    )
    if layer["options"]["padding"] == "same":
        total = max((out - 1) * stride + size - x.shape[0], 0)
        pad = (total // 2, total - total // 2)
        x = np.pad(x, (pad, pad, (0, 0)))
    result = np.zeros((out, out, filters)) + weights.get("bias", 0)
    for row in range(out):
        for column in range(out):
            patch = x[row * stride : row * stride + size, column * stride : column * stride + size]
            result[row, column] += np.tensordot(patch, weights["kernel"], 3)
    return result


def forward(described, content, image):
    """One image through a network.json and weights.bin: loops and the definitions, no library."""
    x = image[..., None].astype(float)
    for layer in described["layers"]:
        weights = {}
        for name, place in layer["weights"].items():
            count = int(np.prod(place["shape"]))
            numbers = struct.unpack_from(f"<{count}f", content, place["offset"])
            weights[name] = np.reshape(numbers, place["shape"])
        options = layer["options"]
        match layer["kind"]:
            case "rescale":
                x = x * options["scale"]
            case "convolution":
                x = convolve(x, layer, weights)
            case "batch_norm":
                scale = weights["gamma"] / np.sqrt(weights["moving_variance"] + options["epsilon"])
                x = (x - weights["moving_mean"]) * scale + weights["beta"]
            case "max_pool":
                size = options["size"]
                out = layer["output_shape"][0]
                x = x[: out * size, : out * size].reshape(out, size, out, size, -1).max((1, 3))
            case "flatten":
                x = x.ravel()
            case "global_average":
                x = x.mean((0, 1))
            case "dense":
                x = x @ weights["kernel"] + weights.get("bias", 0)
            case "activation" | "dropout":
                pass
        x = activate(x, options.get("activation"))
    return x


@pytest.mark.parametrize("config", CONFIGS, ids=range(len(CONFIGS)))
def test_the_files_alone_give_what_keras_gives(config, digits):
    model = randomised(config)
    described = json.loads(layers_to_json(config.layers))
    content = weights_to_bytes(model.get_weights())
    images = digits.x_test[:2]
    expected = model.predict(images[..., None], verbose=0)
    for image, probabilities in zip(images, expected, strict=True):
        assert forward(described, content, image) == pytest.approx(probabilities, abs=1e-5)


def test_weights_and_back():
    config = Config(filters=(4,), batch_norm=True)
    weights = randomised(config).get_weights()
    back = weights_from_bytes(config.layers, weights_to_bytes(weights))
    for a, b in zip(weights, back, strict=True):
        assert np.array_equal(a, b)


def test_a_short_file_is_refused():
    with pytest.raises(ValueError, match="holds 8 bytes"):
        weights_from_bytes(Config().layers, b"12345678")
