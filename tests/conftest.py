import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import pytest

from digitscope.cli import main
from digitscope.data.dataset import load_dataset

FAST = {"epochs": 3, "filters": (4,), "dense_units": (16,), "batch_size": 32}


@pytest.fixture(scope="session")
def digits():
    return load_dataset()


@pytest.fixture(scope="session")
def small_npz(digits, tmp_path_factory):
    """600 training and 200 test digits of MNIST, as a Keras-style npz."""
    path = tmp_path_factory.mktemp("data") / "small.npz"
    np.savez(
        path,
        x_train=digits.x_train[:600],
        y_train=digits.y_train[:600],
        x_test=digits.x_test[:200],
        y_test=digits.y_test[:200],
    )
    return path


@pytest.fixture(scope="session")
def settings(small_npz):
    """A training of about a second."""
    return {**FAST, "data": str(small_npz)}


@pytest.fixture(scope="session")
def finished_runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def finished(settings, finished_runs):
    """A finished run that no test changes."""
    from digitscope.training.train import train

    return train(**settings, runs_dir=finished_runs)


@pytest.fixture
def digitscope(monkeypatch, capsys):
    """Run the command line in this process: (exit code, stdout, stderr)."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["digitscope", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main.main()
        captured = capsys.readouterr()
        return end.value.code or 0, captured.out, captured.err

    return run
