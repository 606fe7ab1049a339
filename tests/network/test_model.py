import numpy as np
import pytest

from digitscope.network.model import build_model, compile_model
from digitscope.settings.config import Config
from tests.helpers import CONFIGS


@pytest.fixture(params=CONFIGS, ids=range(len(CONFIGS)))
def config(request):
    return request.param


def test_the_plan_is_what_keras_builds(config):
    model, layers = build_model(config), config.layers
    assert [layer.name for layer in model.layers] == [layer.name for layer in layers]
    for built, planned in zip(model.layers, layers, strict=True):
        assert built.output.shape[1:] == planned.output_shape
        assert built.count_params() == planned.parameters
        assert [tuple(w.shape) for w in built.weights] == list(planned.weights.values())


def test_weights_come_from_the_seed_alone():
    np.random.seed(5)
    before = np.random.get_state()[1].copy()
    first, again, other = (build_model(Config(filters=(4,), seed=s)) for s in (1, 1, 2))
    for a, b in zip(first.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(a, b)
    assert not np.array_equal(first.get_weights()[0], other.get_weights()[0])
    assert np.array_equal(before, np.random.get_state()[1])


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [1.0, 1.0, 1.0]),
        ("linear", [1.0, 0.7, 0.0]),
        ("cosine", [1.0, (1 + np.cos(0.3 * np.pi)) / 2, 0.0]),
        ("one_cycle", [1 / 25, 1.0, 0.0]),
    ],
)
def test_the_learning_rate_follows_its_schedule(schedule, expected):
    config = Config(filters=(2,), schedule=schedule, learning_rate=1.0)
    model = build_model(config)
    compile_model(model, config, steps=100)
    rates = []
    for step in (0, 30, 100):
        model.optimizer.iterations.assign(step)
        rates.append(float(model.optimizer.learning_rate))
    assert rates == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("optimizer", ["adam", "sgd", "rmsprop"])
def test_weight_decay_pulls_weights_to_zero(optimizer):
    config = Config(filters=(2,), optimizer=optimizer, weight_decay=0.1, learning_rate=0.01)
    model = build_model(config)
    compile_model(model, config, steps=1)
    before = model.get_weights()[0]
    zeros = [np.zeros(w.shape, "float32") for w in model.trainable_variables]
    model.optimizer.apply(zeros, model.trainable_variables)
    assert model.get_weights()[0] == pytest.approx(before * (1 - 0.1 * 0.01), abs=1e-6)


def test_bfloat16_changes_products_not_weights():
    config = Config(filters=(4,), batch_norm=True)
    exact, rough = build_model(config), build_model(config, "bfloat16")
    images = np.random.default_rng(0).integers(0, 256, (20, 28, 28, 1))
    says, expected = rough(images).numpy(), exact(images).numpy()
    assert says.dtype == np.float32
    assert 0 < np.abs(says - expected).max() < 0.02
    for weight, other in zip(exact.get_weights(), rough.get_weights(), strict=True):
        assert other.dtype == np.float32
        assert np.array_equal(weight, other)
