import base64
import io
import json
import os
import re
import shutil
import sys
import threading
import time

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from digitscope.cli.serving import listen, url
from digitscope.data.dataset import load_dataset
from digitscope.errors import BusyError
from digitscope.exporting.html import export_html
from digitscope.judging.evaluate import evaluate
from digitscope.reading.read import read
from digitscope.reading.reader import BUNDLED, load
from digitscope.runs.files import write_atomically
from digitscope.runs.run import Run
from digitscope.serving.app import create_app
from digitscope.serving.guard import LARGEST_BODY
from digitscope.serving.trainer import Trainer, _last_line
from digitscope.settings.recipes import configure
from tests.helpers import CELLS, create_run, form, until

HOME = "http://localhost"


@pytest.fixture(scope="module")
def client(finished):
    return TestClient(create_app(None, finished.path.parent), HOME, client=("127.0.0.1", 5000))


@pytest.fixture(scope="module")
def seven(digits):
    """A PNG of a 7, dark on light, and the array."""
    pixels = 255 - np.kron(digits.x_test[0], np.ones((8, 8), np.uint8))
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def detail(answer):
    assert answer.headers["content-type"] == "application/json"
    return answer.json()["detail"]


def test_what_is_not_there_is_refused_with_a_sentence(client):
    refused = [client.get("/predictions"), client.get("/predict"), client.get("/web/none.js")]
    assert [answer.status_code for answer in refused] == [404, 405, 404]
    assert refused[1].headers["allow"] == "POST"
    assert all("/docs" in detail(answer) for answer in refused)
    form = client.post(
        "/predict", content=b"-", headers={"content-type": "multipart/form-data; boundary=x"}
    )
    assert (form.status_code, detail(form)[-1]) == (400, ".")
    assert client.head("/health").status_code == client.head("/").status_code == 200


def test_a_run_is_called_as_on_the_command_line(client, finished):
    number = finished.name.split("-")[0]
    for name in (finished.name, number, str(int(number)), "latest"):
        assert client.get(f"/api/runs/{name}").json()["name"] == finished.name


def test_a_data_url_of_other_letters_is_refused_with_a_sentence(client):
    url = "data:image/png;base64,\u00e9"
    text = {"content-type": "text/plain; charset=utf-8"}
    answers = [
        client.post("/predict", json={"image": url}),
        client.post("/read", content=url.encode(), headers=text),
    ]
    for answer in answers:
        assert (answer.status_code, detail(answer)) == (
            400,
            "The data URL's content is not base64.",
        )


def test_every_way_to_send_a_picture_gives_the_same_prediction(client, seven):
    url = "data:image/png;base64," + base64.b64encode(seven).decode()
    as_type = {"content-type": "image/png"}
    answers = [
        client.post("/predict?run=reader", content=seven, headers=as_type),
        client.post("/predict?run=reader", files={"file": ("..\\seven.png", seven)}),
        client.post("/predict?run=reader", json={"image": url}),
        client.post("/predict?run=reader", content=url, headers={"content-type": "text/plain"}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    expected = {"network": "reader", **load().predict(seven).as_json()}
    assert expected["digit"] == 7
    assert all(answer.json() == expected for answer in answers)


def test_an_image_of_28_by_28_numbers(client, digits):
    image = digits.x_test[0].tolist()
    said = client.post("/predict?run=reader", json={"image": image}).json()
    assert (said["digit"], said["status"]) == (7, "digit")


PNG = {"content-type": "image/png"}


def test_the_reader_reads_whatever_run_is_the_latest(client, finished, seven):
    expected = {"network": "reader", **load().predict(seven).as_json()}
    assert client.post("/predict", content=seven, headers=PNG).json() == expected
    assert client.post("/read", content=seven, headers=PNG).json()["network"] == "reader"
    assert client.get("/health").json()["run"] == "reader"
    assert client.get("/api/runs").json()["served"] == finished.name  # the page looks at it


@pytest.mark.parametrize("name", ["latest", "1"])
def test_a_run_that_is_served_reads(finished, seven, name):
    client = TestClient(create_app(name, finished.path.parent), HOME)
    expected = {"network": finished.name, **load(finished).predict(seven).as_json()}
    assert client.post("/predict", content=seven, headers=PNG).json() == expected
    assert client.post("/read", content=seven, headers=PNG).json()["network"] == finished.name
    assert client.get("/health").json()["run"] == finished.name
    said = client.post("/predict?run=reader", content=seven, headers=PNG).json()
    assert said["network"] == "reader"


def test_the_network_that_reads_does_not_change_when_a_training_ends(finished, seven, tmp_path):
    first, second = tmp_path / "0001-tutorial", tmp_path / "0002-tutorial"
    shutil.copytree(finished.path, first)
    client = TestClient(create_app("latest", tmp_path), HOME)
    shutil.copytree(finished.path, second)
    assert client.get("/health").json()["run"] == first.name
    said = client.post("/predict", content=seven, headers=PNG).json()
    assert said["network"] == first.name
    for name in ("0002", "latest"):
        said = client.post(f"/predict?run={name}", content=seven, headers=PNG).json()
        assert said["network"] == second.name


def test_the_reader_can_be_served_by_name(finished):
    client = TestClient(create_app("reader", finished.path.parent), HOME)
    assert client.get("/api/runs").json()["served"] == client.get("/health").json()["run"]
    assert client.get("/health").json()["run"] == "reader"


def test_a_network_that_is_replaced_gives_new_answers(finished, digits, tmp_path):
    run = Run(tmp_path / finished.name)
    shutil.copytree(finished.path, run.path)
    client = TestClient(create_app(None, tmp_path), HOME)
    image = {"image": digits.x_test[0].tolist()}
    of_run = client.post("/predict?run=latest", json=image).json()
    model = run.path / "model.onnx"
    when = model.stat()
    write_atomically(model, BUNDLED.read_bytes())
    os.utime(model, ns=(when.st_atime_ns, when.st_mtime_ns))  # a clock may be coarse
    of_reader = client.post("/predict?run=latest", json=image).json()
    assert of_reader["probabilities"] != of_run["probabilities"]
    expected = client.post("/predict?run=reader", json=image).json()
    assert of_reader == {**expected, "network": run.name}


def test_a_page_is_read_as_in_python(client, digits):
    photo, file = form(CELLS), io.BytesIO()
    Image.fromarray(photo).save(file, "PNG")
    said = client.post("/read?run=reader", files={"file": file.getvalue()})
    expected = json.loads(json.dumps(read(load(), photo).as_json()))
    assert said.json() == {"network": "reader", **expected}
    assert [number["text"] for number in said.json()["rows"][0]] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("body", "kind", "code", "words"),
    [
        (b"", "image/png", 400, "is empty"),
        (b"not a picture", "image/jpeg", 400, "is not a picture"),
        (b"{", "application/json", 400, "is not JSON"),
        (b"[" * 100_000, "application/json", 400, "is not JSON"),
        (b"[]", "application/json", 400, "is not JSON"),
        (b'{"image": 5}', "application/json", 400, "28 rows"),
        (b'{"image": [[1e999]]}', "application/json", 400, "28 rows"),
        (b'{"image": "data:image/png;base64,!"}', "application/json", 400, "not base64"),
        (b'{"image": "https://example.org/7.png"}', "application/json", 400, "data URL"),
        (b"x", "text/html", 415, "text/html: send"),
        (b"x", "", 415, "send"),
        (b"--x--", "multipart/form-data; boundary=x", 400, "no file"),
        (b"--", "multipart/form-data", 400, "boundary"),
        (b"0" * (LARGEST_BODY + 1), "image/png", 413, "8 MB"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_sentence(client, body, kind, code, words):
    for path in ("/predict", "/read"):
        answer = client.post(path, content=body, headers={"content-type": kind})
        assert answer.status_code == code
        assert words in detail(answer)


def test_a_body_of_unknown_length_is_limited_too(client):
    pieces = (b"0" * 2**20 for _ in range(20))
    answer = client.post("/predict", content=pieces, headers={"content-type": "image/png"})
    assert answer.status_code == 413
    assert "8 MB" in detail(answer)


@pytest.mark.parametrize(("size", "code"), [(8 * 1024 * 1024, 400), (8 * 1024 * 1024 + 1, 413)])
def test_a_picture_may_have_the_size_that_is_said(client, size, code):
    answer = client.post("/predict", content=bytes(size), headers={"content-type": "image/png"})
    assert answer.status_code == code


@pytest.mark.parametrize("path", ["/api/training/plan", "/api/training"])
@pytest.mark.parametrize("is_length_known", [True, False])
def test_settings_of_more_than_64_kb_are_refused(client, path, is_length_known):
    content = json.dumps({"settings": {"epochs": "9" * 2**16}}).encode()
    sent = content if is_length_known else iter([content[:5], content[5:]])
    answer = client.post(path, content=sent, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert "64 KB" in detail(answer)


@pytest.mark.parametrize(
    "host",
    [
        *("example.org", "localhost.example.org", "127.0.0.1.nip.io", "192.168.1.7"),
        *("", "[", "me@localhost", "localhost:x", "localhost/x"),
    ],
)
def test_foreign_hosts_are_refused(client, host):
    answer = client.get("/health", headers={"host": host})
    assert answer.status_code == 403
    assert "localhost" in detail(answer)


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:80", "LOCALHOST"])
def test_this_machine_has_several_names(client, host):
    assert client.get("/health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    [
        *("http://example.org", "null", "http://localhost:9", "[", "http://["),
        *("http://example.org.localhost", "http://evil-localhost", "http://evil/localhost"),
        *("http://a:b@localhost", "http://example.org://localhost", "localhost", "", " "),
        *("http://localhost.", "http://localhost/", "http://localhost#", "http://localhost:80"),
    ],
)
def test_requests_of_other_pages_are_refused(client, origin):
    answer = client.post("/predict", content=b"", headers={"origin": origin})
    assert answer.status_code == 403
    assert "other web pages" in detail(answer)


def test_requests_of_the_page_itself_are_not(client):
    assert client.get("/health", headers={"origin": HOME}).status_code == 200


def test_an_address_serves_where_others_may_come_in(finished):
    app = create_app(None, finished.path.parent, ("lab-3",), by_address=True)
    client = TestClient(app, "http://lab-3")
    assert client.get("/health", headers={"host": "192.168.1.7:8000"}).status_code == 200
    assert client.get("/health", headers={"host": "[fe80::1]:8000"}).status_code == 200
    assert client.get("/health", headers={"host": "example.org"}).status_code == 403


def test_every_answer_has_a_strict_policy(client):
    for path in ("/", "/web/main.js", "/health", "/nothing", "/api/runs"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["cross-origin-resource-policy"] == "same-origin"
    refused = client.get("/", headers={"host": "example.org"})
    assert refused.headers["content-security-policy"] == policy


def test_the_page_has_no_inline_script_and_nothing_from_elsewhere(client):
    page = client.get("/").text
    assert "<script>" not in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_run_with_its_weights(client, finished):
    found = client.get("/api/runs").json()
    assert found["served"] == finished.name
    assert found["runs"][-1]["run"] == finished.name
    about = client.get(f"/api/runs/{finished.name}").json()
    assert about["network"] == json.loads((finished.path / "network.json").read_text())
    assert about["certainty"].keys() == {"temperature", "unsure_below", "not_a_digit_below"}
    assert len(about["history"]) == 3
    weights = client.get(f"/api/runs/{finished.name}/weights").content
    assert weights == (finished.path / "weights.bin").read_bytes()
    first = client.get(f"/api/runs/{finished.name}/weights?epoch=1").content
    assert first == finished.epoch_weights(1).read_bytes()
    assert client.get(f"/api/runs/{finished.name}/weights?epoch=9").status_code == 404
    assert client.get(f"/api/runs/{finished.name}/weights?epoch=0").status_code == 422


def test_the_bundled_reader_is_a_run_too(client):
    about = client.get("/api/runs/reader").json()
    assert about["network"]["layers"][1]["name"] == "conv1"
    assert len(client.get("/api/runs/reader/weights").content) == 4 * sum(
        layer["parameters"] for layer in about["network"]["layers"]
    )


@pytest.mark.parametrize(
    "name",
    [
        "%2e%2e",
        "..%2f..%2fetc%2fpasswd",
        "nothing",
        "%2fetc",
        "C:%5Cboot.ini",
        "0" * 5000,
        "%00",
    ],
)
def test_no_file_outside_the_runs_can_be_reached(client, tmp_path, name):
    for path in (
        f"/api/runs/{name}",
        f"/api/runs/{name}/weights",
        f"/web/{name}",
        f"/predict?run={name}",
    ):
        answer = client.get(path)
        assert answer.status_code in (404, 405)
    answer = client.post(
        f"/predict?run={name}", content=b"x", headers={"content-type": "image/png"}
    )
    assert answer.status_code == 404


def test_a_run_folder_elsewhere_is_not_read_by_its_path(client, finished):
    assert client.get(f"/api/runs/{finished.path}").status_code == 404
    answer = client.post(
        f"/predict?run={finished.path}", content=b"x", headers={"content-type": "image/png"}
    )
    assert answer.status_code == 404


def test_errors_are_those_that_counting_finds(finished, tmp_path):
    run = Run(tmp_path / finished.name)
    shutil.copytree(finished.path, run.path)
    evaluate(run)
    client = TestClient(create_app(None, tmp_path), HOME)
    found = client.get(f"/api/runs/{run.name}/errors").json()
    with np.load(run.predictions) as file:
        probabilities, labels = file["probabilities"], file["labels"]
    wrong = [i for i in range(len(labels)) if probabilities[i].argmax() != labels[i]]
    assert [row[0] for row in found["errors"]] == wrong
    assert np.sum(found["confusion"]) == len(labels)
    assert np.trace(found["confusion"]) == len(labels) - len(wrong)
    index, _, answer, part = found["errors"][0]
    image = load_dataset(run.config.data).x_test[[index]]
    probabilities = load(run).calibrated(image)[0]  # as sure as the network says it is
    assert probabilities.argmax() == answer
    assert probabilities.max() == pytest.approx(part, abs=2e-3)


def test_an_exported_page_holds_what_the_server_says(finished, tmp_path):
    run = Run(tmp_path / finished.name)
    shutil.copytree(finished.path, run.path)
    evaluate(run)
    client = TestClient(create_app(None, tmp_path), HOME)
    export_html(run, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    held = json.loads(re.search(r'id="content">(.*?)</script>', page)[1])
    assert held["run"] == client.get(f"/api/runs/{run.name}").json()
    assert held["errors"] == client.get(f"/api/runs/{run.name}/errors").json()


def test_digits_of_a_run(client, finished, small_npz):
    base = f"/api/runs/{finished.name}/digits"
    content = client.get(f"{base}?of=test&index=3&index=0").content
    with np.load(small_npz) as data:
        assert content[: 2 * 784] == data["x_test"][[3, 0]].tobytes()
        assert list(content[2 * 784 :]) == data["y_test"][[3, 0]].tolist()
    validation = client.get(f"{base}?of=validation&count=500").content
    assert len(validation) == 785 * 60  # a tenth of 600
    assert client.get(f"{base}?of=test&index=200").status_code == 400
    for wrong in ("of=training", "of=test&count=0", "of=test&index=x"):
        answer = client.get(f"{base}?{wrong}")
        assert answer.status_code == 422
        assert detail(answer).startswith(f"query.{wrong.split('&')[-1].split('=')[0]}")
    assert detail(client.get(f"{base}?of=test&index={10**30}")).startswith("There are ")


@pytest.mark.parametrize("what", ["npz", "folder"])
def test_digits_of_data_that_has_changed_or_is_gone_are_refused(what, finished, digits, tmp_path):
    data, run = tmp_path / "data", Run(tmp_path / "runs" / "0001-tutorial")
    write_digits(data, what, digits, 0)
    shutil.copytree(finished.path, run.path)
    written = json.loads((run.path / "environment.json").read_text())
    written["data_sha256"] = load_dataset(data).sha256
    (run.path / "environment.json").write_text(json.dumps(written))
    settings = json.loads((run.path / "config.json").read_text())
    (run.path / "config.json").write_text(json.dumps({**settings, "data": str(data)}))
    client = TestClient(create_app(None, run.path.parent), HOME)
    address = "/api/runs/1/digits?of=test&count=1"
    first = client.get(address)
    assert first.status_code == 200
    write_digits(data, what, digits, 1)
    assert (client.get(address).status_code, run.name in client.get(address).text) == (404, True)
    write_digits(data, what, digits, 0)
    assert client.get(address).content == first.content
    shutil.move(data, tmp_path / "elsewhere")
    gone = client.get(address)
    assert (gone.status_code, run.name in detail(gone)) == (404, True)
    assert str(tmp_path) not in gone.text


def write_digits(path, what, digits, start):
    """A small data set, whose test images begin with another one at each start."""
    parts = {"x_train": digits.x_train[:200], "y_train": digits.y_train[:200]}
    parts |= {"x_test": digits.x_test[start : 100 + start]}
    parts |= {"y_test": digits.y_test[start : 100 + start]}
    if what == "npz":
        with open(path, "wb") as file:
            np.savez(file, **parts)
        return
    for part in ("train", "test"):
        shutil.rmtree(path / part, ignore_errors=True)
        for place, label in enumerate(parts[f"y_{part}"]):
            (path / part / str(label)).mkdir(parents=True, exist_ok=True)
            picture = Image.fromarray(parts[f"x_{part}"][place])
            picture.save(path / part / str(label) / f"{place}.png")


def test_a_stack_that_cannot_be_is_explained(client):
    good = client.post("/api/training/plan", json={"settings": {"filters": [4], "pool": 2}})
    assert [layer["name"] for layer in good.json()["layers"]][:3] == ["rescale", "conv1", "pool1"]
    for settings, words in (
        ({"kernel_size": 99}, "kernel_size"),
        ({"data": "/etc/passwd"}, "can't choose files"),
        ({"no": 1}, "no"),
    ):
        bad = client.post("/api/training/plan", json={"settings": settings}).json()
        assert not bad["layers"]
        assert words in bad["error"]
        started = client.post("/api/training", json={"settings": settings})
        assert started.status_code == 400
        assert detail(started) == bad["error"]


def test_an_address_that_is_not_to_be_had_is_refused():
    with pytest.raises(RuntimeError, match="choose another --host"):
        listen("999.1.1.1", None)
    with listen("127.0.0.1", None) as taken, pytest.raises(RuntimeError, match="another --port"):
        listen("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "written"), [("lab-3", "lab-3"), ("10.0.0.7", "10.0.0.7"), ("fe80::1", "[fe80::1]")]
)
def test_an_ipv6_address_is_written_in_brackets(host, written):
    assert url(host, 80) == f"http://{written}:80"


@pytest.mark.parametrize(
    ("address", "is_here"),
    [
        *(("127.0.0.1", True), ("127.0.0.7", True), ("::1", True), ("::ffff:127.0.0.1", True)),
        *(("::ffff:10.0.0.7", False), ("10.0.0.7", False), ("fe80::1", False), ("x", False)),
    ],
)
def test_this_machine_is_known_by_each_of_its_addresses(finished, address, is_here):
    client = TestClient(create_app(None, finished.path.parent), HOME, client=(address, 5000))
    assert client.get("/api/training").json()["allowed"] is is_here


def test_only_this_machine_may_train(finished):
    app = create_app(None, finished.path.parent, by_address=True)
    elsewhere = TestClient(app, HOME, client=("192.168.1.9", 5000))
    assert elsewhere.get("/api/training").json()["allowed"] is False
    for path in ("/api/training", "/api/training/stop", "/api/training/resume?run=x"):
        answer = elsewhere.post(path, json={})
        assert answer.status_code == 403
        assert "--allow-training" in detail(answer)


def test_a_training_is_started_stopped_and_resumed(tmp_path):
    client = TestClient(create_app(None, tmp_path), HOME, client=("127.0.0.1", 5000))
    settings = {"filters": [2], "dense_units": [4], "epochs": 200, "batch_size": 128}
    started = client.post("/api/training", json={"settings": settings})
    assert started.json()["running"]
    again = client.post("/api/training", json={"settings": settings})
    assert (again.status_code, "one at a time" in detail(again)) == (409, True)
    run = started.json()["run"]
    other = create_run(configure(), "0" * 64, tmp_path)  # of somebody at the command line
    assert client.get("/api/training").json()["run"] == run != other.name
    until(lambda: len(client.get("/api/training").json()["history"]) >= 1)
    stopped = client.post("/api/training/stop").json()
    assert (stopped["running"], stopped["error"]) == (False, "")
    done = len(stopped["history"])
    assert client.get(f"/api/runs/{stopped['run']}").json()["state"] == "interrupted"
    assert client.post(f"/api/training/resume?run={stopped['run']}").status_code == 200
    until(lambda: len(client.get("/api/training").json()["history"]) > done)
    client.post("/api/training/stop")
    assert client.post("/api/training/resume?run=reader").status_code == 404


def test_a_training_stopped_at_once_can_be_resumed(tmp_path):
    client = TestClient(create_app(None, tmp_path), HOME, client=("127.0.0.1", 5000))
    run = client.post("/api/training", json={"settings": {"filters": [2]}}).json()["run"]
    stopped = client.post("/api/training/stop").json()
    assert (stopped["running"], stopped["run"], stopped["error"]) == (False, run, "")
    assert client.get(f"/api/runs/{run}").json()["state"] == "interrupted"
    Run(tmp_path / run).check_resumable()


def test_a_training_whose_run_was_deleted_is_none(tmp_path):
    client = TestClient(create_app(None, tmp_path), HOME, client=("127.0.0.1", 5000))
    run = client.post("/api/training", json={"settings": {"filters": [2]}}).json()["run"]
    client.post("/api/training/stop")
    Run(tmp_path / run).delete()
    answer = client.get("/api/training")
    said = {"running": False, "error": "", "run": None, "history": [], "allowed": True}
    assert (answer.status_code, answer.json()) == (200, said)


OBSTINATE = (
    "print('0001-tutorial', flush=True)\nwhile True:\n try: input()\n except EOFError: pass\n"
)


def test_one_can_ask_of_a_training_that_does_not_end(tmp_path, monkeypatch):
    monkeypatch.setattr("digitscope.serving.trainer.COMMAND", [sys.executable, "-c", OBSTINATE])
    monkeypatch.setattr("digitscope.serving.trainer.PATIENCE", 3)
    trainer = Trainer(tmp_path)
    trainer.start(configure())
    stopping = threading.Thread(target=trainer.stop)
    stopping.start()
    time.sleep(0.2)
    assert (trainer.is_running, trainer.error) == (True, "")
    assert stopping.is_alive()  # so the answer came meanwhile
    with pytest.raises(BusyError):
        trainer.start(configure())
    stopping.join()
    until(lambda: not trainer.is_running)  # it was killed
    assert trainer.error == ""


def test_of_a_training_that_ends_at_once_the_last_line_is_told(tmp_path):
    log = tmp_path / "log"
    log.write_text("Traceback, most recent call last:\n  line 1\nOSError: no room\n")
    assert _last_line(log) == "OSError: no room"
    log.write_text("")
    assert _last_line(log) == "The training ended."


def test_a_run_that_is_not_there_and_one_that_may_be_two(finished, tmp_path):
    for name in ("0001-tutorial", "0002-tutorial"):
        shutil.copytree(finished.path, tmp_path / name)
    client = TestClient(create_app(None, tmp_path), HOME)
    for name, words in {"0007": "no", "000": "more than one"}.items():
        answer = client.get(f"/api/runs/{name}")
        assert answer.status_code == 404
        assert detail(answer) == f"There is {words} run '{name}'."


def test_a_training_that_cannot_begin_says_why(tmp_path):
    (tmp_path / "runs").write_text("a file where the folder should be")
    client = TestClient(create_app(None, tmp_path / "runs"), HOME, client=("127.0.0.1", 5000))
    answer = client.post("/api/training", json={"settings": {}})
    assert answer.status_code == 409
    assert detail(answer).startswith("No run can be made in runs: ")
    assert client.get("/api/training").json()["running"] is False
