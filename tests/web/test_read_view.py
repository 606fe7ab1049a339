"""The Read view: a photo goes to the server, and its numbers come back in boxes and tables."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from digitscope.exporting.html import export_html
from digitscope.training.train import train
from tests.browser import needs_chromium, until, watched
from tests.helpers import CELLS, form

pytestmark = needs_chromium
DROP = """(content) => {
  const bytes = Uint8Array.from(atob(content), (one) => one.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], "form.png", { type: "image/png" }));
  const options = { bubbles: true, cancelable: true, dataTransfer: data };
  document.body.dispatchEvent(new DragEvent("drop", options));
}"""
ROWS = """[...document.querySelectorAll(".cells tr")].map(
  (row) => [...row.cells].map((cell) => cell.innerText))"""
IS_READ = "document.querySelectorAll('.cells').length > 0"


@pytest.fixture(scope="module")
def run(settings, tmp_path_factory):
    return train(**settings, runs_dir=tmp_path_factory.mktemp("runs"))


@pytest.fixture
def page(chromium, address):
    opened, said = watched(chromium, f"{address}/#tab=read&run=reader")
    yield opened
    opened.close()
    assert said == []


@pytest.fixture(scope="module")
def photo(digits):
    """A form with the digits 1 to 9 in a table, on its side."""
    file = io.BytesIO()
    Image.fromarray(np.rot90(form(CELLS))).save(file, "PNG")
    return file.getvalue()


def give(page, content, name="form.png"):
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    page.locator("main input[type=file]").first.set_input_files(file)


def test_a_photo_becomes_a_table_beside_it(page, photo):
    give(page, photo)
    until(page, IS_READ)
    assert page.evaluate(ROWS) == [["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]]
    said = page.locator("main [role=status]").inner_text()
    assert said.startswith("9 digits.")
    assert said.endswith("The page lies turned.")
    assert page.locator(".sheet rect").count() == 9
    assert page.locator(".sheet rect.sure").count() == 9


def test_a_dropped_photo_is_read_and_does_not_go_onto_the_pad(page, photo):
    page.evaluate(DROP, base64.b64encode(photo).decode())
    until(page, IS_READ)
    assert page.evaluate("digitscope.lesson.said.status") == "blank"


def test_a_number_shows_its_digits_and_one_goes_into_the_network(page, photo):
    give(page, photo)
    until(page, IS_READ)
    page.locator(".cells button").nth(6).click()
    assert page.locator(".card b").first.inner_text() == "7"
    assert page.locator(".card .best b").inner_text() == "7"
    assert page.locator(".sheet rect.picked").count() == 1
    page.locator(".sheet rect").nth(3).click()
    assert page.locator(".card b").first.inner_text() == "4"
    page.locator(".card button").click()
    until(page, "document.body.dataset.tab === 'inside'")
    until(page, "digitscope.lesson.said.status !== 'blank'")


def test_the_table_can_be_had_as_a_file(page, photo):
    give(page, photo)
    until(page, IS_READ)
    with page.expect_download() as download:
        page.locator("a[download]").click()
    assert download.value.path().read_text() == "1,2,3\n4,5,6\n7,8,9\n"


def test_what_is_no_picture_is_said_in_a_sentence(chromium, address):
    opened, said = watched(chromium, f"{address}/#tab=read&run=reader")
    give(opened, b"no picture")
    status = "document.querySelector('main [role=status]').textContent"
    until(opened, f"{status}.includes('is not a picture')")
    opened.close()
    assert all("400" in line or "422" in line for line in said)  # Chromium's note of the answer


def test_a_page_without_a_server_reads_no_photos(chromium, run, tmp_path):
    export_html(run, tmp_path / "page.html")
    opened, said = watched(chromium, (tmp_path / "page.html").as_uri() + "#tab=read")
    assert "Read" not in opened.locator("#tabs").inner_text()
    opened.close()
    assert said == []
