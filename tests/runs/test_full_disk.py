"""Disks that are full or can't be written: a sentence with what to do, from every command."""

import errno
import json
import os
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from digitscope.errors import WriteError
from digitscope.settings.config import Config
from tests.helpers import create_run, flags


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own, and a function that fills it or makes it read-only."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")

    def spoil(how):
        if how == "full":
            with open(folder / "filler", "wb", buffering=0) as file:
                size = 2**20
                while size:
                    try:
                        file.write(b"x" * size)
                    except OSError:
                        size //= 2
        else:
            subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)

    yield folder, spoil
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def stopped(folder):
    """A copy of a run that has not finished: judging it writes its network first."""
    (folder / "status.json").write_text(
        '{"state": "interrupted", "message": "", "updated": "2026-01-01"}'
    )


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_every_command_says_what_to_do(digitscope, disk, how, finished, settings, digits, tmp_path):
    folder, spoil = disk
    for name in ("0001-tutorial", "0002-tutorial"):
        shutil.copytree(finished.path, folder / "runs" / name)
    stopped(folder / "runs" / "0002-tutorial")
    picture = folder / "seven.png"
    Image.fromarray(np.kron(255 - digits.x_test[0], np.ones((4, 4), np.uint8))).save(picture)
    spoil(how)
    place = ("--runs-dir", folder / "runs")
    for words in (
        ["evaluate", "1", *place],
        ["evaluate", "2", *place],
        ["report", "1", *place],
        ["compare", "1", "2", *place],
        ["export", "1", "--out", folder / "a.html", *place],
        ["predict", picture, "--show", folder / "a.png"],
        ["read", picture, "--overlay", folder / "a.png"],
        ["train", *flags(settings), *place],
        ["train", "--resume", "2", *place],
        ["explore", "--vary", "epochs=1,2", *flags(settings), *place],
        ["explore", "--vary", "epochs=1,2", *flags(settings), "--runs-dir", folder / "more"],
    ):
        code, out, err = digitscope(*words)
        assert (code, out) == (1, ""), words
        last = err.strip().splitlines()[-1]
        assert last.startswith("digitscope: "), (words, err)
        reason = "No space left|database or disk is full" if how == "full" else "Read-only|readonly"
        assert any(part in last for part in reason.split("|")), (words, err)
        assert any(word in last for word in ("make room", "choose", "name a place", "When")), err
        assert "[Errno" not in err
        assert "fault of digitscope" not in err


@pytest.mark.parametrize("state", ["failed", "interrupted"])
def test_how_a_training_ended_is_told_even_where_no_new_file_fits(tmp_path, monkeypatch, state):
    run = create_run(Config(), "", tmp_path)
    run.set_status("running", "a message that is longer than the next")

    def no_room(path, content):
        raise WriteError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("digitscope.runs.run.write_atomically", no_room)
    run.set_status(state, "full")
    status = json.loads((run.path / "status.json").read_text())
    assert (status["state"], status["message"]) == (state, "full")


@pytest.mark.parametrize("kind", ["runs_dir", "study"])
def test_a_file_where_a_folder_must_be(digitscope, settings, tmp_path, kind):
    (tmp_path / "file").write_text("")
    place = {
        "runs_dir": ["--runs-dir", tmp_path / "file"],
        "study": ["--runs-dir", tmp_path / "runs", "--study", tmp_path / "file" / "a.db"],
    }[kind]
    code, _, err = digitscope("explore", "--vary", "epochs=1,2", *flags(settings), *place)
    assert (code, err.count("\n")) == (1, 1)
    assert f"{tmp_path / 'file'} can't be written: " in err
    assert "choose another" in err


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("words", [["runs", "--json"], ["doctor"], ["train", "--print-config"]])
def test_a_result_that_can_not_be_written_is_said(words, tmp_path):
    import sys

    with open("/dev/full", "w") as full:
        command = [sys.executable, "-m", "digitscope", *words]
        done = subprocess.run(command, stdout=full, stderr=-1, text=True, cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr == "digitscope: The result can't be written: No space left on device.\n"
