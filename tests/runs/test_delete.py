"""`runs delete` takes runs of ours in the folder of runs, and nothing else on the machine."""

import io
import itertools
import json
import os
import random
import shutil
import subprocess
import sys
from contextlib import suppress

import pytest

from digitscope.errors import DeleteError, RunError, WriteError
from digitscope.runs.files import clear_half_folders, clear_leftovers
from digitscope.runs.folder import find_run_inside, list_runs
from digitscope.runs.run import Run
from digitscope.settings.config import Config
from tests.helpers import create_run

OURS = ("config.json", "environment.json", "status.json")


def made(folder, recipe="tutorial"):
    run = create_run(Config(recipe=recipe), "0" * 64, folder)
    run.set_status("finished")
    return run


def contents(folder):
    """Every path below a folder, with what it is and what it holds."""
    found = {}
    for place, folders, files in os.walk(folder):
        for name in folders + files:
            path = os.path.join(place, name)
            if os.path.islink(path):
                found[path] = ("link", os.readlink(path))
            elif os.path.isdir(path):
                found[path] = ("folder", os.stat(path).st_mode)
            else:
                with open(path, "rb") as file:
                    found[path] = ("file", file.read())
    return found


@pytest.fixture
def canary(tmp_path):
    """What must not be touched: projects, one of them with a real run in it."""
    outside = tmp_path / "outside"
    (outside / "0001-shop" / "src").mkdir(parents=True)
    (outside / "0001-shop" / "config.json").write_text('{"name": "shop"}')
    (outside / "0001-shop" / "src" / ".main.4711.tmp").write_text("not ours")
    (outside / "plain.txt").write_text("precious")
    made(outside / "runs")
    return outside


@pytest.fixture
def runs_dir(tmp_path, canary):
    """Two runs, and all kinds of things that are none."""
    folder = tmp_path / "runs"
    made(folder), made(folder, "lenet")
    for name, files in {
        "0003-shop": {"config.json": '{"name": "shop"}', "package.json": "{}"},
        "0004-empty": {"config.json": "{}"},
        "0005-app": {"config.json": "{}", "status.json": '{"state": "up"}'},
        "0006-app": {"config.json": "[]", "environment.json": '{"engine": "V8"}'},
        "project": {"config.json": Config().model_dump_json()},
        "٠٠٠٧-tutorial": {"config.json": Config().model_dump_json()},
    }.items():
        (folder / name).mkdir()
        for file, content in files.items():
            (folder / name / file).write_text(content)
    (folder / "0008-linked").symlink_to(canary / "runs" / "0001-tutorial")
    (folder / "0009-shop").symlink_to(canary / "0001-shop")
    (folder / "there").symlink_to(canary)
    return folder


def hostile(runs_dir, canary):
    """Several hundred names that lead, or seem to lead, to what is not a run of the folder's."""
    rng = random.Random(0)
    listed = ["0003-shop", "0004", "5", "0006-app", "0008-linked", "9", "0009-shop", "project"]
    odd = [
        "",
        ".",
        "..",
        "/",
        "//",
        "~",
        "*",
        "0*",
        "-",
        "\0",
        "\n",
        "٠٠٠٧-tutorial",
        "０００１",
        "é",
    ]
    odd += ["a" * 300, "0001-tutorial\0", "\udcff", "latest/", "C:\\", "%2e%2e", "$HOME", "None"]
    there = [str(canary), str(canary / "runs"), "../outside", "../outside/runs", "there/runs"]
    leaves = ["0001-tutorial", "0001-shop", "1", "latest", ".", "..", "plain.txt", "config.json"]
    names = [*listed, *odd, *there, *(f"{a}/{b}" for a, b in itertools.product(there, leaves))]
    names += [f"{runs_dir}/{name}" for name in [*listed, *odd, *there]]
    ways = ["..", ".", "0001-tutorial", "there", "0008-linked", "runs", "outside", "0001-shop"]
    while len(names) < 500:
        names.append("/".join(rng.choices([*ways, *odd], k=rng.randint(2, 5))))
    return names


def test_nothing_but_runs_is_ever_deleted(runs_dir, canary, tmp_path, monkeypatch):
    monkeypatch.chdir(runs_dir)
    outside, inside = contents(canary), contents(runs_dir)
    ours = tuple(str(runs_dir / name) for name in ("0001-tutorial", "0002-lenet"))
    tried = 0
    for name in hostile(runs_dir, canary):
        for place in (runs_dir, runs_dir.parent / "outside" / ".." / "runs"):
            tried += 1
            with suppress(RunError):
                find_run_inside(name, place).delete()
            assert contents(canary) == outside, repr(name)
            for path, was in inside.items():
                if not path.startswith(ours):
                    assert os.path.lexists(path), (name, path, was)
    assert tried == 1000
    assert {p: w for p, w in inside.items() if not p.startswith(ours)} == {
        p: w for p, w in contents(runs_dir).items() if not p.startswith(ours)
    }


def test_a_run_elsewhere_is_deleted_by_naming_its_folder(runs_dir, canary, monkeypatch):
    monkeypatch.chdir(runs_dir.parent)
    run = canary / "runs" / "0001-tutorial"
    with pytest.raises(RunError, match=f"--runs-dir {run.parent}"):
        find_run_inside(str(run), runs_dir)
    find_run_inside(str(run), run.parent).delete()
    assert not run.exists()
    find_run_inside("runs/0002-lenet", runs_dir).delete()
    assert not (runs_dir / "0002-lenet").exists()


def test_links_are_not_followed(runs_dir, canary):
    before = contents(canary)
    run = list_runs(runs_dir)[0]
    (run.path / "notes").symlink_to(canary / "plain.txt")
    (run.path / "epochs").rmdir()
    (run.path / "epochs").symlink_to(canary / "0001-shop")
    (run.path / "checkpoint" / ".state.npz.4711.tmp").symlink_to(canary / "plain.txt")
    run.delete()
    assert not run.path.exists()
    other = list_runs(runs_dir)[0]
    (other.path / ".lock").unlink()
    (other.path / ".lock").symlink_to(canary / "plain.txt")
    with pytest.raises(WriteError, match="can't be written"):
        other.delete()
    assert contents(canary) == before


@pytest.mark.parametrize("broken", OURS)
@pytest.mark.parametrize("how", ["gone", "empty", "garbage", "list"])
def test_a_damaged_run_can_be_deleted(tmp_path, broken, how):
    run = made(tmp_path)
    (run.path / broken).unlink()
    if how != "gone":
        content = {"empty": b"", "garbage": b"\xff\xfe\x00", "list": b"[1]"}[how]
        (run.path / broken).write_bytes(content)
    find_run_inside("1", tmp_path).delete()
    assert list(tmp_path.iterdir()) == []


def test_the_refusal_says_what_is_missing(tmp_path):
    run = made(tmp_path)
    (run.path / "status.json").write_text("{}")
    (run.path / "environment.json").unlink()
    with pytest.raises(RunError, match=r"no environment\.json and no status\.json"):
        run.delete()
    shutil.move(run.path, tmp_path / "mine")
    with pytest.raises(RunError, match="name is not that of a run"):
        Run(tmp_path / "mine").delete()
    (tmp_path / "0009-tutorial").symlink_to(tmp_path / "mine")
    with pytest.raises(RunError, match="is a link"):
        Run(tmp_path / "0009-tutorial").delete()
    with pytest.raises(RunError, match="no such folder"):
        Run(tmp_path / "0010-tutorial").delete()


def test_a_file_of_a_run_needs_more_than_the_right_name(tmp_path):
    run = made(tmp_path)
    settings = json.loads((run.path / "config.json").read_text())
    (run.path / "status.json").unlink()
    (run.path / "config.json").write_text(json.dumps(settings | {"epochs": "many"}))
    with pytest.raises(RunError, match=r"no config\.json and no status\.json"):
        run.delete()


def test_temporary_files_of_the_living_and_of_others_stay(tmp_path, canary):
    before = contents(canary)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    folder = tmp_path / "run"
    (folder / "epochs").mkdir(parents=True)
    (folder / "link").symlink_to(canary)
    (folder / f".folder.{gone.pid}.tmp").mkdir()
    kept = [f".report.html.{os.getpid()}.tmp", f".report.html.{os.getppid()}.tmp", ".notes.tmp"]
    kept += [f".x.{10**30}.tmp", "plain.1.tmp"]
    for name in (*kept, f".state.npz.{gone.pid}.tmp", f"epochs/.0001.bin.{gone.pid}.tmp"):
        (folder / name).write_text("half")
    clear_leftovers(folder)
    left = {path.name for path in folder.rglob("*") if path.is_file()}
    assert left == set(kept)
    assert contents(canary) == before


def test_half_folders_of_the_living_stay_and_nobody_is_disturbed(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as living:
        names = f".new-{living.pid}-abcdefgh", f".deleted-{living.pid}-0001-tutorial"
        for name in names:
            (tmp_path / name).mkdir()
        clear_half_folders(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == set(names)
        assert living.poll() is None
        living.communicate(b"\n")
    assert living.returncode == 0
    clear_half_folders(tmp_path)
    assert not any(tmp_path.iterdir())


def test_a_run_named_twice_is_deleted_once(digitscope, tmp_path):
    made(tmp_path), made(tmp_path)
    names = ("1", "0001", "0001-tutorial", tmp_path / "0001-tutorial", "2")
    code, out, err = digitscope("runs", "delete", *names, "--yes", "--runs-dir", tmp_path)
    assert (code, out) == (0, "")
    assert err.splitlines() == [
        f"Deleted {tmp_path / '0001-tutorial'}.",
        f"Deleted {tmp_path / '0002-tutorial'}.",
    ]
    assert list(tmp_path.iterdir()) == []


def test_none_is_deleted_where_one_can_not_be(digitscope, tmp_path):
    made(tmp_path)
    second = made(tmp_path)
    with second.locked():
        code, _, err = digitscope("runs", "delete", "1", "2", "--yes", "--runs-dir", tmp_path)
    assert (code, "0002-tutorial is being trained" in err) == (1, True)
    assert len(list_runs(tmp_path)) == 2


def test_those_that_are_deleted_before_one_fails_are_named(digitscope, tmp_path, monkeypatch):
    made(tmp_path), made(tmp_path)
    remove = shutil.rmtree

    def failing(path, *rest, **options):
        if "0002" in str(path):
            raise PermissionError(13, "Permission denied", str(path))
        remove(path, *rest, **options)

    monkeypatch.setattr(shutil, "rmtree", failing)
    code, _, err = digitscope("runs", "delete", "1", "2", "--yes", "--runs-dir", tmp_path)
    rest = tmp_path / f".deleted-{os.getpid()}-0002-tutorial"
    assert code == 1
    assert err.splitlines() == [
        f"Deleted {tmp_path / '0001-tutorial'}.",
        f"digitscope: {tmp_path / '0002-tutorial'} can't be deleted: Permission denied; what is "
        f"left of it is in {rest}.",
    ]
    assert rest.is_dir()


def test_a_run_that_can_not_be_moved_away_stays(tmp_path, monkeypatch):
    run = made(tmp_path)

    def failing(path, target):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("pathlib.Path.rename", failing)
    with pytest.raises(DeleteError, match=r"0001-tutorial can't be deleted: Permission denied\.$"):
        run.delete()
    assert run.status.state == "finished"


def test_what_killed_processes_left_is_cleared_when_the_next_run_is_made(tmp_path, canary):
    before = contents(canary)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = [f".new-{gone.pid}-abcd_123", f".deleted-{gone.pid}-0007-lenet"]
    kept = [f".new-{os.getpid()}-abcd_123", f".deleted-{os.getpid()}-0007-lenet", ".new-mine"]
    kept += [f".deleted-{gone.pid}-photos", f".new-{gone.pid}-my-own-thing", ".deleted-0007-lenet"]
    runs_dir = tmp_path / "runs"
    for name in (*left, *kept):
        (runs_dir / name / "run").mkdir(parents=True)
    link = runs_dir / f".deleted-{gone.pid}-0008-lenet"
    link.symlink_to(canary)
    (runs_dir / left[0] / "link").symlink_to(canary)
    made(runs_dir)
    assert {path.name for path in runs_dir.iterdir()} == {*kept, link.name, "0001-tutorial"}
    assert contents(canary) == before


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_nothing_is_deleted_without_a_yes(digitscope, tmp_path, monkeypatch, answer):
    made(tmp_path)
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    code, _, err = digitscope("runs", "delete", "1", "--runs-dir", tmp_path)
    assert code == 1
    assert f"Delete {tmp_path / '0001-tutorial'}?" in err
    assert (tmp_path / "0001-tutorial" / "config.json").exists()
