import json

import pytest

from digitscope.errors import ConfigError
from digitscope.settings.config import Config, field_value, possible
from digitscope.settings.recipes import RECIPES, configure

WIDE = {  # few parameters, and much that they give
    "filters": 4096,
    "pool": 0,
    "padding": "same",
    "head": "global_average",
    "dense_units": "none",
}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epochs": 0}, ["epochs", "received 0", "from 1 to 1000", "nearest: 1"]),
        ({"epochs": "many"}, ["epochs", "'many'", "a whole number"]),
        ({"epoch": 3}, ["no setting 'epoch'", "did you mean 'epochs'"]),
        ({"padding": "sam"}, ["padding", "valid or same", "nearest: same"]),
        ({"filters": (16, 0)}, ["filters", "received 0", "nearest: 1"]),
        ({"kernel_size": "3,4"}, ["kernel_size", "2 values", "1 filters"]),
        ({"kernel_size": ""}, ["kernel_size", "at least 1"]),
        ({"learning_rate": float("nan")}, ["learning_rate", "nan"]),
        ({"dropout": (0.1, 0.2, 0.3)}, ["dropout", "3 values"]),
        ({"batch_norm": "perhaps"}, ["batch_norm", "true or false"]),
        ({"version": 2}, ["version 2", "newer digitscope", "upgrade"]),
        ({"recipe": "../evil"}, ["recipe: received '../evil'; possible: up to 40 of a-z"]),
        ({"validation_fraction": 0, "keep": "best"}, ["validation_fraction", "keep=last"]),
        ({"validation_fraction": 0, "early_stopping": 2}, ["early_stopping=0"]),
        (
            {"filters": (8, 8, 8, 8, 8)},
            ["layer 4", "3x3 kernel", "28x28 → 26x26 → 13x13 → 11x11 → 5x5 → 3x3 → 1x1", "first 3"],
        ),
        ({"filters": (4,), "pool": 28}, ["28x28 pooling", "26x26"]),
        ({"filters": (512,), "pool": 0, "dense_units": (4096,)}, ["parameters", "at most"]),
        (WIDE | {"batch_size": 8192}, ["batch of 8,192", "26,3", "use a smaller batch_size"]),
    ],
)
def test_a_wrong_setting_is_one_helpful_sentence(settings, words):
    with pytest.raises(ConfigError) as error:
        Config(**settings)
    message = str(error.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


@pytest.mark.parametrize("recipe", RECIPES)
def test_json_and_back(recipe):
    config = RECIPES[recipe]
    assert Config(**json.loads(config.model_dump_json())) == config
    assert config.recipe == recipe


def test_text_of_the_command_line_is_understood():
    config = Config(filters="6, 16", kernel_size="5", dropout="0,0.1", dense_units="none")
    assert (config.filters, config.kernel_size, config.dense_units) == ((6, 16), (5,), ())
    assert config.dropout == (0.0, 0.1)


def test_one_value_stays_one_value_in_json():
    settings = Config(filters=(6, 16), kernel_size=(5, 3)).model_dump()
    assert (settings["kernel_size"], settings["pool"]) == ([5, 3], 2)


def test_later_sources_win(tmp_path):
    file = tmp_path / "config.json"
    file.write_text('{"epochs": 7, "batch_size": 64}')
    config = configure("lenet", file, batch_size=32)
    assert (config.recipe, config.filters, config.epochs, config.batch_size) == (
        "lenet",
        (6, 16),
        7,
        32,
    )


def test_a_partial_file_brings_its_own_recipe(tmp_path):
    file = tmp_path / "config.json"
    file.write_text('{"recipe": "lenet"}')
    assert configure(file=file).filters == (6, 16)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON"),
        ("[]", "JSON object"),
        ('{"version": 99}', "newer"),
        ('{"recipe": "lennet"}', "did you mean 'lenet'"),
        (None, "can't be"),
    ],
)
def test_a_bad_file_is_named(tmp_path, content, words):
    file = tmp_path / "config.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ConfigError, match=words):
        configure(file=file)


def test_an_unknown_recipe_is_corrected():
    with pytest.raises(ConfigError, match="did you mean 'lenet'"):
        configure("lennet")


def test_without_validation_the_last_epoch_is_kept():
    assert Config(validation_fraction="0").keep == "last"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])  # as Windows's editors write
def test_a_file_with_a_byte_order_mark(tmp_path, encoding):
    file = tmp_path / "config.json"
    file.write_text('{"epochs": 7}', encoding)
    assert configure(file=file).epochs == 7


def test_data_are_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert Config(data="set.npz").data == str(tmp_path / "set.npz")
    assert Config(data=tmp_path / "set.npz").data == str(tmp_path / "set.npz")


def test_it_is_frozen():
    with pytest.raises(Exception, match="frozen"):
        Config().epochs = 3


def test_what_is_possible_is_said_in_full():
    texts = [possible(name) for name in Config.model_fields]
    assert not [text for text in texts if "None" in text]
    assert possible("beta_1") == "a number from 0 to below 1"
    assert possible("data") == "text"


def test_adams_betas_are_not_silently_ignored():
    assert Config(beta_1=0.7).beta_1 == 0.7
    with pytest.raises(ConfigError, match="adam's, and the optimizer is sgd"):
        Config(optimizer="sgd", beta_2=0.9)


@pytest.mark.parametrize(
    "zero",
    [0, 0.0, -0.0, "0", "0.0", "0.00", "0.", ".0", "0e0", "-0.0", " 0 ", "00"],
)
def test_no_validation_is_zero_in_every_spelling(zero):
    config = configure(validation_fraction=zero)
    assert (config.validation_fraction, config.keep) == (0, "last")
    assert config.model_dump_json() == configure(validation_fraction=0).model_dump_json()


@pytest.mark.parametrize("value", ["", "none", None, [], "0x0", "zero"])
def test_what_is_no_number_is_not_zero(value):
    with pytest.raises(ConfigError, match="validation_fraction: received"):
        configure(validation_fraction=value)


def test_a_whole_config_needs_no_recipe_of_its_name(tmp_path):
    file, config = tmp_path / "config.json", Config(recipe="mine", epochs=9)
    file.write_text(config.model_dump_json())
    assert configure(file=file) == config
    assert configure(file=file, epochs=3).epochs == 3
    part = json.loads(file.read_text())
    del part["filters"]
    file.write_text(json.dumps(part))
    with pytest.raises(ConfigError, match="no recipe 'mine'"):
        configure(file=file)


def test_the_largest_batch_is_what_fits_the_memory():
    outputs = 28 * 28 + 28 * 28 * 4096 + 4096 + 10  # for an image: input, maps, their means, answer
    most = 1_000_000_000 // outputs
    assert Config(**WIDE, batch_size=most).batch_size == most
    with pytest.raises(ConfigError, match="at most 1,000,000,000 fit the memory"):
        Config(**WIDE, batch_size=most + 1)


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_can_take_the_largest_batch(recipe):
    assert configure(recipe, batch_size=8192).batch_size == 8192


# What the documentation of each setting says is possible, written out.
LIMITS = [
    ("seed", 0, 2**31 - 1),
    ("pool", 0, 28),
    ("kernel_size", 1, 28),
    ("strides", 1, 28),
    ("filters", 1, 4096),
    ("dense_units", 1, 4096),
    ("epochs", 1, 1000),
    ("batch_size", 1, 8192),
    ("early_stopping", 0, 1000),
]


@pytest.mark.parametrize(("name", "least", "most"), LIMITS)
def test_both_ends_of_a_range_are_possible_and_nothing_beyond(name, least, most):
    for value in (least, most):
        found = field_value(name, value)
        assert found in (value, (value,))
    for value in (least - 1, most + 1):
        with pytest.raises(ConfigError, match=f"received {value}; .*from {least} to {most}"):
            field_value(name, value)
