"""The loop against Keras's own `fit` on the same batches, and the sampler against SciPy's."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf

from digitscope.data.check import NOT_A_DIGIT
from digitscope.data.dataset import Dataset, stratified_split
from digitscope.network.inference import Model
from digitscope.network.model import build_model, compile_model
from digitscope.settings.config import Config
from digitscope.training import batches, loop
from digitscope.training.forward import logits
from digitscope.training.task import Task
from digitscope.training.train import train
from tests.helpers import CONFIGS


@pytest.fixture(scope="module")
def few(digits):
    """300 digits, the last batch of 64 not full."""
    return Dataset(digits.x_train[:300], digits.y_train[:300], digits.x_test, digits.y_test)


def changed(config, **settings):
    return Config(**{**config.model_dump(), "batch_size": 64, "epochs": 2, **settings})


def fitted(fit, config, data, *, callbacks=()):
    model = build_model(config)
    compile_model(model, config, 10, bool((data.y_train == NOT_A_DIGIT).any()))
    task = Task(
        config, data, *stratified_split(data.y_train, config.validation_fraction, config.seed)
    )
    fit(model, task, callbacks=list(callbacks), first_epoch=0)
    return model


def both(config, data):
    ours = fitted(loop.fit, config, data)
    return ours, fitted(batches.fit, config, data)


def assert_alike(ours, theirs):
    for weight, expected in zip(ours.weights, theirs.weights, strict=True):
        difference = np.abs(weight.numpy() - expected.numpy()).max()
        assert difference < 2e-4, weight.path
    for name, values in theirs.history.history.items():
        assert ours.history.history[name] == pytest.approx(values, abs=1e-4), name


@pytest.mark.parametrize("config", CONFIGS, ids=range(len(CONFIGS)))
def test_every_layer_learns_as_under_keras(config, few):
    assert_alike(*both(changed(config, dropout=0.0), few))


@pytest.mark.parametrize(
    "settings",
    [
        {"beta_1": 0.7, "beta_2": 0.9, "weight_decay": 0.1, "learning_rate": 0.01},
        {"optimizer": "sgd", "schedule": "one_cycle", "label_smoothing": 0.2},
        {"optimizer": "rmsprop", "schedule": "linear", "validation_fraction": 0, "keep": "last"},
    ],
)
def test_every_optimizer_steps_as_under_keras(settings, few):
    assert_alike(*both(changed(Config(filters=(4,), dense_units=(8,)), **settings), few))


def test_what_is_no_digit_is_learnt_as_under_keras(few):
    labels = few.y_train.copy()
    labels[::3] = NOT_A_DIGIT
    mixed = Dataset(few.x_train, labels, few.x_test, few.y_test)
    config = changed(Config(filters=(4,), dense_units=(8,)), label_smoothing=0.1)
    ours, theirs = both(config, mixed)
    assert_alike(ours, theirs)
    longer = changed(config, epochs=20, learning_rate=0.01)
    model = fitted(loop.fit, longer, mixed)
    says = model(few.x_train[::3, ..., None]).numpy()
    assert says.max(1).mean() < 0.5
    assert model(few.x_train[1::3, ..., None]).numpy().max(1).mean() > 0.5


def test_the_fused_adam_steps_as_keras_own(few, monkeypatch):
    config = changed(
        Config(filters=(4,), dense_units=(8,)), beta_1=0.7, beta_2=0.9, weight_decay=0.1
    )
    ours = fitted(loop.fit, config, few)
    steps = []

    def step(adam, *others):
        steps.append(adam)
        keras.optimizers.Adam.update_step(adam, *others)

    monkeypatch.setattr("digitscope.network.model._fused_step", step)
    assert_alike(ours, fitted(batches.fit, config, few))
    assert steps  # ours were fused


def test_a_model_that_a_callback_saves_loads_without_us(few, tmp_path):
    path = tmp_path / "model.keras"
    callbacks = [keras.callbacks.ModelCheckpoint(path), keras.callbacks.ProgbarLogger()]
    model = fitted(loop.fit, changed(Config(filters=(2,))), few, callbacks=callbacks)
    code = f"import keras; print(keras.models.load_model({str(path)!r}).get_weights()[0].sum())"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/")
    assert float(loaded.stdout) == pytest.approx(model_weight(model).sum(), rel=1e-5)


def test_weights_do_not_depend_on_the_clock(settings, tmp_path, monkeypatch):
    runs = []
    for seconds in (0.0, 1e9):
        monkeypatch.setattr(loop, "CHUNK_SECONDS", seconds)
        runs.append(train(**settings, dropout=0.2, batch_norm=True, runs_dir=tmp_path))
    one_by_one, all_at_once = ((run.path / "weights.bin").read_bytes() for run in runs)
    assert one_by_one == all_at_once
    losses = [[row["loss"] for row in run.history] for run in runs]
    assert losses[0] == losses[1]


def test_dropout_silences_its_part_anew_in_every_step(few):
    config = Config(filters="none", dense_units="none", dropout=0.0)
    layers = config.layers
    dropout = Config(filters=(2,), dropout=(0.25, 0)).layers
    dropout = next(layer for layer in dropout if layer.kind == "dropout")
    stack = [layers[0], dropout, *layers[1:]]
    probe = [tf.eye(784, 10), tf.zeros(10)]  # the scores are the first ten pixels
    white = tf.fill((2000, 28, 28, 1), 255)
    first, again, other = (
        logits(stack, probe, white, training_seed=tf.constant(seed, tf.int64)).numpy()
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert set(np.unique(first)) == {0, np.float32(1 / 0.75)}
    assert (first == 0).mean() == pytest.approx(0.25, abs=0.02)
    assert (logits(stack, probe, white).numpy() == 1).all()


@pytest.mark.parametrize("config", CONFIGS, ids=range(len(CONFIGS)))
def test_gradients_in_bfloat16_are_those_in_float32(config, digits):
    config = changed(config, dropout=0.0)
    weights = [tf.Variable(w) for w in build_model(config).get_weights()]
    images, labels = digits.x_train[:256, ..., None], digits.y_train[:256]

    def gradients(dtype):
        with tf.GradientTape() as tape:
            scores = logits(config.layers, weights, images, dtype, tf.constant(0, tf.int64))
            loss = tf.reduce_mean(loop._losses(scores, labels, config))
        return [g for g in tape.gradient(loss, weights) if g is not None]

    for rough, exact in zip(gradients(tf.bfloat16), gradients(tf.float32), strict=True):
        gap = tf.norm(rough - exact) / (tf.norm(exact) + 1e-3)
        assert gap < 0.25, exact.shape  # a processor without this arithmetic rounds each sum, too


def test_keras_callbacks_are_obeyed(few):
    rates = keras.callbacks.LearningRateScheduler(lambda epoch: [0.0, 0.001, 0.001][epoch])
    seen = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: states.append(model_weight(seen.model))
    )
    states = []
    config = changed(Config(filters=(2,)), epochs=3)
    stop = keras.callbacks.EarlyStopping("loss", min_delta=100, patience=1)
    model = fitted(loop.fit, config, few, callbacks=[rates, seen, stop])
    assert np.array_equal(states[0], model_weight(build_model(config)))  # a rate of zero
    assert not np.array_equal(states[1], states[0])
    assert model.stop_training
    assert len(model.history.epoch) == 2


def model_weight(model):
    return model.get_weights()[0]


def test_batches_and_logs_are_told_as_keras_tells_them(few, monkeypatch):
    """One batch at a time, every call of every hook but its floats is that of `model.fit`."""
    monkeypatch.setattr(loop, "CHUNK_SECONDS", 0.0)

    def heard(fit):
        calls = []

        class Listener(keras.callbacks.Callback):
            def __getattribute__(self, name):
                hook = super().__getattribute__(name)
                if not name.startswith("on_"):
                    return hook

                def note(*arguments, logs=None):
                    *numbers, logs = (*arguments, logs) if logs is not None else arguments
                    calls.append((name, numbers, sorted(logs or {})))

                return note

        fitted(fit, changed(CONFIGS[0]), few, callbacks=[Listener()])
        return calls

    assert heard(loop.fit) == heard(batches.fit)


def test_a_group_of_batches_ends_with_its_last(few):
    heard = []
    listener = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: heard.append((batch, logs["loss"]))
    )
    model = fitted(loop.fit, changed(CONFIGS[0], epochs=1), few, callbacks=[listener])
    assert heard[-1] == (4, model.history.history["loss"][0])


def test_a_stop_within_an_epoch_ends_the_training_after_it(settings, tmp_path):
    class Stop(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            self.model.stop_training = True

    run = train(**settings, callbacks=[Stop()], runs_dir=tmp_path)
    assert len(run.history) == 1


def test_bfloat16_trains_what_float32_judges(settings, tmp_path, digits):
    run = train(**settings, precision="bfloat16", batch_norm=True, runs_dir=tmp_path)
    assert run.environment.precision == "bfloat16"
    exact = train(**settings, precision="float32", batch_norm=True, runs_dir=tmp_path)
    assert run.history[-1]["loss"] != exact.history[-1]["loss"]
    assert run.history[-1]["loss"] == pytest.approx(exact.history[-1]["loss"], abs=0.05)
    _, validation = stratified_split(digits.y_train[:600], 0.1, 0)
    says = Model(run.path / "model.onnx").probabilities(digits.x_train[validation])
    right = says[np.arange(60), digits.y_train[validation]]
    assert -np.log(right).mean() == pytest.approx(
        min(row["val_loss"] for row in run.history), abs=1e-5
    )
