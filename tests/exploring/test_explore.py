import io
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tarfile
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import optuna
import pytest

from digitscope.cli.text import ranking
from digitscope.errors import ConfigError, DataError, TrainingError, WorkersError
from digitscope.exploring import explore as module
from digitscope.exploring.explore import explore
from digitscope.exploring.question import Question
from digitscope.exploring.space import parse
from digitscope.exploring.study import Counts
from digitscope.exploring.workers import Done, Failed, Report, Workers, _train
from digitscope.judging.compare import compare
from digitscope.runs.folder import find_run, list_runs
from digitscope.runs.run import Run
from digitscope.settings.config import Config
from tests.helpers import create_run


class Crew:
    """Workers that train nothing: they hand back copies of a finished run, with other settings."""

    def __init__(self, finished, folder):
        self.finished, self.folder = finished, folder
        self.count, self.begun, self.waiting, self.stopped = 2, [], [], set()
        self.fails = lambda config: config.seed == 13

    @property
    def free(self):
        return self.count - len(self.waiting)

    def begin(self, key, config):
        self.begun.append(config)
        self.waiting.append((key, config))

    def stop(self, key):
        self.stopped.add(key)

    def events(self):
        key, config = self.waiting.pop(0)
        if self.fails(config):
            yield Failed(key, "The loss became NaN.")
            return
        accuracy = 0.5 + config.filters[0] / 100 + config.seed / 1000
        rows = []
        for epoch in range(1, config.epochs + 1):
            rows.append({**self.finished.history[0], "epoch": epoch, "val_accuracy": accuracy})
            yield Report(key, rows[-1])
            if key in self.stopped:
                break
        yield Done(key, self.archive(config, rows))

    def archive(self, config, rows):
        made = Run(self.folder / "0001-made")
        shutil.copytree(self.finished.path, made.path)
        (made.path / "config.json").write_text(config.model_dump_json())
        made.write_history(rows)
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            archive.add(made.path, made.name)
        shutil.rmtree(made.path)
        return buffer.getvalue()

    def close(self):
        pass


@pytest.fixture
def crew(finished, tmp_path, monkeypatch):
    crew = Crew(finished, tmp_path)
    monkeypatch.setattr(module, "Workers", lambda *_: crew)
    return crew


@pytest.fixture
def base(settings):
    return Config(**settings | {"keep": "last"})


@pytest.fixture
def question(base):
    return Question(base, parse(["filters=2,4", "dense_units=8,16"]), seeds=2)


def essence(found):
    """A ranking without what differs from run to run."""
    return replace(found, rows=tuple(replace(row, runs=(), seconds=0) for row in found.rows))


def test_a_grid_becomes_runs_and_a_ranking(question, crew, tmp_path):
    told = []
    found = explore(question, tmp_path / "runs", listen=lambda study: told.append(study.counts()))
    assert [row.settings["filters"] for row in found.rows] == ["4", "4", "2", "2"]
    assert [row.seeds for row in found.rows] == [(0, 1)] * 4
    assert found.rows[0].val_accuracy == pytest.approx(0.5405)
    assert found.importances["filters"] > 0.9
    assert told[-1] == Counts(done=8, pruned=0, failed=0, wanted=8)
    runs = list_runs(tmp_path / "runs")
    assert len(runs) == 8
    for row in found.rows:
        for name, seed in zip(row.runs, row.seeds, strict=True):
            run = find_run(name, tmp_path / "runs")
            assert run.config.seed == seed
            assert run.metrics.accuracy == pytest.approx(row.accuracy)
    firsts = [row for row in found.rows if row.difference is None]
    assert [row.settings for row in firsts] == [{"filters": "2", "dense_units": "8"}]
    text = ranking(found)
    assert "8 of 8 trials done." in text
    assert "val accuracy" in text
    values = found.as_json()
    assert json.loads(json.dumps(values)) == values
    assert values.keys() == {"question", "rows", "importances", "trials", "gone", "note"}
    assert values["trials"] == {"done": 8, "pruned": 0, "failed": 0, "wanted": 8}
    for row in values["rows"]:
        assert " ".join(row) == (
            "settings seeds runs val_accuracy accuracy spread seconds parameters difference "
            "is_reference"
        )
    difference = values["rows"][0]["difference"]
    assert " ".join(difference) == "value low high p more_seeds too_few_seeds"
    assert compare([runs[0], runs[1]]).of == "models"


@pytest.mark.parametrize("moment", ["place_run", "finish", "tell", "listen"])
def test_killed_and_asked_again_it_ends_alike(question, crew, tmp_path, monkeypatch, moment):
    whole = explore(question, tmp_path / "whole")
    crew.begun.clear()
    kills = iter([2, 1, 2])

    def dies_after(function, calls):
        left = [calls]

        def dying(*arguments, **settings):
            left[0] -= 1
            if left[0] < 0:
                raise SystemExit
            return function(*arguments, **settings)

        return dying

    places = {
        "place_run": (module, "place_run"),
        "finish": (module.Study, "finish"),
        "tell": (optuna.Study, "tell"),
        "listen": (module.Explorer, "_begin"),
    }
    owner, name = places[moment]
    for calls in kills:
        with monkeypatch.context() as patch:
            patch.setattr(owner, name, dies_after(getattr(owner, name), calls))
            with pytest.raises(SystemExit):
                explore(question, tmp_path / "runs")
        crew.waiting.clear()
    found = explore(question, tmp_path / "runs")
    assert essence(found) == essence(whole)
    names = [name for row in found.rows for name in row.runs]
    assert len(set(names)) == 8
    if moment in ("finish", "tell"):  # the run was in its place already
        assert len(list_runs(tmp_path / "runs")) == 8


def test_hopeless_trials_of_a_search_are_stopped(base, crew, tmp_path):
    search = Question(base, parse(["filters=1..60"]), trials=12)
    found = explore(search, tmp_path / "runs")
    counts = found.trials
    assert counts.done + counts.pruned == 12
    assert counts.pruned == len(crew.stopped) > 0
    states = [run.status.state for run in list_runs(tmp_path / "runs")]
    assert states.count("interrupted") == counts.pruned
    assert "pruned" in ranking(found)
    best = [0.5 + config.filters[0] / 100 for config in crew.begun]
    assert found.rows[0].val_accuracy == pytest.approx(max(best))
    stopped = [run for run in list_runs(tmp_path / "runs") if run.status.state == "interrupted"]
    accuracies = [run.history[-1]["val_accuracy"] for run in stopped]
    assert max(accuracies) < np.median([row.val_accuracy for row in found.rows])
    assert "reference" not in ranking(found)


def test_a_training_that_fails_is_counted_and_the_others_go_on(base, crew, tmp_path):
    question = Question(Config(**base.model_dump() | {"seed": 12}), parse(["filters=2,4"]), seeds=2)
    found = explore(question, tmp_path / "runs")
    assert found.trials == Counts(done=2, pruned=0, failed=2, wanted=4)
    assert "2 of 4 trials done, 2 failed." in ranking(found)


def test_a_budget_ends_it_and_it_goes_on(question, crew, tmp_path):
    found = explore(question, tmp_path / "runs", minutes=0)
    assert (found.rows, found.trials.done) == ((), 0)
    assert "0 of 8 trials done; the same command goes on." in ranking(found)
    assert explore(question, tmp_path / "runs").trials.done == 8


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"[1]", b"{}", b'"study"', b"[" * 99999])
def test_a_run_whose_trial_is_damaged_is_of_no_study(question, crew, tmp_path, content):
    stray = create_run(question.base, "", tmp_path)
    (stray.path / "trial.json").write_bytes(content)
    found = explore(question, tmp_path)
    assert len(crew.begun) == found.trials.done == len(list_runs(tmp_path)) - 1


def test_a_study_may_be_anywhere_and_have_any_name(question, crew, tmp_path):
    study = tmp_path / "elsewhere" / "explore-2.db"
    for _ in range(2):
        found = explore(question, tmp_path / "runs", study)
        assert found.trials.done == 8


def test_a_search_does_not_train_the_same_twice(base, crew, tmp_path):
    search = Question(base, parse(["filters=2,4"]), trials=10)
    found = explore(search, tmp_path / "runs")
    assert len(crew.begun) < 10  # only what is under way at the same time can be alike
    assert all(len(row.seeds) == len(set(row.runs)) for row in found.rows)


def test_runs_that_are_gone_are_left_out(question, crew, tmp_path):
    explore(question, tmp_path / "runs")
    runs = list_runs(tmp_path / "runs")
    runs[-1].delete()
    shutil.copytree(runs[0].path, runs[-1].path)  # another run under its name
    runs[1].delete()
    found = explore(question, tmp_path / "runs")
    assert found.gone == 2
    assert sum(len(row.seeds) for row in found.rows) == 6
    incomplete = [row for row in found.rows if len(row.seeds) < 2]
    assert len(incomplete) == 2
    assert all(row.difference is None for row in incomplete)
    assert "2 trials are left out: their runs are gone." in ranking(found)


def test_one_seed_each_is_said_to_be_about_models(base, crew, tmp_path):
    question = Question(base, parse(["filters=2,4,8"]))
    found = explore(question, tmp_path / "runs")
    runs = sorted(list_runs(tmp_path / "runs"), key=lambda run: run.config.filters)
    differences = {row.settings["filters"]: row.difference for row in found.rows}
    assert differences["2"] is None
    for name, expected in zip(("4", "8"), compare(runs).differences, strict=True):
        assert differences[name].low == expected.low
    assert "one run of each" in ranking(found)


@pytest.mark.parametrize("seeds", [1, 3])
@pytest.mark.parametrize("filters", ["2,4", "2,4,8"])
def test_its_figures_are_those_of_compare(base, crew, tmp_path, filters, seeds):
    question = Question(base, parse([f"filters={filters}"]), seeds)
    explore(question, tmp_path)
    runs = sorted(list_runs(tmp_path), key=lambda run: (run.config.filters, run.config.seed))
    for run in runs:  # networks that differ by settings and by seeds
        rng = np.random.default_rng((run.config.filters[0], run.config.seed))
        wrong = rng.random(2000) < 0.1 - run.config.filters[0] / 200
        answers = np.eye(10, dtype=np.float32)[wrong.astype(int)]
        np.savez(run.predictions, probabilities=answers, labels=np.zeros(2000, np.uint8))
    found, expected = explore(question, tmp_path), compare(runs)
    rows = sorted(found.rows, key=lambda row: int(row.settings["filters"]))
    assert rows[0].difference is None
    for row, difference in zip(rows[1:], expected.differences, strict=True):
        ours, theirs = asdict(row.difference), difference.as_json()
        assert ours == {name: theirs[name] for name in ours}
        assert theirs.keys() - ours.keys() == {"group", "verdict"}
    assert found.note == expected.note


def test_the_table_says_what_it_compares_with_and_where_seeds_are_too_few(base, crew, tmp_path):
    question = Question(base, parse(["filters=2,4"]), seeds=2)

    def shown():
        found = explore(question, tmp_path)
        head, *lines = ranking(found).splitlines()
        assert head.split()[-4:] == ["vs", "reference", "95%", "interval"]
        assert [row.is_reference for row in found.rows] == [False, True]
        return lines

    lines = shown()
    assert lines[1].split()[:2] == ["2", "2"]  # the second in the table has 2 filters
    assert lines[1].endswith(" reference")
    assert "The reference is the first setting of the grid; differences are in points." in lines
    wrong = {(2, 0): 0.1, (2, 1): 0.7, (4, 0): 0.3, (4, 1): 0.5}
    rng = np.random.default_rng(0)
    for run in list_runs(tmp_path):
        answers = (rng.random(2000) < wrong[run.config.filters[0], run.config.seed]).astype(int)
        probabilities = np.eye(10, dtype=np.float32)[answers]
        np.savez(run.predictions, probabilities=probabilities, labels=np.zeros(2000, np.uint8))
    lines = shown()
    assert lines[0].endswith("  too few seeds")
    assert "Train more, with --seeds." in "\n".join(lines)


def test_an_exploration_of_an_earlier_version_goes_on(crew, tmp_path, monkeypatch):
    old = Path(__file__).parent.parent / "old"
    shutil.copytree(old / "trainings", tmp_path / "runs")
    study = Path(shutil.copy(old / "explore.db", tmp_path / "runs"))
    with sqlite3.connect(study) as database:  # killed before trial 3 was written as done
        (number,) = database.execute(
            "SELECT trial_id FROM trials WHERE study_id = 1 AND number = 3"
        ).fetchone()
        for change in (
            "UPDATE trials SET state = 'RUNNING' WHERE trial_id = ?",
            "DELETE FROM trial_user_attributes WHERE key = 'run' AND trial_id = ?",
        ):
            database.execute(change, (number,))
    database.close()
    monkeypatch.setattr("digitscope.cli.text.value_text", lambda value: "reworded")
    base = Config(epochs=1, filters=(1,), pool=(4,), dense_units=(), keep="last")
    space = parse(["filters=1,2", "dropout=0,0.3"])
    found = explore(Question(base, space), tmp_path / "runs")
    assert crew.begun == []
    assert found.trials.done == 4
    settings = sorted(tuple(row.settings.values()) for row in found.rows)
    assert settings == [("1", "0.0"), ("1", "0.3"), ("2", "0.0"), ("2", "0.3")]
    assert sorted(name for row in found.rows for name in row.runs) == [
        f"000{number}-tutorial" for number in (1, 2, 3, 4)
    ]
    assert "dropout" in found.importances


def test_one_setting_that_worked_makes_no_importances(base, crew, tmp_path):
    space = parse(["filters=2,4", "dropout=0,0.3"])
    found = explore(Question(base, space), tmp_path / "runs")
    assert set(found.importances) == {"filters", "dropout"}
    crew.fails = lambda config: config.filters != (2,) or config.dropout != (0.0,)
    found = explore(Question(base, space, seeds=2), tmp_path / "others")
    assert (found.trials.failed, found.importances) == (6, {})


def test_data_that_is_not_there_is_no_trial(base, tmp_path):
    config = Config(**base.model_dump() | {"data": str(tmp_path / "nothing.npz")})
    with pytest.raises(DataError):
        explore(Question(config, parse(["filters=2,4"])), tmp_path / "runs")
    assert not (tmp_path / "runs" / "explore.db").exists()


def test_it_takes_validation_images(base, tmp_path):
    config = Config(**base.model_dump() | {"validation_fraction": 0})
    with pytest.raises(ConfigError, match="validation_fraction is 0"):
        explore(Question(config, parse(["filters=2,4"])), tmp_path)


def test_a_cluster_that_is_not_there_is_named_at_once():
    started = time.monotonic()
    with pytest.raises(WorkersError, match=r"Nothing answers at 127\.0\.0\.1:9 "):
        Workers(address="127.0.0.1:9")
    with pytest.raises(WorkersError, match="Nothing answers at nonsense"):
        Workers(address="nonsense")
    assert time.monotonic() - started < 10


def test_a_port_that_is_not_rays_is_refused_within_ten_seconds():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(WorkersError, match="is no Ray cluster"):
            Workers(address=address)
        assert time.monotonic() - started < 10


def test_workers_that_can_not_be_started_leave_nothing_behind(monkeypatch):
    import ray

    with monkeypatch.context() as patch:
        patch.setattr(ray, "cluster_resources", lambda: {"CPU": 2.0})
        with pytest.raises(WorkersError, match="takes 3 cores, and the cluster has 2:"):
            Workers(2, threads=3)
    assert not ray.is_initialized()
    with monkeypatch.context() as patch:
        patch.setattr(ray, "get_runtime_context", lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            Workers()
    assert not ray.is_initialized()


def test_rays_own_failure_is_said_and_another_ray_is_left_alone(monkeypatch):
    import ray

    def init(**_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(WorkersError, match=r"can't be started here\. Ray says: .*No space left"):
        Workers()
    ended = []
    monkeypatch.setattr(ray, "shutdown", lambda: ended.append(True))
    monkeypatch.setattr(ray, "is_initialized", lambda: True)
    with pytest.raises(WorkersError, match="runs in this process already"):
        Workers()
    assert ended == []


def test_ray_is_asked_for_with_the_token_that_is_here_and_not_by_an_import(tmp_path):
    (tmp_path / ".ray").mkdir()
    (tmp_path / ".ray" / "auth_token").write_text("secret")
    code = """
import os, sys
before = dict(os.environ)
from digitscope.exploring import workers
assert "ray" not in sys.modules, "Ray is imported"
assert dict(os.environ) == before, "the environment is changed"
try:
    workers.Workers(address="127.0.0.1:9")
except workers.WorkersError:
    from ray._raylet import AuthenticationMode, get_authentication_mode
    print(os.environ["RAY_AUTH_MODE"], get_authentication_mode() == AuthenticationMode.TOKEN)
"""
    environment = {name: value for name, value in os.environ.items() if name != "RAY_AUTH_MODE"}
    environment["HOME"] = str(tmp_path)
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.split() == ["token", "True"]


def events_of(crew, key):
    """The events until a training is done, which is stopped after its first epoch."""
    events = []
    while not any(isinstance(event, Done) for event in events):
        events += crew.events()
        if any(isinstance(event, Report) for event in events):
            crew.stop(key)
    return events


def test_what_is_not_the_settings_fault_ends_it_and_a_training_can_be_stopped(base, tmp_path):
    crew = Workers(1)
    try:
        crew.begin(0, Config(**base.model_dump() | {"data": str(tmp_path / "elsewhere.npz")}))
        with pytest.raises(WorkersError, match="could not be done: There is no data set"):
            events_of(crew, 1)
        crew.begin(1, Config(**base.model_dump() | {"epochs": 200}))
        reports = [event for event in events_of(crew, 1) if isinstance(event, Report)]
        assert len(reports) < 200
    finally:
        crew.close()


def trainers():
    """The processes that train, by Ray's title for them."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if entry.read_bytes().startswith(b"ray::_train"):
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found


def test_real_workers_train_and_one_that_is_killed_is_replaced(base, finished, tmp_path):
    killed = []

    def kill_one(study):
        if not killed and (busy := trainers()):
            killed.append(busy[0])
            os.kill(busy[0], signal.SIGKILL)

    longer = Config(**base.model_dump() | {"epochs": 10})
    question = Question(longer, parse(["filters=2,4", "learning_rate=0.001,0.01"]))
    found = explore(question, tmp_path / "runs", workers=2, listen=kill_one)
    assert killed
    assert found.trials == Counts(done=4, pruned=0, failed=0, wanted=4)
    assert len(list_runs(tmp_path / "runs")) == 4
    run = list_runs(tmp_path / "runs")[0]
    assert len(run.history) == 10
    assert json.loads((run.path / "trial.json").read_text())["study"] == question.name


def test_a_worker_tells_a_training_that_can_not_be_from_a_disk_that_is_full(monkeypatch):
    def failing(cause):
        def train(*arguments, **options):
            raise TrainingError("it can't be done") from cause

        return train

    monkeypatch.setattr("digitscope.training.train.train", failing(ValueError("nan")))
    assert _train(0, Config().model_dump_json(), None) == "it can't be done"
    monkeypatch.setattr("digitscope.training.train.train", failing(OSError(28, "full")))
    with pytest.raises(OSError, match="full"):
        _train(0, Config().model_dump_json(), None)
