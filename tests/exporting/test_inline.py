"""Pages that hold all that they load, whatever the texts in them are."""

import base64
import json
import re
import shutil

import pytest

from digitscope.exporting.html import export_html
from digitscope.exporting.inline import WEB, inlined
from digitscope.exporting.report import report
from digitscope.judging.evaluate import evaluate
from digitscope.runs.run import Run
from digitscope.training.train import train
from tests.browser import SIZE, browser, needs_chromium
from tests.helpers import BREAKS_OUT, Page

NAME = """0001-<!--<script>&amp;'"{{content}}<b>"""  # all that a folder's name may hold


@pytest.mark.parametrize("page", ["index.html", "report.html"])
@pytest.mark.parametrize("text", [*BREAKS_OUT, NAME])
def test_no_text_ends_the_part_that_it_stands_in(page, text):
    content = {text: [text, {"deep": text}]}
    parts = Page(inlined(page, text, content))
    kinds = [attributes["type"] for attributes, _ in parts.scripts]
    assert kinds == ["application/json", "importmap", "module"]
    assert json.loads(parts.scripts[0][1]) == content
    assert parts.title == text


@pytest.mark.parametrize("page", ["index.html", "report.html"])
def test_every_module_that_is_imported_is_there_and_no_other(page):
    parts = Page(inlined(page, "", None))
    addresses = json.loads(parts.scripts[1][1])["imports"]
    found = {re.search(r'import "(.+)"', parts.scripts[2][1])[1]}
    for address in addresses.values():
        code = base64.b64decode(address.partition(",")[2]).decode()
        code = re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL)
        assert not re.search(r'from "\.', code)
        found |= set(re.findall(r'(?:^import |from )"(.+)"', code, re.MULTILINE))
    assert found == set(addresses)
    assert all((WEB / f"{name.removeprefix('digitscope/')}.js").exists() for name in found)


def test_the_page_is_small():
    files = [path for path in WEB.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 300_000
    assert len(inlined("report.html", "", None)) < 100_000


@pytest.fixture(scope="module")
def run(settings, tmp_path_factory):
    """A run whose name, and whose data's, are as odd as they can be."""
    folder = tmp_path_factory.mktemp("odd")
    data = folder / "<!--<script>&amp;.npz"
    shutil.copy(settings["data"], data)
    made = train(**settings | {"data": str(data)}, runs_dir=folder / "runs", verbose=False)
    evaluate(made)
    return Run(made.path.rename(made.path.with_name(NAME)))


@needs_chromium
def test_a_browser_shows_odd_names_as_they_are(run, tmp_path):
    export_html(run, tmp_path / "run.html")
    with browser() as chromium:
        page, complaints = chromium.new_page(viewport=SIZE), []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(report(run).as_uri())
        assert page.locator("h1").inner_text() == page.title().removesuffix(" · digitscope") == NAME
        assert "<!--<script>&amp;.npz" in page.locator("pre").inner_text()
        page.goto(f"{(tmp_path / 'run.html').as_uri()}#tab=inside")
        page.wait_for_selector(".layer")
        assert page.locator("#view h2").inner_text() == f"Inside {NAME}"
        assert page.locator("#run").input_value() == NAME
        assert complaints == []
