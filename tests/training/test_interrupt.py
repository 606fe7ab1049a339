"""Ctrl-C and kill -9, in processes of their own. `benchmarks/kills.py` is the long form."""

import signal
import subprocess
import sys
import time

import pytest

from digitscope.runs.folder import find_run
from digitscope.training.train import train
from tests.helpers import flags

LONG = {"epochs": 6, "filters": (8,), "dropout": 0.2, "shift": 2.0, "schedule": "cosine"}


@pytest.fixture(scope="module")
def long(settings):
    return {**settings, **LONG}


@pytest.fixture(scope="module")
def whole(long, tmp_path_factory):
    """The weights of the uninterrupted training."""
    run = train(**long, runs_dir=tmp_path_factory.mktemp("whole"))
    return (run.path / "weights.bin").read_bytes()


def start(*arguments, folder):
    command = [sys.executable, "-m", "digitscope", "train", *map(str, arguments)]
    return subprocess.Popen(
        [*command, "--runs-dir", folder], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_ctrl_c_says_how_to_go_on(long, whole, tmp_path):
    process = start(*flags(long), folder=tmp_path)
    for line in process.stderr:
        if line.startswith("epoch 2/6"):
            break
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in err
    run = find_run("latest", tmp_path)
    assert run.status.state == "interrupted"
    words = err.strip().splitlines()[-1].partition("Go on with: digitscope train ")[2].split()
    assert words == ["--resume", str(run.path)]

    resumed = start(*words, folder=tmp_path)
    out, err = resumed.communicate(timeout=120)
    assert out.startswith("Accuracy = "), err
    assert (run.path / "weights.bin").read_bytes() == whole


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.parametrize("file", ["config.json", "epochs/0001.bin", "epochs/0004.bin"])
def test_kill_9_costs_at_most_the_epoch_under_way(long, whole, tmp_path, file):
    process = start(*flags(long), folder=tmp_path)
    while not list(tmp_path.glob(f"0*/{file}")):
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.001)
    process.kill()
    process.communicate()
    run = find_run("latest", tmp_path)
    assert run.status.state == "interrupted"
    assert len(run.history) < 6
    resumed = start("--resume", "latest", folder=tmp_path)
    out, err = resumed.communicate(timeout=120)
    assert out.startswith("Accuracy = "), err
    assert (run.path / "weights.bin").read_bytes() == whole
    assert [row["epoch"] for row in run.history] == [1, 2, 3, 4, 5, 6]
