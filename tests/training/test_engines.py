"""The other engines train the same recipe, and resume as exactly."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest

CODE = """
import json, sys
import digitscope as ds
train = ds.train
import keras
from digitscope.runs.folder import list_runs

class Stop(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt

settings, folder = json.loads(sys.argv[1]), sys.argv[2]
whole = train(**settings, runs_dir=folder)
try:
    train(**settings, runs_dir=folder, callbacks=[Stop()])
except KeyboardInterrupt:
    resumed = ds.resume(list_runs(folder)[-1])
same = (whole.path / "weights.bin").read_bytes() == (resumed.path / "weights.bin").read_bytes()
print(json.dumps([keras.backend.backend(), ds.evaluate(whole).accuracy, same]))
"""


@pytest.mark.parametrize("engine", ["tensorflow", "jax", "torch"])
def test_an_engine_trains_and_resumes(engine, small_npz, tmp_path):
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed")
    settings = {"data": str(small_npz), "epochs": 4, "filters": 8, "batch_size": 32}
    settings |= {"dense_units": 32, "dropout": 0.1, "batch_norm": True, "learning_rate": 0.003}
    result = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps(settings), str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": engine},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    backend, accuracy, same = json.loads(result.stdout.splitlines()[-1])
    assert (backend, same) == (engine, True)
    assert accuracy > 0.75  # 200 digits, after four epochs on 540
