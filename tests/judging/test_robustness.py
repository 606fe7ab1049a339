import json
import shutil

import numpy as np
import pytest

from digitscope.cli.text import robustness_card
from digitscope.errors import RunError
from digitscope.judging import corruptions
from digitscope.judging.figures import robustness_figure
from digitscope.judging.robustness import SEED, measured_card, robustness
from digitscope.network.inference import Model
from digitscope.runs.run import Run
from tests.helpers import create_run


@pytest.fixture(scope="module")
def run(finished, tmp_path_factory):
    path = tmp_path_factory.mktemp("runs") / finished.name
    shutil.copytree(finished.path, path)
    return Run(path)


@pytest.fixture(scope="module")
def card(run):
    return robustness(run)


def test_the_card_says_what_the_network_answers(card, run, small_npz):
    with np.load(small_npz) as data:
        x, y = data["x_test"], data["y_test"]

    def right(images):
        return (Model(run.path / "model.onnx").probabilities(images).argmax(1) == y).mean()

    assert card.num_images == 200
    assert card.clean == right(x)
    spoilt = corruptions.fog(x, np.random.default_rng(SEED))
    assert card.corruptions["fog"] == right(spoilt)
    turned = corruptions.rotate(x, np.random.default_rng(SEED), 40)
    curve = card.curves["rotation"]
    assert curve.accuracy[curve.amounts.index(40)] == right(turned)
    values = card.corruptions.values()
    assert len(values) == 15
    assert card.mean_corrupted_accuracy == pytest.approx(sum(values) / 15)
    assert json.loads((run.path / "robustness.json").read_text()) == card.as_json()
    assert measured_card(run) == card


def test_the_card_as_text_and_as_a_picture(card):
    text = robustness_card(card)
    assert f"{card.corruptions['zigzag']:.1%}" in text
    assert "rotation, degrees" in text
    figure = robustness_figure(card, "0001-tutorial")
    labels = [axes.get_xlabel() for part in figure.subfigs for axes in part.axes]
    assert "stroke, pixels on either side" in labels
    bars = figure.subfigs[1].axes[0].patches
    widths = [bar.get_width() / 100 for bar in bars]
    assert widths == pytest.approx(sorted(card.corruptions.values()))  # the worst is at the bottom
    named = [label.get_text() for label in figure.subfigs[1].axes[0].get_yticklabels()]
    assert widths == pytest.approx([card.corruptions[name] for name in named])


def test_a_run_without_a_network_is_refused(settings, digits, tmp_path):
    from digitscope.data.dataset import load_dataset
    from digitscope.settings.config import Config

    sha256 = load_dataset(settings["data"]).sha256
    run = create_run(Config(**settings), sha256, tmp_path)
    with pytest.raises(RunError, match="has no network yet"):
        robustness(run)
    run = create_run(Config(**settings), "another", tmp_path)
    with pytest.raises(RunError, match="is not what"):
        robustness(run)
