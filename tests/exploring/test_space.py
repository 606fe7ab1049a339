import pytest

from digitscope.errors import ConfigError
from digitscope.exploring.space import FIXED, Range, grid, key_of, parse
from digitscope.settings.config import Config

MANY = ",".join(map(str, range(1, 150)))


def test_values_and_lists_and_ranges():
    space = parse(
        ["filters=16;6,16;none", "batch-norm=true,false", "epochs=1..3", "dropout=0..0.5"]
    )
    assert space["filters"] == ["16", "6,16", "none"]
    assert space["batch_norm"] == [True, False]
    assert space["epochs"] == Range(1, 3)
    assert isinstance(space["epochs"].low, int)
    assert space["dropout"] == Range(0.0, 0.5)
    assert parse(["dropout=0.3,.3,0"])["dropout"] == ["0.3", "0.0"]


def test_a_wide_range_is_searched_by_factors():
    assert parse(["learning_rate=0.0001..0.1"])["learning_rate"].is_log
    assert not parse(["learning_rate=0.01..0.05"])["learning_rate"].is_log


@pytest.mark.parametrize(
    ("low", "high", "is_log"),
    [(0.01, 0.1, True), (0.01, 0.099, False), (1, 10, True), (1, 9, False), (0, 50, False)],
)
def test_factors_count_from_ten_on(low, high, is_log):
    assert Range(low, high).is_log == is_log


def test_spaces_are_no_part_of_what_is_said():
    space = parse([" filters = 8 , 16 ", "dropout = 0 .. 0.5"])
    assert space == {"filters": ["8", "16"], "dropout": Range(0, 0.5)}


@pytest.mark.parametrize("name", FIXED)
def test_what_is_the_same_for_all_can_not_be_varied(name):
    with pytest.raises(ConfigError, match=f"{name} can't be varied: {FIXED[name]}"):
        parse([f"{name}=1,2"])


def test_the_last_setting_changes_fastest():
    points = grid(parse(["epochs=1,2", "filters=8,16,32"]), Config())
    order = [(point["epochs"], point["filters"]) for point in points]
    assert order == [(epochs, filters) for epochs in (1, 2) for filters in ("8", "16", "32")]
    assert all(list(point) == ["epochs", "filters"] for point in points)


def test_ten_thousand_combinations_are_not_too_many(monkeypatch):
    assert len(grid({"epochs": [*range(1, 101)], "batch_size": [*range(1, 101)]}, Config())) == 1e4
    with pytest.raises(ConfigError, match="10,001 combinations are more than 10,000"):
        grid({"seed": [*range(73)], "batch_size": [*range(137)]}, Config())


def test_settings_are_the_same_in_any_order():
    assert key_of({"a": 1, "b": "2"}) == key_of({"b": "2", "a": 1}) != key_of({"a": 1, "b": "1"})


def test_a_grid_is_every_combination():
    points = grid(parse(["filters=8,16", "activation=relu,elu,tanh"]), Config())
    assert len(points) == 6
    assert points[0] == {"filters": "8", "activation": "relu"}
    configs = [Config(**point) for point in points]
    assert {(c.filters, c.activation) for c in configs} == {
        ((f,), a) for f in (8, 16) for a in ("relu", "elu", "tanh")
    }


def test_values_that_go_only_together_make_a_grid():
    assert len(grid(parse(["filters=6,16;8,8", "pool=0,2;2,2"]), Config())) == 4


@pytest.mark.parametrize(
    ("specs", "message"),
    [
        ([], "nothing to vary"),
        (["filtrs=1"], "no setting 'filtrs' to vary .did you mean 'filters'"),
        (["seed=1,2"], "use --seeds"),
        (["data=a,b"], "different data"),
        (["epochs"], "no values to try"),
        (["filters=,"], "a value is missing in ','"),
        (["filters=6,16..32"], "no range"),
        (["validation_fraction=0,0.1"], "ranked on the same validation images"),
        (["epochs=0,1"], "epochs: received 0; possible: a whole number from 1 to 1000; nearest: 1"),
        (["epochs=1", "epochs=2"], "varied twice"),
        (["epochs=5..2"], "from the smaller to the larger"),
        (["epochs=5..5"], "from the smaller to the larger"),
        (["activation=relu..tanh"], "no range"),
        (["padding=vald"], "nearest: valid"),
        (["epochs=1..3"], "is a range, and a grid takes values"),
        (["filters=8;9,9,9,9"], "filters=9,9,9,9 can't be combined"),
        (["seed=1"], "can't be varied"),
        (
            [
                "filters=" + ",".join(map(str, range(1, 150))),
                "epochs=" + ",".join(map(str, range(1, 150))),
            ],
            "22,201 combinations",
        ),
    ],
)
def test_what_can_not_be_varied_is_said(specs, message):
    with pytest.raises(ConfigError, match=message):
        grid(parse(specs), Config())
