"""An exported page holds a run's words as data: none of them becomes markup."""

import json
import shutil
from dataclasses import replace

import pytest

from digitscope.exporting.html import export_html
from digitscope.runs.run import Run
from tests.helpers import BREAKS_OUT, Page


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
    held = json.loads(hostile.scripts[0][1])
    wanted = text.replace("/", "")
    assert any(wanted in word.replace("/", "") for word in words(held))


def words(values):
    """All texts in JSON values, names too."""
    if isinstance(values, dict):
        values = [*values, *values.values()]
    if isinstance(values, list):
        return [word for value in values for word in words(value)]
    return [values] if isinstance(values, str) else []


def page_content(run, place, text):
    from digitscope.exporting.contents import about

    said = about(run)
    if place in ("recipe", "data"):
        return replace(said, config={**said.config, place: text})
    return replace(said, **{place: {text: text}})
