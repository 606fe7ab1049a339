import ast
import importlib
import importlib.util
import os
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import digitscope as ds
from digitscope import environment
from digitscope.cli import doctor


def test_a_missing_extra_is_named_with_the_line_that_installs_it(monkeypatch):
    def find_spec(name):
        return None if name in ("keras", "tensorflow") else object()

    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setattr(environment.importlib.util, "find_spec", find_spec)
    with pytest.raises(environment.MissingError) as error:
        environment.import_keras()
    assert "needs keras, tensorflow" in str(error.value)
    assert 'pip install "digitscope[train]"' in str(error.value)
    found = doctor.diagnose()
    assert found.commands["train"].install == 'pip install "digitscope[train]"'
    assert found.commands["evaluate"].missing == ()
    assert "digitscope train: lacks keras, tensorflow: pip install" in doctor.report(found)
    values = found.as_json()
    assert values.keys() == {"environment", "fast_bfloat16", "data", "commands"}
    assert values["environment"]["engine"] == "tensorflow"
    assert values["commands"]["evaluate"] == {"missing": [], "install": ""}
    assert values["commands"]["train"]["missing"] == ["keras", "tensorflow"]


def test_the_doctor_looks_at_every_command(monkeypatch):
    from typer.main import get_command

    from digitscope.cli.main import app

    commands = get_command(app).commands
    assert set(doctor.diagnose().commands) == set(commands)
    text = doctor.report(doctor.diagnose())
    assert all(f"digitscope {name}: " in text for name in commands)
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda name: None)
    assert "digitscope serve: lacks cv2, PIL, onnxruntime" in doctor.report(doctor.diagnose())


def test_every_extra_is_one_that_can_be_installed_and_brings_what_is_needed():
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    brought = {
        extra: {re.split("[>=;]", line)[0].removesuffix("-cpu") for line in lines}
        for extra, lines in project["optional-dependencies"].items()
    }
    brought[""] = {re.split("[>=;]", line)[0] for line in project["dependencies"]}
    called = {"cv2": "opencv-python-headless", "PIL": "pillow", "sklearn": "scikit-learn"}
    needs = list(environment.NEEDS.values())
    needs += [((engine,), extra) for engine, extra in environment.ENGINES.items()]
    for modules, extras in needs:
        installed = brought[""].union(*(brought[extra] for extra in extras.split(",")))
        assert {called.get(name, name).replace("_", "-") for name in modules} <= installed
    assert set(environment.PACKAGES) <= {project["name"]}.union(*brought.values())


def test_a_keras_that_can_not_be_imported_is_a_sentence(tmp_path):
    (tmp_path / "keras.py").write_text("raise ImportError('a broken wheel')")
    code = (
        "from digitscope import environment as e, errors\n"
        "try: e.import_keras()\n"
        "except errors.MissingError as error: print(error)"
    )
    variables = os.environ | {"PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=variables
    )
    assert "can't be imported: a broken wheel." in done.stdout


def test_an_unknown_engine_is_named(monkeypatch):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    with pytest.raises(environment.MissingError, match="possible: tensorflow, jax, torch"):
        environment.require("train")
    assert "theano" in doctor.report(doctor.diagnose())


def test_an_old_processor_is_named_before_tensorflow_ends_the_process(monkeypatch):
    monkeypatch.setattr(environment, "cpu_flags", lambda: {"sse2", "ssse3"})
    monkeypatch.setattr(environment, "engine", lambda: "tensorflow")
    with pytest.raises(environment.MissingError, match="AVX"):
        environment.require("train")
    assert "AVX" in doctor.report(doctor.diagnose())


def test_a_damaged_data_file_is_found(monkeypatch, tmp_path):
    monkeypatch.setattr("digitscope.mnist.PATH", tmp_path / "mnist.npz")
    assert "can't be read" in doctor.report(doctor.diagnose())


def test_start_up_noise_is_held_back():
    code = "from digitscope.environment import import_keras; import_keras()"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("engine", ["jax", "torch"])
def test_a_training_on_another_engine_starts_without_the_noise_of_tensorflow(engine, small_npz):
    if importlib.util.find_spec(engine) is None:
        pytest.skip(f"{engine} is not installed")
    command = [sys.executable, "-m", "digitscope", "train", "--data", small_npz, "--dry-run"]
    environment = {**os.environ, "KERAS_BACKEND": engine}
    environment.pop("TF_CPP_MIN_LOG_LEVEL", None)
    result = subprocess.run(
        [*command, "--batch-size", "32"], env=environment, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("total"), result.stderr  # of the layer table


def test_noise_is_given_out_when_the_import_fails(capfd):
    def fail():
        with environment._stderr_held():
            os.write(2, b"what went wrong\n")
            raise ImportError

    with pytest.raises(ImportError):
        fail()
    assert "what went wrong" in capfd.readouterr().err


def test_no_public_name_is_hidden_by_a_module_of_its_name():
    for module in pkgutil.walk_packages(ds.__path__, "digitscope."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    modules = {name for name in ds.__all__ if isinstance(getattr(ds, name), ModuleType)}
    assert not modules
    assert set(ds.__all__) <= set(dir(ds))
    with pytest.raises(AttributeError, match="trian"):
        _ = ds.trian


def test_every_public_name_is_one_that_a_type_checker_sees():
    source = ast.parse(Path(ds.__file__).read_text("utf-8"))
    ifs = [node for node in source.body if isinstance(node, ast.If)]
    (block,) = [node for node in ifs if ast.unparse(node.test) == "TYPE_CHECKING"]
    seen = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert seen == {name: f"digitscope.{home}" for name, home in ds._HOMES.items()}
    assert sorted(seen) == sorted(ds.__all__)


def test_errors_are_caught_without_keras():
    code = (
        "import sys, digitscope as ds\n"
        "try:\n    ds.configure('nope')\n"
        "except (ds.TrainingError, ds.Interrupted, ds.DataError):\n    sys.exit('the wrong one')\n"
        "except ds.ConfigError:\n    pass\n"
        "assert not {'keras', 'tensorflow', 'scipy', 'onnx'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_lean_start_leaves_out_what_no_command_uses():
    code = """
import sys
from pathlib import Path
from types import ModuleType
from digitscope.environment import import_keras
import_keras(lean=True)
assert not {"sklearn", "matplotlib", "scipy"} & set(sys.modules)
import matplotlib, scipy, sklearn
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_importing_a_module_defines_and_does_nothing_else():
    defines = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign)
    defines += (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    done = []
    for path in sorted(Path(ds.__file__).parent.rglob("*.py")):
        for statement in ast.parse(path.read_text("utf-8")).body:
            text = ast.unparse(statement)
            harmless = ("'", '"', "if TYPE_CHECKING:", "app.command(", "app.add_typer(")
            harmless += ("if not TYPE_CHECKING:\n\n    def ", "if __name__ == '__main__':")
            harmless += ("if os.name == 'posix':\n    import fcntl",)
            if not isinstance(statement, defines) and not text.startswith(harmless):
                done.append((path.name, text))
    assert done == [("__main__.py", "main()")]


def test_every_error_is_caught_on_the_base_install():
    code = """
import sys
for name in ("keras", "tensorflow", "jax", "torch", "onnx", "matplotlib", "scipy"):
    sys.modules[name] = None
import digitscope as ds
errors = [name for name in ds.__all__ if name.endswith("Error")] + ["Interrupted"]
assert len(errors) == 7, errors
for name in errors:
    error = getattr(ds, name)
    assert issubclass(error, BaseException)
    try:
        raise error("as it happens")
    except error as caught:
        assert str(caught) == "as it happens"
"""
    subprocess.run([sys.executable, "-c", code], check=True)
