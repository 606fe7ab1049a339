"""to_onnx: a Keras network as ONNX, its weights in half precision, so that the file is small."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from keras import layers
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
HALF = 16  # numbers: smaller arrays stay in single precision


class Graph:
    """Nodes of a network whose pictures have their channels first."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: np.ndarray) -> str:
        """Store an array; give its name."""
        name = f"constant{len(self.constants)}"
        is_weight = value.dtype == np.float32 and value.size > HALF
        stored = np.ascontiguousarray(value, np.float16 if is_weight else None)
        self.constants.append(numpy_helper.from_array(stored, name))
        return self.node("Cast", name, to=TensorProto.FLOAT) if is_weight else name

    def node(self, kind: str, *inputs: str, output: str | None = None, **attributes: Any) -> str:
        """Append a node; give its output's name."""
        name = output or f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, [*inputs], [name], **attributes))
        return name

    def layer(self, layer: keras.layers.Layer, inputs: list[str]) -> str:
        """Append what computes one layer."""
        weights = [np.asarray(weight, np.float32) for weight in layer.get_weights()]
        match layer:
            case layers.Conv2D():
                return self.convolution(layer, weights, inputs[0])
            case layers.BatchNormalization():
                gamma, beta, mean, variance = weights
                scale = gamma / np.sqrt(variance + layer.epsilon)
                ones = (1,) * (len(layer.output.shape) - 2)  # channels come first
                both = (part.reshape(-1, *ones) for part in (scale, beta - mean * scale))
                factor, summand = map(self.constant, both)
                return self.node("Add", self.node("Mul", inputs[0], factor), summand)
            case layers.ReLU():
                return self.node("Relu", inputs[0])
            case layers.Add():
                return self.node("Add", *inputs)
            case layers.MaxPooling2D():
                return self.node("MaxPool", inputs[0], kernel_shape=[2, 2], strides=[2, 2])
            case layers.UpSampling2D():
                scales = self.constant(np.array([1, 1, 2, 2], np.float64).astype(np.float32))
                way = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
                return self.node("Resize", inputs[0], "", scales, mode="nearest", **way)
            case layers.Flatten():
                last = self.node("Transpose", inputs[0], perm=[0, 2, 3, 1])
                return self.node("Flatten", last)
            case layers.Dense():
                return self.node("Gemm", inputs[0], *map(self.constant, weights))
            case layers.Dropout():
                return inputs[0]
        raise TypeError(f"{layer} has no counterpart here.")

    def convolution(self, layer: layers.Conv2D, weights: list[np.ndarray], source: str) -> str:
        """Of an input whose sides the strides divide; padding is as Keras's `same`."""
        (size, _), (stride, _) = layer.kernel_size, layer.strides
        total = max(size - stride, 0)
        pads = [total // 2] * 2 + [total - total // 2] * 2
        arrays = [weights[0].transpose(3, 2, 0, 1), *weights[1:]]
        return self.node(
            "Conv", source, *map(self.constant, arrays), strides=[stride] * 2, pads=pads
        )


def add_metadata(path: Path, metadata: dict[str, str]) -> None:
    """Say something more of a network in its file."""
    model = onnx.load(path)
    kept = {entry.key: entry.value for entry in model.metadata_props}
    helper.set_model_props(model, kept | metadata)
    path.write_bytes(model.SerializeToString())


def to_onnx(model: keras.Model, metadata: dict[str, str]) -> bytes:
    """A functional network of one input and one output.

    Its input `image` takes float32 (n, h, w, channels), as in Keras; its output `answer` has the
    channels last as well.
    """
    graph = Graph()
    (source,) = model.inputs
    names = {id(source): graph.node("Transpose", "image", perm=[0, 3, 1, 2])}
    for operation in model.operations:
        if isinstance(operation, layers.InputLayer):
            continue
        node = operation._inbound_nodes[0]
        inputs = [names[id(tensor)] for tensor in node.input_tensors]
        names[id(node.output_tensors[0])] = graph.layer(operation, inputs)
    (result,) = model.outputs
    last = names[id(result)]
    if len(result.shape) == 4:
        graph.node("Transpose", last, output="answer", perm=[0, 2, 3, 1])
    else:
        graph.node("Identity", last, output="answer")
    shapes = [
        ["n", *(side or f"side{place}" for place, side in enumerate(tensor.shape[1:]))]
        for tensor in (source, result)
    ]
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in zip(("image", "answer"), shapes, strict=True)
    ]
    whole = helper.make_graph(graph.nodes, "digitscope", ends[:1], ends[1:], graph.constants)
    made = helper.make_model(whole, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=9)
    helper.set_model_props(made, metadata)
    onnx.checker.check_model(made)
    content: bytes = made.SerializeToString()
    return content
