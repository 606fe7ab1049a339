"""What a request may set: settings of a training, and no files."""

import itertools
import json
import os

import pytest
from fastapi.testclient import TestClient

from digitscope.serving.app import create_app
from digitscope.settings.config import Config

HOME = "http://localhost"
SETTABLE = {*Config.model_fields} - {"version", "recipe", "data"}


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    """A JSON file that no request may read, with words that no answer may hold."""
    path = tmp_path_factory.mktemp("secret") / "config.json"
    path.write_text(json.dumps({"epochs": "a-secret-value", "a-secret-key": 1}))
    return path


@pytest.fixture
def client(tmp_path):
    app = create_app(None, tmp_path / "runs")
    return TestClient(app, HOME, client=("127.0.0.1", 5000), raise_server_exceptions=False)


def keys():
    """Names of all arguments and attributes nearby, and names that mean something to Python."""
    words = ["file", "recipe", "settings", "self", "cls", "config", "path", "run", "runs_dir"]
    words += ["version", "data", "Data", "data ", "DATA", "__class__", "__init__", "model_config"]
    words += [
        "",
        " ",
        "\0",
        "\ud800",
        "epochs\0",
        "é",
        "x" * 50_000,
        "__proto__",
        "file_",
        "verbose",
    ]
    return [*words, *SETTABLE]


def values(secret):
    names = [
        str(secret),
        f"file://{secret}",
        "../../etc/passwd",
        "/dev/zero",
        "/dev/stdin",
        "~",
        "\0",
    ]
    numbers = [None, True, 0, -1, 1e308, 10**30, "9" * 5000, float("nan"), float("inf")]
    return [*names, *numbers, "\ud800", "", [], [[]], [[[1]]], {}, {"file": str(secret)}, "lenet"]


def test_no_setting_reads_a_file_or_makes_the_server_fail(client, secret, monkeypatch):
    opened = []
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda path: opened.append(path) or b"{}")
    for key, value in itertools.product(keys(), values(secret)):
        body = json.dumps({"settings": {key: value}})
        answer = client.post("/api/training/plan", content=body, headers=JSON)
        said = answer.text
        assert answer.status_code == 200, (key[:20], value, said)
        assert "a-secret" not in said
        assert len(said) < 20_000
        if key not in SETTABLE:
            assert answer.json()["layers"] == []
            assert answer.json()["error"].endswith((".", "?"))
    assert not opened


JSON = {"content-type": "application/json"}


@pytest.mark.parametrize("value", ["file", "/etc/passwd", "x" * 10_000, "\ud800", "lenet\0"])
def test_no_recipe_reads_a_file_or_makes_the_server_fail(client, value):
    body = json.dumps({"recipe": value, "settings": {}})
    answer = client.post("/api/training/plan", content=body, headers=JSON)
    assert answer.status_code in (200, 422)
    assert not answer.json().get("layers")


@pytest.mark.parametrize("key", sorted({"file", "recipe", "data", "version", "runs_dir", "self"}))
def test_no_training_begins_with_what_may_not_be_set(client, secret, key, tmp_path):
    started = client.post("/api/training", json={"settings": {key: str(secret)}})
    assert started.status_code == 400
    assert key in started.json()["detail"]
    assert os.listdir(tmp_path) == []


def test_what_may_be_set_is_all_of_config_but_what_names_files_and_origins(client):
    recipe = Config().model_dump()
    for name in SETTABLE:
        answer = client.post("/api/training/plan", json={"settings": {name: recipe[name]}})
        assert answer.json()["error"] == "", name
