"""A trained network as plain files: network.json (the layers) and weights.bin (the numbers).

They are all that the browser, or any program without Keras, needs to compute what the network
computes. weights.bin is float32, little-endian, one array after the other in the order of
network.json, which gives each one's shape and its offset in bytes.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from math import prod

import numpy as np

from digitscope.settings.layers import NUM_CLASSES, Layer

VERSION = 1
FLOAT = np.dtype("<f4")


def layers_to_json(layers: Sequence[Layer]) -> str:
    """network.json: the layers in order, with shapes, options, cost, and where their weights lie.

    Example:
        >>> from digitscope.settings.config import Config
        >>> json.loads(layers_to_json(Config().layers))["layers"][1]["weights"]["bias"]
        {'shape': [32], 'offset': 1152}
    """
    offset = 0
    described = []
    for layer in layers:
        places = {}
        for name, shape in layer.weights.items():
            places[name] = {"shape": shape, "offset": offset}
            offset += prod(shape) * FLOAT.itemsize
        described.append(asdict(layer) | {"parameters": layer.parameters, "weights": places})
    network = {"version": VERSION, "labels": list(range(NUM_CLASSES)), "layers": described}
    return json.dumps(network, indent=1)


def weights_to_bytes(weights: Sequence[np.ndarray]) -> bytes:
    """weights.bin: the arrays of `model.get_weights()`, one after the other."""
    return b"".join(np.ascontiguousarray(array, FLOAT).tobytes() for array in weights)


def check_length(layers: Sequence[Layer], content: bytes) -> None:
    """Refuse what is not as long as the weights.bin of these layers.

    Raises:
        ValueError: how long it is, and how long it should be.
    """
    needed = sum(layer.parameters for layer in layers) * FLOAT.itemsize
    if len(content) != needed:
        raise ValueError(f"it holds {len(content):,} bytes, its network {needed:,}")


def weights_from_bytes(layers: Sequence[Layer], content: bytes) -> list[np.ndarray]:
    """The arrays of a weights.bin, float32, in the order of `model.get_weights()`.

    Raises:
        ValueError: the file does not hold exactly the weights of these layers.
    """
    check_length(layers, content)
    shapes = [shape for layer in layers for shape in layer.weights.values()]
    arrays, offset = [], 0
    for shape in shapes:
        arrays.append(np.frombuffer(content, FLOAT, prod(shape), offset).reshape(shape))
        offset += arrays[-1].nbytes
    return arrays
