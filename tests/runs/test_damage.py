"""Every file of a run, damaged in every way: a sentence, and the other runs are still listed."""

import json
import re
import shutil
from contextlib import suppress

import pytest

from digitscope.errors import Interrupted, RunError
from digitscope.exporting.report import report
from digitscope.judging.evaluate import evaluate
from digitscope.runs.run import Run
from digitscope.training.train import resume, train
from tests.helpers import raising_at

FILES = [
    "config.json",
    "environment.json",
    "status.json",
    "history.csv",
    "metrics.json",
    "predictions.npz",
    "robustness.json",
    "confusion.csv",
    "model.onnx",
    "model.keras",
    "network.json",
    "weights.bin",
    "checkpoint/state.npz",
    "epochs/0001.bin",
    "epochs/0003.bin",
]


def text(change):
    return lambda content: change(content.decode("utf-8", "replace")).encode()


DAMAGES = {
    "gone": None,
    "empty": lambda content: b"",
    "garbage": lambda content: b"\xff\xfe\x00\x81" * 50,
    "cut in half": lambda content: content[: len(content) // 2],
    "a byte less": lambda content: content[:-1],
    "another number": lambda content: b"5",
    "a list": lambda content: b"[1, 2]",
    "an empty object": lambda content: b"{}",
    "deep": lambda content: b"[" * 100_000,
    "not numbers": text(lambda t: re.sub(r"\b\d+\.\d+", "NaN", t)),
    "words": text(lambda t: re.sub(r"\b\d+(\.\d+)?", '"many"', t)),
    "no values": text(lambda t: re.sub(r'": [^,\n]+', '": null', t)),
    "a folder": "folder",
}
OF_TEXT = (
    "another number",
    "a list",
    "an empty object",
    "deep",
    "not numbers",
    "words",
    "no values",
)
COMMANDS = {
    "runs": ["runs"],
    "where": ["runs", "--where", "accuracy>0", "--where", "filters=4"],
    "sort": ["runs", "--sort", "accuracy"],
    "show": ["runs", "show", "1"],
    "evaluate": ["evaluate", "1"],
    "report": ["report", "1"],
    "compare": ["compare", "1", "2"],
    "resume": ["train", "--resume", "1"],
    "export": ["export", "1", "--out", "page.html"],
    "predict": ["predict", "seven.png", "--run", "1"],
}


@pytest.fixture(scope="module")
def judged(settings, tmp_path_factory):
    """A finished run with all there can be in it."""
    run = train(**settings, runs_dir=tmp_path_factory.mktemp("judged"), verbose=False)
    evaluate(run)
    report(run)
    return run


def damage(file, how):
    change = DAMAGES[how]
    if change is None:
        file.unlink()
    elif change == "folder":
        file.unlink()
        file.mkdir()
    else:
        file.write_bytes(change(file.read_bytes()))


def check_sentence(err, file):
    last = err.strip().splitlines()[-1]
    assert last.startswith("digitscope: "), (file, err)
    for word in ("Traceback", "fault of digitscope", "[Errno", "KeyError", "\\x"):
        assert word not in err, (file, err)


def pairs():
    """Each file with the damages that make a difference to whoever reads it."""
    for file in FILES:
        if file in ("confusion.csv", "model.keras", "network.json"):  # nobody reads them
            yield file, "garbage"
        else:
            is_text = file.endswith((".json", ".csv"))
            yield from ((file, how) for how in DAMAGES if is_text or how not in OF_TEXT)


@pytest.mark.parametrize("file", ["metrics.json", "predictions.npz", "config.json"])
def test_of_what_can_be_written_anew_it_is_said_how(digitscope, judged, tmp_path, file):
    shutil.copytree(judged.path, tmp_path / "0001-tutorial")
    (tmp_path / "0001-tutorial" / file).write_bytes(b"{")
    words = ["report", "1"] if file == "predictions.npz" else ["runs", "show", "1"]
    code, _, err = digitscope(*words, "--runs-dir", tmp_path)
    assert code == 1
    remedy = f"This writes it anew: digitscope evaluate {tmp_path / '0001-tutorial'}"
    assert (remedy in err) == (file != "config.json")


@pytest.mark.parametrize(("file", "how"), [*pairs()])
def test_a_damaged_file_is_a_sentence(digitscope, judged, digits, tmp_path, monkeypatch, file, how):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    Image.fromarray(digits.x_test[0]).save("seven.png")
    monkeypatch.setattr("digitscope.judging.figures.draw", lambda *_: None)  # it takes a second
    for name in ("0001-tutorial", "0002-tutorial"):
        shutil.copytree(judged.path, tmp_path / "pristine" / name)
    damage(tmp_path / "pristine" / "0001-tutorial" / file, how)
    for name, words in COMMANDS.items():
        shutil.rmtree("runs", ignore_errors=True)
        shutil.copytree("pristine", "runs")
        code, out, err = digitscope(*words)
        if name in ("runs", "where", "sort"):
            assert (code, err) == (0, "")
            assert "0002-tutorial  finished" in out
        elif code:
            assert code == 1
            assert out == ""
            check_sentence(err, (name, file, how))


@pytest.mark.parametrize("how", ["gone", "empty", "garbage", "a byte less", "not numbers"])
@pytest.mark.parametrize("command", ["evaluate", "report", "compare", "export"])
def test_a_network_that_is_damaged_is_named(
    digitscope, judged, tmp_path, monkeypatch, how, command
):
    monkeypatch.chdir(tmp_path)
    for name in ("0001-tutorial", "0002-tutorial"):
        shutil.copytree(judged.path, tmp_path / "runs" / name)
    run = Run(tmp_path / "runs" / "0001-tutorial")
    run.predictions.unlink()
    for file in ("model.onnx", f"epochs/{run.kept_epoch:04}.bin"):
        damage(run.path / file, how)
    code, _, err = digitscope(*COMMANDS[command])
    assert code == 1
    check_sentence(err, command)
    assert re.search(r"model\.onnx|000\d\.bin", err)


@pytest.fixture(scope="module")
def halted(settings, tmp_path_factory):
    """A run that was stopped in its last epoch."""
    folder = tmp_path_factory.mktemp("halted")
    with pytest.raises(Interrupted):
        train(
            **settings,
            runs_dir=folder,
            callbacks=[raising_at(40, KeyboardInterrupt())],
            verbose=False,
        )
    return Run(folder / "0001-tutorial")


@pytest.mark.parametrize(
    "file",
    ["config.json", "status.json", "environment.json", "history.csv", "checkpoint/state.npz"],
)
@pytest.mark.parametrize("how", DAMAGES)
def test_a_run_with_a_damaged_file_goes_on_or_says_why_not(halted, tmp_path, file, how):
    shutil.copytree(halted.path, tmp_path / "0001-tutorial")
    run = Run(tmp_path / "0001-tutorial")
    damage(run.path / file, how)
    with suppress(RunError):
        resume(run, verbose=False)
        assert len(run.history) == 3


def test_a_kernel_size_is_sorted_whether_it_is_one_number_or_a_list(digitscope, tmp_path):
    from digitscope.settings.config import Config
    from tests.helpers import create_run

    for size in ((5, 3), (3,), (7,), (3, 3)):
        create_run(Config(filters=(8,) * len(size), kernel_size=size), "", tmp_path)
    (tmp_path / "0001-tutorial" / "history.csv").write_text("epoch,loss\n1,2\n")
    code, out, _ = digitscope("runs", "--sort", "kernel_size", "--json", "--runs-dir", tmp_path)
    assert code == 0
    names = [row["run"][:4] for row in json.loads(out)]
    assert names == ["0001", "0002", "0004", "0003"]
