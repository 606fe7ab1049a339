"""`read` with many files: photos, folders, patterns, pages of one file, and what can't be read."""

import csv
import json

import numpy as np
import pytest
from PIL import Image

from tests.helpers import printed


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a photo of 12 and 3, a file of two pages (4, then 5), and a broken photo."""
    monkeypatch.chdir(tmp_path)
    sheet("12", "3").save("a.png")
    sheet("4").save("b.tiff", save_all=True, append_images=[sheet("5")])
    (tmp_path / "c.png").write_bytes(b"no picture")
    return tmp_path


def sheet(*rows):
    """Printed numbers below each other."""
    ink = np.zeros((80 * len(rows) + 20, 400), np.uint8)
    for number, row in enumerate(rows):
        digits = printed(row, 40)
        ink[40 + 80 * number :, 50:][: len(digits), : digits.shape[1]] = digits
    return Image.fromarray(255 - ink)


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


def form(*labels):
    """A table of two rows and two columns below a line."""
    ink = np.zeros((520, 520), np.uint8)
    for y in (200, 340, 480):
        ink[y - 1 : y + 2, 100:380] = 255
    for x in (100, 240, 380):
        ink[200:480, x - 1 : x + 2] = 255
    places = [(130, 60), (150, 250), (290, 250), (150, 390), (290, 390)]
    for label, (x, y) in zip(labels, places, strict=True):
        digit = printed(str(label), 50)
        ink[y : y + len(digit), x : x + digit.shape[1]] = digit
    return 255 - ink


def test_a_table_and_what_stands_above_it_are_two_regions(digitscope, place):
    Image.fromarray(form(2, 3, 4, 5, 6)).save("form.png")
    assert digitscope("read", "form.png") == (0, "2\n\n3  4\n5  6\n", "")
    assert digitscope("read", "form.png", "--csv")[1] == "3,4\n5,6\n"
    assert digitscope("read", "form.png", "--csv", "--region", 1)[1] == "2\n"
    assert digitscope("read", "form.png", "--region", 2)[1] == "3  4\n5  6\n"
    code, out, err = digitscope("read", "form.png", "--region", 3)
    assert (code, out, err) == (0, "", "There is no region 3 in the photo.\n")
    said = json.loads(digitscope("read", "form.png", "--json")[1])
    assert said["regions"] == [
        {"is_table": False, "rows": [0, 1]},
        {"is_table": True, "rows": [1, 3]},
    ]


def test_a_page_on_its_side_is_said_to_be(digitscope, place):
    Image.fromarray(np.rot90(form(2, 3, 4, 5, 6))).save("side.png")
    code, out, err = digitscope("read", "side.png", "--csv")
    assert (code, out) == (0, "3,4\n5,6\n")
    assert err == "The page in the photo is turned by 90 degrees anticlockwise.\n"
