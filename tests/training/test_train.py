import csv
import errno
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

from digitscope.errors import (
    ConfigError,
    DataError,
    Interrupted,
    RunError,
    TrainingError,
    WriteError,
)
from digitscope.network.inference import Model
from digitscope.runs.folder import list_runs
from digitscope.runs.run import HISTORY_COLUMNS, best_epoch
from digitscope.settings.config import Config
from digitscope.settings.recipes import configure
from digitscope.training.batches import Batches
from digitscope.training.recorder import Recorder
from digitscope.training.task import Task
from digitscope.training.train import dry_run, resume, train
from tests.helpers import raising_at

EVERYTHING = {
    "batch_norm": True,
    "dropout": 0.2,
    "shift": 2,
    "rotate": 10,
    "schedule": "one_cycle",
    "learning_rate": 0.01,
}
FILES = [
    "config.json",
    "environment.json",
    "epochs/0001.bin",
    "epochs/0002.bin",
    "epochs/0003.bin",
    "checkpoint/state.npz",
    "history.csv",
    "model.keras",
    "model.onnx",
    "network.json",
    "status.json",
    "weights.bin",
]


def weights(run):
    return (run.path / "weights.bin").read_bytes()


def steps(settings):
    return -(-540 // settings["batch_size"])


def test_the_run_folder_is_complete(finished):
    here = {str(p.relative_to(finished.path)) for p in finished.path.rglob("*") if not p.is_dir()}
    assert here - {".lock", ".running"} == set(FILES)
    assert finished.status.state == "finished"
    environment = finished.environment
    assert environment.engine == keras.config.backend()
    assert environment.packages["keras"] == keras.__version__
    assert finished.config.epochs == 3


def test_the_history_has_a_row_for_each_epoch(finished):
    rows = list(csv.DictReader((finished.path / "history.csv").open()))
    assert tuple(rows[0]) == HISTORY_COLUMNS
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert finished.history[2]["loss"] < finished.history[0]["loss"]


def test_all_forms_of_the_model_agree(finished, digits):
    images = digits.x_test[:100]
    model = keras.models.load_model(finished.path / "model.keras")
    expected = model.predict(images[..., None], verbose=0)
    assert np.abs(Model(finished.path / "model.onnx").probabilities(images) - expected).max() < 1e-5
    described = json.loads((finished.path / "network.json").read_text())
    stored = np.frombuffer(weights(finished), "<f4")
    for layer in described["layers"]:
        for place, array in zip(
            layer["weights"].values(), model.get_layer(layer["name"]).get_weights(), strict=True
        ):
            start = place["offset"] // 4
            assert np.array_equal(stored[start : start + array.size], array.ravel())


def test_the_best_epoch_is_kept(settings, tmp_path):
    config = {**settings, "epochs": 6, "learning_rate": 0.05}
    best, last = (train(**config, keep=keep, runs_dir=tmp_path) for keep in ("best", "last"))
    losses = [row["val_loss"] for row in best.history]
    assert weights(best) == best.epoch_weights(1 + int(np.argmin(losses))).read_bytes()
    assert weights(last) == last.epoch_weights(6).read_bytes()


def test_early_stopping_by_the_history_alone(finished):
    def recorder(losses, **settings):
        config = Config(epochs=9, **settings)
        return Recorder(finished, config, [{"val_loss": loss} for loss in losses])

    assert not recorder([3, 2, 1], early_stopping=2).is_done
    assert not recorder([3, 1, 2], early_stopping=2).is_done
    assert recorder([3, 1, 2, 1], early_stopping=2).is_done
    assert best_epoch(recorder([3, 1, 2, 1]).history, "best") == 2
    assert best_epoch(recorder([3, 1, 2, 1]).history, "last") == 4
    assert not recorder([3, 1, 2, 1]).is_done
    assert recorder([1] * 9).is_done


def test_early_stopping_stops_a_training(settings, tmp_path):
    # With a learning rate of almost nothing the loss soon fails to get better.
    config = {**settings, "epochs": 9, "learning_rate": 1e-12, "early_stopping": 1}
    run = train(**config, runs_dir=tmp_path)
    assert len(run.history) < 9
    assert run.status.state == "finished"


def test_twenty_digits_are_memorised(digits, tmp_path):
    path = tmp_path / "twenty.npz"
    few = [np.flatnonzero(digits.y_train == digit)[:2] for digit in range(10)]
    x, y = digits.x_train[np.concatenate(few)], digits.y_train[np.concatenate(few)]
    np.savez(path, x_train=x, y_train=y, x_test=x, y_test=y)
    run = train(
        data=str(path),
        epochs=40,
        filters=8,
        batch_size=20,
        validation_fraction=0,
        runs_dir=tmp_path,
    )
    assert (Model(run.path / "model.onnx").probabilities(x).argmax(1) == y).all()
    assert run.history[-1]["accuracy"] == 1.0


def test_one_seed_one_network(settings, finished, tmp_path):
    assert weights(train(**settings, runs_dir=tmp_path)) == weights(finished)
    assert weights(train(**settings, seed=1, runs_dir=tmp_path)) != weights(finished)


@pytest.mark.parametrize("batch", [3, 20, 40])
def test_a_resumed_training_ends_with_the_uninterrupted_weights(settings, tmp_path, batch):
    config = {**settings, **EVERYTHING}
    whole = train(**config, runs_dir=tmp_path)
    with pytest.raises(Interrupted, match="Go on with: digitscope train --resume") as stop:
        train(**config, runs_dir=tmp_path, callbacks=[raising_at(batch, KeyboardInterrupt())])
    run = list_runs(tmp_path)[-1]
    done = (batch - 1) // steps(settings)
    assert str(run.path) in str(stop.value)
    assert (run.status.state, len(run.history)) == ("interrupted", done)
    assert (run.path / "model.onnx").exists() == (done > 0)  # what the epochs learnt can be used
    resume(run)
    assert run.status.state == "finished"
    assert weights(run) == weights(whole)
    for ours, theirs in zip(run.history, whole.history, strict=True):
        del ours["seconds"], theirs["seconds"]
        assert ours == theirs


def test_killed_after_the_last_epoch_only_the_end_is_made(settings, finished, tmp_path):
    run = train(**settings, runs_dir=tmp_path)
    for name in ("model.keras", "model.onnx", "weights.bin"):
        (run.path / name).unlink()
    run.set_status("running")
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    leftover = run.path / "epochs" / f".0001.bin.{gone.pid}.tmp"
    leftover.write_text("half")
    resume(run)
    assert weights(run) == weights(finished)
    assert (run.path / "model.onnx").exists()
    assert not leftover.exists()


def test_a_finished_run_has_nothing_to_resume(finished):
    with pytest.raises(RunError, match="nothing to resume"):
        resume(finished)


def test_changed_data_are_refused(settings, digits, tmp_path):
    path = tmp_path / "set.npz"
    arrays = {
        "x_train": digits.x_train[:600].copy(),
        "y_train": digits.y_train[:600],
        "x_test": digits.x_test[:200],
        "y_test": digits.y_test[:200],
    }
    np.savez(path, **arrays)
    with pytest.raises(Interrupted):
        train(
            **{**settings, "data": str(path)},
            runs_dir=tmp_path,
            callbacks=[raising_at(1, KeyboardInterrupt())],
        )
    arrays["x_train"][0, 0, 0] ^= 1
    np.savez(path, **arrays)
    with pytest.raises(RunError, match=r"not what .* was begun with"):
        resume(list_runs(tmp_path)[-1])


def test_a_damaged_checkpoint_is_named(settings, tmp_path):
    with pytest.raises(Interrupted):
        train(**settings, runs_dir=tmp_path, callbacks=[raising_at(20, KeyboardInterrupt())])
    run = list_runs(tmp_path)[-1]
    run.checkpoint.write_bytes(run.checkpoint.read_bytes()[:1000])
    with pytest.raises(RunError, match=r"checkpoint .* is damaged"):
        resume(run)


def test_a_loss_that_is_not_a_number(settings, tmp_path):
    config = {**settings, "learning_rate": 10, "weight_decay": 1.0}  # weights times -9 a step
    with pytest.raises(TrainingError, match="smaller learning_rate than 10"):
        train(**config, runs_dir=tmp_path)
    run = list_runs(tmp_path)[-1]
    assert run.status.state == "failed"
    assert "loss became" in run.status.message


@pytest.mark.parametrize("name", ["0002.bin", "state.npz", "history.csv", "model.onnx"])
def test_a_write_that_fails_keeps_the_last_checkpoint(
    settings, finished, tmp_path, monkeypatch, name
):
    replace, left = os.replace, 2 if name in ("state.npz", "history.csv") else 1

    def full(source, target):
        nonlocal left
        left -= Path(target).name == name
        if left == 0 and Path(target).name == name:
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(TrainingError, match=r"No space left on device.*--resume"):
        train(**settings, runs_dir=tmp_path)
    run = list_runs(tmp_path)[-1]
    assert run.status.state == "failed"
    assert not list(run.path.rglob(".*.tmp"))
    monkeypatch.undo()
    resume(run)
    assert weights(run) == weights(finished)
    assert len(run.history) == 3


def test_a_disk_that_is_really_full(settings, finished, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        with pytest.raises(TrainingError, match=r"No space left on device.*--resume"):
            train(**settings, runs_dir=disk)
        run = list_runs(disk)[-1]
        assert (run.status.state, "No space" in run.status.message) == ("failed", True)
        subprocess.run(["mount", "-o", "remount,size=5m", str(disk)], check=True)
        resume(run)
        assert weights(run) == weights(finished)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(RunError, match=r"Read-only file system.*--runs-dir"):
            train(**settings, runs_dir=disk)
        assert run.status.state == "finished"
        with pytest.raises(WriteError, match="Read-only file system; choose a place"):
            run.delete()
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_row_lost_between_checkpoint_and_history_comes_back(settings, tmp_path):
    run = train(**settings, runs_dir=tmp_path)
    file = run.path / "history.csv"
    whole = file.read_text()
    file.write_text("".join(whole.splitlines(keepends=True)[:-1]))
    run.set_status("running")
    resume(run)
    assert [row["epoch"] for row in run.history] == [1, 2, 3]


def test_a_new_network_takes_the_old_judgement_away(settings, tmp_path):
    from digitscope.judging.evaluate import evaluate

    with pytest.raises(Interrupted):
        train(**settings, runs_dir=tmp_path, callbacks=[raising_at(20, KeyboardInterrupt())])
    run = list_runs(tmp_path)[-1]
    evaluate(run)
    resume(run)
    assert run.metrics is None
    assert not (run.path / "predictions.npz").exists()


def test_another_engine_or_a_lost_checkpoint_is_refused(settings, tmp_path):
    with pytest.raises(Interrupted):
        train(**settings, runs_dir=tmp_path, callbacks=[raising_at(20, KeyboardInterrupt())])
    run = list_runs(tmp_path)[-1]
    file = run.path / "environment.json"
    text = file.read_text()
    file.write_text(text.replace('"engine": "tensorflow"', '"engine": "torch"'))
    with pytest.raises(RunError, match="KERAS_BACKEND=torch"):
        resume(run)
    file.write_text(text)
    run.checkpoint.unlink()
    with pytest.raises(RunError, match=r"state\.npz is gone"):
        resume(run)


def test_a_terminal_sees_a_bar(settings, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    train(**settings, runs_dir=tmp_path)
    shown = capsys.readouterr().err
    assert "━" in shown
    assert re.search(r"\d+/17.*loss \d\.\d{4}.*0:00:\d\d", shown)
    assert "epoch 3/3" in shown


def test_a_fault_of_the_onnx_file_is_not_passed_over(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(Model, "probabilities", lambda self, images: np.zeros((len(images), 10)))
    with pytest.raises(TrainingError, match="differs from the Keras model"):
        train(**settings, runs_dir=tmp_path)
    assert list_runs(tmp_path)[-1].status.state == "failed"


def test_a_wrong_setting_makes_no_run(settings, tmp_path):
    with pytest.raises(ConfigError):
        train(**settings, optimizer="adamm", runs_dir=tmp_path)
    with pytest.raises(DataError, match="too few to hold back"):
        train(**settings, validation_fraction=0.0001, runs_dir=tmp_path)
    assert list_runs(tmp_path) == []


@pytest.mark.parametrize(("recipe", "accuracy"), [("fast", 0.98), ("fast99", 0.985)])
def test_one_epoch_is_enough(recipe, accuracy, tmp_path):
    run = train(recipe, runs_dir=tmp_path)
    assert len(run.history) == 1
    assert run.history[0]["val_accuracy"] > accuracy


def test_names_are_as_good_as_objects(settings, tmp_path, monkeypatch):
    import digitscope as ds

    monkeypatch.chdir(tmp_path)
    run = ds.train("lenet", **{**settings, "epochs": 1})
    assert (run.config.recipe, run.path) == ("lenet", Path("runs/0001-lenet"))
    assert ds.evaluate("latest").num_images == 200
    with pytest.raises(ds.RunError, match="nothing to resume"):
        ds.resume("latest")
    with pytest.raises(ds.ConfigError, match="not both"):
        ds.train(run.config, recipe="lenet")


def test_a_config_and_settings_on_top(settings, tmp_path):
    config = configure(**settings)
    run = train(config, epochs=1, runs_dir=tmp_path)
    assert (run.config.epochs, run.config.filters) == (1, (4,))


@pytest.mark.parametrize(
    "changes", [{}, {"batch_size": 8, "validation_fraction": 0.01}, {"validation_fraction": 0}]
)
def test_a_dry_run_keeps_nothing(settings, tmp_path, monkeypatch, changes):
    monkeypatch.chdir(tmp_path)
    dry_run(configure(**{**settings, **changes}))
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_of_data_that_begin_with_one_large_group(digits, settings, tmp_path):
    data = tmp_path / "grouped.npz"
    groups = np.arange(600) // 4
    groups[:100] = 0  # all that one batch of training and one of validation images may be cut from
    arrays = {name: getattr(digits, name)[:600] for name in ("x_train", "y_train")}
    np.savez(data, x_test=digits.x_test[:200], y_test=digits.y_test[:200], groups=groups, **arrays)
    dry_run(configure(**{**settings, "data": str(data)}))


def test_every_image_comes_once_an_epoch_in_a_new_order(digits):
    training = np.arange(100) * 2
    images, labels = digits.x_train[training], digits.y_train[training]
    task = Task(Config(batch_size=32), digits, training, training[:0])
    assert (task.batches_per_epoch, task.steps) == (4, 20)
    batches = Batches(task)
    orders = []
    for epoch in (0, 1, 0):
        parts = [batches[4 * epoch + i] for i in range(4)]
        seen = np.concatenate([x for x, _ in parts])[..., 0]
        order = [np.flatnonzero((images == image).all((1, 2)))[0] for image in seen]
        assert sorted(order) == list(range(100))
        assert np.concatenate([y for _, y in parts]).argmax(1).tolist() == labels[order].tolist()
        orders.append(order)
    assert orders[0] == orders[2] != orders[1]
    resumed = Batches(task, first_epoch=1)
    assert np.array_equal(resumed[0][0], batches[4][0])
