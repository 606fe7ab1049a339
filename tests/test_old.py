"""What digitscope 0.1.0 wrote, before its modules had folders, opens and gives the same answers."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import digitscope as ds
from digitscope.data.dataset import load_dataset
from digitscope.judging.robustness import measured_card, robustness
from digitscope.runs.listing import details

OLD = Path(__file__).parent / "old"
EXPECTED = json.loads((OLD / "expected.json").read_text("utf-8"))


@pytest.fixture
def runs_dir(tmp_path):
    """The runs, with their data where their settings say it is."""
    shutil.copytree(OLD / "runs", tmp_path / "runs")
    data = str(shutil.copy(OLD / "data.npz", tmp_path))
    for path in (tmp_path / "runs").glob("*/config.json"):
        settings = json.loads(path.read_text("utf-8"))
        path.write_text(json.dumps({**settings, "data": data}), "utf-8")
    return tmp_path / "runs"


def test_an_old_model_reads_as_it_did(runs_dir):
    images = load_dataset(OLD / "data.npz").x_test
    said = [one.as_json() for one in ds.load("1", runs_dir).predict(list(images))]
    for now, then in zip(said, EXPECTED["predictions"], strict=True):
        # another processor's resizing may round a pixel the other way
        assert now["probabilities"] == pytest.approx(then["probabilities"], abs=1e-4)
        for name in ("digit", "status", "box"):
            assert now[name] == then[name]


def test_an_old_run_is_judged_as_it_was(runs_dir):
    run = ds.find_run("1", runs_dir)
    before = json.loads((run.path / "metrics.json").read_text("utf-8"))
    assert run.metrics.as_json() == before
    assert details(run).kept_epoch == 3
    assert [row["epoch"] for row in run.history] == [1, 2, 3]
    again = ds.evaluate(run)
    assert again.confusion == run.metrics.confusion
    assert again.negative_log_likelihood == pytest.approx(before["negative_log_likelihood"])


def test_an_old_robustness_card_is_the_same(runs_dir):
    run = ds.find_run("2", runs_dir)
    before = measured_card(run)
    assert before.as_json() == json.loads((run.path / "robustness.json").read_text("utf-8"))
    after = robustness(run)
    assert after.corruptions == before.corruptions
    assert after.curves == before.curves


def test_old_runs_compare_as_they_did(runs_dir):
    found = ds.compare([ds.find_run(name, runs_dir) for name in ("1", "2")]).as_json()
    then = EXPECTED["compare"]
    for name in ("of", "only_wrong", "note", "differences"):
        assert found[name] == then[name]
    for now, before in zip(found["groups"], then["groups"], strict=True):
        assert {name: now[name] for name in before} == before


def test_an_old_interrupted_run_goes_on(runs_dir):
    run = ds.find_run("3", runs_dir)
    assert run.status.state == "interrupted"
    before = run.epoch_weights(2).read_bytes()
    run = ds.resume(run, verbose=False)
    assert (run.status.state, len(run.history)) == ("finished", 3)
    assert run.epoch_weights(2).read_bytes() == before
    assert not np.array_equal(
        np.frombuffer(before), np.frombuffer(run.epoch_weights(3).read_bytes())
    )
