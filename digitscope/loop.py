"""loop: `fit` on TensorFlow, some three times as fast as Keras's: many steps in one graph.

All images stay in memory as they came, uint8; the graph gathers its batches by their indices.
"""

import functools
import time
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from digitscope.augment import augments, inverse_maps
from digitscope.batches import EVALUATION_BATCH, Parts, epoch_chance
from digitscope.config import Config
from digitscope.dataset import Dataset
from digitscope.forward import logits
from digitscope.layers import NUM_CLASSES, plan

CHUNK_SECONDS = 0.1  # of steps at once, between looks at the callbacks: progress, Ctrl-C

Totals = tuple[tf.Tensor, tf.Tensor]  # the sum of the losses, the number of right answers


def fit(
    model: keras.Model,
    config: Config,
    data: Dataset,
    parts: Parts,
    callbacks: Sequence[keras.callbacks.Callback],
    first_epoch: int,
) -> None:
    """Train `model` in place, as `model.fit` would, calling the callbacks as it does.

    A callback hears of batches some ten times a second, with the number of the last one done. The
    weights depend on the seed, the data and the precision, not on the time that anything takes.

    Args:
        model: of `build_model`, compiled; its precision is that of products and activations.
        config: the settings of the training.
        data: the data set; images and labels are those for training.
        parts: indices of the images to train on and to validate on.
        callbacks: Keras's.
        first_epoch: the number of epochs that are done already.
    """
    train, judge = _graphs(model, config, data, tf.as_dtype(model.layers[0].compute_dtype))
    training, validation = parts
    num_batches = -(-len(training) // config.batch_size)
    listeners = keras.callbacks.CallbackList(
        callbacks, add_history=True, model=model, epochs=config.epochs, steps=num_batches
    )
    logs: dict[str, float] = {}
    model.stop_training = False
    listeners.on_train_begin()
    for epoch in range(first_epoch, config.epochs):
        listeners.on_epoch_begin(epoch)
        order, rng = epoch_chance(config, epoch, training)
        maps = inverse_maps(len(order), config, rng) if augments(config) else np.zeros((0, 2, 3))
        logs = _epoch(train, order, maps, config.batch_size, listeners)
        if len(validation):
            logs |= _validate(judge, validation, listeners)
        listeners.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    listeners.on_train_end(logs)


def _graphs(
    model: keras.Model, config: Config, data: Dataset, dtype: tf.DType
) -> tuple[Callable[..., Totals], Callable[..., Totals]]:
    """Two functions: training steps from one batch number to another; judging some images."""
    layers, optimizer = plan(config), model.optimizer
    weights = [variable.value for variable in model.weights]
    trained = [variable.value for variable in model.trainable_variables]
    images, labels = tf.constant(data.x_train), tf.constant(data.y_train)

    def batch(chosen: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        classes = tf.cast(tf.gather(labels, chosen), tf.int32)
        return tf.gather(images, chosen)[..., None], classes

    def train(order: tf.Tensor, maps: tf.Tensor, first: int, last: int, totals: Totals) -> Totals:
        def step(number: tf.Tensor, loss: tf.Tensor, right: tf.Tensor) -> tuple[tf.Tensor, ...]:
            place = slice(number * config.batch_size, (number + 1) * config.batch_size)
            pixels, classes = batch(order[place])
            if augments(config):
                pixels = _moved(pixels, maps[place])
            seed = (config.seed << 32) + tf.cast(optimizer.iterations, tf.int64)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(trained)
                scores = logits(layers, weights, pixels, dtype, dropout_seed=seed)
                losses = _losses(scores, classes, config)
                mean = tf.reduce_mean(losses)
            optimizer.apply(tape.gradient(mean, trained), model.trainable_variables)
            return number + 1, loss + tf.reduce_sum(losses), right + _right(scores, classes)

        return tf.while_loop(lambda number, *_: number < last, step, (first, *totals))[1:]

    def judge(chosen: tf.Tensor, totals: Totals) -> Totals:
        pixels, classes = batch(chosen)
        scores = logits(layers, weights, pixels)  # in float32, as the kept model will compute
        losses = _losses(scores, classes, config)
        return totals[0] + tf.reduce_sum(losses), totals[1] + _right(scores, classes)

    as_graph = functools.partial(tf.function, autograph=False, reduce_retracing=True)
    return as_graph(train), as_graph(judge)


def _moved(images: tf.Tensor, maps: tf.Tensor) -> tf.Tensor:
    """The batch under one affine map each, sampled bilinearly: float32 (n, 28, 28, 1)."""
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=tf.cast(images, tf.float32),
        transforms=tf.pad(tf.reshape(maps, (-1, 6)), [[0, 0], [0, 2]]),
        output_shape=images.shape[1:3],
        fill_value=0.0,
        interpolation="BILINEAR",
    )


def _losses(scores: tf.Tensor, classes: tf.Tensor, config: Config) -> tf.Tensor:
    """The cross-entropy of each image, with the config's label smoothing."""
    rest = config.label_smoothing / NUM_CLASSES
    wanted = tf.one_hot(classes, NUM_CLASSES, 1 - config.label_smoothing + rest, rest)
    return tf.nn.softmax_cross_entropy_with_logits(wanted, scores)


def _right(scores: tf.Tensor, classes: tf.Tensor) -> tf.Tensor:
    return tf.math.count_nonzero(tf.argmax(scores, 1, tf.int32) == classes, dtype=tf.int32)


def _epoch(
    train: Callable[..., Totals],
    order: np.ndarray,
    maps: np.ndarray,
    batch_size: int,
    listeners: keras.callbacks.CallbackList,
) -> dict[str, float]:
    """One pass over the training images; gives the mean loss and accuracy on the way."""
    arrays = tf.constant(order, tf.int32), tf.constant(maps, tf.float32)
    totals: Totals = (tf.constant(0.0), tf.constant(0))
    logs: dict[str, float] = {}
    num_batches = -(-len(order) // batch_size)
    first, chunk = 0, 1
    while first < num_batches:
        last = min(first + chunk, num_batches)
        listeners.on_train_batch_begin(last - 1)
        started = time.perf_counter()
        totals = train(*arrays, tf.constant(first), tf.constant(last), totals)
        logs = _means(totals, min(last * batch_size, len(order)))
        seconds = time.perf_counter() - started
        listeners.on_train_batch_end(last - 1, logs)
        chunk = max(1, min(2 * chunk, round(chunk * CHUNK_SECONDS / seconds)))
        first = last
    return logs


def _means(totals: Totals, count: int) -> dict[str, float]:
    return {"loss": float(totals[0]) / count, "accuracy": int(totals[1]) / count}


def _validate(
    judge: Callable[..., Totals],
    validation: np.ndarray,
    listeners: keras.callbacks.CallbackList,
) -> dict[str, float]:
    """Loss and accuracy on the validation images."""
    totals: Totals = (tf.constant(0.0), tf.constant(0))
    listeners.on_test_begin()
    for number, start in enumerate(range(0, len(validation), EVALUATION_BATCH)):
        listeners.on_test_batch_begin(number)
        chosen = validation[start : start + EVALUATION_BATCH]
        totals = judge(tf.constant(chosen, tf.int32), totals)
        listeners.on_test_batch_end(number)
    logs = {f"val_{name}": value for name, value in _means(totals, len(validation)).items()}
    listeners.on_test_end(logs)
    return logs
