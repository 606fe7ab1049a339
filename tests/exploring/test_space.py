import pytest

from digitscope.errors import ConfigError
from digitscope.exploring.space import Range, grid, parse
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
