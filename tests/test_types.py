"""What functions give back has a type that says what is in it; all that is public says what it is.

What counts as public: modules, and in them functions, classes, methods and properties whose names,
and those of their classes, have no underscore in front. Not `__init__`, whose arguments its class
describes; not other names that Python gives their meaning; not the variants of an `@overload`.
"""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "digitscope"

# Results whose values may be of any type, or that are dictionaries in a list, and why.
VAGUE_RESULTS = {
    "runs.listing.changes": "values of settings; their names are all that they have in common",
    "settings.config.Config.differences": "values of settings",
    "settings.config.field_value": "the value of a setting, as that is typed",
    "settings.config.field_schema": "a JSON schema",
    "runs.records.read_json": "what a JSON file holds, to be checked",
    "runs.records.read_history": "rows of history.csv, whose columns depend on the run",
    "runs.run.Run.history": "rows of history.csv",
    "training.recorder.restore_state": "rows of history.csv",
}
# Arguments of any type in a dictionary, and why.
VAGUE_ARGUMENTS = {
    "settings.config.settings_text": "values of settings, of a part of them too",
    **dict.fromkeys(
        [
            *(f"training.progress.Progress.on_{when}" for when in ("epoch_begin", "epoch_end")),
            "training.progress.Progress.on_train_batch_end",
            *(f"training.recorder.Recorder.on_{when}" for when in ("epoch_begin", "epoch_end")),
            *(f"training.recorder.Recorder.on_{of}_batch_end" for of in ("train", "test")),
        ],
        "as Keras calls it",
    ),
}
Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def definitions(body, place):
    """The public classes, functions, methods and properties in here: (name, node)."""
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            name = f"{place}.{node.name}" if place else node.name
            decorators = [ast.unparse(one) for one in node.decorator_list]
            if "overload" not in decorators:
                yield name, node
            if isinstance(node, ast.ClassDef):
                yield from definitions(node.body, name)
        elif isinstance(node, ast.If | ast.Try | ast.With):
            yield from definitions(node.body, place)


def name_of(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


TREES = {name_of(path): ast.parse(path.read_text("utf-8")) for path in PACKAGE.rglob("*.py")}
PUBLIC = {
    name: node for place, tree in TREES.items() for name, node in definitions(tree.body, place)
}
FUNCTIONS = {name: node for name, node in PUBLIC.items() if not isinstance(node, ast.ClassDef)}


def is_vague(annotation):
    """Whether a type says nothing of what is in it, or of what the keys of a dictionary are."""
    text = ast.unparse(annotation)
    in_a_list = re.search(r"\b(list|tuple|Sequence|Iterator|Iterable)\[(dict|Mapping)\b", text)
    return bool(
        in_a_list or re.search(r"\b(Any|object)\b|\b(dict|list|tuple|Mapping)\b(?!\[)", text)
    )


def is_vague_dictionary(annotation):
    return bool(
        re.search(r"\b(dict|Mapping)(?!\[)\b|\b(dict|Mapping)\[\w+, Any\]", ast.unparse(annotation))
    )


@pytest.mark.parametrize(
    ("annotation", "vague"),
    [
        ("dict[str, Any]", True),
        ("list[dict[str, Any]]", True),
        ("tuple[dict[str, float], ...]", True),
        ("dict", True),
        ("Mapping[str, object]", True),
        ("Run | Any", True),
        ("Metrics | None", False),
        ("dict[str, float]", False),
        ("tuple[Row, ...]", False),
    ],
)
def test_what_is_vague(annotation, vague):
    assert is_vague(ast.parse(annotation, mode="eval").body) == vague


def test_results_are_typed():
    found = {
        name
        for name, node in FUNCTIONS.items()
        if (node.returns is None or is_vague(node.returns)) and not name.endswith(".as_json")
    }
    assert found == VAGUE_RESULTS.keys()


def test_arguments_are_no_dictionaries_of_anything():
    found = {
        name
        for name, node in FUNCTIONS.items()
        for one in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        if one.annotation and is_vague_dictionary(one.annotation)
    }
    assert found == VAGUE_ARGUMENTS.keys()


def test_what_has_as_json_is_frozen_and_gives_a_dictionary():
    homes = {name.rpartition(".")[0] for name in FUNCTIONS if name.endswith(".as_json")}
    assert len(homes) > 12
    for home in homes:
        assert ast.unparse(FUNCTIONS[f"{home}.as_json"].returns) == "dict[str, Any]", home
        decorators = [ast.unparse(one) for one in PUBLIC[home].decorator_list]
        assert any("frozen=True" in one for one in decorators), home


def test_everything_public_says_what_it_is():
    silent = [place for place, tree in TREES.items() if not ast.get_docstring(tree)]
    silent += [name for name, node in PUBLIC.items() if not ast.get_docstring(node)]
    assert silent == []
    assert len(PUBLIC) > 300


def test_a_type_checker_knows_the_public_names_and_their_mistakes():
    example = Path(__file__).parent / "typing_example.py"
    command = [sys.executable, "-m", "mypy", example]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert result.returncode == 0, result.stdout + result.stderr


def test_what_is_said_cannot_be_changed_afterwards():
    changeable = {
        f"{name_of(path)}.{node.name}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
        for decorator in map(ast.unparse, node.decorator_list)
        if "dataclass" in decorator and "frozen=True" not in decorator
    }
    assert changeable == {"serving.trainer.Training"}  # one under way
