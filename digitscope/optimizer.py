"""optimizer: how a Config's network learns: the size of its steps, and how a step is made."""

from types import MethodType
from typing import Any

import keras

from digitscope.config import Config


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
