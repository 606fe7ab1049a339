"""build_model: a Config becomes a Keras model, raw pixels in, ten probabilities out."""

from types import MethodType
from typing import Any

import keras
import numpy as np

from digitscope.settings.config import Config
from digitscope.settings.layers import IMAGE_SHAPE, Layer


def build_model(config: Config, precision: str = "float32") -> keras.Sequential:
    """The network of `config`, with fresh weights drawn from `config.seed`.

    Input: (n, 28, 28, 1), 0 = background .. 255 = ink; the scaling to 0..1 is its first layer.
    Output: probabilities, float32 (n, 10). The layers are those of `config.layers`, with
    the same names. Keras's global random state is neither used nor changed. With `precision`
    bfloat16 all products but the last layer's are of that type; the weights are float32 always.

    Example:
        >>> build_model(Config()).count_params()
        693962
    """
    seeds = np.random.SeedSequence(config.seed).generate_state(len(config.layers)) % 2**31
    layers = [
        _keras_layer(layer, int(seed)) for layer, seed in zip(config.layers, seeds, strict=True)
    ]
    if precision == "bfloat16":
        for layer in layers[:-1]:
            layer.dtype_policy = keras.DTypePolicy("mixed_bfloat16")
    return keras.Sequential(
        [keras.Input(IMAGE_SHAPE, name="image"), *layers], name=config.recipe.replace("-", "_")
    )


def _keras_layer(layer: Layer, seed: int) -> keras.layers.Layer:
    """The Keras layer for one layer of the plan."""
    options: dict[str, Any] = {"name": layer.name}
    if "activation" in layer.options:
        options["activation"] = layer.options["activation"]
    if layer.kind in ("convolution", "dense"):
        options["use_bias"] = "bias" in layer.weights
        options["kernel_initializer"] = keras.initializers.GlorotUniform(seed)
    match layer.kind:
        case "rescale":
            return keras.layers.Rescaling(layer.options["scale"], **options)
        case "convolution":
            options |= {name: layer.options[name] for name in ("strides", "padding")}
            kernel_size = layer.options["kernel_size"]
            return keras.layers.Conv2D(layer.output_shape[-1], kernel_size, **options)
        case "batch_norm":
            return keras.layers.BatchNormalization(**layer.options, **options)
        case "activation":
            return keras.layers.Activation(**options)
        case "max_pool":
            return keras.layers.MaxPooling2D(layer.options["size"], **options)
        case "dropout":
            return keras.layers.Dropout(layer.options["rate"], seed=seed, **options)
        case "flatten":
            return keras.layers.Flatten(**options)
        case "global_average":
            return keras.layers.GlobalAveragePooling2D(**options)
        case "dense":
            return keras.layers.Dense(layer.output_shape[0], **options)
    raise AssertionError(layer.kind)


def accuracy(wanted: keras.KerasTensor, probabilities: keras.KerasTensor) -> keras.KerasTensor:
    """1 for each right answer, of two (n, 10): to no digit, that none of them gets half."""
    ops = keras.ops
    right = ops.argmax(probabilities, -1) == ops.argmax(wanted, -1)
    silent = ops.max(probabilities, -1) < 0.5
    return ops.cast(ops.where(ops.max(wanted, -1) > 0.5, right, silent), "float32")


def compile_model(
    model: keras.Model, config: Config, steps: int, some_show_none: bool = False
) -> None:
    """Give `model` its optimizer, loss and accuracy.

    Args:
        model: of `build_model`.
        config: the settings of the training.
        steps: of the whole run.
        some_show_none: some images are no digits. Only then the accuracy is one of our own; a file
            of a model that has it can't be loaded without this package.
    """
    loss = keras.losses.CategoricalCrossentropy(label_smoothing=config.label_smoothing)
    metric = accuracy if some_show_none else "accuracy"
    model.compile(make_optimizer(config, steps), loss, metrics=[metric])
    model.optimizer.build(model.trainable_variables)  # its averages; not within a graph


def _fused_step(adam: Any, gradient: Any, variable: Any, learning_rate: Any) -> None:
    """Adam's `update_step` on TensorFlow as one operation instead of ten; the formula is Keras's.

    That is a tenth of the lesson's training time.
    """
    import tensorflow as tf

    index = adam._get_variable_index(variable)
    step = tf.cast(adam.iterations + 1, tf.float32)
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=adam._momentums[index].value.handle,
        v=adam._velocities[index].value.handle,
        beta1_power=tf.pow(adam.beta_1, step),
        beta2_power=tf.pow(adam.beta_2, step),
        lr=tf.cast(learning_rate, tf.float32),
        beta1=adam.beta_1,
        beta2=adam.beta_2,
        epsilon=adam.epsilon,
        grad=gradient,
    )


def make_optimizer(config: Config, steps: int) -> keras.optimizers.Optimizer:
    """The optimizer of `config`, for a training of `steps` steps in all."""
    rate = _learning_rate(config, steps)
    decay = config.weight_decay or None
    match config.optimizer:
        case "adam":
            adam = keras.optimizers.Adam(rate, config.beta_1, config.beta_2, weight_decay=decay)
            if keras.config.backend() == "tensorflow":
                # Not a subclass: a model that a callback saves must load where we are not.
                adam.update_step = MethodType(_fused_step, adam)
            return adam
        case "sgd":
            return keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, weight_decay=decay)
        case "rmsprop":
            return keras.optimizers.RMSprop(rate, weight_decay=decay)


def _learning_rate(config: Config, steps: int) -> Any:
    """A number, or Keras's schedule for it."""
    peak, schedules = config.learning_rate, keras.optimizers.schedules
    match config.schedule:
        case "constant":
            return peak
        case "linear":
            return schedules.PolynomialDecay(peak, steps, end_learning_rate=0.0)
        case "cosine":
            return schedules.CosineDecay(peak, steps)
        case "one_cycle":  # Smith and Topin 2018: from 1/25 up to the peak, then down to zero
            rise = max(1, int(0.3 * steps))
            return schedules.CosineDecay(
                peak / 25, max(1, steps - rise), warmup_target=peak, warmup_steps=rise
            )
