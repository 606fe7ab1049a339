"""The layers a Config stands for, in order, with their shapes, weights and cost. Plain Python.

Config has them made once, and refuses a stack that can't be built. `network.model` builds the Keras
network from this list, `network.weights` and `network.onnx_file` write it to disk, the command line
prints it: one plan, so they can't disagree.
"""

from dataclasses import dataclass, field
from math import ceil, prod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from digitscope.settings.config import Config

IMAGE_SHAPE = (28, 28, 1)
NUM_CLASSES = 10
MAX_PARAMETERS = 50_000_000  # with its gradient and Adam's two averages: 0.8 GB
# What the layers give for a batch, all kept until its gradients are known: 4 GB. Every recipe can
# take the largest batch.
MAX_OUTPUTS = 1_000_000_000

KINDS = {  # in words
    "rescale": "to 0..1",
    "convolution": "convolution",
    "batch_norm": "batch norm",
    "activation": "activation",
    "max_pool": "max pooling",
    "dropout": "dropout",
    "flatten": "flatten",
    "global_average": "global average",
    "dense": "dense",
}

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """One layer: what it is, what goes in and out, and what it costs.

    Attributes:
        name: unique in the network, and the name of the Keras layer.
        kind: rescale, convolution, batch_norm, activation, max_pool, dropout, flatten,
            global_average or dense.
        input_shape: without the batch axis: (height, width, channels) or (units,).
        output_shape: likewise.
        options: what the kind needs: kernel_size, strides, padding, activation, size, rate ...
        weights: name -> shape, in Keras's order.
        multiply_adds: multiplications, each with its addition, for one image.
    """

    name: str
    kind: str
    input_shape: Shape
    output_shape: Shape
    options: dict[str, Any] = field(default_factory=dict)
    weights: dict[str, Shape] = field(default_factory=dict)
    multiply_adds: int = 0

    @property
    def parameters(self) -> int:
        """Numbers the layer holds; for batch norm its two running averages too, as Keras counts."""
        return sum(prod(shape) for shape in self.weights.values())


def plan(config: "Config") -> tuple[Layer, ...]:
    """The layers of `config` in order, input to output; found again as `config.layers`.

    Raises:
        ValueError: the image vanishes on the way, or the network is too large.

    Example:
        >>> from digitscope.settings.config import Config
        >>> [layer.parameters for layer in Config().layers if layer.parameters]
        [320, 692352, 1290]
    """
    stack = _Stack(config)
    stack.add("rescale", "rescale", stack.shape, {"scale": 1 / 255})
    for index, filters in enumerate(config.filters):
        stack.block(index, filters)
    if config.head == "flatten":
        stack.add("flatten", "flatten", (prod(stack.shape),))
    else:
        stack.add("global_average", "global_average", stack.shape[-1:])
    for index, units in enumerate(config.dense_units):
        stack.hidden(index, units)
    stack.dense("output", NUM_CLASSES, "softmax")
    stack.check_size()
    return tuple(stack.layers)


def _broadcast(
    name: str, values: tuple[Any, ...], length: int, of: str = "filters"
) -> tuple[Any, ...]:
    """One value for every layer, or as many values as layers."""
    if len(values) == 1:
        return values * length
    if len(values) != length:
        raise ValueError(
            f"{name}: received {len(values)} values; possible: one, or one for each of the "
            f"{length} {of}"
        )
    return values


class _Stack:
    """The layers so far and the shape that reaches the next one."""

    def __init__(self, config: "Config"):
        num_blocks = len(config.filters)
        self.config = config
        self.layers: list[Layer] = []
        self.shape: Shape = IMAGE_SHAPE
        self.sizes = [IMAGE_SHAPE[0]]  # the side of the image after each change, for the error
        self.kernel_size = _broadcast("kernel_size", config.kernel_size, num_blocks)
        self.strides = _broadcast("strides", config.strides, num_blocks)
        self.pool = _broadcast("pool", config.pool, num_blocks)
        self.dropout = _broadcast(
            "dropout",
            config.dropout,
            num_blocks + len(config.dense_units),
            of="layers (filters, then dense_units)",
        )

    def add(
        self, name: str, kind: str, output_shape: Shape, options: dict[str, Any] | None = None
    ) -> None:
        """Append a layer without weights."""
        self._append(Layer(name, kind, self.shape, output_shape, options or {}))

    def _append(self, layer: Layer) -> None:
        self.layers.append(layer)
        self.shape = layer.output_shape

    def block(self, index: int, filters: int) -> None:
        """Convolution, batch norm, activation, pooling, dropout."""
        number = index + 1
        self.convolution(index, filters)
        self._norm_and_activation(number)
        if self.pool[index] > 1:
            self.max_pool(index)
        self._dropout(number)

    def hidden(self, index: int, units: int) -> None:
        """A dense layer with batch norm, activation and dropout."""
        number = len(self.config.filters) + index + 1
        activation = "linear" if self.config.batch_norm else self.config.activation
        self.dense(f"dense{index + 1}", units, activation, use_bias=not self.config.batch_norm)
        self._norm_and_activation(number)
        self._dropout(number)

    def convolution(self, index: int, filters: int) -> None:
        """The convolution of block `index`; with batch norm it has no bias and no activation."""
        size, stride, padding = self.kernel_size[index], self.strides[index], self.config.padding
        side = self.shape[0]
        if padding == "valid" and size > side:
            raise ValueError(self._vanished(index, f"its {size}x{size} kernel"))
        output = ceil(side / stride) if padding == "same" else (side - size) // stride + 1
        self.sizes.append(output)
        channels = self.shape[-1]
        norm = self.config.batch_norm
        weights: dict[str, Shape] = {"kernel": (size, size, channels, filters)}
        if not norm:
            weights["bias"] = (filters,)
        self._append(
            Layer(
                name=f"conv{index + 1}",
                kind="convolution",
                input_shape=self.shape,
                output_shape=(output, output, filters),
                options={
                    "kernel_size": size,
                    "strides": stride,
                    "padding": padding,
                    "activation": "linear" if norm else self.config.activation,
                },
                weights=weights,
                multiply_adds=output * output * filters * size * size * channels,
            )
        )

    def max_pool(self, index: int) -> None:
        """Non-overlapping max pooling; what doesn't fill a window at the edge is dropped."""
        size, (side, _, channels) = self.pool[index], self.shape
        if size > side:
            raise ValueError(self._vanished(index, f"its {size}x{size} pooling"))
        self.sizes.append(side // size)
        self.add(
            f"pool{index + 1}", "max_pool", (side // size, side // size, channels), {"size": size}
        )

    def dense(self, name: str, units: int, activation: str, use_bias: bool = True) -> None:
        """A dense layer."""
        weights: dict[str, Shape] = {"kernel": (self.shape[0], units)}
        if use_bias:
            weights["bias"] = (units,)
        options = {"activation": activation}
        cost = self.shape[0] * units
        self._append(Layer(name, "dense", self.shape, (units,), options, weights, cost))

    def _norm_and_activation(self, number: int) -> None:
        if not self.config.batch_norm:
            return  # the layer before has its activation itself
        channels = self.shape[-1:]
        names = ("gamma", "beta", "moving_mean", "moving_variance")
        self._append(
            Layer(
                name=f"batch_norm{number}",
                kind="batch_norm",
                input_shape=self.shape,
                output_shape=self.shape,
                # Keras's own momentum, 0.99, is too slow for runs of a few hundred steps.
                options={"epsilon": 1e-3, "momentum": 0.9},
                weights=dict.fromkeys(names, channels),
                multiply_adds=prod(self.shape),
            )
        )
        options = {"activation": self.config.activation}
        self.add(f"activation{number}", "activation", self.shape, options)

    def _dropout(self, number: int) -> None:
        if rate := self.dropout[number - 1]:
            self.add(f"dropout{number}", "dropout", self.shape, {"rate": rate})

    def _vanished(self, index: int, what: str) -> str:
        way = " → ".join(f"{size}x{size}" for size in self.sizes)
        fits = f"keep the first {index}" if index else "make it smaller"
        same = "" if self.config.padding == "same" else "padding=same or "
        return (
            f"Convolution layer {index + 1} can't be built: {what} is larger than the image that "
            f"reaches it ({way}); {fits}, or use {same}pool=0"
        )

    def check_size(self) -> None:
        """Refuse a network that would not fit an ordinary machine's memory."""
        parameters = sum(layer.parameters for layer in self.layers)
        if parameters > MAX_PARAMETERS:
            raise ValueError(
                f"This network has {parameters:,} parameters, and at most {MAX_PARAMETERS:,} are "
                "possible: use fewer filters or dense_units, more pool, or head=global_average"
            )
        batch = self.config.batch_size
        outputs = batch * sum(prod(layer.output_shape) for layer in self.layers)
        if outputs > MAX_OUTPUTS:
            raise ValueError(
                f"For a batch of {batch:,} images the layers give {outputs:,} numbers, and at most "
                f"{MAX_OUTPUTS:,} fit the memory: use a smaller batch_size, fewer filters, or more "
                "pool or strides"
            )
