import errno
import json
import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from digitscope.cli.text import run_details, run_table
from digitscope.errors import RunError
from digitscope.runs import run as run_module
from digitscope.runs.files import write_atomically
from digitscope.runs.folder import find_run, list_runs
from digitscope.runs.listing import details, select, summary
from digitscope.runs.liveness import is_running
from digitscope.settings.config import Config
from tests.helpers import create_run


@pytest.fixture
def folder(tmp_path):
    for recipe in ("tutorial", "lenet", "tutorial"):
        create_run(Config(recipe=recipe), "0" * 64, tmp_path).set_status("finished")
    return tmp_path


def test_runs_are_numbered_and_listed(folder):
    assert [run.name for run in list_runs(folder)] == [
        "0001-tutorial",
        "0002-lenet",
        "0003-tutorial",
    ]
    assert list_runs(folder / "nowhere") == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [("latest", "0003-tutorial"), ("2", "0002-lenet"), ("0002", "0002-lenet"), ("0003-t", None)],
)
def test_a_run_is_found(folder, name, expected):
    assert find_run(name, folder).name == (expected or "0003-tutorial")


def test_a_run_is_found_by_its_path(folder, tmp_path):
    assert find_run(tmp_path / "0002-lenet", "elsewhere").name == "0002-lenet"


@pytest.mark.parametrize(
    ("name", "words"), [("0009", "newest of 3 is 0003-tutorial"), ("000", "any of 3 runs")]
)
def test_a_run_that_is_not_there(folder, name, words):
    with pytest.raises(RunError, match=words):
        find_run(name, folder)


def test_runs_beyond_9999_are_found_and_come_last(folder):
    (folder / "0002-lenet").rename(folder / "9999-lenet")
    numbers = [create_run(Config(), "", folder).name for _ in range(2)]
    assert numbers == ["10000-tutorial", "10001-tutorial"]
    names = ["0001-tutorial", "0003-tutorial", "9999-lenet", *numbers]
    assert [run.name for run in list_runs(folder)] == names
    assert [row.run for row in select(list_runs(folder)[::-1], [], "run")] == names
    assert find_run("10000", folder).name == "10000-tutorial"
    assert find_run("latest", folder).name == "10001-tutorial"
    assert find_run("1", folder).name == "0001-tutorial"
    find_run("10001", folder).delete()
    assert find_run("latest", folder).name == "10000-tutorial"


def test_no_runs_at_all(tmp_path):
    with pytest.raises(RunError, match="digitscope train"):
        find_run("latest", tmp_path)


def test_ten_at_once_get_ten_numbers(tmp_path):
    with ThreadPoolExecutor(10) as pool:
        made = list(pool.map(lambda _: create_run(Config(), "", tmp_path).name, range(10)))
    assert sorted(made) == [f"{i:04}-tutorial" for i in range(1, 11)]


@pytest.mark.parametrize("name", ["config.json", "environment.json"])
def test_what_a_run_is_made_with_can_be_read_by_people(tmp_path, name):
    lines = (create_run(Config(), "", tmp_path).path / name).read_text("utf-8").splitlines()
    assert len(lines) > 10
    assert all(line.startswith(" ") for line in lines[1:-1])


def test_a_run_whose_process_died_reads_as_interrupted(tmp_path):
    run = create_run(Config(), "", tmp_path)
    assert json.loads((run.path / "status.json").read_text())["state"] == "running"
    assert run.status.state == "interrupted"


def test_a_run_that_another_process_trains_is_left_alone(tmp_path):
    run = create_run(Config(), "", tmp_path)
    code = (
        "import sys; from pathlib import Path; from digitscope.runs.run import Run\n"
        "with Run(Path(sys.argv[1])).locked(): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(run.path)]
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout.readline() == "held\n"
        assert run.status.state == "running"
        with pytest.raises(RunError, match="being trained by another process"):
            run.delete()
        other.communicate("")
    run.delete()
    assert not run.path.exists()


def test_a_run_is_free_again_once_it_is_not_held_whatever_happened(tmp_path):
    run = create_run(Config(), "", tmp_path)
    kept = []  # so that no lock is given back by being forgotten
    for error in (None, ValueError):
        with suppress(ValueError):
            held = run.locked()
            kept.append(held)
            with held:
                if error:
                    raise error
        code = (
            "import sys; from pathlib import Path; from digitscope.runs.run import Run\n"
            "with Run(Path(sys.argv[1])).locked(): print('held')"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, str(run.path)], capture_output=True, text=True, check=False
        )
        assert done.stdout == "held\n"


def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_before_all_goes_on(
    tmp_path, monkeypatch
):
    done, replace = [], os.replace

    def fsync(descriptor):
        done.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")

    def rename(source, target):
        done.append("name")
        replace(source, target)

    monkeypatch.setattr("os.fsync", fsync)
    monkeypatch.setattr("os.replace", rename)
    write_atomically(tmp_path / "file", "content")
    assert done == ["file", "name"] + ["folder"] * (os.name == "posix")


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, "old")

    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_status_is_written_even_when_no_file_can_be_made(tmp_path, monkeypatch):
    run = create_run(Config(), "", tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("digitscope.runs.run.write_atomically", full)
    run.set_status("failed", "disk full")
    assert (run.status.state, run.status.message) == ("failed", "disk full")


def test_a_place_that_can_not_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="--runs-dir"):
        create_run(Config(), "", tmp_path / "file")


def test_a_damaged_file_is_named(folder):
    run = find_run("latest", folder)
    (run.path / "config.json").write_text("{")
    with pytest.raises(RunError, match=r"config\.json is damaged"):
        _ = run.config


@pytest.mark.parametrize("name", ["environment", "status"])
def test_a_file_that_lacks_something_is_named(folder, name):
    run = find_run("latest", folder)
    (run.path / f"{name}.json").write_text("{}")
    with pytest.raises(RunError, match=rf"{name}\.json is damaged, or of an older version: no "):
        getattr(run, name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", "[]"),
        ("config.json", '{"version": 99}'),
        ("status.json", "{}"),
        ("status.json", None),
        ("history.csv", "epoch,loss\none,two\n"),
    ],
)
def test_one_damaged_run_does_not_hide_the_others(folder, name, content):
    file = folder / "0002-lenet" / name
    file.unlink(missing_ok=True)
    if content is not None:
        file.write_text(content)
    rows = select(list_runs(folder), [])
    assert [row.state for row in rows] == ["finished", "damaged", "finished"]
    assert "0002-lenet     damaged" in run_table(rows)
    assert len(select(list_runs(folder), ["epochs=0"])) == 2


def test_a_numbered_folder_that_is_no_run_is_passed_over(folder):
    (folder / "0004-ghost").mkdir()
    (folder / "0005-tutorial").write_text("a file")
    assert create_run(Config(), "", folder).name == "0006-tutorial"
    assert len(list_runs(folder)) == 4


def test_nothing_is_left_of_a_deleted_run(folder):
    run = find_run("2", folder)
    run.delete()
    assert sorted(path.name for path in folder.iterdir()) == ["0001-tutorial", "0003-tutorial"]
    assert not is_running(run.path)  # asking does not bring the folder back
    assert not run.path.exists()


def test_readers_hinder_neither_each_other_nor_who_trains(tmp_path):
    run = create_run(Config(), "", tmp_path)
    mark = run.path / ".running"
    mark.touch()
    code = (
        "import fcntl, sys; file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_SH)\n"
        "print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(mark)]  # a reader that was stopped while it asks
    with subprocess.Popen(command, stdin=-1, stdout=-1, text=True) as reader:
        assert reader.stdout.readline() == "held\n"
        assert run.status.state == "interrupted"
        with run.locked():
            pass
        reader.communicate("")
    with run.locked():
        assert run.status.state == "running"
        with pytest.raises(RunError, match="being trained"), run.locked():
            pass
    assert run.status.state == "interrupted"


def test_asking_for_the_status_writes_nothing(tmp_path):
    run = create_run(Config(), "", tmp_path)
    before = sorted(path.name for path in run.path.iterdir())
    assert run.status.state == "interrupted"
    assert sorted(path.name for path in run.path.iterdir()) == before


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ("recipe=tutorial", True),
        ("recipe = LeNet", False),
        ("epochs>=3", True),
        ("epochs>3", False),
        ("accuracy>0.9", False),  # not evaluated yet
        ("filters=4", True),
        ("state!=failed", True),
        ("batch_norm=false", True),
        ("batch_norm=no", True),
        ("learning-rate=0.001", True),
        ("learning-rate<-1", False),
        ("filters<16", True),
        ("filters>16", False),
        ("filters=4,8", False),
        ("filters<4,8", True),
        ("kernel_size>10", False),
        ("kernel_size<10", True),
        ("dense_units=none", False),
        ("dense_units!=none", True),
        ("run>0", True),
        ("run=1", True),
        ("run=0001-TUTORIAL", True),
    ],
)
def test_conditions(finished, condition, holds):
    assert bool(select([finished], [condition])) is holds


@pytest.mark.parametrize("condition", ["epochs", "epoch=3", "epochs=many", "filters=x"])
def test_a_condition_that_can_not_be_read(finished, condition):
    with pytest.raises(RunError):
        select([finished], [condition])


@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ("filters>16", [2, 3]),
        ("filters=64,128", [3]),
        ("filters>=64", [3]),
        ("dense_units=none", [2]),
        ("dense_units>none", [1, 3]),
    ],
)
def test_lists_are_compared_number_by_number(tmp_path, condition, numbers):
    for settings in ({"filters": 8}, {"filters": 32, "dense_units": ()}, {"filters": (64, 128)}):
        create_run(Config(**settings), "", tmp_path)
    chosen = select(list_runs(tmp_path), [condition])
    assert [int(line.run[:4]) for line in chosen] == numbers


@pytest.mark.parametrize("look", [summary, details])
def test_an_epoch_that_ends_while_a_run_is_looked_at(tmp_path, monkeypatch, look):
    run = create_run(Config(), "", tmp_path)
    losses = [0.5, 0.4, 0.3, 0.2, 0.1]
    rows = [
        {"epoch": n, "loss": 1, "accuracy": 1, "seconds": 1, "val_loss": loss, "val_accuracy": 1}
        for n, loss in enumerate(losses, 1)
    ]
    ends = iter(range(1, 6))
    monkeypatch.setattr(run_module, "read_history", lambda path: rows[: next(ends)])
    seen = look(run)
    assert getattr(seen, "summary", seen).epochs == 1
    assert getattr(seen, "kept_epoch", 1) == 1
    assert next(ends) == 2  # it was read once


def test_a_summary(finished):
    row = summary(finished)
    assert (row.state, row.epochs, row.accuracy) == ("finished", 3, None)
    losses = [epoch["val_loss"] for epoch in finished.history]
    kept = finished.history[losses.index(min(losses))]
    assert row.val_accuracy == kept["val_accuracy"]
    assert row.changed["filters"] == [4]


def test_the_epoch_to_keep_is_the_one_with_the_least_val_loss_not_the_best_val_accuracy(folder):
    run = find_run("1", folder)
    columns = {"loss": 1.0, "accuracy": 0.5, "learning_rate": 0.1, "seconds": 1.0}
    pairs = [(0.5, 0.90), (0.2, 0.95), (0.3, 0.97)]
    rows = [
        {"epoch": i + 1, "val_loss": loss, "val_accuracy": accuracy, **columns}
        for i, (loss, accuracy) in enumerate(pairs)
    ]
    run.write_history(rows)
    assert run.kept_epoch == 2
    assert summary(run).val_accuracy == 0.95
    assert "kept" in run_details(details(run)).splitlines()[3]


def test_a_history_that_lacks_what_the_best_epoch_is_judged_by_is_named(folder):
    run = find_run("1", folder)
    rows = [{"epoch": 1, "loss": 1.0}]
    assert run.kept_of(rows, "last") == 1
    with pytest.raises(RunError, match=r"history\.csv is damaged: there is no val_loss"):
        run.kept_of(rows, "best")


def test_a_run_of_a_recipe_that_is_none_here_is_compared_with_the_defaults(folder):
    run = create_run(Config(recipe="mine", epochs=7, filters=(4,)), "", folder)
    found = details(run)
    assert found.changed == {"epochs": (5, 7), "filters": ([32], [4])}
    assert found.as_json()["changed"] == found.changed
    text = run_details(found)
    assert "recipe mine, which is none here: filters=4 (not 32), epochs=7 (not 5)" in text
    assert "unchanged" not in text
    assert "every setting has its default" in run_details(
        details(create_run(Config(recipe="mine"), "", folder))
    )
    assert "recipe lenet: " in run_details(details(find_run("2", folder)))
    assert "recipe tutorial: unchanged" in run_details(details(find_run("1", folder)))


def test_runs_are_sorted(folder):
    rows = select(list_runs(folder), [], "recipe")
    assert [row.run for row in rows] == ["0002-lenet", "0001-tutorial", "0003-tutorial"]
    assert len(select(list_runs(folder), [], "accuracy")) == 3  # none has any
    with pytest.raises(RunError, match="can't be read"):
        select(list_runs(folder), [], "colour")
