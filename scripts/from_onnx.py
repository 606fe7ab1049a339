"""from_onnx: the weights of a network that `to_onnx` wrote, to train it further."""

from pathlib import Path

import keras
import numpy as np
import onnx
from keras import layers
from onnx import numpy_helper


def take_weights(model: keras.Model, path: Path, images: np.ndarray) -> None:
    """Give a network the weights in a file, so that it answers as that does.

    Normalisation is written as a factor and a summand; which mean and variance are in them is not
    known, so they are taken of images.

    Args:
        model: of the shape that was written.
        path: of the file.
        images: float32 (n, h, w, channels), of the kind that is trained on.
    """
    written = onnx.load(path).graph.initializer
    constants = iter([numpy_helper.to_array(one).astype(np.float32) for one in written])
    norms, parts = [], []
    for layer in model.layers:
        match layer:
            case layers.Conv2D():
                kernel = next(constants).transpose(2, 3, 1, 0)
                layer.set_weights([kernel, *(next(constants) for _ in layer.weights[1:])])
            case layers.BatchNormalization():
                factor, summand = (next(constants).ravel() for _ in range(2))
                variance = np.ones_like(factor) - layer.epsilon
                layer.set_weights([factor, summand, np.zeros_like(factor), variance])
                norms.append(layer)
                parts.append(layer.input)
            case layers.UpSampling2D():
                next(constants)
            case layers.Dense():
                layer.set_weights([next(constants) for _ in layer.weights])
    seen = keras.Model(model.input, parts).predict(images, batch_size=16, verbose=0)
    for layer, part in zip(norms, seen, strict=True):
        factor, summand = (np.asarray(weight) for weight in layer.get_weights()[:2])
        axes = tuple(range(part.ndim - 1))
        mean, variance = part.mean(axes), part.var(axes)
        layer.set_weights(
            [factor * np.sqrt(variance + layer.epsilon), summand + mean * factor, mean, variance]
        )
