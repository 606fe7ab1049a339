"""Symbols laid out into rows and tables, against where they were put; no network has a part."""

from dataclasses import replace

import numpy as np
import pytest

from digitscope.reading.glyphs import EMPTY, OTHER, SYMBOLS
from digitscope.reading.lattice import Lattice
from digitscope.reading.regions import blocks_of
from digitscope.reading.symbols import Symbol


def symbol(text, x, y, height=20.0, certainty=0.99, width=None):
    """One that stands upright with its middle at (x, y); a letter where the text is a letter."""
    size = (0.6 * height if width is None else width, height)
    probabilities = np.eye(EMPTY + 1)[SYMBOLS.index(text) if text in SYMBOLS else OTHER]
    return Symbol(
        text if text in SYMBOLS else "", np.array([x, y], float), height, size, 0.0,
        probabilities, np.zeros(3), certainty,
    )  # fmt: skip


def line(text, x, y, step=14.0, height=20.0, certainty=0.99):
    """Symbols one beside the other; a space is a place that is left out."""
    return [
        symbol(one, x + step * place, y, height, certainty)
        for place, one in enumerate(text)
        if one != " "
    ]


def turned(symbols, degrees, about=(200.0, 200.0)):
    """The same on a page that lies turned, clockwise."""
    angle = np.deg2rad(degrees)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return [
        Symbol(
            one.text, (one.middle - about) @ turn + about, one.height, one.size, angle,
            one.probabilities, one.evidence, one.certainty,
        )
        for one in symbols
    ]  # fmt: skip


def table(rows, columns, left=100.0, top=100.0, wide=40.0, high=40.0):
    nodes = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1)), -1) * (wide, high)
    return Lattice(nodes + np.array([left, top]), rows * columns)


def texts(blocks):
    return [[["".join(s.text or "?" for s in n) for n in row] for row in b.rows] for b in blocks]


@pytest.mark.parametrize("degrees", [0, 7, -12, 90, 180, 270, 97])
def test_rows_are_read_along_the_page_however_it_lies(degrees):
    page = line("12", 50, 100) + line("345", 150, 100) + line("6", 50, 160) + line("78", 150, 160)
    rng = np.random.default_rng(0)
    shuffled = [page[i] for i in rng.permutation(len(page))]
    found = blocks_of(turned(shuffled, degrees), [], np.deg2rad(degrees))
    assert texts(found) == [[["12", "345"], ["6", "78"]]]


def test_a_line_may_climb_and_its_digits_may_be_of_unlike_height():
    climbing = [symbol(str(n), 40 + 45 * n, 200 - 8 * n, 20 + 3 * (n % 3)) for n in range(1, 8)]
    assert texts(blocks_of(climbing, [], 0.0)) == [[[str(n) for n in range(1, 8)]]]


def test_what_is_twice_as_high_is_of_another_line():
    (rows,) = texts(blocks_of([*line("12", 50, 100), symbol("9", 75, 100, 50)], [], 0.0))
    assert sorted(number for row in rows for number in row) == ["12", "9"]


def test_words_are_left_out_and_numbers_beside_them_are_not():
    page = line("Total", 50, 100) + line("407", 150, 100)
    assert texts(blocks_of(page, [], 0.0)) == [[["407"]]]
    assert blocks_of(line("B0b", 50, 100), [], 0.0) == []
    assert texts(blocks_of(line("12a", 50, 100), [], 0.0)) == [[["12?"]]]


def test_of_a_word_that_ends_with_a_number_the_number_stays():
    assert texts(blocks_of(line("XXXXX0041", 50, 100), [], 0.0)) == [[["0041"]]]
    assert blocks_of(line("XXXXX004", 50, 100), [], 0.0) == []
    assert blocks_of(line("XXXXX", 50, 100) + line("0041", 120, 100, certainty=0.8), [], 0.0) == []


def test_a_word_of_doubtful_digits_is_one():
    doubtful = line("e", 50, 100) + line("11", 64, 100, certainty=0.4)
    assert blocks_of(doubtful, [], 0.0) == []
    assert len(blocks_of(line("e", 50, 100) + line("11", 64, 100), [], 0.0)) == 1


def test_a_speck_beside_a_digit_makes_no_word_of_it():
    speck = replace(symbol("x", 62, 95, 15, certainty=0.4), size=(6.0, 7.0))
    assert texts(blocks_of([symbol("7", 50, 100), speck], [], 0.0)) == [[["7"]]]


@pytest.mark.parametrize("tables", [[], [2]])
def test_a_mark_of_a_digits_size_stays_in_its_number_though_it_is_doubtful(tables):
    page = [*line("42", 110, 120), symbol("x", 138, 122, 16, certainty=0.4)]
    cells = [table(n, n, wide=80) for n in tables]
    assert texts(blocks_of(page, cells, 0.0))[0][0][0] == "42?"


def test_fields_of_a_form_in_one_line_are_a_row_whatever_words_are_between_them():
    page = [*line("Day", 50, 96, height=15), *line("17", 120, 104, 30, 38)]
    page += [*line("Month", 220, 95, height=15), *line("04", 320, 100, 30, 28)]
    assert texts(blocks_of(page, [], 0.0)) == [[["17", "04"]]]


@pytest.mark.parametrize("degrees", [0, 90, 184])
def test_signs_belong_to_numbers_and_alone_are_none(degrees):
    page = [*line("3.14", 50, 100), *line("-7", 200, 100), symbol("-", 50, 200)]
    page[1] = symbol(".", 62, 108, width=4)
    found = blocks_of(turned(page, degrees), [], np.deg2rad(degrees))
    assert texts(found) == [[["3.14", "-7"]]]


@pytest.mark.parametrize(("text", "below"), [(".", -6), (".", 18), (",", -4), ("-", 10), (":", -9)])
def test_a_speck_that_looks_like_a_sign_where_none_would_stand_is_none(text, below):
    page = [symbol("4", 50, 100), symbol(text, 62, 100 + below, width=4), symbol("2", 74, 100)]
    assert texts(blocks_of(page, [], 0.0)) == [[["42"]]]


def test_numbers_below_each_other_are_columns():
    page = line("24", 50, 100) + line("57", 200, 100) + line("84", 200, 150) + line("36", 50, 200)
    (block,) = blocks_of(page, [], 0.0)
    assert block.is_table
    assert texts([block]) == [[["24", "57"], ["", "84"], ["36", ""]]]
    (block,) = blocks_of(line("12 34", 50, 100) + line("5678", 60, 150), [], 0.0)
    assert not block.is_table
    (block,) = blocks_of([symbol("1", 50, 100), symbol("2", 200, 150)], [], 0.0)
    assert not block.is_table


def test_a_page_shows_how_wide_its_spaces_are():
    def page(space):
        rows = [(50, 100), (50, 160), (50, 220)]
        words = [[*line("123", x, y), *line("45", x + 26 + 14 + space, y)] for x, y in rows]
        return [one for word in words for one in word]

    assert {tuple(row) for row in texts(blocks_of(page(10), [], 0.0))[0]} == {("123", "45")}
    assert {tuple(row) for row in texts(blocks_of(page(2), [], 0.0))[0]} == {("12345",)}
    few = [*line("12", 50, 100), *line("34", 50 + 14 + 14 + 10, 100)]
    assert texts(blocks_of(few, [], 0.0)) == [[["1234"]]]


def test_a_table_has_a_place_for_each_cell_empty_or_not():
    page = [symbol("1", 120, 120), *line("23", 193, 120), symbol("4", 160, 200)]
    (block,) = blocks_of(page, [table(3, 3)], 0.0)
    assert block.is_table
    assert texts([block]) == [[["1", "", "23"], ["", "", ""], ["", "4", ""]]]
    assert block.cells.shape == (3, 3, 4, 2)
    assert block.cells[2, 1].tolist() == [[140, 180], [180, 180], [180, 220], [140, 220]]


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("mirrored", [False, True])
def test_a_lattice_is_read_the_way_the_page_lies(quarters, mirrored):
    page = [symbol(str(1 + 3 * row + column), 120 + 40 * column, 120 + 40 * row)
            for row in range(3) for column in range(3)]  # fmt: skip
    nodes = np.rot90(table(3, 3).nodes, quarters)
    lattice = Lattice(np.ascontiguousarray(nodes[:, ::-1] if mirrored else nodes), 9)
    expected = [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]
    assert texts(blocks_of(page, [lattice], 0.0)) == [expected]
    upside_down = texts(blocks_of(turned(page, 180, (160, 160)), [lattice], np.pi))
    assert upside_down == [expected]


def test_notes_in_cells_are_left_out_even_where_they_are_many():
    large = [symbol("5", 120, 120, 24), symbol("6", 200, 160, 24), symbol("7", 160, 200, 24)]
    notes = [symbol(str(n), 146 + 9 * n, 110, 9) for n in range(1, 4)]
    notes += [symbol("8", 110, 150, 9), symbol("9", 190, 190, 9), symbol("2", 205, 205, 9)]
    (block,) = blocks_of(large + notes, [table(3, 3)], 0.0)
    assert texts([block]) == [[["5", "", ""], ["", "", "6"], ["", "7", ""]]]


def test_small_digits_are_no_notes_where_all_are_small_or_fill_their_cell():
    page = [symbol(str(n), 120 + 40 * n, 120, 10) for n in range(3)]
    (block,) = blocks_of(page, [table(2, 3)], 0.0)
    assert texts([block])[0][0] == ["0", "1", "2"]
    low = table(2, 3, high=14.0)
    page = [symbol("1", 120, 107, 12), symbol("2", 160, 121, 12), symbol("3", 200, 121, 12)]
    assert texts(blocks_of([*page, symbol("9", 165, 107, 12)], [low], 0.0))[0] == [
        ["1", "9", ""],
        ["", "2", "3"],
    ]


def test_a_digit_in_the_corner_of_a_cell_is_a_note_though_it_is_not_that_small():
    page = [symbol("5", 120, 120, 24), symbol("6", 160, 160, 24), symbol("4", 151, 112, 16)]
    page.append(symbol("8", 129, 151, 16))
    assert texts(blocks_of(page, [table(2, 2)], 0.0)) == [[["5", ""], ["", "6"]]]
    middle = [*page[:2], symbol("4", 160, 122, 16)]
    assert texts(blocks_of(middle, [table(2, 2)], 0.0)) == [[["5", "4"], ["", "6"]]]
    wide = [symbol("5", 120, 120, 24), symbol("4", 220, 112, 16)]
    assert texts(blocks_of(wide, [table(2, 2, wide=100)], 0.0))[0][0] == ["5", "4"]


def test_print_beside_larger_handwriting_is_no_note():
    page = [symbol("4", 120, 120, 15.5), symbol("3", 160, 120, 25), symbol("5", 160, 160, 25)]
    (block,) = blocks_of(page, [table(2, 2)], 0.0)
    assert texts([block])[0][0] == ["4", "3"]


def test_a_cell_with_nothing_but_a_drawing_is_empty():
    page = [symbol("1", 120, 120), symbol("x", 160, 120), symbol("-", 200, 120)]
    page += [*line("No", 110, 160, 12), symbol(".", 135, 168, width=4)]
    page += [symbol("8", 150, 160, certainty=0.55)]
    page += [symbol(one, 162 + 12 * n, 160, certainty=0.4) for n, one in enumerate("ar")]
    (block,) = blocks_of(page, [table(2, 3)], 0.0)
    assert texts([block])[0] == [["1", "", "-"], ["", "", ""]]


def test_a_few_boxes_with_another_row_beside_them_are_a_form_and_no_table():
    page = [symbol("1", 120, 120), symbol("2", 160, 120), symbol("3", 120, 160)]
    form = Lattice(table(2, 2).nodes, 3)
    (block,) = blocks_of(page, [form], 0.0)
    assert block.cells is None
    assert blocks_of(page, [table(2, 2)], 0.0)[0].cells is not None


def test_regions_come_from_top_to_bottom():
    page = [*line("99", 50, 400), symbol("1", 120, 120), symbol("2", 520, 320)]
    found = blocks_of(page, [table(2, 2, 500, 300), table(2, 2)], 0.0)
    assert [block.is_table for block in found] == [True, True, False]
    assert [block.rows[0][0][0].text for block in found] == ["1", "2", "9"]


def test_a_table_without_a_digit_is_none():
    assert blocks_of([symbol("x", 120, 120)], [table(2, 2)], 0.0) == []
