"""What the terminal shows, against figures by hand."""

import io
from types import SimpleNamespace

import numpy as np
from optuna.trial import TrialState, create_trial
from rich.console import Console

from digitscope.cli import transcript
from digitscope.cli.leaderboard import LeaderBoard
from digitscope.cli.text import layer_table, ranking, robustness_card
from digitscope.exploring.ranking import Ranking, Row
from digitscope.exploring.study import Counts
from digitscope.judging.robustness import Curve, RobustnessCard
from digitscope.reading.reader import Prediction
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


def prediction(digit, status, confidence, reason=""):
    image28 = np.zeros((28, 28), np.uint8)
    probabilities = np.full(10, 0.1) if confidence else None
    return Prediction(digit, status, confidence, probabilities, reason, image28, None)


def test_what_was_read_in_pictures():
    said = [
        ("a.png", prediction(7, "digit", 0.99999)),
        ("b.png", prediction(4, "unsure", 0.51, "perhaps a 4, perhaps a 9")),
        ("c.png", prediction(None, "not_a_digit", 0.3, "it resembles none of the digits")),
        ("d.png", prediction(None, "blank", 0.0, "there is nothing")),
    ]
    assert [line.split(maxsplit=3) for line in transcript.predictions(said).splitlines()] == [
        ["picture", "digit", "confidence"],
        ["a.png", "7", "99.9%"],
        ["b.png", "4?", "51.0%", "unsure: perhaps a 4, perhaps a 9"],
        ["c.png", "-", "30.0%", "not a digit: it resembles none of the digits"],
        ["d.png", "-", "-", "blank: there is nothing"],
    ]
    assert transcript.predictions_csv(said).splitlines()[2:4] == [
        'b.png,4,unsure,0.510000,"perhaps a 4, perhaps a 9"',
        "c.png,,not_a_digit,0.300000,it resembles none of the digits",
    ]


def test_the_table_of_what_helps():
    rows = (
        Row({"filters": "8"}, (0, 1), ("1", "2"), 0.97, 0.965, 0.001, 3.25, 1_234, None, True),
        Row({"filters": "4"}, (0,), ("3",), 0.96, 0.955, None, 2.0, 999, None, False),
    )
    found = Ranking("filters", rows, {}, Counts(3, 0, 0, 3), 0, "")
    lines = [line.split("  ") for line in ranking(found).splitlines()[:3]]
    assert [[word.strip() for word in line if word] for line in lines] == [
        ["filters", "seeds", "val accuracy", "accuracy", "parameters", "seconds"],
        ["1", "8", "2", "97.00%", "96.50% ± 0.10", "1,234", "3.2"],
        ["2", "4", "1", "96.00%", "95.50%", "999", "2.0"],
    ]


def test_the_card_of_robustness():
    curves = {"noise": Curve("of 255", (0.0, 20.0), (0.985, 0.9))}
    card = RobustnessCard(100, 0.985, {"fog": 0.7, "spatter": 0.9}, 0.8, curves)
    lines = [" ".join(line.split()) for line in robustness_card(card).splitlines()]
    assert lines == [
        "Robustness: 98.50% on clean digits, 80.0% on corrupted ones",
        "",
        "corruption accuracy",
        "spatter 90.0%",
        "fog 70.0%",
        "",
        "noise, of 255; accuracy in percent:",
        "0 20",
        "98.5 90.0",
    ]


def test_a_trial_is_told_on_one_line_however_narrow_the_terminal_is():
    params = {"filters": (32, 64, 128), "dropout": 0.25, "optimizer": "adamw"}
    reason = {"seed": 7, "reason": "the loss became NaN"}
    trial = create_trial(state=TrialState.FAIL, user_attrs=reason, params={}, distributions={})
    trial.params = params
    board = LeaderBoard()
    board.console = Console(file=io.StringIO(), width=20)
    board.hear(SimpleNamespace(decided=lambda: [trial]))
    (line,) = board.console.file.getvalue().splitlines()
    assert line.endswith("seed=7  failed: the loss became NaN")
