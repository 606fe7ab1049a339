import io
import json
import subprocess
import sys
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import digitscope as ds
from digitscope.errors import ModelError
from digitscope.network.inference import Model
from digitscope.network.onnx_file import onnx_model
from digitscope.pictures.preprocess import VERSION, Preprocessed, preprocess
from digitscope.reading.drawing import film, line_of
from digitscope.reading.reader import BUNDLED, Prediction, Reader, find_pictures, load, read_file
from digitscope.settings.config import Config


@pytest.fixture(scope="module")
def reader():
    return load()


@pytest.fixture(scope="module")
def seven(digits):
    return 255 - np.kron(digits.x_test[0], np.ones((10, 10), np.uint8))


def test_the_bundled_reader_reads_mnist(reader, digits):
    found = reader.predict(list(digits.x_test[:500]))
    answers = [one.digit for one in found]
    assert np.mean(answers == digits.y_test[:500]) > 0.98
    assert BUNDLED.stat().st_size < 1.5e6


def test_a_picture_in_every_form(reader, seven, tmp_path):
    path = tmp_path / "seven.png"
    Image.fromarray(seven).save(path)
    forms = [path, str(path), path.read_bytes(), Image.open(path), seven, seven / 255]
    found = reader.predict(forms)
    assert [one.digit for one in found] == [7] * len(forms)
    alone = reader.predict(path)
    assert isinstance(alone, Prediction)
    assert alone.probabilities == pytest.approx(found[0].probabilities, abs=1e-6)
    assert reader.predict([]) == []


def test_what_a_prediction_says(reader, seven):
    said = reader.predict(seven)
    assert (said.digit, said.status, said.reason) == (7, "digit", "")
    assert said.confidence == said.probabilities.max() > 0.9
    assert said.probabilities.sum() == pytest.approx(1, abs=1e-6)
    assert np.array_equal(said.image28, preprocess(seven).image28)
    assert said.box == preprocess(seven).box
    assert json.loads(json.dumps(said.as_json()))["digit"] == 7


def test_probabilities_are_the_networks_at_the_calibrated_temperature(reader, seven):
    image = preprocess(seven).image28
    logits = Model(BUNDLED).logits(image[None])[0].astype(float) / reader.certainty.temperature
    expected = np.exp(logits) / np.exp(logits).sum()
    assert reader.predict(seven).probabilities == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    ("picture", "status"),
    [
        (np.full((100, 100), 255, np.uint8), "blank"),
        (np.random.default_rng(0).integers(0, 256, (100, 100)), None),
        (np.kron(np.indices((8, 8)).sum(0) % 2, np.ones((20, 20))) * 255, None),
    ],
)
def test_what_is_no_digit_is_refused(reader, picture, status):
    said = reader.predict(np.asarray(picture, np.uint8))
    assert said.status != "digit"
    assert said.status == (status or said.status)
    assert said.reason
    if said.status in ("blank", "not_a_digit", "several_digits"):
        assert said.digit is None


def test_two_digits_are_several(reader, digits):
    pair = 255 - np.hstack([np.kron(i, np.ones((6, 6), np.uint8)) for i in digits.x_test[:2]])
    said = reader.predict(pair)
    assert (said.status, said.digit) == ("several_digits", None)


def test_a_runs_own_network(finished, finished_runs, digits):
    own = load("latest", finished_runs)
    found = own.predict(list(digits.x_test[:50]))
    straight = Model(finished.path / "model.onnx").probabilities(digits.x_test[:50]).argmax(1)
    assert np.mean([one.probabilities.argmax() for one in found] == straight) > 0.9
    assert own.about.config["recipe"] == "tutorial"
    assert own.about.data_sha256 == finished.environment.data_sha256
    assert own.certainty.temperature > 0
    assert ds.load(finished).predict(digits.x_test[0]).image28.shape == (28, 28)


def model_file(path, metadata):
    layers = Config(filters=(2,), dense_units=()).layers
    arrays = [np.zeros(shape, np.float32) for x in layers for shape in x.weights.values()]
    path.write_bytes(onnx_model(layers, arrays, metadata))
    return path


def test_a_model_of_another_kind_is_refused(tmp_path):
    with pytest.raises(ModelError, match="There is no model file"):
        Reader(tmp_path / "none.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match="is damaged"):
        Reader(tmp_path / "bad.onnx")
    with pytest.raises(ModelError, match="in way 999"):
        Reader(model_file(tmp_path / "later.onnx", {"normaliser": 999, "certainty": {}}))
    with pytest.raises(ModelError, match="in way None"):
        Reader(model_file(tmp_path / "foreign.onnx", {}))
    good = model_file(tmp_path / "good.onnx", {"normaliser": VERSION, "certainty": {}})
    assert Reader(good).predict(np.eye(20, dtype=bool)).confidence == pytest.approx(0.1)


def test_files_folders_and_patterns(tmp_path):
    for name in ("b.png", "a.jpg", "notes.txt", ".hidden.png"):
        (tmp_path / name).touch()
    folder = str(tmp_path)
    names = [path.rpartition("/")[2] for path in find_pictures([folder])]
    assert names == ["a.jpg", "b.png"]
    assert find_pictures([f"{folder}/*.png"]) == [f"{folder}/b.png"]
    assert find_pictures(["-", "x.png"]) == ["-", "x.png"]
    with pytest.raises(ValueError, match="no pictures in"):
        find_pictures([f"{folder}/*.gif"])


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "digitscope", "predict", *map(str, arguments)],
        capture_output=True,
        timeout=120,
        check=False,
        **options,
    )


def test_the_command(seven, tmp_path):
    Image.fromarray(seven).save(tmp_path / "seven.png")
    Image.new("L", (50, 50), "white").save(tmp_path / "white.png")
    (tmp_path / "torn.png").write_bytes((tmp_path / "seven.png").read_bytes()[:80])
    result = run(tmp_path, "--show", tmp_path / "film.png")
    assert result.returncode == 1  # for the torn one
    assert b"torn.png is damaged" in result.stderr
    lines = result.stdout.decode().splitlines()
    assert lines[1].split()[1] == "7"
    assert "blank" in lines[2]
    assert Image.open(tmp_path / "film.png").size[0] > 900
    result = run("-", "--json", input=(tmp_path / "seven.png").read_bytes())
    assert [one["digit"] for one in json.loads(result.stdout)] == [7]
    result = run(tmp_path / "seven.png", tmp_path / "white.png", "--csv")
    rows = io.StringIO(result.stdout.decode()).read().splitlines()
    assert rows[0] == "file,digit,status,confidence,reason"
    assert rows[1].split(",")[1:3] == ["7", "digit"]
    assert rows[2].split(",")[1:3] == ["", "blank"]
    result = run(tmp_path / "seven.png", "--run", "nobody")
    assert result.returncode == 1
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (28, 28), (9, 7, 3), (300, 200, 3)])
def test_a_film_of_pictures_of_odd_shapes(reader, shape):
    pictures = [np.full(shape, 255, np.uint8), np.zeros(shape, np.uint8)]
    pictures.append(np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8))
    seen = [preprocess(picture) for picture in pictures]
    said = reader.read(seen)
    sheet = film([line_of("one", *pair) for pair in zip(seen, said, strict=True)])
    assert sheet.height > 3 * 196


def test_it_needs_no_framework():
    code = (
        "import sys, digitscope.cli.main, digitscope.reading.drawing, digitscope.cli.text\n"
        "from digitscope.reading.reader import load; load()\n"
        "heavy = {'tensorflow', 'keras', 'torch', 'jax', 'matplotlib', 'onnx', 'scipy'}\n"
        "print(heavy & set(sys.modules))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.strip() == "set()", result.stderr


def test_probabilities_in_json_have_six_places(reader, digits):
    shares = reader.predict(digits.x_test[0]).as_json()["probabilities"]
    assert shares == [round(share, 6) for share in shares]


def test_a_page_of_many_digits_points_to_read(digitscope, digits, tmp_path):
    form = Path(__file__).parent.parent.parent / "docs" / "figures" / "form.jpg"
    row = np.hstack([np.kron(image, np.ones((2, 2), np.uint8)) for image in digits.x_test[:4]])
    Image.fromarray(255 - np.pad(row, 60)).save(tmp_path / "row.png")
    scribble = np.full((120, 120), 255, np.uint8)
    scribble[20:100:4, 20:100] = 0
    Image.fromarray(scribble).save(tmp_path / "none.png")
    code, out, _ = digitscope(
        "predict", form, tmp_path / "row.png", tmp_path / "none.png", "--json"
    )
    reasons = [one["reason"] for one in json.loads(out)]
    assert code == 0
    assert ["`digitscope read`" in reason for reason in reasons] == [True, True, False]


def test_pages_that_are_not_read_are_said(digitscope, digits, tmp_path):
    pages = [Image.fromarray(255 - image).resize((112, 112)) for image in digits.x_test[:3]]
    file = tmp_path / "three.tiff"
    pages[0].save(file, save_all=True, append_images=pages[1:])
    said = f"digitscope: {file} has several pages; the first is read.\n"
    code, out, err = digitscope("predict", file)
    assert (code, err) == (0, said)
    assert "7" in out
    assert digitscope("predict", file, file)[2] == 2 * said


@pytest.mark.parametrize("confidence", [0.9989, 0.999, 0.9994, 0.99951, 0.9999999, 1.0])
def test_nobody_is_told_of_a_hundred_percent(confidence):
    from digitscope.cli.text import judgement
    from digitscope.cli.transcript import predictions
    from digitscope.judging.evaluate import judge
    from digitscope.reading.reader import shown

    assert shown(confidence) == "99.9%"
    probabilities = np.full((1, 10), (1 - confidence) / 9)
    probabilities[0, 3] = confidence
    said = Prediction(3, "digit", confidence, probabilities[0], "", np.zeros((28, 28)), None)
    assert "100" not in predictions([("a.png", said)])
    worst = judgement(judge(probabilities, np.array([4], np.uint8))).partition("Worst errors")[2]
    assert "99.9%" in worst
    assert "100" not in worst


def test_a_picture_full_of_marks_is_no_end_of_those_behind_it(digitscope, digits, seven, tmp_path):
    full = np.full((1600, 1600), 255, np.uint8)
    for y, x in np.ndindex(79, 79):  # 6,000 marks that could be digits of a page
        full[20 * y + 10 : 20 * y + 21, 20 * x + 10 : 20 * x + 16] = 0
    two = np.kron(np.hstack(digits.x_test[:2]), np.ones((20, 20), np.uint8))
    full[500:1060, 200:1320] = 255 - two  # so large that it is asked whether `read` reads them
    files = [tmp_path / "full.png", tmp_path / "seven.png"]
    for picture, file in zip((full, seven), files, strict=True):
        Image.fromarray(picture).save(file)
    begun = time.monotonic()
    code, out, err = digitscope("predict", *files, "--json")
    assert time.monotonic() - begun < 60
    assert (code, err) == (0, "")
    first, second = json.loads(out)
    assert (first["status"], second["digit"]) == ("several_digits", 7)


def test_a_film_of_large_pictures_takes_little_memory(digitscope, seven, tmp_path, monkeypatch):
    large = np.kron(seven, np.ones((10, 10), np.uint8))  # 2800x2800: 24 MB as RGB
    Image.fromarray(large).save(tmp_path / "large.png")
    prepared, most = [], 0

    def counting(reader, name):
        nonlocal most
        seen, said = read_file(reader, name)
        prepared.append(weakref.ref(seen))
        most = max(most, sum(one() is not None for one in prepared))
        return seen, said

    monkeypatch.setattr("digitscope.reading.reader.read_file", counting)
    files = [tmp_path / "large.png"] * 6
    assert digitscope("predict", *files, "--show", tmp_path / "film.png")[0] == 0
    assert Image.open(tmp_path / "film.png").height > 6 * 196
    assert most <= 2  # the one before and this one


def test_a_film_has_an_end(digitscope, tmp_path):
    files = [tmp_path / f"{number}.png" for number in range(101)]
    code, _, err = digitscope("predict", *files, "--show", tmp_path / "film.png")
    assert (code, "at most 100 pictures, and these are 101" in err) == (2, True)


@pytest.mark.parametrize(("shape", "size"), [((300, 600), (98, 196)), ((600, 300), (196, 98))])
def test_a_stage_is_drawn_with_the_shape_of_the_picture(shape, size):
    dark = np.zeros((*shape, 3), np.uint8)
    seen = Preprocessed("digit", "", np.zeros((28, 28), np.uint8), (0, 0, 9, 9), {"picture": dark})
    pixels = np.asarray(line_of("a.png", seen, Reader(BUNDLED).read([seen])[0]).convert("L"))
    rows, columns = np.nonzero(pixels == 0)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == size
