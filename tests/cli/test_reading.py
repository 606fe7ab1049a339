"""`read` with many files: photos, folders, patterns, pages of one file, and what can't be read."""

import csv
import json

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def place(digits, tmp_path, monkeypatch):
    """A folder with a photo of 12 and 3, a file of two pages (4, then 5), and a broken photo."""
    monkeypatch.chdir(tmp_path)
    sheet(digits, "12", "3").save("a.png")
    four, five = sheet(digits, "4"), sheet(digits, "5")
    four.save("b.tiff", save_all=True, append_images=[five])
    (tmp_path / "c.png").write_bytes(b"no picture")
    return tmp_path


def sheet(digits, *rows):
    """Numbers of MNIST's digits below each other."""
    lines = []
    for row in rows:
        images = [digits.x_train[np.flatnonzero(digits.y_train == int(one))[0]] for one in row]
        line = np.hstack(images)
        lines.append(np.pad(line, ((14, 14), (28, 200 - line.shape[1]))))
    return Image.fromarray(255 - np.kron(np.vstack(lines), np.ones((2, 2), np.uint8)))


def test_many_files_make_one_table_and_the_unreadable_is_named(digitscope, place):
    code, out, err = digitscope("read", "a.png", "b.tiff", "c.png")
    assert [line.split() for line in out.splitlines()] == [
        ["a.png", "12"],
        ["a.png", "3"],
        ["b.tiff,", "page", "1", "4"],
        ["b.tiff,", "page", "2", "5"],
    ]
    assert code == 1
    assert err.startswith("digitscope: c.png ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("names", [["."], ["*.*"], ["a.png", "b.tiff", "c.png"]])
def test_as_csv_each_line_begins_with_file_and_page(names, digitscope, place):
    code, out, _ = digitscope("read", "--csv", *names)
    rows = [[row[0].removeprefix("./"), *row[1:]] for row in csv.reader(out.splitlines())]
    assert rows == [
        ["a.png", "", "12"],
        ["a.png", "", "3"],
        ["b.tiff", "1", "4"],
        ["b.tiff", "2", "5"],
    ]
    assert code == 1


def test_as_json_a_list_tells_file_and_page(digitscope, place):
    out = json.loads(digitscope("read", "--json", "a.png", "b.tiff")[1])
    texts = [[[number["text"] for number in row] for row in one["rows"]] for one in out]
    assert [(one["file"], one["page"]) for one in out] == [
        ("a.png", None), ("b.tiff", 1), ("b.tiff", 2),
    ]  # fmt: skip
    assert texts == [[["12"], ["3"]], [["4"]], [["5"]]]


def test_of_one_photo_nothing_but_its_rows_is_said(digitscope, place):
    assert digitscope("read", "a.png") == (0, "12\n3\n", "")
    assert digitscope("read", "a.png", "--csv") == (0, "12\n3\n", "")
    assert isinstance(json.loads(digitscope("read", "a.png", "--json")[1]), dict)


@pytest.mark.parametrize("form", [[], ["--csv"], ["--json"]])
def test_of_one_photo_that_cannot_be_read_nothing_is_written(form, digitscope, place):
    code, out, err = digitscope("read", "c.png", *form)
    assert (code, out) == (1, "")
    assert "c.png" in err


def test_empty_sheets_among_others_are_named(digitscope, place):
    Image.new("L", (300, 200), 255).save("white.png")
    code, out, err = digitscope("read", "a.png", "white.png")
    assert (code, len(out.splitlines())) == (0, 2)
    assert err == "There are no digits in white.png.\n"


@pytest.mark.parametrize("names", [["a.png", "c.png"], ["b.tiff"]])
def test_an_overlay_is_of_one_page(names, digitscope, place):
    code, _, err = digitscope("read", *names, "--overlay", "drawn.png")
    assert (code, "--overlay draws one" in err) == (2, True)
    assert not (place / "drawn.png").exists()
