"""loop: `fit` on TensorFlow in half of Keras's time: many steps in one graph.

All images stay in memory as they came, uint8. The graph gets those of its next steps, some
megabytes of them, and does the rest.
"""

import time
from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from digitscope.data.check import NOT_A_DIGIT
from digitscope.settings.config import Config
from digitscope.settings.layers import IMAGE_SHAPE, NUM_CLASSES
from digitscope.training.batches import EVALUATION_BATCH, TARGETS, epoch_order, gather
from digitscope.training.forward import logits
from digitscope.training.task import Task

CHUNK_SECONDS = 0.1  # of steps at once, between looks at the callbacks: progress, Ctrl-C

IMAGES = tf.TensorSpec((None, *IMAGE_SHAPE[:2]), tf.uint8)
LABELS = tf.TensorSpec((None,), tf.uint8)
TOTALS = (tf.TensorSpec((), tf.float32), tf.TensorSpec((), tf.int32))

Totals = tuple[tf.Tensor, tf.Tensor]  # the sum of the losses, the number of right answers
NOTHING = (np.float32(0), np.int32(0))

Step = Callable[..., Totals]  # of images, labels, and the totals so far
graph: Callable[[Step], Step] = tf.function(
    input_signature=(IMAGES, LABELS, TOTALS), autograph=False
)


def fit(
    model: keras.Model,
    task: Task,
    callbacks: Sequence[keras.callbacks.Callback],
    first_epoch: int,
) -> None:
    """Train `model` in place, as `model.fit` would, calling the callbacks as it does.

    A callback hears of batches some ten times a second: of the first of a group when it begins, of
    the last when it ends. `model.stop_training` ends the training after the epoch. The weights
    depend on the seed, the data and the precision, not on the time that anything takes.

    Args:
        model: of `build_model`, compiled; its precision is that of products and activations.
        task: settings, data, and which images are for what.
        callbacks: Keras's.
        first_epoch: the number of epochs that are done already.
    """
    config = task.config
    train, judge = _graphs(model, config)
    listeners = keras.callbacks.CallbackList(
        callbacks,
        add_history=True,
        model=model,
        verbose=0,
        epochs=config.epochs,
        steps=task.batches_per_epoch,
    )
    logs: dict[str, float] = {}
    model.stop_training = False
    listeners.on_train_begin()
    for epoch in range(first_epoch, config.epochs):
        listeners.on_epoch_begin(epoch)
        logs = _epoch(train, task, epoch, listeners)
        if len(task.validation):
            logs |= _validate(judge, task, listeners)
        listeners.on_epoch_end(epoch, logs)
        if model.stop_training:
            break
    listeners.on_train_end(logs)


def _graphs(model: keras.Model, config: Config) -> tuple[Step, ...]:
    """Two functions of images and labels: one trains on them batch by batch, one judges them."""
    layers, optimizer = config.layers, model.optimizer
    dtype = tf.as_dtype(model.layers[0].compute_dtype)
    weights = [variable.value for variable in model.weights]
    trained = [variable.value for variable in model.trainable_variables]

    @graph
    def train(images: tf.Tensor, labels: tf.Tensor, totals: Totals) -> Totals:
        def step(first: tf.Tensor, loss: tf.Tensor, right: tf.Tensor) -> tuple[tf.Tensor, ...]:
            place = slice(first, first + config.batch_size)
            seed = (config.seed << 32) + tf.cast(optimizer.iterations, tf.int64)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(trained)
                batch = images[place][..., None]
                scores = logits(layers, weights, batch, dtype, training_seed=seed)
                losses = _losses(scores, labels[place], config)
                mean = tf.reduce_mean(losses)
            optimizer.apply(tape.gradient(mean, trained), model.trainable_variables)
            sums = loss + tf.reduce_sum(losses), right + _right(scores, labels[place])
            return first + config.batch_size, *sums

        count = tf.shape(images)[0]
        _, loss, right = tf.while_loop(lambda first, *_: first < count, step, (0, *totals))
        return loss, right

    @graph
    def judge(images: tf.Tensor, labels: tf.Tensor, totals: Totals) -> Totals:
        scores = logits(layers, weights, images[..., None])  # in float32, as the kept model will
        losses = _losses(scores, labels, config)
        return totals[0] + tf.reduce_sum(losses), totals[1] + _right(scores, labels)

    return train, judge


def _losses(scores: tf.Tensor, labels: tf.Tensor, config: Config) -> tf.Tensor:
    """The cross-entropy of each image, with the config's label smoothing."""
    targets = (1 - config.label_smoothing) * TARGETS + config.label_smoothing / NUM_CLASSES
    wanted = tf.gather(tf.constant(targets, tf.float32), tf.cast(labels, tf.int32))
    return tf.nn.softmax_cross_entropy_with_logits(wanted, scores)


def _right(scores: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """How many are answered rightly, as `network.model.accuracy` counts them."""
    sure = tf.reduce_max(tf.nn.softmax(scores), 1) >= 0.5
    answers = tf.where(sure | (labels < NOT_A_DIGIT), tf.argmax(scores, 1, tf.int32), NOT_A_DIGIT)
    return tf.math.count_nonzero(answers == tf.cast(labels, tf.int32), dtype=tf.int32)


def _epoch(
    train: Step, task: Task, epoch: int, listeners: keras.callbacks.CallbackList
) -> dict[str, float]:
    """One pass over the training images; gives the mean loss and accuracy on the way."""
    totals, logs = NOTHING, {}
    order = epoch_order(task, epoch)
    first, chunk = 0, 1
    while first < task.batches_per_epoch:
        last = min(first + chunk, task.batches_per_epoch)
        listeners.on_train_batch_begin(first)
        started = time.perf_counter()
        images, labels = gather(task, order, epoch, range(first, last))
        totals = train(images, labels, totals)
        logs = _means(totals, min(last * task.config.batch_size, len(order)))
        seconds = time.perf_counter() - started
        listeners.on_train_batch_end(last - 1, logs)
        chunk = max(1, min(2 * chunk, round(chunk * CHUNK_SECONDS / seconds)))
        first = last
    return logs


def _means(totals: Totals, count: int) -> dict[str, float]:
    return {"loss": float(totals[0]) / count, "accuracy": int(totals[1]) / count}


def _validate(judge: Step, task: Task, listeners: keras.callbacks.CallbackList) -> dict[str, float]:
    """Loss and accuracy on the validation images."""
    totals, logs = NOTHING, {}
    data, validation = task.data, task.validation
    listeners.on_test_begin()
    for number, start in enumerate(range(0, len(validation), EVALUATION_BATCH)):
        listeners.on_test_batch_begin(number)
        chosen = validation[start : start + EVALUATION_BATCH]
        totals = judge(data.x_train[chosen], data.y_train[chosen], totals)
        logs = _means(totals, start + len(chosen))
        listeners.on_test_batch_end(number, logs)
    listeners.on_test_end(logs)
    return {f"val_{name}": value for name, value in logs.items()}
