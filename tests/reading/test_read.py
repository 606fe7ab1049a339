import csv
import io
import json
import subprocess
import sys
import time
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from digitscope.errors import PictureError
from digitscope.pictures.ink import ink_of
from digitscope.reading.drawing import overlay
from digitscope.reading.layout import Part, rows_of
from digitscope.reading.marks import Mark, marks_on
from digitscope.reading.read import Number, Reading, read
from digitscope.reading.reader import load, no_digit
from digitscope.reading.segment import digits_of
from digitscope.reading.sheet import sheet_of
from synthetic.sheets import DIFFICULTIES, composed
from tests.helpers import CELLS, form


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


@pytest.mark.parametrize("layout", ["rows", "ruled", "grid"])
def test_digits_are_found_and_read_where_they_stand(digits, reader, layout):
    made = page(digits, layout)
    said = read(reader, made.photo)
    right = [found_at(said, x, y) == label for label, x, y in made.digits]
    assert np.mean(right) > 0.95
    assert len(said.digits) <= len(made.digits) + 2
    numbers = [[number.text for number in row if number] for row in said.rows]
    same = [a == b for a, b in zip(numbers, made.rows, strict=True)]
    assert np.mean(same) > 0.6


def test_a_grid_is_a_table_with_its_empty_cells(digits, reader):
    made = page(digits, "grid", "easy", seed=1)
    said = read(reader, made.photo)
    assert said.is_table
    assert {len(row) for row in said.rows} == {4}
    assert any(number is None for row in said.rows for number in row)
    filled = [[n.text.replace("?", "") for n in row if n] for row in said.rows]
    assert np.mean([a == b for a, b in zip(filled, made.rows, strict=False)]) > 0.7


def test_what_stands_outside_the_cells_of_a_grid_is_not_lost(digits, reader):
    title, sum_below, beside = (2, 300, 70), (5, 700, 590), (8, 900, 330)

    def texts(more):
        said = read(reader, form(digits, CELLS + more))
        assert said.is_table
        return [[number.text if number else "" for number in row] for row in said.rows]

    cells = [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]
    assert texts([]) == cells
    assert texts([title]) == [["2", "", ""], *cells]
    assert texts([sum_below]) == [*cells, ["", "", "5"]]
    wide = [[*row, "8" * (row[0] == "4")] for row in cells]
    assert texts([beside]) == wide
    assert texts([title, sum_below, beside]) == [["2", "", "", ""], *wide, ["", "", "5", ""]]


def test_numbers_outside_that_share_a_column_stay_two(digits, reader):
    title = [(2, 240, 70), (5, 370, 70)]
    said = read(reader, form(digits, CELLS + title))
    texts = [[number.text if number else "" for number in row] for row in said.rows]
    assert texts[:2] == [["2", "", ""], ["5", "", ""]]
    assert texts[2:] == [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]


def test_digits_close_together_are_no_line(digits, reader):
    image = digits.x_train[digits.y_train == 7][3]
    seven = cv2.resize(image, (84, 84), interpolation=cv2.INTER_CUBIC)
    x, y, width, height = cv2.boundingRect((seven > 60).astype(np.uint8))
    seven = seven[y : y + height, x : x + width]
    ink = np.zeros((500, 900), np.uint8)
    for row in range(3):
        for place in range(4):  # as close as handwriting stands
            area = ink[60 + 140 * row :, 80 + (width + 2) * place :][:height, :width]
            np.maximum(area, seven, out=area)
    found = marks_on(ink)
    assert (found.level, found.upright) == ([], [])
    assert len(read(reader, 255 - ink).digits) == 12


@pytest.mark.parametrize("degrees", [-12, -3, 8])
def test_rotation_is_undone(digits, degrees):
    flat = page(digits, "rows", "easy", seed=2).photo
    flat = sheet_of(flat).picture
    height, width = flat.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 0.8)
    askew = cv2.warpAffine(flat, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    level = sheet_of(askew)
    matrix = level.to_photo
    found = np.rad2deg(np.arctan2(matrix[1, 0], matrix[0, 0]))
    assert found == pytest.approx(degrees, abs=0.6)


def test_a_sheet_on_a_table_is_seen_from_above():
    sheet = np.array([(150, 120), (880, 60), (960, 690), (60, 640)], np.int32)
    photo = np.full((760, 1000, 3), 40, np.uint8)
    cv2.fillConvexPoly(photo, sheet, (230, 230, 225))
    straight = sheet_of(photo)
    height, width = straight.picture.shape[:2]
    assert straight.picture[5:-5, 5:-5].mean() > 220
    corners = np.array([[(0, 0), (width, 0), (width, height), (0, height)]], float)
    back = cv2.perspectiveTransform(corners, straight.to_photo)[0]
    assert np.abs(back - sheet).max() < 12


def test_a_shadow_is_no_sheet():
    photo = np.full((600, 800, 3), 220, np.uint8)
    photo[:, 400:] = 140
    assert sheet_of(photo).picture.size >= photo.size


def test_noise_is_refused_before_it_takes_minutes(reader):
    noise = np.random.default_rng(0).integers(0, 2, (2000, 2000), np.uint8) * 255
    with pytest.raises(PictureError, match="marks in the picture"):
        read(reader, noise)


def test_bars_are_refused_before_they_are_cut_in_a_million_ways(reader):
    bars = np.full((2400, 2400), 255, np.uint8)
    for y, x in np.ndindex(90, 15):
        bars[25 * y + 20 : 25 * y + 35, 150 * x + 20 : 150 * x + 140] = 0
    for x in range(20, 2300, 40):  # of a digit's size, which the bars are measured by
        bars[2300:2315, x : x + 9] = 0
    begun = time.monotonic()
    with pytest.raises(PictureError, match="ways to cut digits"):
        read(reader, bars)
    assert time.monotonic() - begun < 60  # else it takes many minutes


def test_lines_are_found_and_are_no_marks(digits):
    made = page(digits, "grid", "easy", seed=3)
    found = marks_on(ink_of(sheet_of(made.photo).picture, "sheet").image)
    assert len(found.marks) == pytest.approx(len(made.digits), abs=3)
    assert 4 <= len(found.upright) <= 7
    assert found.height == pytest.approx(56, rel=0.2)


def test_lines_with_gaps_are_lines_too(digits):
    whole, broken = (
        marks_on(ink_of(np.stack([form(digits, CELLS, gap)] * 3, -1), "sheet").image)
        for gap in (0, 4)
    )
    assert len(whole.level) == len(whole.upright) == 4
    assert broken.level == pytest.approx(whole.level, abs=2)
    assert broken.upright == pytest.approx(whole.upright, abs=2)
    assert len(broken.marks) == len(CELLS)


def test_touching_digits_are_cut(digits, reader):
    eight, three = (digits.x_train[digits.y_train == d][1] for d in (8, 3))
    parts = []
    for image in (three, eight):
        large = cv2.resize(image, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
        x, y, width, height = cv2.boundingRect((large > 30).astype(np.uint8))
        parts.append(cv2.resize(large[y : y + height, x : x + width], (60, 80)))
    ink = np.zeros((600, 800), np.uint8)
    ink[100:180, 100:160] = parts[0]
    np.maximum(ink[100:180, 150:210], parts[1], out=ink[100:180, 150:210])
    for place in (300, 450, 600):  # the usual height of digits here
        ink[100:180, place : place + 60] = parts[1]
    found = marks_on(ink)
    assert len(found.marks) == 4
    read_as = sorted((part.box[0], part.said.digit) for part in digits_of(reader, found))
    assert [digit for _, digit in read_as] == [3, 8, 8, 8, 8]


def printed(*lines, shape=(600, 900), scale=2.0):
    """A page with printed lines, one below the other."""
    sheet = np.full(shape, 255, np.uint8)
    for number, text in enumerate(lines, 1):
        place = (60, round(50 * scale * number))
        cv2.putText(sheet, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, 0, round(2.5 * scale))
    return sheet


def texts(reading):
    return [[number.text if number else "" for number in row] for row in reading.rows]


def test_points_and_minus_signs_are_not_dropped_silently(reader):
    said = read(reader, printed("3.84", "-52", "604", "7,9."))
    assert texts(said) == [["3?84"], ["?52"], ["604"], ["7?9"]]


def test_numbers_in_columns_are_a_table_without_lines(reader):
    said = read(reader, printed("24      57", "        84", "36"))
    assert said.is_table
    assert texts(said) == [["24", "57"], ["", "84"], ["36", ""]]


def test_the_page_says_how_wide_a_space_is(reader):
    narrow = printed("240 57", "396 84")
    spread = "   ".join("2405")
    assert texts(read(reader, narrow)) == [["240", "57"], ["396", "84"]]
    assert texts(read(reader, printed("2405", spread)))[0] == ["2405"]


def test_words_are_one_question_mark(reader):
    assert texts(read(reader, printed("Name 4079", "Ham 36"))) == [["?", "4079"], ["?", "36"]]
    assert texts(read(reader, printed("name when 12")))[0] == ["?", "?", "12"]
    assert read(reader, printed("when", "then")).rows == []


def test_what_a_part_is_does_not_depend_on_what_the_network_said(reader, digits):
    """A word that was read, and a digit that was not; both as high as the point is low."""
    (read_one,) = reader.predict([digits.x_test[0]])

    def part(kind, x, said):
        return Part(kind, replace(said, box=(x, 0, 20, 30)))

    unread = no_digit((0, 0, 20, 30), "")
    row = [part("digit", 0, unread), part("digit", 25, read_one), part("word", 50, read_one)]
    points = [Mark((47, 25, 2, 5), None), Mark((22, 25, 2, 5), None), Mark((75, 25, 2, 5), None)]
    (numbers,) = rows_of(row, 30.0, points)
    kinds = [[part.kind for part in number] for number in numbers]
    assert kinds == [["digit", "point", "digit"], ["word"]]
    (numbers,) = rows_of([*row, part("digit", 80, unread)], 30.0)
    assert [len(number) for number in numbers] == [2, 1, 1]


def test_a_row_of_low_boxes_is_a_table(digits, reader):
    labels = [4, 0, 7, 9, 3, 5]
    sheet = np.full((200, 800), 255, np.uint8)
    for number, label in enumerate(labels):
        x = 60 + 100 * number
        cv2.rectangle(sheet, (x, 50), (x + 100, 140), 0, 2)
        image = digits.x_train[digits.y_train == label][2]
        large = cv2.resize(image, (84, 84), interpolation=cv2.INTER_CUBIC)
        area = sheet[53:137, x + 8 : x + 92]
        np.minimum(area, 255 - large, out=area)
    said = read(reader, sheet)
    assert said.is_table
    assert texts(said) == [[str(label) for label in labels]]


def test_larger_digits_and_few_are_found_too(reader):
    sheet = printed("", "", "", "8364", "7250", "1489", shape=(700, 900))
    sheet[:250] = np.minimum(sheet[:250], printed("40", scale=4.5)[:250])
    assert texts(read(reader, sheet)) == [["40"], ["8364"], ["7250"], ["1489"]]
    for side in (700, 900, 1000, 1800):
        few = np.full((side, side), 255, np.uint8)
        few[400:600, 300:600] = printed("7", shape=(200, 300))
        assert texts(read(reader, few)) == [["7"]]
        assert texts(read(reader, 255 - few)) == [["7"]]
    assert texts(read(reader, printed("42", scale=8)[200:, :600])) == [["42"]]


def test_grain_is_no_writing(reader):
    noise = np.random.default_rng(0).normal(0, 4, (600, 800))
    desk = np.where(np.add.outer(np.arange(600), -np.arange(800)) > 0, 50, 215) + noise
    said = read(reader, desk.clip(0, 255).astype(np.uint8)).digits
    assert len(said) < 5  # at the desk's edge
    assert {one.status for one in said} <= {"unsure"}


def test_nothing_is_read_where_nothing_stands(reader):
    assert read(reader, np.full((500, 700), 240, np.uint8)) == Reading([], False)
    noise = np.random.default_rng(0).normal(200, 8, (500, 700)).clip(0, 255).astype(np.uint8)
    assert read(reader, noise).digits == []


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (3, 9), (40, 40, 3)])
def test_pictures_of_odd_shapes(reader, shape):
    for level in (0, 200):
        assert read(reader, np.full(shape, level, np.uint8)).digits == []
    spotted = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert isinstance(read(reader, spotted), Reading)


def test_what_is_uncertain_is_marked(reader, digits):
    (said,) = reader.predict([255 - np.kron(digits.x_test[0], np.ones((4, 4), np.uint8))])

    def like(digit, status):
        return type(said)(digit, status, 0.5, said.probabilities, "", said.image28, (0, 0, 9, 9))

    number = Number((like(4, "digit"), like(7, "unsure"), like(None, "not_a_digit")))
    assert number.text == "47??"
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
