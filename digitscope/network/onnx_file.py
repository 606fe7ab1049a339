"""The layers and their weights as an ONNX model, which ONNX Runtime reads without Keras.

Written here, not by Keras's export: that goes through tf2onnx, which adds four seconds to every
run, needs TensorFlow under every engine, and keeps the channels last, for which ONNX Runtime takes
1.3 times as long. Each run checks the file against Keras before it counts as finished.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from digitscope.settings.layers import NUM_CLASSES, Layer

OPSET = 20  # the first with Gelu; ONNX Runtime 1.17 and later
LEAKY_SLOPE = 0.2  # keras.activations.leaky_relu


def onnx_model(
    layers: Sequence[Layer], weights: Sequence[np.ndarray], metadata: Mapping[str, object]
) -> bytes:
    """The network as a serialised ONNX model.

    Input `image`: float32 (n, 28, 28, 1), 0 = background .. 255 = ink. Outputs: `logits` and
    `probabilities`, float32 (n, 10).

    Args:
        layers: as `Config.layers` gives them.
        weights: as `model.get_weights()` gives them, in the order of `layers`.
        metadata: stored in the file, each value as JSON.
    """
    graph = _Graph()
    graph.node("Reshape", graph.constant(np.array([-1, 1, 28, 28])))
    arrays = iter(weights)
    for layer in layers:
        graph.layer(layer, [next(arrays) for _ in layer.weights])
    model = helper.make_model(
        graph.build(),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=9,
        producer_name="digitscope",
    )
    helper.set_model_props(model, {name: json.dumps(value) for name, value in metadata.items()})
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString()
    return content


class _Graph:
    """Nodes in a row; `last` names the output of the latest one."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []
        self.last = "image"
        self.flattened: tuple[int, ...] | None = None  # (height, width, channels) in Keras

    def constant(self, value: np.ndarray) -> str:
        """Store an array; give its name."""
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """Append a node that takes the last output and `inputs`; give its output's name."""
        name = output or f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, [self.last, *inputs], [name], **attributes))
        self.last = name
        return name

    def layer(self, layer: Layer, weights: list[np.ndarray]) -> None:
        """Append what computes one layer; channels come first here, unlike in Keras."""
        match layer.kind:
            case "rescale":
                self.node("Mul", self.constant(np.array(layer.options["scale"], np.float32)))
            case "convolution":
                self.convolution(layer, weights)
            case "batch_norm":
                epsilon = layer.options["epsilon"]
                self.node("BatchNormalization", *map(self.constant, weights), epsilon=epsilon)
            case "activation":
                self.activation(layer.options["activation"])
            case "max_pool":
                size = [layer.options["size"]] * 2
                self.node("MaxPool", kernel_shape=size, strides=size)
            case "flatten":
                self.flattened = layer.input_shape
                self.node("Flatten")
            case "global_average":
                self.node("GlobalAveragePool")
                self.node("Flatten")
            case "dense":
                self.dense(layer, weights)
            case "dropout":
                pass  # acts in training only

    def convolution(self, layer: Layer, weights: list[np.ndarray]) -> None:
        """Keras keeps kernels as (height, width, in, out), ONNX as (out, in, height, width)."""
        size, stride = layer.options["kernel_size"], layer.options["strides"]
        begin = end = 0
        if layer.options["padding"] == "same":
            total = max((layer.output_shape[0] - 1) * stride + size - layer.input_shape[0], 0)
            begin, end = total // 2, total - total // 2
        inputs = [self.constant(weights[0].transpose(3, 2, 0, 1)), *map(self.constant, weights[1:])]
        self.node("Conv", *inputs, strides=[stride] * 2, pads=[begin, begin, end, end])
        self.activation(layer.options["activation"])

    def dense(self, layer: Layer, weights: list[np.ndarray]) -> None:
        """A matrix product; after a flatten its rows are put in channels-first order."""
        if self.flattened:
            rows = np.arange(weights[0].shape[0]).reshape(self.flattened).transpose(2, 0, 1)
            weights = [weights[0][rows.ravel()], *weights[1:]]
            self.flattened = None
        self.node("Gemm", *map(self.constant, weights))
        self.activation(layer.options["activation"])

    def activation(self, name: str) -> None:
        """Keras's activation of this name."""
        before = self.last
        match name:
            case "linear":
                pass
            case "leaky_relu":
                self.node("LeakyRelu", alpha=LEAKY_SLOPE)
            case "silu":
                self.node("Sigmoid")
                self.node("Mul", before)
            case "softmax":
                self.nodes[-1].output[0] = "logits"
                self.last = "logits"
                self.node("Softmax", output="probabilities", axis=-1)
            case _:  # relu, elu, gelu, tanh, sigmoid: the same names, the same defaults
                self.node(name.capitalize())

    def build(self) -> onnx.GraphProto:
        """The finished graph."""
        image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 28, 28, 1])
        outputs = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", NUM_CLASSES])
            for name in ("logits", "probabilities")
        ]
        return helper.make_graph(self.nodes, "digitscope", [image], outputs, self.constants)
