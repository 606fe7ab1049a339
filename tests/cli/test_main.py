import json
import re
import shlex
import shutil
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from digitscope import __version__
from digitscope.cli import main
from tests.helpers import flags

NAMED = ("path", "message", "changed", "kept_epoch", "history", "metrics", "environment")


def test_train_then_look(digitscope, settings, tmp_path):
    place = ("--runs-dir", tmp_path)
    early = ("--epochs", "9", "--learning-rate", "1e-12", "--early-stopping", "1")
    code, _, err = digitscope("train", *flags(settings), *early, "--runs-dir", tmp_path / "early")
    assert "Stopped early, after" in err
    assert "which has the least val_loss" in err

    code, out, err = digitscope("train", *flags(settings), *place)
    assert code == 0
    assert out.startswith("Accuracy = ")
    assert out.count("\n") == 1
    assert "3 epochs in " in out
    assert out.strip().endswith(str(tmp_path / "0001-tutorial"))
    assert "conv1    convolution 3x3 relu" in err
    assert [line[:9] for line in err.splitlines() if line.startswith("epoch ")] == [
        "epoch 1/3",
        "epoch 2/3",
        "epoch 3/3",
    ]

    code, out, _ = digitscope("evaluate", "latest", *place)
    assert code == 0
    assert "Confusion matrix, counts" in out
    code, out, _ = digitscope("evaluate", "1", "--json", *place)
    metrics = json.loads(out)
    assert metrics["num_images"] == 200

    code, out, _ = digitscope("runs", "--json", "--where", "epochs=3", *place)
    assert json.loads(out)[0]["accuracy"] == metrics["accuracy"]
    code, out, _ = digitscope("runs", *place)
    assert "0001-tutorial  finished" in out
    assert "filters=4 dense_units=16" in out
    assert "filters=4 dense_units=16" in out
    code, out, _ = digitscope("runs", "show", "1", *place)
    assert "filters=4 (not 32)" in out
    code, out, _ = digitscope("runs", "show", "1", "--json", *place)
    shown = json.loads(out)
    assert shown["config"]["filters"] == [4]
    assert {"run", "state", "accuracy", *NAMED} <= shown.keys()

    code, _, err = digitscope("train", "--resume", "latest", *place)
    assert (code, "nothing to resume" in err) == (1, True)
    code, _, err = digitscope("train", "--resume", "latest", "--epochs", "4", *place)
    assert (code, "epochs 3 -> 4" in err) == (1, True)

    code, _, err = digitscope("runs", "delete", "1", "--yes", *place)
    assert code == 0
    assert not (tmp_path / "0001-tutorial").exists()


def test_a_target_sets_the_exit_code(digitscope, settings, tmp_path):
    common = ("train", *flags({**settings, "epochs": 1}), "--runs-dir", tmp_path)
    assert digitscope(*common, "--target-accuracy", "0.01")[0] == 0
    code, out, err = digitscope(*common, "--target-accuracy", "0.9999", "--json")
    assert code == 1
    said = json.loads(out)
    assert list(said)[:6] == ["run", "epochs", "kept_epoch", "seconds", "summary", "num_images"]
    assert (said["epochs"], said["kept_epoch"]) == (1, 1)
    assert said["run"] == str(tmp_path / "0002-tutorial")
    assert said["summary"].startswith(f"Accuracy = {said['accuracy']:.2%} (95% interval ")
    assert said["summary"].endswith(f" s, {said['run']}")
    assert "below the target of 99.99%" in err


def test_a_config_of_a_run_is_accepted_back(digitscope, finished):
    file = finished.path / "config.json"
    code, out, _ = digitscope("train", "--config", file, "--print-config")
    assert code == 0
    assert json.loads(out) == json.loads(file.read_text())


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["train", "--epoch", "3"], 2, ["--epoch", "--epochs"]),
        (["trian"], 2, ["Did you mean 'train'"]),
        (["train", "--epochs", "0"], 2, ["received 0", "from 1 to 1000", "nearest: 1"]),
        (["train", "--recipe", "lennet"], 2, ["did you mean 'lenet'"]),
        (["train", "--filters", "8,8,8,8,8"], 2, ["1x1", "first 3"]),
        (["train", "--config", "nowhere.json"], 2, ["nowhere.json", "can't be read"]),
        (["train", "--data", "nowhere"], 1, ["no data set at", "nowhere"]),
        (["train", "--resume", "9"], 1, ["no run '9'"]),
        (["evaluate", "nothing"], 1, ["no run 'nothing'"]),
        (["runs", "--where", "epochs"], 1, ["can't be read", "NAME=VALUE"]),
        (["runs", "delete", "nothing"], 1, ["no run 'nothing'"]),
        (["runs", "--json", "show", "1"], 2, ["write options after 'show'"]),
        (["train", "--dry-run", "--target-accuracy", "0.9"], 2, ["--dry-run takes settings"]),
        (["train", "--resume", ""], 1, ["no run ''"]),
        (
            ["train", "--target-accuracy", "98.5"],
            2,
            ["--target-accuracy", "less than or equal to 1"],
        ),
    ],
)
def test_bad_input_is_one_sentence_and_a_code(
    digitscope, monkeypatch, tmp_path, arguments, code, words
):
    monkeypatch.chdir(tmp_path)
    ended, out, err = digitscope(*arguments)
    assert ended == code
    assert out == ""
    assert all(word in err for word in words), err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_traceback_only_when_asked_for(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["digitscope", "evaluate", "nothing", "--debug"])
    with pytest.raises(ValueError, match="no run 'nothing'"):
        main.main()


@pytest.mark.parametrize("kind", [ValueError, TypeError, RuntimeError, KeyError, OSError])
def test_an_error_that_is_not_ours_is_said_to_be_our_fault(digitscope, monkeypatch, tmp_path, kind):
    def fail(_):
        raise kind("operands could not be broadcast")

    monkeypatch.setattr("digitscope.runs.folder.list_runs", fail)
    code, out, err = digitscope("runs", "--runs-dir", tmp_path)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert f"This is a fault of digitscope: {kind.__name__}: " in err
    assert "please report it with what --debug prints" in err
    monkeypatch.setattr(sys, "argv", ["digitscope", "runs", "--debug"])
    with pytest.raises(kind):
        main.main()


def test_a_damaged_network_is_one_sentence_too(digitscope, finished, tmp_path):
    run = shutil.copytree(finished.path, tmp_path / finished.name)
    (run / "model.onnx").write_bytes(b"not a model")
    code, _, err = digitscope("evaluate", run)
    assert (code, "model.onnx is damaged" in err, "Traceback" in err) == (1, True, False)


def test_a_newer_config_is_refused(digitscope, tmp_path):
    file = tmp_path / "config.json"
    file.write_text(json.dumps({"version": 2, "depth": 3}))
    code, _, err = digitscope("train", "--config", file)
    assert (code, "newer digitscope" in err) == (2, True)


def test_no_runs_is_not_an_error(digitscope, tmp_path):
    assert digitscope("runs", "--runs-dir", tmp_path)[:2] == (0, "")
    assert digitscope("runs", "--runs-dir", tmp_path, "--json")[1].strip() == "[]"


def test_a_sheet_without_digits(digitscope, tmp_path):
    Image.new("L", (300, 200), 255).save(tmp_path / "white.png")
    code, out, err = digitscope("read", tmp_path / "white.png")
    assert (code, out) == (0, "")
    assert err == "There are no digits in the photo.\n"
    code, out, _ = digitscope("read", "--json", tmp_path / "white.png")
    assert (code, json.loads(out)["rows"]) == (0, [])


def test_version_and_dry_run(digitscope, settings, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert digitscope("--version")[1].strip() == f"digitscope {__version__}"
    code, out, _ = digitscope("train", *flags(settings), "--dry-run")
    assert (code, "nothing was kept" in out, list(tmp_path.iterdir())) == (0, True, [])
    code, out, _ = digitscope("train", *flags(settings), "--dry-run", "--json")
    said = json.loads(out)
    assert said["summary"].startswith(f"A batch of {settings['batch_size']} went through training")
    assert f" in {said['seconds']:.1f} s; " in said["summary"]


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["runs"], ["doctor"]])
def test_no_framework_is_imported_without_need(arguments, tmp_path):
    code = (
        "import sys; from digitscope.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([n for n in ('keras', 'tensorflow', 'jax', 'torch', 'sklearn', 'matplotlib') "
        "if n in sys.modules], file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, cwd=tmp_path
    )
    assert result.stderr.splitlines()[-1] == "[]"


def test_every_setting_has_a_flag(digitscope):
    from digitscope.settings.config import Config

    out = digitscope("train", "--help")[1]
    for name, field in Config.model_fields.items():
        if name != "version":
            assert f"--{name.replace('_', '-')}" in out
            assert name == "recipe" or field.description in " ".join(out.split())


def test_judge_compare_and_report(digitscope, finished, settings, tmp_path):
    for name, seed in (("0001-one", 0), ("0002-two", 1)):
        copy = tmp_path / name
        shutil.copytree(finished.path, copy)
        config = json.loads((copy / "config.json").read_text())
        (copy / "config.json").write_text(json.dumps(config | {"seed": seed}))
    place = ("--runs-dir", tmp_path)
    code, out, err = digitscope("evaluate", "1", "--robustness", *place)
    assert (code, "motion blur" in out) == (0, True)
    assert "robustness.json, robustness.png" in err
    code, out, _ = digitscope("evaluate", "1", "--robustness", "--json", *place)
    assert len(json.loads(out)["robustness"]["corruptions"]) == 15

    picture = tmp_path / "only.png"
    code, out, _ = digitscope("compare", "1", "2", "--picture", picture, *place)
    assert code == 0
    assert "B and A, 0.00 points: within noise" in out
    assert picture.read_bytes().startswith(b"\x89PNG")
    code, out, _ = digitscope("compare", "1", "2", "--json", *place)
    assert json.loads(out)["of"] == "models"
    code, out, _ = digitscope("compare", "1", "2", "--csv", *place)
    assert out.splitlines()[0].startswith("group,runs,seed,accuracy")
    assert digitscope("compare", "1", *place)[0] == 1

    code, out, _ = digitscope("report", "2", *place)
    assert out.strip() == str(tmp_path / "0002-two" / "report.html")
    assert (tmp_path / "0002-two" / "report.html").exists()


def test_explore(digitscope, settings, tmp_path):
    place = ("--runs-dir", tmp_path, *flags(settings))
    vary = ("--vary", "dense_units=8,16", "--vary", "epochs=1,2")
    code, out, err = digitscope("explore", *vary, *place)
    assert code == 0
    assert "4 of 4 trials done." in out
    assert err.count("val_accuracy") == 4
    code, out, err = digitscope("explore", *vary, "--json", *place)
    assert json.loads(out)["trials"]["done"] == 4
    assert "trial 0" not in err
    assert digitscope("explore", "--vary", "epochs=0", *place)[0] == 2
    code, _, err = digitscope("explore", *vary, "--trials", "3", *place)
    assert (code, "add --search" in err) == (2, True)
    code, _, err = digitscope("explore", *vary, "--search", "--seeds", "3", *place)
    assert (code, "a search trains each setting once" in err) == (2, True)
    code, _, err = digitscope("explore", *vary, "--address", "127.0.0.1:9", "--seeds", "2", *place)
    assert (code, "Nothing answers at 127.0.0.1:9" in err) == (1, True)


def test_a_terminal_sees_the_leaders(digitscope, finished, monkeypatch, capsys, tmp_path):
    from digitscope.cli.leaderboard import LeaderBoard
    from digitscope.exploring.question import Question
    from digitscope.exploring.space import parse
    from digitscope.exploring.study import open_study
    from digitscope.settings.config import Config

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    question = Question(Config(), parse(["filters=2,4"]))
    with open_study(tmp_path / "explore.db", question) as study, LeaderBoard() as board:
        study.finish(study.next()[0], "0001-tutorial", 0.91)
        study.fail(study.next()[0], "no [/such] layer")
        board.hear(study)
    shown = capsys.readouterr().err
    assert "trial 0: filters=2 seed=0  val_accuracy 91.00%" in shown
    assert "trial 1: filters=4 seed=0  failed: no [/such] layer" in shown
    assert "2 of 2 trials, the best:" in shown


def every_command():
    from typer.main import get_command

    pending = [([], get_command(main.app))]
    while pending:
        words, command = pending.pop()
        yield words
        pending += [([*words, name], sub) for name, sub in getattr(command, "commands", {}).items()]


@pytest.mark.parametrize("words", [*every_command()], ids=" ".join)
def test_help_is_in_a_person_s_words(digitscope, words):
    code, short, err = digitscope(*words, "-h")
    assert (code, err) == (0, "")
    assert short == digitscope(*words, "--help")[1]
    assert "-h, --help" in short
    assert not re.search(r"<\w|{|list\[| range>|TEXT|\.\.\.\.", short), short


@pytest.mark.parametrize(
    "words",
    [
        ["predict", "a.png", "--csv", "--json"],
        ["read", "a.png", "--csv", "--json"],
        ["compare", "1", "2", "--csv", "--json"],
        ["train", "--print-config", "--dry-run"],
        ["train", "--print-config", "--target-accuracy", "0.9"],
        ["train", "--dry-run", "--resume", "1"],
        ["explore", "--vary", "epochs=1,2", "--search", "--seeds", "2"],
        ["explore", "--vary", "epochs=1,2", "--trials", "2"],
    ],
)
def test_flags_that_contradict_each_other_are_refused(digitscope, tmp_path, words):
    from digitscope.settings.config import Config
    from tests.helpers import create_run

    for _ in range(2):
        create_run(Config(), "", tmp_path)
    code, out, err = digitscope(*words, "--runs-dir", tmp_path)
    assert (code, out) == (2, "")
    assert "--" in err
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="closes streams as a POSIX shell does")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("command", ["predict", "read", "runs", "doctor", "train", "export"])
def test_closed_streams_are_no_harm(settings, digits, tmp_path, command, closed):
    words = {
        "predict": ["predict", "seven.png", "--show", "film.png"],
        "read": ["read", "seven.png"],
        "runs": ["runs"],
        "doctor": ["doctor"],
        "train": ["train", *map(str, flags({**settings, "epochs": 1}))],
        "export": ["export", "reader", "--out", "page.html"],
    }[command]
    Image.fromarray(np.kron(255 - digits.x_test[0], np.ones((4, 4), np.uint8))).save(
        tmp_path / "seven.png"
    )
    line = shlex.join([sys.executable, "-m", "digitscope", *words])
    done = subprocess.run(
        ["sh", "-c", f"{line} {closed}"], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done
    assert "Traceback" not in done.stderr
    if ">&-" not in closed.split():
        assert done.stdout or command == "runs"
    for file in tmp_path.rglob("*"):  # nothing that was said has got into a file
        if file.is_file() and file.suffix != ".png":
            assert b"oneDNN" not in file.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="closes streams as a POSIX shell does")
def test_a_closed_standard_input_is_empty(tmp_path):
    line = f"{shlex.quote(sys.executable)} -m digitscope predict - <&-"
    done = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "digitscope: Standard input is empty: 0 bytes.\n")


@pytest.mark.parametrize("words", [["--help"], ["runs"], ["runs", "show", "latest"]])
def test_what_computes_nothing_does_without_numpy(finished, words):
    code = (
        "import sys; from digitscope.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, 'numpy' in sys.modules, file=sys.stderr)"
    )
    place = [] if words == ["--help"] else ["--runs-dir", str(finished.path.parent)]
    line = [sys.executable, "-c", code, *words, *place]
    result = subprocess.run(line, capture_output=True, text=True)
    assert result.stderr.splitlines()[-1] == "0 False"


@pytest.mark.parametrize(
    ("words", "usage"),
    [
        (["predict"], "predict [OPTIONS] FILE..."),
        (["read"], "read [OPTIONS] PHOTO..."),
        (["runs", "delete"], "runs delete [OPTIONS] RUN..."),
        (["train"], "train [OPTIONS]"),
    ],
)
def test_the_usage_names_what_a_command_takes(digitscope, words, usage):
    lines = digitscope(*words, "--help")[1].splitlines()
    assert f"Usage: digitscope {usage}" in [line.strip() for line in lines]


def test_each_setting_says_what_it_takes(digitscope):
    text = digitscope("train", "--help")[1]
    for flag in ("--data PATH", "--epochs INT", "--learning-rate NUMBER", "--filters LIST"):
        assert flag in " ".join(text.split())
