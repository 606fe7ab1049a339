"""What several test modules need; none of them imports another. Keras only where it is used."""

import struct
import time
from html.parser import HTMLParser
from pathlib import Path

import matplotlib
import numpy as np

from digitscope.runs.folder import new_run
from digitscope.settings.config import Config

# Between them, every layer a Config can make.
CONFIGS = [
    Config(filters=(4,)),
    Config(filters=(6, 16), kernel_size=5, dense_units=(20, 10)),
    Config(filters=(3, 4), batch_norm=True, padding="same", activation="gelu", strides=(1, 2)),
    Config(filters=(4, 5, 6), kernel_size=(5, 3, 2), head="global_average", dense_units="none",
           padding="same", strides=(2, 1, 1), pool=0, dropout=0.3, activation="silu"),
    Config(filters=(4, 6), kernel_size=4, padding="same", strides=(3, 2), pool=(3, 0)),
    Config(filters=(4,), kernel_size=2, padding="same", strides=2, pool=0),
    Config(filters="none", dense_units="none"),
    Config(filters="none", dense_units=(12,), batch_norm=True, activation="leaky_relu"),
    *(Config(filters=(3,), activation=name) for name in ("elu", "tanh", "sigmoid")),
]  # fmt: skip
# All that a text may hold to get out of the place in a page where it belongs.
BREAKS_OUT = [
    "</script><script>alert(1)</script>",
    "</SCRIPT ><img src=x onerror=alert(1)>",
    "<!--<script>",
    "\u2028]]></script>",
    "\u2028 \\1 \\g<0>",
    "</title>",
    "'\"><svg onload=alert(1)>",
]
FONT = str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))
# The digits 1 to 9, each in a cell of `form`.
CELLS = [(d + 1, 300 + 200 * (d % 3), 210 + 120 * (d // 3)) for d in range(9)]


def create_run(config, data_sha256, runs_dir):
    """A run as `train` begins it, and that nobody holds any more."""
    with new_run(config, data_sha256, runs_dir) as run:
        return run


def flags(settings):
    """Settings as the command line takes them."""
    for name, value in settings.items():
        value = ",".join(map(str, value)) if isinstance(value, tuple) else value
        yield from (f"--{name.replace('_', '-')}", value)


def until(is_so, seconds=90):
    """Wait until `is_so()`, which must be before `seconds` have gone."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def raising_at(number, error):
    """A callback that raises `error` at a batch (from 1) of the whole training, or soon after."""
    import keras

    class At(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.before = epoch * self.params["steps"]

        def on_train_batch_end(self, batch, logs=None):
            if self.before + batch + 1 >= number:
                raise error

    return At()


def randomised(config, seed=0):
    """A model whose every weight differs from its start, the running averages too."""
    from digitscope.network.model import build_model

    model = build_model(config)
    rng = np.random.default_rng(seed)
    model.set_weights([w + rng.uniform(0, 0.2, w.shape) for w in model.get_weights()])
    return model


def printed(text, height):
    """A line of text as ink, uint8 (h, w), in a font that nothing was trained on."""
    from PIL import Image, ImageDraw, ImageFont

    font = ImageFont.truetype(FONT, round(1.37 * height))  # so high are its digits
    left, top, right, bottom = font.getbbox(text)
    ink = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(ink).text((-left, -top), text, 255, font)
    return np.asarray(ink)


def form(places):
    """Paper with a grid of 3 x 3 cells, 200 x 120 pixels, and printed digits: (label, x, y)."""
    ink = np.zeros((700, 1000), np.uint8)
    for step in range(4):
        ink[150 + 120 * step : 154 + 120 * step, 200:804] = 160
        ink[150:514, 200 + 200 * step : 204 + 200 * step] = 160
    for label, x, y in places:
        digit = printed(str(label), 60)
        top, left = y - len(digit) // 2, x - digit.shape[1] // 2
        area = ink[top : top + len(digit), left : left + digit.shape[1]]
        np.maximum(area, digit, out=area)
    return 235 - (0.8 * ink).astype(np.uint8)


def idx(array):
    """An array as the content of an IDX file."""
    header = bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


class Page(HTMLParser):
    """A page's tags, each with the names of its attributes; its scripts and its title.

    A script is its attributes and its text.
    """

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.title, self.inside = [], [], "", ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, sorted(name for name, _ in attributes)))
        self.inside = tag
        if tag == "script":
            self.scripts.append((dict(attributes), ""))

    def handle_endtag(self, tag):
        self.inside = ""

    def handle_data(self, data):
        if self.inside == "script":
            attributes, text = self.scripts[-1]
            self.scripts[-1] = attributes, text + data
        if self.inside == "title":
            self.title += data
