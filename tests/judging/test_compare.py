import csv
import io
import json
import shutil

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from digitscope.cli.text import comparison
from digitscope.errors import RunError
from digitscope.judging.compare import compare
from digitscope.judging.figures import only_wrong_figure
from digitscope.runs.run import Run
from digitscope.settings.config import Config
from tests.helpers import create_run

N = 2000


@pytest.fixture
def made(tmp_path):
    """A function that makes a judged run whose network reads the images in `wrong` wrong."""

    def make(wrong, data_sha256="mnist", **settings):
        run = create_run(Config(**settings), data_sha256, tmp_path)
        answers = np.zeros(N, int)
        answers[list(wrong)] = 1
        labels = np.zeros(N, np.uint8)
        np.savez(
            run.predictions, probabilities=np.eye(10, dtype=np.float32)[answers], labels=labels
        )
        run.set_status("finished")
        run.write_history([{"epoch": 1, "loss": 0.1, "accuracy": 0.9, "seconds": 2.5}])
        return run

    return make


def errors(run):
    with np.load(run.predictions) as file:
        return set(np.flatnonzero(file["probabilities"].argmax(1) != file["labels"]))


def test_two_models(made):
    a = made(range(60), filters=(8,), seed=3)
    b = made(range(40, 70), filters=(8, 16), epochs=2, seed=3)
    found = compare([a, b])
    assert found.of == "models"
    assert [group.name for group in found.groups] == ["A", "B"]
    assert found.groups[1].settings == {"filters": [8, 16], "epochs": 2}
    assert found.groups[0].num_errors == 60
    difference = found.differences[0]
    assert difference.value == pytest.approx(30 / N)
    assert difference.verdict.startswith("B is better than A by 1.50 points (95% interval 0.8")
    assert found.only_wrong == {"A": (*range(40),), "B": (*range(60, 70),)}
    text = comparison(found)
    low, high = proportion_confint(N - 60, N, method="wilson")
    assert f"{100 * low:.2f}-{100 * high:.2f}" in text
    assert "train several seeds of each" in text
    assert "dense_units" not in text
    turned = compare([b, a]).differences[0]
    assert turned.verdict.startswith("A is better than B by 1.50 points (95% interval 0.8")
    assert turned.low == pytest.approx(-difference.high)


def test_a_difference_that_could_be_luck(made):
    found = compare([made(range(20), seed=1), made(range(3, 25), seed=2)])
    assert found.groups[1].settings == {"seed": 2}
    assert "B and A, 0.10 points: within noise (95% interval -0." in found.differences[0].verdict


def test_three_models_are_compared_with_the_first(made):
    found = compare(
        [made(range(60), epochs=1), made(range(10), epochs=2), made(range(58), epochs=3)]
    )
    assert [row.group for row in found.differences] == ["B", "C"]
    assert [row.verdict.split()[1] for row in found.differences] == ["is", "and"]
    assert found.only_wrong == {}


def test_seeds_of_two_recipes(made, digits):
    rng = np.random.default_rng(0)

    def seeds(epochs, chance):
        hard = np.arange(400)
        return [made(hard[rng.random(400) < chance], epochs=epochs, seed=seed) for seed in range(5)]

    few, many = seeds(1, 0.5), seeds(5, 0.1)
    found = compare([*few, *many])
    assert found.of == "recipes"
    assert found.groups[1].settings == {"epochs": 5}
    assert found.groups[0].seeds == (0, 1, 2, 3, 4)
    assert found.differences[0].verdict.startswith("B is better than A by")
    assert found.note == ""
    gaps = np.mean([[i in errors(run) for i in range(400)] for run in few], axis=0)
    gaps -= np.mean([[i in errors(run) for i in range(400)] for run in many], axis=0)
    assert sorted(found.only_wrong["A"]) == np.flatnonzero(gaps >= 0.5).tolist()
    text = comparison(found)
    assert f"{few[0].name} and 4 more" in text
    sides = only_wrong_figure(found, digits).subfigs
    figure = only_wrong_figure(found, digits)
    assert figure.get_size_inches().tolist() == pytest.approx([11, 0.95 * 4 + 0.5])
    assert sides[0].get_suptitle() == f"only A got wrong: {len(found.only_wrong['A'])}, 28 of them"
    halves = compare([*few[:2], *few[2:4], *many[:2]])
    assert halves.of == "recipes"
    equal = compare([*seeds(7, 0.3), *seeds(8, 0.3)]).differences[0]
    assert "would settle it" in equal.verdict


def test_two_seeds_that_differ_much_are_said_to_be_too_few(made):
    rng = np.random.default_rng(0)
    parts = {(1, 0): 0.1, (1, 1): 0.5, (2, 0): 0.4, (2, 1): 0.8}  # epochs, seed: how many wrong
    found = compare(
        [
            made(np.flatnonzero(rng.random(N) < part), epochs=epochs, seed=seed)
            for (epochs, seed), part in parts.items()
        ]
    )
    difference = found.differences[0]
    assert difference.too_few_seeds
    assert -1 <= difference.low < 0 < difference.high <= 1
    assert "points: too few seeds to say; " in difference.verdict
    assert "seeds of each would settle it" in difference.verdict
    text = comparison(found)
    assert text.count("too few seeds  ") == 2  # the intervals of A and B
    assert "interval -" not in text
    for group in found.groups:
        assert group.too_few_seeds
        assert 0 <= group.interval[0] < group.accuracy < group.interval[1] <= 1


def test_what_never_varies_asks_for_more_seeds(made):
    runs = [made([20 + s] if e == 2 else [], epochs=e, seed=s) for e in (1, 2) for s in range(3)]
    verdict = compare(runs).differences[0].verdict
    assert verdict == "B and A, 0.05 points: too few seeds to say; train more of each"


def test_many_settings_stand_below_each_other(made):
    few = {"epochs": 2, "dropout": 0.5, "batch_size": 64, "batch_norm": True}
    lines = [
        comparison(compare([made(range(9)), made(range(8), **settings)])).splitlines()
        for settings in (few, few | {"learning_rate": 0.01})
    ]
    assert all(name in lines[0][0] for name in few)
    assert lines[1][0].split() == ["A", "B"]
    assert ["dropout", "0.0", "0.5"] in [line.split() for line in lines[1]]


def test_one_seed_of_a_recipe_makes_no_verdict_on_it(made):
    runs = [made(range(5), epochs=1, seed=0), made(range(6), epochs=1, seed=1), made(range(7))]
    assert compare(runs).of == "models"


def test_csv_and_json_hold_everything(made):
    found = compare([made(range(60), filters=(8,)), made(range(30), filters=(8, 16))])
    rows = list(csv.DictReader(io.StringIO(found.as_csv())))
    assert [row["filters"] for row in rows] == ["8", "8,16"]
    assert rows[0]["difference"] == ""
    assert float(rows[1]["difference"]) == found.differences[0].value
    assert rows[1]["verdict"] == found.differences[0].verdict
    values = json.loads(json.dumps(found.as_json()))
    assert values == found.as_json()
    assert " ".join(values) == "of groups differences only_wrong note"
    assert values["groups"][1]["settings"] == {"filters": [8, 16]}
    for group in values["groups"]:
        assert " ".join(group) == (
            "name runs seeds settings accuracy interval too_few_seeds num_errors seconds parameters"
        )
    (difference,) = values["differences"]
    assert difference.keys() == {"group", "value", "low", "high", "p", "verdict"}
    assert values["only_wrong"] == {"A": [*range(30, 60)], "B": []}


def test_of_recipes_the_json_says_how_many_seeds_are_wanted(made):
    runs = [made(range(20 * e + s), epochs=e, seed=s) for e in (1, 2) for s in range(3)]
    (difference,) = compare(runs).as_json()["differences"]
    assert difference["more_seeds"] == 0
    assert difference["too_few_seeds"] is False


def test_a_run_that_is_not_judged_yet_is(finished, settings, tmp_path):
    copies = [Run(tmp_path / name) for name in ("0001-tutorial", "0002-tutorial")]
    for copy in copies:
        shutil.copytree(finished.path, copy.path)
        copy.predictions.unlink(missing_ok=True)
    found = compare(copies)
    assert found.differences[0].value == 0
    assert all(copy.predictions.exists() for copy in copies)


def test_what_can_not_be_compared_is_said(made, tmp_path):
    run, other = made(range(5)), made(range(5), "another")
    with pytest.raises(RunError, match="at least two runs"):
        compare([run])
    with pytest.raises(RunError, match="named twice"):
        compare([run, run])
    with pytest.raises(RunError, match="on different data"):
        compare([run, other])
    twins = [made(range(5), epochs=e, seed=s) for e, s in ((1, 0), (1, 0), (2, 0), (2, 1))]
    with pytest.raises(RunError, match="one training done twice"):
        compare(twins)
    unfinished = [made(range(5), epochs=e, seed=s) for e in (4, 5) for s in (0, 1)]
    unfinished[2].set_status("interrupted")
    with pytest.raises(RunError, match="is not finished, so it stands for no recipe"):
        compare(unfinished)
    broken = made(range(9), epochs=3)
    broken.predictions.write_bytes(b"no")
    with pytest.raises(RunError, match="digitscope evaluate"):
        compare([run, broken])
