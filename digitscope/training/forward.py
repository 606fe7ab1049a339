"""forward: a network's layers as TensorFlow operations, in float32 or bfloat16.

It computes what the Keras model computes, with the model's own variables; tests hold the two
together. Traced without Keras's layers around them, the operations start in a quarter of the time.
"""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from digitscope.settings.layers import Layer

Gradient = Callable[[tf.Tensor], list[tf.Tensor]]


def logits(
    layers: Sequence[Layer],
    weights: Sequence[tf.Variable],
    images: tf.Tensor,
    dtype: tf.DType = tf.float32,
    training_seed: tf.Tensor | None = None,
) -> tf.Tensor:
    """The network's ten scores for each image, before the softmax.

    Args:
        layers: of `Config.layers`.
        weights: float32, in the order of `model.weights`.
        images: (n, 28, 28, 1), 0 = background .. 255 = ink, of any number type.
        dtype: float32 or bfloat16, of products and activations; weights, the averages of batch
            norm, and the logits are float32 with either.
        training_seed: an integer; if given, the layers do as in training: dropout draws from it,
            and batch norm takes the batch's mean and variance and moves its averages towards them.

    Returns:
        float32 (n, 10).
    """
    values, remaining = images, iter(weights)
    for number, layer in enumerate(layers):
        own = [next(remaining) for _ in layer.weights]
        match layer.kind:
            case "rescale":
                values = tf.cast(tf.cast(values, tf.float32) * layer.options["scale"], dtype)
            case "convolution":
                strides, padding = layer.options["strides"], layer.options["padding"].upper()
                values = tf.nn.conv2d(values, tf.cast(own[0], dtype), strides, padding)
                values = _activate(values, own[1:], layer, layers[number + 1])
            case "dense":
                if layer is layers[-1]:
                    return tf.matmul(tf.cast(values, tf.float32), own[0]) + own[1]
                values = tf.matmul(values, tf.cast(own[0], dtype))
                values = _activate(values, own[1:], layer, layers[number + 1])
            case "batch_norm":
                values = _batch_norm(values, own, layer, training=training_seed is not None)
            case "activation":
                values = _activate(values, [], layer, layers[number + 1])
            case "max_pool" if not _is_relu_max_pool(layers[number - 1], layer):
                size = layer.options["size"]
                values = tf.nn.max_pool2d(values, size, size, "VALID")
            case "dropout" if training_seed is not None:
                rate, seed = layer.options["rate"], [training_seed, number]
                exact = tf.cast(values, tf.float32)  # bfloat16 knows 128 different rates
                dropped = tf.nn.experimental.stateless_dropout(exact, rate, seed)
                values = tf.cast(dropped, dtype)
            case "flatten":
                values = tf.reshape(values, (-1, *layer.output_shape))
            case "global_average":
                values = tf.reduce_mean(values, (1, 2))
    raise AssertionError("the last layer is not dense")


def _activate(
    values: tf.Tensor, bias: Sequence[tf.Variable], layer: Layer, following: Layer
) -> tf.Tensor:
    """Add the bias, if there is one, and activate; ReLU and the max pooling after it are one."""
    if _is_relu_max_pool(layer, following):
        return _relu_max_pool(values, [tf.cast(b, values.dtype) for b in bias], following)
    if bias:  # not bias_add, whose gradient adds up bfloat16 in bfloat16: a quarter of it is lost
        values += tf.cast(bias[0], values.dtype)
    return keras.activations.get(layer.options["activation"])(values)


def _is_relu_max_pool(layer: Layer, following: Layer) -> bool:
    return layer.options.get("activation") == "relu" and following.kind == "max_pool"


def _relu_max_pool(values: tf.Tensor, bias: Sequence[tf.Tensor], pool: Layer) -> tf.Tensor:
    """Bias, ReLU and max pooling, with a gradient that is the same and takes less time.

    What the pooling drops gets no gradient, so ReLU's and the bias's part are computed from what it
    keeps, a quarter of the numbers or less: a tenth of the lesson's training time.
    """
    window = [1, pool.options["size"], pool.options["size"], 1]

    def compute(values: tf.Tensor, *bias: tf.Tensor) -> tuple[tf.Tensor, Gradient]:
        active = tf.nn.relu(tf.nn.bias_add(values, *bias) if bias else values)
        kept = tf.nn.max_pool2d(active, window, window, "VALID")

        def gradient(upstream: tf.Tensor) -> list[tf.Tensor]:
            passed = tf.raw_ops.ReluGrad(gradients=upstream, features=kept)
            spread = tf.raw_ops.MaxPoolGrad(
                orig_input=active,
                orig_output=kept,
                grad=passed,
                ksize=window,
                strides=window,
                padding="VALID",
            )
            return [spread, *(tf.reduce_sum(passed, (0, 1, 2)) for _ in bias)]

        return kept, gradient

    return tf.custom_gradient(compute)(values, *bias)


def _batch_norm(
    values: tf.Tensor, weights: Sequence[tf.Variable], layer: Layer, training: bool
) -> tf.Tensor:
    gamma, beta, moving_mean, moving_variance = weights
    images = values if len(values.shape) == 4 else values[:, None, None, :]
    none = tf.zeros(0)
    normed, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=images,
        scale=gamma,
        offset=beta,
        mean=none if training else moving_mean,
        variance=none if training else moving_variance,
        epsilon=layer.options["epsilon"],
        is_training=training,
    )
    if training:
        count = tf.cast(tf.size(images) // images.shape[-1], tf.float32)
        variance *= (count - 1) / count  # as Keras has it: of the batch, not of all images
        for moving, new in ((moving_mean, mean), (moving_variance, variance)):
            moving.assign_add((new - moving) * (1 - layer.options["momentum"]))
    return tf.reshape(normed, tf.shape(values))
