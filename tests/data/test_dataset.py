import dataclasses
import gzip
import os

import numpy as np
import pytest
from PIL import Image

from digitscope.data.check import NOT_A_DIGIT
from digitscope.data.dataset import (
    kept_dataset,
    load_dataset,
    stratified_split,
    validation_split,
)
from digitscope.errors import DataError
from tests.helpers import idx


def arrays(digits, train=100, test=100):
    return {
        "x_train": digits.x_train[:train],
        "y_train": digits.y_train[:train],
        "x_test": digits.x_test[:test],
        "y_test": digits.y_test[:test],
    }


def save_npz(path, arrays):
    np.savez(path, **arrays)
    return path


def save_idx(folder, arrays, compress=False):
    names = {"x_train": "train-images-idx3", "y_train": "train-labels-idx1"}
    names |= {"x_test": "t10k-images-idx3", "y_test": "t10k-labels-idx1"}
    for name, array in arrays.items():
        content = idx(array)
        path = folder / f"{names[name]}-ubyte{'.gz' if compress else ''}"
        path.write_bytes(gzip.compress(content) if compress else content)
    return folder


def save_pictures(folder, arrays, parts=("train", "test")):
    for part in parts:
        for i, (image, label) in enumerate(
            zip(arrays[f"x_{part}"], arrays[f"y_{part}"], strict=True)
        ):
            place = folder / part / str(label)
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(place / f"{i:05}.png")
    return folder


def same(dataset, expected):
    return all(np.array_equal(getattr(dataset, name), array) for name, array in expected.items())


def test_npz(digits, tmp_path):
    expected = arrays(digits)
    assert same(load_dataset(save_npz(tmp_path / "set.npz", expected)), expected)


@pytest.mark.parametrize("compress", [False, True])
def test_idx(digits, tmp_path, compress):
    expected = arrays(digits)
    assert same(load_dataset(save_idx(tmp_path, expected, compress)), expected)


def test_pictures(digits, tmp_path):
    expected = arrays(digits)
    dataset = load_dataset(save_pictures(tmp_path, expected))
    # Pictures come in the order of their classes.
    order = np.argsort(expected["y_train"], kind="stable")
    assert np.array_equal(dataset.x_train, expected["x_train"][order])
    assert np.array_equal(dataset.y_train, expected["y_train"][order])
    assert len(dataset.x_test) == 100


def test_pictures_without_a_test_folder_are_split_the_same_way_each_time(digits, tmp_path):
    save_pictures(tmp_path, arrays(digits, train=140), parts=["train"])
    (tmp_path / "train" / "3" / ".DS_Store").write_text("left by a file manager")
    first, again = load_dataset(tmp_path), load_dataset(tmp_path)
    assert (len(first.x_train), len(first.x_test)) == (120, 20)
    assert np.array_equal(first.x_test, again.x_test)
    every = np.concatenate([first.x_train, first.x_test]).reshape(140, -1)
    assert len(np.unique(every, axis=0)) == 140


def test_two_pictures_are_too_few_to_set_some_aside(digits, tmp_path):
    few = arrays(digits, train=140)
    zeros, others = np.flatnonzero(few["y_train"] == 0), np.flatnonzero(few["y_train"])
    keep = np.concatenate([zeros[:2], others])
    few |= {"x_train": few["x_train"][keep], "y_train": few["y_train"][keep]}
    save_pictures(tmp_path, few, ["train"])
    with pytest.raises(DataError, match=r"train/0 has only 2 pictures\. Without test/"):
        load_dataset(tmp_path)


def broken(**changes):
    return lambda digits, path: save_npz(path / "set.npz", {**arrays(digits), **changes})


def inverted(digits, path):
    few = arrays(digits)
    return save_npz(path / "set.npz", {**few, "x_train": 255 - few["x_train"]})


def corrupt(digits, path):
    file = save_npz(path / "set.npz", arrays(digits))
    content = bytearray(file.read_bytes())
    content[5000] ^= 255
    file.write_bytes(content)
    return file


def write_text(digits, path):
    (path / "set.npz").write_text("hello")
    return path / "set.npz"


def text_among_pictures(digits, path):
    save_pictures(path, arrays(digits))
    (path / "train" / "4" / "notes.txt").write_text("to do")
    return path


def large_picture(digits, path):
    save_pictures(path, arrays(digits))
    Image.new("L", (32, 28)).save(path / "test" / "7" / "large.png")
    return path


def truncated_picture(digits, path):
    save_pictures(path, arrays(digits))
    file = next((path / "test" / "7").iterdir())
    file.write_bytes(file.read_bytes()[:80])
    return path


def no_class_folder(digits, path):
    few = arrays(digits)
    keep = few["y_train"] != 5
    few |= {"x_train": few["x_train"][keep], "y_train": few["y_train"][keep]}
    return save_pictures(path, few)


def empty_class_folder(digits, path):
    folder = no_class_folder(digits, path)
    (folder / "train" / "5").mkdir()
    return folder


def eleventh_class(digits, path):
    folder = save_pictures(path, arrays(digits))
    (folder / "train" / "10").mkdir()
    return folder


def truncated_idx(digits, path):
    save_idx(path, arrays(digits))
    file = path / "t10k-images-idx3-ubyte"
    file.write_bytes(file.read_bytes()[:-1])
    return path


def swapped_idx(digits, path):
    save_idx(path, arrays(digits))
    (path / "train-labels-idx1-ubyte").write_bytes(b"not an idx file")
    return path


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda d, p: p / "nowhere", "There is no data set at"),
        (lambda d, p: p, "neither a train/ folder of pictures nor the IDX file train-images"),
        (lambda d, p: save_npz(p / "a.npz", {"images": np.zeros(3)}), "lacks x_train, y_train"),
        (
            broken(x_test=np.zeros((100, 27, 28), np.uint8)),
            r"test images are uint8 \(100, 27, 28\)",
        ),
        (broken(x_train=np.zeros((100, 28, 28))), r"float64 .*\(images \* 255\)"),
        (broken(x_train=np.zeros((100, 28, 28, 1), np.uint8)), r"images\[\.\.\., 0\]"),
        (broken(y_train=np.eye(100)), r"argmax\(1\)"),
        (broken(x_test=np.array([{}])), "holds Python objects"),
        (broken(y_train=np.zeros(99, np.uint8)), "100 whole numbers are needed"),
        (broken(y_test=np.full(100, 11)), "test labels hold 11"),
        (broken(y_test=np.arange(100) % 12), "test labels hold 10;"),
        (inverted, r"train images are dark on bright.* 255 - images"),
        (broken(y_train=np.arange(100) % 9), "train set has no image of 9"),
        (corrupt, r"set\.npz is damaged"),
        (write_text, r"set\.npz is damaged, or not an npz"),
        (text_among_pictures, r"notes\.txt is not a picture"),
        (large_picture, r"large\.png is 32x28"),
        (truncated_picture, "png is damaged: .*Only pictures may be"),
        (no_class_folder, "lacks the folder 5/"),
        (empty_class_folder, "5 is empty"),
        (eleventh_class, "has a folder 10/: only 0/ to 9/"),
        (truncated_idx, "t10k-images-idx3-ubyte is damaged"),
        (swapped_idx, "train-labels-idx1-ubyte is not an IDX file"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(digits, tmp_path, make, words):
    with pytest.raises(DataError, match=words) as error:
        load_dataset(make(digits, tmp_path))
    assert "\n" not in str(error.value)


def test_the_split_takes_its_share_of_every_class(digits):
    rest, aside = stratified_split(digits.y_train, 0.1, seed=3)
    assert len(aside) == 6000
    assert sorted([*rest, *aside]) == list(range(60000))
    for digit in range(10):
        expected = (digits.y_train == digit).sum() * 0.1
        assert abs((digits.y_train[aside] == digit).sum() - expected) <= 1
    assert np.array_equal(stratified_split(digits.y_train, 0.1, seed=3)[1], aside)
    assert not np.array_equal(stratified_split(digits.y_train, 0.1, seed=4)[1], aside)


def test_a_split_of_nothing(digits):
    rest, aside = stratified_split(digits.y_train[:100], 0, seed=0)
    assert (len(rest), len(aside)) == (100, 0)


def test_groups_stay_together(digits, tmp_path):
    groups = np.arange(2000) // 4  # of four images, whatever they show
    path = tmp_path / "grouped.npz"
    arrays = {"x_test": digits.x_test[:100], "y_test": digits.y_test[:100], "groups": groups}
    np.savez(path, x_train=digits.x_train[:2000], y_train=digits.y_train[:2000], **arrays)
    data = load_dataset(path)
    training, validation = validation_split(data, 0.1, seed=1)
    assert sorted([*training, *validation]) == list(range(2000))
    assert len(validation) == 200
    assert not set(groups[training]) & set(groups[validation])
    alone = dataclasses.replace(data, groups=None)
    assert data.sha256 != alone.sha256
    both = validation_split(alone, 0.1, 1), stratified_split(alone.y_train, 0.1, 1)
    assert all(np.array_equal(*parts) for parts in zip(*both, strict=True))
    np.savez(path, x_train=data.x_train, y_train=data.y_train, **arrays | {"groups": groups[:9]})
    with pytest.raises(DataError, match=r"groups are int64 \(9,\); 2000 whole numbers"):
        load_dataset(path)


def test_training_images_may_show_no_digit(digits, tmp_path):
    path = tmp_path / "negatives.npz"
    y = digits.y_train[:500].copy()
    y[:50] = NOT_A_DIGIT
    arrays = {"x_train": digits.x_train[:500], "y_train": y, "x_test": digits.x_test[:500]}
    np.savez(path, **arrays, y_test=digits.y_test[:500])
    assert np.array_equal(load_dataset(path).y_train, y)
    np.savez(path, **arrays, y_test=y)
    with pytest.raises(DataError, match="test labels hold 10; 0 to 9 are possible"):
        load_dataset(path)
    np.savez(path, **arrays | {"y_train": y + 1}, y_test=digits.y_test[:500])
    with pytest.raises(DataError, match="train labels hold 11; 0 to 9 are possible, and 10 for no"):
        load_dataset(path)


def white_on_black(pixels):
    return Image.fromarray(pixels)


def black_on_nothing(pixels):
    """Black ink on a transparent ground, as drawing programs save it."""
    return Image.fromarray(np.dstack([np.zeros((28, 28, 3), np.uint8), pixels]), "RGBA")


def white_on_nothing(pixels):
    return Image.fromarray(np.dstack([np.full((28, 28, 3), 255, np.uint8), pixels]), "RGBA")


def sixteen_bits(pixels):
    return Image.fromarray(pixels.astype(np.uint16) * 257)


def two_colours(pixels):
    return Image.fromarray(pixels).convert("1", dither=Image.Dither.NONE)


def palette(pixels):
    image = Image.fromarray(pixels).convert("P")
    image.info.clear()
    return image


def sixteen_bits_faint(pixels):
    return Image.fromarray(pixels.astype(np.uint16) * 20)


def black_on_white(pixels):
    return Image.fromarray(255 - pixels)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (white_on_black, "the same"),
        (white_on_nothing, "the same"),
        (sixteen_bits, "the same"),
        (palette, "the same"),
        (two_colours, "two greys"),
        (black_on_white, "train images are dark on bright.* Invert the pictures"),
        (black_on_nothing, "train images are dark on bright.* Invert the pictures"),
        (sixteen_bits_faint, "train images go from 0 to 20; .* Make the pictures brighter"),
    ],
)
def test_pictures_of_every_kind_are_read_rightly_or_refused(digits, tmp_path, kind, expected):
    few = arrays(digits, train=40, test=100)
    for part in ("train", "test"):
        for i, label in enumerate(few[f"y_{part}"]):
            place = tmp_path / part / str(label)
            place.mkdir(parents=True, exist_ok=True)
            kind(few[f"x_{part}"][i]).save(place / f"{i:05}.png")
    if expected not in ("the same", "two greys"):
        with pytest.raises(DataError, match=expected):
            load_dataset(tmp_path)
        return
    order = np.argsort(few["y_train"], kind="stable")
    pixels = few["x_train"][order]
    wanted = pixels if expected == "the same" else np.where(pixels >= 128, 255, 0)
    assert np.abs(load_dataset(tmp_path).x_train.astype(int) - wanted).max() <= 1


def blank_some(few):
    few["x_train"][[7, 9]] = 0


def white_some(few):
    few["x_test"][5] = 255


def invert_one(few):
    few["x_train"][3] = 255 - few["x_train"][3]


def fill(name, value):
    return lambda few: few[name].fill(value)


def change(name, make):
    return lambda few: few.update({name: make(few[name])})


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (change("x_train", lambda x: x // 255), r"from 0 to 1; .* images \* 255"),
        (change("x_train", lambda x: (x > 127).astype(np.uint8)), r"images \* 255"),
        (change("x_test", lambda x: x // 16), r"test images go from 0 to 15; .*images / 15 \* 255"),
        (change("x_train", lambda x: x > 127), r"train images are bool .*astype.* \* 255"),
        (change("x_train", lambda x: x / 255), r"From 0\.\.1"),
        (change("x_train", lambda x: x / 127.5 - 1), r"From -1\.\.1"),
        (change("x_train", lambda x: x.astype(np.float32)), r"From 0\.\.255 in another type"),
        (change("x_train", lambda x: x.astype(np.int64)), r"From 0\.\.255 in another type"),
        (change("x_train", lambda x: x.astype(np.float32) * 4), r"They go from 0 to 1020\.$"),
        (change("x_train", lambda x: x.astype(np.int32) * 4), r"From sixteen bits"),
        (change("x_train", lambda x: x.astype(np.uint16) * 257), r"images // 257"),
        (change("x_train", lambda x: x.astype(np.int32) * 10**6), "from 0 to 2.55e"),
        (change("x_train", lambda x: x - 10.0), "go from -10 to 245"),
        (fill("x_train", 0), "train images are all 0"),
        (fill("x_test", 0), "test images are all 0"),
        (fill("x_train", 255), "dark on bright"),
        (blank_some, "train images: 2 of 100 .* show nothing, the first is number 7"),
        (white_some, "test images: 1 of 100 .* show nothing, the first is number 5"),
        (invert_one, "train images: 1 of 100 are dark on bright, the first is number 3"),
        (change("y_train", lambda y: y.astype(float)), "train labels are float64"),
        (change("y_train", lambda y: y > 4), "train labels are bool"),
        (change("y_train", lambda y: y.astype(str)), "train labels are <U"),
        (change("y_train", lambda y: y.astype(object)), "holds Python objects"),
        (change("y_train", lambda y: y[:, None]), r"train labels are uint8 \(100, 1\)"),
        (change("y_test", lambda y: y[:-1]), r"test labels are uint8 \(99,\); 100 whole"),
        (change("y_train", lambda y: y.astype(np.int8) - 1), "train labels hold -1"),
        (change("x_train", lambda x: x[:0]), "train images are none"),
    ],
)
def test_arrays_of_every_wrong_kind_are_refused(digits, tmp_path, damage, words):
    few = {name: array.copy() for name, array in arrays(digits).items()}
    damage(few)
    with pytest.raises(DataError, match=words) as error:
        load_dataset(save_npz(tmp_path / "set.npz", few))
    assert "\n" not in str(error.value)


def underline(images):
    images[:, -2] = 255


def touch_the_top(images):
    images[3, :22, 4:24] = 255


@pytest.mark.parametrize("draw", [underline, touch_the_top])
def test_much_ink_is_no_bright_ground(digits, tmp_path, draw):
    few = {name: array.copy() for name, array in arrays(digits).items()}
    draw(few["x_train"])
    assert same(load_dataset(save_npz(tmp_path / "set.npz", few)), few)


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.uint16, np.int64, np.uint64, ">i4"])
def test_whole_numbers_of_every_type_are_labels(digits, tmp_path, kind):
    few = arrays(digits)
    few |= {name: few[name].astype(kind) for name in ("y_train", "y_test")}
    assert np.array_equal(load_dataset(save_npz(tmp_path / "a.npz", few)).y_test, few["y_test"])


def few_threes(digits, folder, count):
    kept = [np.flatnonzero(digits.y_train == digit)[:30] for digit in range(10)]
    kept[3] = kept[3][:count]
    kept = np.concatenate(kept)
    few = {"x_train": digits.x_train[kept], "y_train": digits.y_train[kept]}
    return save_pictures(folder, few, parts=["train"])


@pytest.mark.parametrize("count", [7, 8, 13])
def test_seven_pictures_of_a_digit_are_enough_for_a_test_set(digits, tmp_path, count):
    data = load_dataset(few_threes(digits, tmp_path, count))
    assert (data.y_train == 3).sum() + (data.y_test == 3).sum() == count
    assert set(data.y_train) == set(data.y_test) == set(range(10))


def test_too_few_pictures_for_a_test_set_are_said_to_be_few(digits, tmp_path):
    with pytest.raises(DataError, match=r"train/3 has only 1 picture\. Without test/ a seventh"):
        load_dataset(few_threes(digits, tmp_path, 1))


def test_a_folder_is_read_anew_once_a_picture_in_it_has_changed(digits, tmp_path):
    folder = save_pictures(tmp_path, arrays(digits))
    first = kept_dataset(folder)
    assert kept_dataset(folder) is first
    picture = sorted((folder / "test" / "3").iterdir())[0]
    image = np.array(Image.open(picture))
    Image.fromarray(np.roll(image, 1)).save(picture)
    os.utime(picture, ns=(1, 1))
    assert kept_dataset(folder) is not first
