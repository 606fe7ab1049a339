"""Two thousand hostile requests: nothing outside the runs' folder is read, made or deleted."""

import itertools
import json
import random
import shutil

import pytest
from fastapi.testclient import TestClient

from digitscope.serving.app import create_app

HOME = "http://localhost"
TRIES = 2000
SECRET = "a-secret-that-no-answer-may-hold"


@pytest.fixture
def place(finished, tmp_path):
    """runs/ with a run, links out of it and runs with such links; beside it, what is secret."""
    outside, runs = tmp_path / "outside", tmp_path / "runs"
    runs.mkdir()
    shutil.copytree(finished.path, runs / "0001-tutorial")
    secret_run = outside / "0009-secret"
    shutil.copytree(finished.path, secret_run)
    (secret_run / "metrics.json").write_text(json.dumps({"accuracy": SECRET}))
    (secret_run / "weights.bin").write_text(SECRET)
    (secret_run / "epochs" / "0003.bin").write_text(SECRET * 1000)
    (runs / "0002-linked").symlink_to(secret_run)
    (runs / "0003-linked").symlink_to("../outside/0009-secret")
    for number, part in enumerate(("metrics.json", "weights.bin", "epochs", "epochs/0003.bin"), 4):
        run = runs / f"000{number}-parts"
        shutil.copytree(finished.path, run)
        if (run / part).is_dir():
            shutil.rmtree(run / part)
        (run / part).unlink(missing_ok=True)
        (run / part).symlink_to(secret_run / part)
    (runs / "0008-loop").mkdir()
    (runs / "0008-loop" / "config.json").symlink_to("config.json")
    return tmp_path


def test_a_link_to_a_run_in_the_same_folder_is_no_way_out(place):
    (place / "runs" / "0010-again").symlink_to("0001-tutorial")
    epochs = place / "runs" / "0001-tutorial" / "epochs"
    (epochs / "0009.bin").symlink_to("0003.bin")
    app = create_app(None, place / "runs", hosts=("testserver",))
    names = [run["run"] for run in TestClient(app).get("/api/runs").json()["runs"]]
    assert set(names) == {"0001-tutorial", "0010-again"}


def tries(rng, place):
    """Methods, addresses and bodies."""
    secret = place / "outside" / "0009-secret"
    names = [str(secret), str(secret)[1:], "../outside/0009-secret", "0009-secret", "0009", "9"]
    names += [f"000{number}" for number in range(10)] + ["latest", "reader", "", ".", "..", "*"]
    names += ["0001-tutorial/../../outside/0009-secret", "~", "%00", "0001-tutorial%00.bin", "-1"]
    parts = [
        "",
        "/weights",
        "/weights?epoch=3",
        "/errors",
        "/digits?of=test",
        "/config.json",
        "/..",
    ]
    settings = [
        "file",
        "recipe",
        "data",
        "runs_dir",
        "config",
        "path",
        "\ud800",
    ]
    while True:
        name = rng.choice(names)
        for _ in range(rng.randrange(3)):
            name = rng.choice([quoted, doubled, climbing, str])(name)
        way = rng.choice(["run", "file", "read", "plan", "train", "resume", "stop"])
        path = {
            "run": f"/api/runs/{name}{rng.choice(parts)}",
            "file": rng.choice(["/web/", "/", "/docs/", "/openapi.json/", "//"]) + name,
            "read": f"{rng.choice(['/predict', '/read'])}?run={name}",
            "plan": "/api/training/plan",
            "train": "/api/training",
            "resume": f"/api/training/resume?run={name}",
            "stop": "/api/training/stop",
        }[way]
        value = rng.choice(
            [str(secret / "config.json"), "/etc/passwd", name, [name], {"file": name}]
        )
        key = rng.choice(settings)
        body = {"settings": {key: value}, "recipe": rng.choice(["lenet", name])}
        body |= {"image": rng.choice([value, f"data:image/png;base64,{name}", f"file://{secret}"])}
        yield rng.choice(["GET", "POST", "POST", "PUT", "DELETE", "PATCH"]), path, body


def quoted(name):
    return "".join(f"%{ord(one):02x}" if one in "./\\" else one for one in name)


def doubled(name):
    return name.replace("%", "%25")


def climbing(name):
    return "../../outside/" + name


def tree(folder):
    """All that is in a folder, with its content; links are not followed."""
    return {
        str(path): path.read_bytes() if path.is_file() and not path.is_symlink() else None
        for path in sorted(folder.rglob("*"))
        if path.name != ".lock"
    }


def test_nothing_outside_the_runs_is_read_made_or_deleted(place, monkeypatch):
    monkeypatch.setattr("digitscope.serving.trainer.subprocess.Popen", refuse)
    monkeypatch.chdir(place / "outside")
    app = create_app(None, place / "runs")
    client = TestClient(app, HOME, client=("127.0.0.1", 5000), raise_server_exceptions=False)
    before, some = tree(place), tries(random.Random(0), place)
    for method, path, body in itertools.islice(some, TRIES):
        answer = client.request(method, path, content=json.dumps(body), headers=JSON)
        assert answer.status_code < 500, (method, path, body, answer.text)
        assert SECRET not in answer.text, (method, path)
        assert "root:" not in answer.text, (method, path)
        assert not (path == "/api/training/plan" and '"kind"' in answer.text), body
    assert tree(place) == before
    listed = client.get("/api/runs").json()["runs"]
    assert [run["run"] for run in listed] == ["0001-tutorial"]


JSON = {"content-type": "application/json"}


def refuse(*arguments, **_):
    raise AssertionError(f"a process was begun: {arguments}")


def test_a_folder_of_runs_may_itself_be_a_link(place):
    (place / "linked").symlink_to(place / "runs")
    client = TestClient(create_app(None, place / "linked"), HOME)
    assert client.get("/api/runs/0001-tutorial/weights").status_code == 200


@pytest.mark.parametrize("number", range(2, 9))
def test_a_run_with_a_link_out_of_the_folder_is_none(place, number):
    client = TestClient(create_app(None, place / "runs"), HOME)
    for part in ("", "/weights", "/weights?epoch=3", "/errors", "/digits?of=test"):
        assert client.get(f"/api/runs/{number}{part}").status_code == 404
    assert client.post(f"/predict?run={number}", json={"image": [[0] * 28] * 28}).status_code == 404
