"""Whatever a command is given for a path, it answers with a sentence of ours."""

import gzip
import os
import struct

import pytest

from digitscope.data.dataset import IDX_FILES, load_dataset
from digitscope.errors import DataError, PictureError, RunError
from digitscope.reading.reader import find_pictures
from digitscope.runs.folder import list_runs

PATHS = {
    "long": "x" * 300,
    "very long": "x" * 5000,
    "deep": "x/" * 3000,
    "with a NUL": "a\0b",
    "pattern with a NUL": "a\0b/*.png",
    "long pattern": "x" * 5000 + "*",
    "through a file": "file/inside",
    "nobody's home": "~nobody-at-all/x",
}
COMMANDS = [
    ["predict", "PATH"],
    ["predict", "file", "--run", "PATH"],
    ["predict", "file", "--run", "1", "--runs-dir", "PATH"],
    ["predict", "file", "--show", "PATH"],
    ["read", "PATH"],
    ["read", "file", "--overlay", "PATH"],
    ["train", "--dry-run", "--data", "PATH"],
    ["train", "--print-config", "--config", "PATH"],
    ["train", "--resume", "PATH"],
    ["evaluate", "PATH"],
    ["evaluate", "1", "--runs-dir", "PATH"],
    ["report", "PATH"],
    ["compare", "PATH", "PATH"],
    ["compare", "1", "2", "--picture", "PATH"],
    ["export", "PATH"],
    ["export", "1", "--runs-dir", "PATH"],
    ["explore", "--vary", "epochs=1", "--data", "PATH"],
    ["explore", "--vary", "epochs=1", "--config", "PATH"],
    ["runs", "--where", "data=PATH"],
    ["runs", "--runs-dir", "PATH"],
    ["runs", "show", "PATH"],
    ["runs", "delete", "PATH", "--yes"],
    ["runs", "delete", "1", "--yes", "--runs-dir", "PATH"],
    ["serve", "PATH", "--no-open", "--port", "1"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_path_that_can_not_be_is_a_sentence(digitscope, monkeypatch, tmp_path, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("no picture")
    for kind, path in PATHS.items():
        code, _, err = digitscope(*(word.replace("PATH", path) for word in words))
        assert code in (1, 2) or words[0] == "runs", (kind, code, err[-300:])
        assert "fault of digitscope" not in err, (kind, err[-300:])
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize(
    ("look", "error"),
    [
        (lambda path: find_pictures([str(path)]), PictureError),
        (load_dataset, DataError),
        (list_runs, RunError),
    ],
)
def test_a_folder_that_may_not_be_looked_into_is_a_sentence(tmp_path, monkeypatch, look, error):
    closed = tmp_path / "closed"
    (closed / "train").mkdir(parents=True)

    def refusing(look_up, may_stat):
        def refused(path=".", *rest, **options):
            text = os.fspath(path) if not isinstance(path, int) else ""
            if str(text).startswith(str(closed)) and not (may_stat and str(text) == str(closed)):
                raise PermissionError(13, "Permission denied", str(text))
            return look_up(path, *rest, **options)

        return refused

    monkeypatch.setattr(os, "listdir", refusing(os.listdir, may_stat=False))
    monkeypatch.setattr(os, "scandir", refusing(os.scandir, may_stat=False))
    monkeypatch.setattr(os, "stat", refusing(os.stat, may_stat=True))
    with pytest.raises(error, match=r"closed can't be read: Permission denied\."):
        look(closed)


def test_a_header_that_promises_more_than_there_can_be(tmp_path):
    header = bytes([0, 0, 8, 3]) + struct.pack(">3I", 2**31, 2**31, 4)  # 2 ** 64: 0 in 64 bits
    (tmp_path / f"{IDX_FILES['x_train']}.gz").write_bytes(gzip.compress(header))
    with pytest.raises(DataError, match="promises"):
        load_dataset(tmp_path)
