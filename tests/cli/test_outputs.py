"""No command writes over what it reads, by whatever name; where it can't write, it says so."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitscope.errors import OutputError
from digitscope.runs import files
from digitscope.runs.files import check_output, write_result

COMMANDS = {
    "predict": ("--show", "picture.png"),
    "predict a pattern": ("--show", "picture.png"),
    "read": ("--overlay", "picture.png"),
    "predict --run": ("--show", "0001-tutorial/model.onnx"),
    "read --run": ("--overlay", "0001-tutorial/model.onnx"),
    "compare": ("--picture", "0001-tutorial/predictions.npz"),
    "compare data": ("--picture", "small.npz"),
    "export": ("--out", "0001-tutorial/weights.bin"),
    "export data": ("--out", "small.npz"),
}


def words(name):
    """The command line, without its output."""
    of = {
        "predict": ["predict", "picture.png"],
        "predict a pattern": ["predict", "*.png"],
        "read": ["read", "./picture.png"],
        "predict --run": ["predict", "picture.png", "--run", "1"],
        "read --run": ["read", "picture.png", "--run", "1"],
        "compare": ["compare", "1", "2"],
        "compare data": ["compare", "1", "2"],
        "export": ["export", "1"],
        "export data": ["export", "1"],
    }[name]
    return of + ([] if of[0] in ("predict", "read") and "--run" not in of else ["--runs-dir", "."])


@pytest.fixture
def place(finished, small_npz, digits, tmp_path, monkeypatch):
    """A folder with two runs on data that lie there too, and a picture."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(small_npz, tmp_path / "small.npz")
    for name in ("0001-tutorial", "0002-tutorial"):
        shutil.copytree(finished.path, tmp_path / name)
        config = tmp_path / name / "config.json"
        config.write_text(config.read_text().replace(str(small_npz), str(tmp_path / "small.npz")))
        (tmp_path / name / "predictions.npz").write_bytes(b"judged")
    Image.fromarray(np.kron(255 - digits.x_test[0], np.ones((4, 4), np.uint8))).save("picture.png")
    return tmp_path


def spelt(file, how, place):
    """A file by another name."""
    if how == "as it is":
        return file
    if how == "with dots":
        return f"./0002-tutorial/.././{file}"
    if how == "absolute":
        return str(place / file)
    (os.link if how == "hard link" else os.symlink)(place / file, place / "other.png")
    return "other.png"


@pytest.mark.parametrize("how", ["as it is", "with dots", "absolute", "link", "hard link"])
@pytest.mark.parametrize("name", COMMANDS)
def test_no_input_is_overwritten(digitscope, place, name, how):
    flag, file = COMMANDS[name]
    before = (place / file).read_bytes()
    output = spelt(file, how, place)
    code, out, err = digitscope(*words(name), flag, output)
    assert (code, out) == (1, "")
    assert (
        err == f"digitscope: {Path(output)} is read, so it is not overwritten: name another file.\n"
    )
    assert (place / file).read_bytes() == before


@pytest.mark.parametrize("name", ["predict", "read", "compare", "export"])
def test_an_output_that_can_not_be_written_is_said_before_any_work(digitscope, place, name):
    flag = COMMANDS[name][0]
    assert digitscope(*words(name), flag, "0002-tutorial") == (
        1,
        "",
        "digitscope: 0002-tutorial is a folder: name a file in it.\n",
    )
    for nowhere in ("nowhere/a.png", "picture.png/a.png"):
        code, out, err = digitscope(*words(name), flag, nowhere)
        assert (code, out, err.count("\n")) == (1, "", 1)
        assert "there is no folder" in err


def test_no_file_of_a_run_is_overwritten_by_its_export(place, digitscope):
    for file in [p for p in (place / "0001-tutorial").rglob("*") if p.is_file()]:
        before = file.read_bytes()
        assert "is read" in digitscope("export", "1", "--runs-dir", ".", "--out", file)[2], file
        assert file.read_bytes() == before


def test_a_file_of_the_package_is_not_overwritten():
    for name in ("models/reader.onnx", "data/mnist.npz", "web/index.html"):
        with pytest.raises(OutputError, match="is read"):
            check_output(files.PACKAGE / name, [])


def test_an_older_result_is_overwritten(place, digitscope):
    for _ in range(2):
        code, _, err = digitscope("read", "picture.png", "--overlay", "read.png")
        assert (code, err) == (0, "")
    assert Image.open("read.png").size == (112, 112)


@pytest.mark.skipif(os.name != "posix", reason="pipes and links of POSIX")
def test_a_link_stays_a_link_and_a_device_a_device(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "there")
    write_result(tmp_path / "link", "found")
    assert (tmp_path / "there").read_text() == "found"
    assert (tmp_path / "link").is_symlink()
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_result(tmp_path / "pipe", "through")
    assert os.read(reader, 99) == b"through"
    os.close(reader)
    assert (tmp_path / "pipe").is_fifo()
