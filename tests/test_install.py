"""The wheel, in empty environments outside the checkout; and a room without internet."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, ROOT)
    (path,) = folder.glob("*.whl")
    return path


def run(*command, cwd=None, code=0):
    # What PYTHONPATH names would be imported instead of the wheel.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    words, options = [str(word) for word in command], {"capture_output": True, "text": True}
    result = subprocess.run(words, cwd=cwd, env=variables, timeout=1200, **options)
    assert result.returncode == code, result.stdout + result.stderr
    return result


def install(programs, what):
    run(programs / "python", "-m", "pip", "install", "--quiet", what)


def not_in_git(folder, names):
    """Of the names in a checkout's own folder those that git leaves out; elsewhere none."""
    if not (Path(folder) / "pyproject.toml").exists():
        return []
    ignored = {"runs", "wheelhouse", "build", "dist", "node_modules", ".git"}
    return [name for name in names if name in ignored or name.endswith("_cache") or "venv" in name]


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_a_room_without_internet(tmp_path):
    here, room = tmp_path / "here", tmp_path / "room"
    shutil.copytree(ROOT, here, ignore=not_in_git)
    python = f"PYTHON={sys.executable}"
    run("make", python, "wheelhouse", cwd=here)
    shutil.copytree(here, room, ignore=not_in_git)
    shutil.move(here / "wheelhouse", room)
    # As root on Linux the network is really off; elsewhere --no-index has to do.
    cut_off = ["unshare", "--net"]
    if not shutil.which("unshare") or subprocess.run([*cut_off, "true"]).returncode:
        cut_off = []
    result = run(*cut_off, "make", python, "offline", cwd=room)
    assert "Accuracy = 98." in result.stdout


def test_the_base_says_what_is_missing_and_with_it_the_wheel_trains(wheel, tmp_path):
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    install(programs, wheel)
    assert "Usage: digitscope" in run(programs / "digitscope", "--help", cwd=tmp_path).stdout
    doctor = run(programs / "digitscope", "doctor", cwd=tmp_path).stdout
    assert "bundled digits: ok" in doctor
    assert "digitscope train: lacks keras, onnx, tensorflow: pip install" in doctor
    assert "No runs in" in run(programs / "digitscope", "runs", cwd=tmp_path).stderr
    refused = run(programs / "digitscope", "train", cwd=tmp_path, code=1)
    assert 'pip install "digitscope[train]"' in refused.stderr
    assert refused.stdout == ""
    assert not (tmp_path / "runs").exists()

    install(programs, f"{wheel}[train]")
    settings = ("--filters", "4", "--dense-units", "16", "--epochs", "1")
    result = run(programs / "digitscope", "train", *settings, cwd=tmp_path)
    assert result.stdout.startswith("Accuracy = 9")
    code = "import digitscope; print(digitscope.__file__)"
    assert str(tmp_path) in run(programs / "python", "-c", code, cwd=tmp_path).stdout
