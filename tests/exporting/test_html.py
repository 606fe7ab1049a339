"""An exported page holds a run's words as data: none of them becomes markup."""

import json
import shutil
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from digitscope.exporting.html import export_html
from digitscope.runs.run import Run

BREAKS_OUT = [
    "</script><script>alert(1)</script>",
    "</SCRIPT ><img src=x onerror=alert(1)>",
    "<!--<script>",
    "\u2028]]></script>",
    "'\"><svg onload=alert(1)>",
]


class Page(HTMLParser):
    """The scripts of a page, and the tags that are in it."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, sorted(name for name, _ in attrs)))
        if tag == "script":
            self.inside = True
            self.scripts.append("")

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "script"

    def handle_data(self, data):
        if self.inside:
            self.scripts[-1] += data


def exported(run, folder):
    export_html(run, folder / "page.html")
    return Page((folder / "page.html").read_text("utf-8"))


@pytest.mark.parametrize("text", BREAKS_OUT)
@pytest.mark.parametrize("place", ["name", "recipe", "data", "history", "certainty"])
def test_no_word_of_a_run_breaks_out_of_the_page(finished, tmp_path, monkeypatch, text, place):
    run = Run(tmp_path / "0001-tutorial")
    shutil.copytree(finished.path, run.path)
    plain = exported(run, tmp_path)
    if place == "name":
        run = Run(run.path.rename(tmp_path / f"0001-{text.replace('/', '')}"))
    else:  # what the files of a run can't say, said by the code that reads them
        about = page_content(run, place, text)
        monkeypatch.setattr("digitscope.exporting.contents.about", lambda _: about)
    hostile = exported(run, tmp_path)
    assert hostile.tags == plain.tags
    assert len(hostile.scripts) == len(plain.scripts) == 3
    held = json.loads(hostile.scripts[0])
    assert text.replace("/", "") in json.dumps(held, ensure_ascii=False).replace("/", "").replace(
        '\\"', '"'
    )


def page_content(run, place, text):
    from digitscope.exporting.contents import about

    said = about(run)
    if place in ("recipe", "data"):
        return replace(said, config={**said.config, place: text})
    return replace(said, **{place: {text: text}})
