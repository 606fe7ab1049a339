import hashlib
import subprocess
import sys

import numpy as np
import pytest

from digitscope import mnist
from digitscope.errors import DataError
from tests.helpers import idx

# The sums of the four IDX files as their authors published them.
MD5 = {
    "x_train": "6bbc9ace898e44ae57da46a324031adb",
    "y_train": "a25bea736e30d166cdddb491f175f624",
    "x_test": "2646ac647ad5339dbf082846283269ea",
    "y_test": "27ae3e4e09519cfbb04c329615203637",
}


def test_arrays_are_the_published_files():
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    arrays = {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}
    assert {name: hashlib.md5(idx(array)).hexdigest() for name, array in arrays.items()} == MD5
    assert all(array.dtype == np.uint8 for array in arrays.values())


@pytest.mark.parametrize("damage", [lambda b: b[:-1000], lambda b: b[:5000] + b"x" + b[5001:]])
def test_a_damaged_file_is_named(tmp_path, monkeypatch, damage):
    path = tmp_path / "mnist.npz"
    path.write_bytes(damage(mnist.PATH.read_bytes()))
    monkeypatch.setattr(mnist, "PATH", path)
    with pytest.raises(DataError, match=r"mnist\.npz is damaged"):
        mnist.load_data()


def test_a_missing_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(mnist, "PATH", tmp_path / "mnist.npz")
    with pytest.raises(DataError, match="can't be read"):
        mnist.load_data()


def test_importing_it_imports_nothing_but_numpy():
    code = (
        "import sys; from digitscope import mnist; "
        "print([name for name in ('keras', 'tensorflow', 'pydantic', 'PIL', 'cv2', 'typer') "
        "if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "[]", result.stderr
