"""A run folder with a damaged file: a sentence, and never a failure; other runs are not harmed."""

import io
import json
import re
import shutil
import tempfile

import numpy as np
import onnx
import pytest
from fastapi.testclient import TestClient
from onnx import TensorProto, helper

from digitscope.judging.evaluate import evaluate
from digitscope.runs.run import Run
from digitscope.serving.app import create_app

HOME = "http://localhost"
FOLDER = re.compile(re.escape(tempfile.gettempdir()) + r"[/\\]+\w")  # where all that is here lies
FILES = ["config.json", "environment.json", "status.json", "history.csv", "metrics.json"]
FILES += ["predictions.npz", "network.json", "weights.bin", "model.onnx", "epochs/0003.bin"]
OTHERS = [b"[]", b"{}", b"null", b"5", b'"text"', b"[" * 100_000, b"NaN", b"\xff\xfe\0", b"\0" * 99]


@pytest.fixture(scope="module")
def judged(finished, tmp_path_factory):
    """A folder of two runs, both judged."""
    folder = tmp_path_factory.mktemp("judged")
    for name in ("0001-tutorial", "0002-tutorial"):
        shutil.copytree(finished.path, folder / name)
        evaluate(Run(folder / name))
    return folder


def routes(name):
    of_run = [f"/api/runs/{name}{part}" for part in ("", "/weights", "/weights?epoch=3", "/errors")]
    of_run += [f"/api/runs/{name}/digits?of={part}&count=2" for part in ("test", "validation")]
    return [*of_run, "/api/runs", "/api/training", "/health", "/"]


def typed(content):
    """JSON of the same keys, with values of other types; and with one key less."""
    values = json.loads(content)
    kinds = (None, [], {}, "text", -1, 1e308, float("nan"), float("inf"))
    for wrong in kinds:
        yield json.dumps(dict.fromkeys(values, wrong)).encode()
    for place, name in enumerate(values):
        for wrong in kinds[place % 4 :: 4]:
            yield json.dumps({**values, name: wrong}).encode()
    for name in [*values][:8]:
        yield json.dumps({key: values[key] for key in values if key != name}).encode()


def arrays():
    """npz files whose arrays are of other names, shapes and types."""
    flat, right = [1] * 200, [[0.1] * 10] * 200
    said = (0.5, [], [0.5], [[0.5]] * 200, [["a"] * 10] * 200, [[np.nan] * 10] * 200)
    wanted = (1, [], [1], ["a"] * 200, [[1]] * 200, [99] * 200, [0.5] * 200)
    for probabilities, labels in [
        *((one, flat) for one in said),
        *((right, one) for one in wanted),
    ]:
        file = io.BytesIO()
        np.savez(file, probabilities=probabilities, labels=labels)
        yield file.getvalue()
    file = io.BytesIO()
    np.savez(file, probabilities=np.array([{}], object), labels=[1])
    yield file.getvalue()
    file = io.BytesIO()
    np.savez(file, other=[1])
    yield file.getvalue()


def networks(content):
    """ONNX files that say other things of themselves, or are other networks."""
    whole = onnx.load_from_string(content)
    said = {one.key: json.loads(one.value) for one in whole.metadata_props}
    certainty = said["certainty"]
    for wrong in (None, [], 5, {"a": 1}, *({**certainty, k: w} for k in certainty for w in WRONG)):
        yield with_metadata(whole, {**said, "certainty": wrong})
    for name in said:
        yield with_metadata(whole, {key: said[key] for key in said if key != name})
    yield with_metadata(other_network(), said)


WRONG = (None, "text", [], {})


def with_metadata(model, said):
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    del copy.metadata_props[:]
    for name, value in said.items():
        copy.metadata_props.add(key=name, value=json.dumps(value))
    return copy.SerializeToString()


def other_network():
    shape = helper.make_tensor_value_info
    node = helper.make_node("Identity", ["a"], ["b"])
    parts = [shape("a", TensorProto.FLOAT, [1])], [shape("b", TensorProto.FLOAT, [1])]
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(
        helper.make_graph([node], "x", *parts), opset_imports=opset, ir_version=8
    )


def histories(content):
    lines = content.decode().splitlines()
    for cell in ("text", "nan", "inf", "-1", "", "1,2,3"):
        yield "\n".join([lines[0], *(",".join([cell] * 7) for _ in lines[1:])]).encode()
    yield lines[0].replace("seconds", "minutes").encode() + b"\n" + "\n".join(lines[1:]).encode()
    yield "\n".join(lines[1:]).encode()


def damages(name, content):
    """What the file may hold instead; None: it is gone; a folder: it is one."""
    yield from (
        None,
        "folder",
        b"",
        content[: len(content) // 2],
        content[:-1],
        content + b"x",
        *OTHERS,
    )
    if name.endswith(".json"):
        yield from typed(content)
    if name == "predictions.npz":
        yield from arrays()
    if name == "model.onnx":
        yield from networks(content)
    if name == "history.csv":
        yield from histories(content)


def put(path, content):
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_a_sentence(judged, name):
    app = create_app(None, judged)
    app.state.trainer.resume = lambda run: run.check_resumable()
    client = TestClient(app, HOME, client=("127.0.0.1", 5000), raise_server_exceptions=False)
    path = judged / "0002-tutorial" / name
    whole = path.read_bytes()
    try:
        for content in damages(name, whole):
            put(path, content)
            check(client, "0002-tutorial", (name, content if content is None else content[:300]))
    finally:
        put(path, whole)


def no_json(word):
    raise AssertionError(f"{word} is not JSON")


def check(client, name, what):
    image = {"image": [[0] * 28] * 28}
    answers = {path: client.get(path) for path in routes(name)}
    answers["POST"] = client.post(f"/predict?run={name}", json=image)
    answers["resume"] = client.post(f"/api/training/resume?run={name}")
    for path, answer in answers.items():
        assert FOLDER.search(answer.text) is None, (path, what, answer.text)
        refused = (400, 404, 409) if path == "resume" else (400, 404)
        assert answer.status_code in (200, *refused), (path, what, answer.text)
        if answer.status_code != 200:
            assert answer.json()["detail"].endswith((".", "?", "0001-tutorial", name)), (path, what)
        elif answer.headers["content-type"] == "application/json":
            json.loads(answer.text, parse_constant=no_json)
    listed = [run["run"] for run in answers["/api/runs"].json()["runs"]]
    assert "0001-tutorial" in listed, what


def test_all_is_well_where_nothing_is_damaged(judged):
    client = TestClient(create_app(None, judged), HOME)
    assert [client.get(path).status_code for path in routes("0002-tutorial")] == [200] * 10
