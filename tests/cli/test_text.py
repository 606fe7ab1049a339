"""What the terminal shows, against figures by hand."""

from digitscope.cli.text import layer_table
from digitscope.settings.config import Config


def test_the_table_of_layers():
    config = Config(
        filters=(4,), kernel_size=5, strides=2, pool=3, batch_norm=True, activation="leaky_relu",
        padding="same", dense_units=(6,), dropout=0.25,
    )  # fmt: skip
    rows = [" ".join(line.split()) for line in layer_table(config.layers).splitlines()]
    assert rows == [
        "layer output parameters multiply-adds",
        "rescale to 0..1 28 x 28 x 1 0 0",
        "conv1 convolution 5x5 by 2 14 x 14 x 4 100 19,600",
        "batch_norm1 batch norm 14 x 14 x 4 16 784",
        "activation1 activation leaky_relu 14 x 14 x 4 0 0",
        "pool1 max pooling 3x3 4 x 4 x 4 0 0",
        "dropout1 dropout 0.25 4 x 4 x 4 0 0",
        "flatten flatten 64 0 0",
        "dense1 dense 6 384 384",
        "batch_norm2 batch norm 6 24 6",
        "activation2 activation leaky_relu 6 0 0",
        "dropout2 dropout 0.25 6 0 0",
        "output dense softmax 10 70 60",
        "total 594 20,834",
    ]
