import doctest
import importlib
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import digitscope

ROOT = Path(__file__).parent.parent
DOCS = sorted((ROOT / "docs").glob("*.md"))
PACKAGE = ROOT / "digitscope"
FOLDERS = sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts) for path in PACKAGE.rglob("[a-z]*.py")
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("path", [p for p in DOCS if ">>>" in p.read_text("utf-8")])
def test_examples_in_the_docs(path, tmp_path):
    command = [sys.executable, "-m", "doctest", "-v", path]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    assert "Test passed." in result.stdout


def test_examples_in_the_readme(settings, tmp_path, monkeypatch):
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    monkeypatch.chdir(tmp_path)
    few = f"data={settings['data']!r}, "
    exec(example.replace("ds.train(", f"ds.train({few}"), {})
    assert (tmp_path / "runs" / "0001-tutorial" / "metrics.json").exists()


@pytest.mark.parametrize("path", [ROOT / "README.md", *DOCS], ids=lambda path: path.stem)
def test_links_and_pictures_lead_somewhere(path):
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text("utf-8")):
        if not target.startswith("http"):
            assert (path.parent / target).exists(), target


def named_in(docstring):
    """The names in the list of a docstring: a name, two spaces or more, what it is."""
    return re.findall(r"^ *(\w+)  +\S", docstring, re.MULTILINE)


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_docstring_of_a_folder_names_every_module_in_it(folder):
    named = named_in(importlib.import_module(f"digitscope.{folder}").__doc__)
    there = [path.stem for path in (PACKAGE / folder).glob("[a-z]*.py")]
    assert sorted(named) == sorted(there)


def test_the_package_and_the_readme_name_every_folder_in_the_order_of_the_data():
    named = named_in(digitscope.__doc__)
    modules = [path.stem for path in PACKAGE.glob("[a-z]*.py")]
    assert sorted(named) == sorted([*FOLDERS, *modules])
    tree = (ROOT / "README.md").read_text("utf-8")
    (block,) = re.findall(r"^digitscope/\n((?:  .*\n)*)", tree, re.MULTILINE)
    assert re.findall(r"^  (\w+)/?  ", block, re.MULTILINE)[:-1] == named
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]
    assert sorted(layers) == sorted(named)


def test_generated_parts_are_up_to_date():
    from benchmarks.tables import TARGETS, fill

    for path in TARGETS:
        text = path.read_text("utf-8")
        assert fill(text) == text, f"{path.name}: run `make tables`"


def commands(path):
    """The lines after `$ ` in the console blocks of a page."""
    blocks = re.findall(r"```console\n(.*?)```", path.read_text("utf-8"), re.DOTALL)
    return [line[2:] for block in blocks for line in block.splitlines() if line.startswith("$ ")]


@pytest.mark.parametrize("path", [ROOT / "README.md", *DOCS], ids=lambda path: path.stem)
def test_every_flag_shown_exists(path):
    from typer.main import get_command

    from digitscope.cli.main import app

    text = path.read_text("utf-8")
    known = set()
    pending = [get_command(app)]
    while pending:
        command = pending.pop()
        pending += getattr(command, "commands", {}).values()
        for option in command.params:
            known |= {*option.opts, *option.secondary_opts}
    for line in re.findall(r"digitscope \w+ [^`\n]*", text):
        used = set(re.findall(r"(?<!\S)--[a-z-]+", line))
        assert used <= known | {"--help"}, line


@pytest.mark.slow
def test_the_readmes_commands_run(tmp_path):
    script = Path(sys.executable).parent / "digitscope"
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    few = ["train", "--recipe", "fast"]  # run 0001 is there already, by `make train`
    subprocess.run([script, *few], cwd=tmp_path, capture_output=True, timeout=600, check=True)
    for command in commands(ROOT / "README.md"):
        words = shlex.split(command)
        if words[0] != "digitscope":
            continue
        result = subprocess.run(
            [script, *words[1:]], cwd=tmp_path, capture_output=True, text=True, timeout=600
        )
        assert result.returncode == 0, f"{command}\n{result.stderr}"


@pytest.mark.slow
def test_the_lesson_runs_as_a_script_and_as_a_notebook(tmp_path):
    import jupytext
    import nbclient

    lesson = ROOT / "Deep_Learning_Tutorial.py"
    result = subprocess.run(
        [sys.executable, lesson], cwd=tmp_path, capture_output=True, text=True, timeout=900
    )
    last = result.stdout.strip().splitlines()[-1]
    assert re.fullmatch(r"Accuracy = 98\.\d\d%", last), result.stderr
    assert "val_accuracy" in result.stdout  # Keras's own progress

    notebook = jupytext.read(lesson)
    assert sum(cell.cell_type == "code" for cell in notebook.cells) == 6
    for cell in notebook.cells:  # one epoch is enough for the second time
        cell.source = cell.source.replace("epochs=5", "epochs=1")
    nbclient.NotebookClient(
        notebook, timeout=900, resources={"metadata": {"path": str(ROOT)}}
    ).execute()
    printed = [
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stdout"
    ]
    assert printed[-1].startswith("Accuracy = 9")
