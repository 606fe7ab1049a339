"""Pages that are read, against what was put on them; and what the command says."""

import csv
import io
import json
import re
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest
from PIL import Image

from digitscope.pictures.picture import resized
from digitscope.reading.drawing import overlay
from digitscope.reading.read import Number, Reading, read
from digitscope.reading.reader import Reader, load
from synthetic.sheets import DIFFICULTIES, composed
from tests.helpers import CELLS, form, printed


@pytest.fixture(scope="module")
def reader():
    return load()


def page(digits, layout, difficulty="moderate", seed=0, count=60):
    """A page of training digits."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(60_000, count, replace=False)
    images, labels = list(digits.x_train[chosen]), digits.y_train[chosen].tolist()
    return composed(images, labels, DIFFICULTIES[difficulty], layout, rng)


def found_at(reading, x, y):
    """What was read where (x, y) is."""
    boxes = [(digit, digit.box) for digit in reading.digits]
    here = [d for d, (a, b, w, h) in boxes if a <= x <= a + w and b <= y <= b + h]
    return here[0].digit if here else None


def texts(reading):
    return [[number.text if number else "" for number in row] for row in reading.rows]


def sheet(*lines, size=(900, 600), height=50, gap=100):
    """A page with printed lines, one below the other."""
    ink = np.zeros(size[::-1], np.uint8)
    for number, text in enumerate(lines):
        for word in re.finditer(r"\S+", text):
            line = printed(word.group(), height)
            x, bottom = 60 + height * word.start() * 2 // 3, (number + 1) * gap
            ink[bottom - len(line) : bottom, x : x + line.shape[1]] = line
    return 255 - ink


@pytest.mark.parametrize("layout", ["rows", "ruled", "grid"])
def test_digits_are_found_and_read_where_they_stand(digits, reader, layout):
    made = page(digits, layout)
    said = read(reader, made.photo)
    right = [found_at(said, x, y) == label for label, x, y in made.digits]
    assert np.mean(right) > 0.95
    assert len(said.digits) <= len(made.digits) + 2
    lines = ["".join(number.text.replace("?", "") for number in row if number) for row in said.rows]
    same = [line == "".join(row) for line, row in zip(lines, made.rows, strict=True)]
    assert np.mean(same) > 0.4


def test_a_grid_is_a_table_with_its_empty_cells(digits, reader):
    made = page(digits, "grid", "easy", seed=1)
    said = read(reader, made.photo)
    assert said.is_table
    assert {len(row) for row in said.rows} == {4}
    assert any(number is None for row in said.rows for number in row)
    filled = [[n.text.replace("?", "") for n in row if n] for row in said.rows]
    assert np.mean([a == b for a, b in zip(filled, made.rows, strict=False)]) > 0.7


def test_what_stands_outside_of_a_table_is_a_region_of_its_own(digits, reader):
    above, below, beside = (2, 300, 70), (5, 700, 590), (8, 900, 330)
    cells = [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]
    for more in ([], [above], [below], [beside], [above, below, beside]):
        said = read(reader, form(CELLS + more))
        assert said.is_table
        table, others = said.largest, [one for one in said.regions if one is not said.largest]
        assert [[number.text for number in row] for row in table.rows] == cells
        assert sorted(d.text for one in others for d in one.digits) == sorted(
            str(label) for label, _, _ in more
        )
    first, _ = said.as_json()["regions"]
    assert first == {"is_table": False, "rows": [0, 3]}


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("degrees", [0, -12, 8])
def test_a_page_is_read_whichever_way_it_lies(digits, reader, quarters, degrees):
    upright = np.stack([form(CELLS)] * 3, -1)
    height, width = upright.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 0.8)
    askew = cv2.warpAffine(upright, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    said = read(reader, np.rot90(askew, -quarters))
    assert texts(said) == [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]
    off = (said.turned - 90 * quarters - degrees + 180) % 360 - 180
    assert abs(off) < 1.5


def test_a_tables_cells_lie_around_what_is_in_them(digits, reader):
    said = read(reader, form(CELLS)).largest
    for row, cells in zip(said.rows, said.cells, strict=True):
        for number, cell in zip(row, cells, strict=True):
            left, top, width, height = number.digits[0].box
            middle = (left + width / 2, top + height / 2)
            assert cv2.pointPolygonTest(cell, middle, False) > 0


def test_signs_are_kept_as_what_they_are(reader):
    said = read(reader, sheet("3.84", "-52", "604", "29/12", height=40, gap=80))
    assert texts(said) == [["3.84"], ["-52"], ["604"], ["29/12"]]
    point = said.rows[0][0].digits[1]
    assert (point.digit, point.text, point.status) == (None, ".", "not_a_digit")
    assert point.as_json()["text"] == "."


def test_numbers_in_columns_are_a_table_without_lines(reader):
    said = read(reader, sheet("24      57", "        84", "36"))
    assert said.is_table
    assert said.largest.cells is None
    assert texts(said) == [["24", "57"], ["", "84"], ["36", ""]]


def test_words_are_no_digits(reader):
    assert texts(read(reader, sheet("Name   4079", "Ham   36"))) == [["4079"], ["36"]]
    assert read(reader, sheet("when", "then")).rows == []


def test_larger_digits_and_few_are_found_too(reader):
    mixed = sheet("", "", "", "8364", "7250", "1489", size=(900, 700))
    mixed[:220] = np.minimum(mixed[:220], sheet("40", height=130, gap=200)[:220])
    assert texts(read(reader, mixed)) == [["40"], ["8364"], ["7250"], ["1489"]]
    for side in (700, 900, 1000, 1800):
        few = np.full((side, side), 255, np.uint8)
        few[400:600, 300:600] = sheet("7", size=(300, 200))
        assert texts(read(reader, few)) == [["7"]]
        assert texts(read(reader, 255 - few)) == [["7"]]
    assert texts(read(reader, sheet("42", height=110, gap=210, size=(600, 400)))) == [["42"]]


def test_a_network_of_ones_own_reads_what_is_found(reader, finished, digits):
    own = Reader(finished.path / "model.onnx")
    said, bundled = (read(one, form(CELLS)) for one in (own, reader))
    assert [one.box for one in said.digits] == [one.box for one in bundled.digits]
    expected = own.calibrated(np.stack([one.image28 for one in said.digits]))
    assert np.stack([one.probabilities for one in said.digits]) == pytest.approx(expected)
    assert (np.stack([one.image28 for one in said.digits]).max((1, 2)) > 200).all()


@pytest.mark.parametrize("seed", range(3))
def test_noise_is_read_in_time_and_holds_no_sure_digits(reader, seed):
    noise = np.random.default_rng(seed).integers(0, 2, (2000, 2000), np.uint8) * 255
    begun = time.monotonic()
    said = read(reader, noise)
    assert time.monotonic() - begun < 60
    assert [one.text for one in said.digits if one.status == "digit"] == []


def test_grain_is_no_writing(reader):
    noise = np.random.default_rng(0).normal(0, 4, (600, 800))
    desk = np.where(np.add.outer(np.arange(600), -np.arange(800)) > 0, 50, 215) + noise
    assert read(reader, desk.clip(0, 255).astype(np.uint8)).digits == []


def test_nothing_is_read_where_nothing_stands(reader):
    assert read(reader, np.full((500, 700), 240, np.uint8)).regions == ()
    noise = np.random.default_rng(0).normal(200, 8, (500, 700)).clip(0, 255).astype(np.uint8)
    said = read(reader, noise)
    assert (said.rows, said.is_table, said.largest.rows) == ([], False, [])


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 9), (40, 40, 3)])
def test_pictures_of_odd_shapes(reader, shape):
    for level in (0, 200):
        assert read(reader, np.full(shape, level, np.uint8)).digits == []
    spotted = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert isinstance(read(reader, spotted), Reading)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((3000, 1000), (1600, 533)), ((800, 1000), (800, 1000)), ((300, 500), (600, 1000))],
)
def test_photos_are_read_at_a_size_between_limits(shape, expected):
    small, part = resized(np.full((*shape, 3), 7, np.uint8), 1600, 700)
    assert small.shape == (*expected, 3)
    assert part == pytest.approx(expected[0] / shape[0], rel=1e-3)
    assert (small == 7).all()


def test_what_is_uncertain_is_marked(reader, digits):
    (said,) = reader.predict([255 - np.kron(digits.x_test[0], np.ones((4, 4), np.uint8))])

    def like(digit, status, sign=""):
        return type(said)(
            digit, status, 0.5, said.probabilities, "", said.image28, (0, 0, 9, 9), sign
        )

    parts = like(4, "digit"), like(7, "unsure"), like(None, "not_a_digit")
    number = Number((*parts, like(None, "not_a_digit", "/")))
    assert number.text == "47??/"
    assert number.as_json()["digits"][1]["status"] == "unsure"


def test_the_overlay_is_green_and_amber(reader, digits):
    made = page(digits, "rows", "easy")
    picture = np.asarray(overlay(made.photo, read(reader, made.photo)))
    assert picture.shape == made.photo.shape
    changed = (picture != made.photo).any(2)
    assert 0.005 < changed.mean() < 0.2
    green = (picture == (18, 130, 59)).all(2)
    assert green.sum() > 0.3 * changed.sum()


def test_the_command(digits, tmp_path):
    made = page(digits, "grid", "easy", seed=1)
    photo = tmp_path / "form.png"
    Image.fromarray(made.photo).save(photo)

    def run(*options):
        command = [sys.executable, "-m", "digitscope", "read", photo, *options]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=True
        ).stdout

    rows = list(csv.reader(io.StringIO(run("--csv", "--overlay", tmp_path / "o.png"))))
    assert {len(row) for row in rows} == {4}
    assert Image.open(tmp_path / "o.png").size == made.photo.shape[1::-1]
    found = json.loads(run("--json"))
    assert found["is_table"]
    assert [[n["text"] if n else "" for n in row] for row in found["rows"]] == rows
    words = run().split()
    assert words == [text for row in rows for text in row if text]


def test_the_command_with_what_it_can_not_read(tmp_path):
    (tmp_path / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 no more")
    for name, message in (("torn.jpg", "torn.jpg"), ("none.png", "No such file")):
        command = [sys.executable, "-m", "digitscope", "read", tmp_path / name]
        result = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert result.returncode == 1
        assert message in result.stderr
        assert "Traceback" not in result.stderr


def test_an_overlay_that_cannot_be_written_is_a_sentence(digits, tmp_path):
    photo, nowhere = tmp_path / "form.png", tmp_path / "nowhere" / "o.png"
    Image.fromarray(page(digits, "rows").photo).save(photo)
    command = [sys.executable, "-m", "digitscope", "read", photo, "--overlay", nowhere]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1
    reason = f"there is no folder {nowhere.parent}; make it."
    assert done.stderr == f"digitscope: {nowhere} can't be written: {reason}\n"
