"""What a type checker knows of the public names: mypy reads it, nobody runs it.

In strict mode an `ignore` that ignores nothing is an error too: each one here stands for a mistake
that mypy finds.
"""

from typing import assert_type

import digitscope as ds
from digitscope.judging.comparison import Comparison, Group, GroupDifference
from digitscope.reading.read import Reading
from digitscope.runs.metrics import Metrics


def training() -> ds.Run:
    run = ds.train(filters=(6, 16), epochs=1)
    assert_type(run, ds.Run)
    assert_type(run.config, ds.Config)
    assert_type(run.config.epochs, int)
    assert_type(run.metrics, Metrics | None)
    assert_type(ds.resume(run), ds.Run)
    assert_type(ds.find_run("latest"), ds.Run)
    assert_type(ds.list_runs(), list[ds.Run])
    assert_type(ds.configure("fast", epochs=2), ds.Config)
    assert_type(ds.RECIPES["fast"], ds.Config)
    return run


def judging(run: ds.Run) -> None:
    assert_type(ds.evaluate(run), Metrics)
    assert_type(ds.evaluate(run).accuracy, float)
    assert_type(ds.evaluate(run).classes[0].recall, float)
    found = ds.compare([run, "2"])
    assert_type(found, Comparison)
    assert_type(found.groups, tuple[Group, ...])
    assert_type(found.differences, tuple[GroupDifference, ...])
    assert_type(found.differences[0].value, float)
    assert_type(found.differences[0].verdict, str)


def reading() -> None:
    reader = ds.load()
    assert_type(reader, ds.Reader)
    assert_type(reader.predict("7.png"), ds.Prediction)
    assert_type(reader.predict(["7.png"]), list[ds.Prediction])
    assert_type(reader.predict("7.png").digit, int | None)
    assert_type(ds.read(reader, "page.jpg"), Reading)


def mistakes(run: ds.Run) -> None:
    print(ds.trian)  # type: ignore[attr-defined]
    print(run.accuracy)  # type: ignore[attr-defined]
    print(run.config.epoch)  # type: ignore[attr-defined]
    print(ds.evaluate(run).acuracy)  # type: ignore[attr-defined]
    print(ds.evaluate(run)["accuracy"])  # type: ignore[index]
    print(ds.compare([run, "2"]).diferences)  # type: ignore[attr-defined]
    print(ds.compare([run, "2"])["differences"])  # type: ignore[index]
    print(ds.compare(run))  # type: ignore[arg-type]
    print(ds.load().predict("7.png").sure)  # type: ignore[attr-defined]
    run.config.epochs = 3  # type: ignore[misc]
    ds.compare([run, "2"]).note = ""  # type: ignore[misc]
