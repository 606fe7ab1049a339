import base64
import json
import re
import shutil
import subprocess

import cv2
import numpy as np
import pytest
import tensorflow as tf

from digitscope.errors import RunError
from digitscope.exporting.report import _digits, command, feature_maps, report
from digitscope.settings.config import Config
from digitscope.settings.recipes import configure
from digitscope.training.train import train
from tests.helpers import create_run

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def run(settings, tmp_path_factory):
    """Two convolutions with batch norm, an odd activation and no pooling behind the second."""
    odd = {"filters": (4, 6), "pool": (2, 0), "batch_norm": True, "activation": "silu"}
    return train(**settings | odd, runs_dir=tmp_path_factory.mktemp("runs"), verbose=False)


@pytest.fixture(scope="module")
def page(run):
    return report(run)


@pytest.fixture(scope="module")
def content(page):
    text = page.read_text("utf-8")
    (found,) = re.findall(r'id="content">(.*?)</script>', text, re.DOTALL)
    return json.loads(found)


def test_it_stands_alone_and_is_small(page):
    text = page.read_text("utf-8")
    assert len(text) < 3e6
    assert not re.search(r"""(src|href)\s*=\s*["']?(?!data:)\w+:""", text)
    assert "@import" not in text


def test_it_does_not_say_where_anything_lies_here(page, content, run, small_npz):
    text = page.read_text("utf-8")
    assert str(small_npz.parent) not in text
    assert str(run.path.parent) not in text
    assert content["config"]["data"] == content["changed"]["data"][1] == small_npz.name
    assert f"--data {small_npz.name}" in content["command"]


def test_its_digits_are_the_errors(content, run, small_npz):
    with np.load(small_npz) as data, np.load(run.predictions) as judged:
        x, y = data["x_test"], data["y_test"]
        answers = judged["probabilities"].argmax(1)
    items = content["digits"]["items"]
    wrong = [item for item in items if item["label"] != item["answer"]]
    assert {item["index"] for item in wrong} == set(np.flatnonzero(answers != y))
    for item in items:
        assert (item["label"], item["answer"]) == (y[item["index"]], answers[item["index"]])
        assert item["guesses"][0][0] == item["answer"]
    encoded = base64.b64decode(content["digits"]["sheet"].partition(",")[2])
    sheet = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_GRAYSCALE)
    for place in (0, len(items) - 1):
        row, column = divmod(place, content["digits"]["tiles"])
        tile = sheet[28 * row : 28 * row + 28, 28 * column : 28 * column + 28]
        assert np.array_equal(tile, x[items[place]["index"]])


def test_labels_that_are_published_as_wrong_are_doubted_and_no_others(digits):
    said = np.eye(10, dtype=np.float32)[(digits.y_test + 1) % 10]  # all wrong
    said[947] = 0.1  # of which this label is the likeliest
    items = _digits(said, digits)["items"]
    assert {item["index"] for item in items if item["doubtful"]} <= {947, 1621, 1901, 2130, 2462}
    said = np.eye(10, dtype=np.float32)[digits.y_test]
    said[[947, 948]] = np.eye(10)[digits.y_test[[947, 948]] - 1]
    doubted = {item["index"]: item["doubtful"] for item in _digits(said, digits)["items"]}
    assert (doubted[947], doubted[948]) == (True, False)


def test_the_worst_errors_are_told_once(content):
    assert "worst_errors" not in content["metrics"]
    assert content["metrics"]["accuracy"] > 0


def test_the_first_digits_that_are_read_right_are_shown(content, run, small_npz):
    with np.load(small_npz) as data, np.load(run.predictions) as judged:
        y, answers = data["y_test"], judged["probabilities"].argmax(1)
        images = data["x_test"]
    shown = [
        item["index"] for item in content["digits"]["items"] if item["label"] == item["answer"]
    ]
    right = [index for index in range(len(y)) if y[index] == answers[index]]
    firsts = [[index for index in right if y[index] == digit][:12] for digit in range(10)]
    assert shown == [index for some in firsts for index in some]
    five = next(index for index in right if y[index] == 5)
    encoded = base64.b64decode(content["inside"]["image"].partition(",")[2])
    image = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(image, images[five])


def test_feature_maps_are_those_of_keras(run, digits):
    import keras

    image = digits.x_test[0]
    model = keras.models.load_model(run.path / "model.keras")
    found = dict(feature_maps(run, image))
    assert list(found) == ["convolution 1", "pooling 1", "convolution 2"]
    for name, layer in (
        ("activation1", "convolution 1"),
        ("pool1", "pooling 1"),
        ("activation2", "convolution 2"),
    ):
        part = keras.Model(model.inputs[0], model.get_layer(name).output)
        expected = tf.transpose(part(image[None, ..., None])[0], (2, 0, 1)).numpy()
        assert np.abs(found[layer] - expected).max() < 1e-4


def test_a_network_without_convolutions_has_a_report_too(settings, tmp_path):
    run = train(**settings | {"filters": "none"}, runs_dir=tmp_path, verbose=False)
    assert feature_maps(run, np.zeros((28, 28), np.uint8)) == []
    assert '"kernels":[]' in report(run).read_text("utf-8")


def test_the_command_makes_the_same_config():
    config = configure("fast", batch_norm=False, filters=(6, 16), kernel_size=3, dense_units="none")
    words = command(config).split()
    assert words[:4] == ["digitscope", "train", "--recipe", "fast"]
    given, flags = {}, iter(words[4:])
    for flag in flags:
        name = flag[2:].replace("-", "_")
        given.update({name[3:]: False} if name.startswith("no_") else {name: next(flags)})
    assert configure("fast", **given) == config


def test_the_command_for_a_recipe_that_is_none_here_works(digitscope, tmp_path, monkeypatch):
    config = Config(recipe="nobodys", epochs=9, filters=(4, 6))
    words = command(config).split()
    assert words[:2] == ["digitscope", "train"]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.json").write_text(config.model_dump_json())
    code, out, _ = digitscope(*words[1:], "--print-config")
    assert (code, Config(**json.loads(out))) == (0, config)


def test_a_run_without_a_network_is_refused(settings, tmp_path):
    with pytest.raises(RunError):
        report(create_run(Config(**settings), "", tmp_path))


@pytest.mark.skipif(not CHROMIUM, reason="no Chromium here: the page is not looked at")
@pytest.mark.parametrize("width", [1200, 400])
def test_a_browser_shows_all_of_it(page, content, width):
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr"]
    shown = subprocess.run(
        [CHROMIUM, *options, f"--window-size={width},900", "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "CONSOLE" not in shown.stderr
    headings = re.findall(r"<h2>(.*?)</h2>", shown.stdout)
    assert len(headings) == 9
    assert f"{content['metrics']['num_errors']}</b>" in shown.stdout
    assert shown.stdout.count("<button") == 100
