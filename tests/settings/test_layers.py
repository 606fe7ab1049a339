import pytest

from digitscope.settings.config import Config


def by_name(config):
    return {layer.name: layer for layer in config.layers}


def test_the_lessons_network_by_hand():
    layers = by_name(Config())
    assert layers["conv1"].parameters == 3 * 3 * 1 * 32 + 32 == 320
    assert layers["dense1"].parameters == 13 * 13 * 32 * 128 + 128 == 692_352
    assert layers["output"].parameters == 128 * 10 + 10 == 1_290
    assert layers["conv1"].multiply_adds == 26 * 26 * 32 * 9 == 194_688
    assert layers["dense1"].multiply_adds == 5408 * 128


def test_a_strided_padded_stack_by_hand():
    config = Config(filters=(4, 8), kernel_size=(5, 2), strides=(2, 1), padding="same", pool=(0, 3))
    layers = by_name(config)
    assert layers["conv1"].output_shape == (14, 14, 4)
    assert layers["conv2"].output_shape == (14, 14, 8)
    assert layers["pool2"].output_shape == (4, 4, 8)
    assert layers["conv2"].multiply_adds == 14 * 14 * 8 * 2 * 2 * 4
    assert layers["flatten"].output_shape == (128,)


def test_batch_norm_takes_the_bias_and_the_activation():
    layers = Config(batch_norm=True, dropout=0.5).layers
    names = [layer.name for layer in layers]
    assert names[1:6] == ["conv1", "batch_norm1", "activation1", "pool1", "dropout1"]
    assert layers[1].parameters == 3 * 3 * 32
    assert layers[2].parameters == 4 * 32
    assert layers[1].options["activation"] == "linear"


@pytest.mark.parametrize("head", ["flatten", "global_average"])
def test_no_hidden_layer_at_all(head):
    layers = Config(filters="none", dense_units="none", head=head).layers
    assert layers[-1].output_shape == (10,)
