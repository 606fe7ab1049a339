"""Tables and words made of benchmarks/results/, for the README and the docs."""

import json
from typing import Any

from benchmarks.record import RESULTS
from digitscope.settings.recipes import RECIPES


def result(name: str) -> dict[str, Any]:
    """A record of benchmarks/results/."""
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text("utf-8"))
    return found


def results_table() -> str:
    """The README's figures: recipes next to plain Keras, and the rest, each with its command."""
    lines = ["| what | figure | `python -m benchmarks.` |", "| --- | --- | --- |"]
    for module, rows in (
        ("accuracy", accuracy_rows()),
        ("speed", speed_rows()),
        ("scaling", scaling_rows()),
        ("engines", engines_rows()),
        ("process", process_rows()),
        ("kills", kills_rows()),
    ):
        lines += [f"| {what} | {figure} | {module} |" for what, figure in rows]
    machine = result("speed")["environment"]
    packages = machine["packages"]
    about = (
        f"{machine['processor']}, {machine['cores']} cores, Python {machine['python']}, "
        f"Keras {packages['keras']}, TensorFlow {packages['tensorflow']}. "
        "± is the standard deviation between seeds; speeds are medians."
    )
    return "\n\n".join((recipe_results(), "\n".join(lines), about))


Rows = list[tuple[str, str]]


def recipe_results() -> str:
    """Accuracy and training time of the recipes, below the lesson in plain Keras."""
    seconds = result("speed")["training_seconds"]
    plain = result("accuracy-tutorial")["plain_keras_percent"]
    lines = [
        "| recipe | test accuracy | seeds | training | of plain Keras's time |",
        "| --- | --- | --- | --- | --- |",
        f"| the lesson in plain Keras | {mean(plain)} | {plain['n']} | "
        f"{seconds['plain']['value']['median']:.0f} s | |",
    ]
    for name in RECIPES:
        if not (RESULTS / f"accuracy-{name}.json").exists():
            continue
        found = result(f"accuracy-{name}")
        percent, epochs = found["accuracy_percent"], found["seconds_of_epochs"]["mean"]
        timed = seconds.get(name) or seconds.get(f"{name}, {found['rows'][0]['precision']}")
        time, ratio = (
            (f"{timed['value']['median']:.1f} s", f"{timed['ratio']['median']:.3f}")
            if timed
            else (f"{epochs:.0f} s", "")
        )
        lines.append(f"| `{name}` | {mean(percent)} | {percent['n']} | {time} | {ratio} |")
    return "\n".join(lines)


def mean(percent: dict[str, float]) -> str:
    """A mean and its standard deviation, in percent."""
    return f"{percent['mean']:.2f} % ± {percent['standard_deviation']:.2f}"


def accuracy_rows() -> Rows:
    """The recipe `tutorial` against plain Keras, and the networks of `accurate` together."""
    gap = result("accuracy-tutorial")["difference_points"]
    bounds = f"95 % interval {gap['low']:+.2f} to {gap['high']:+.2f}"
    accurate = result("accuracy-accurate")
    return [
        (
            "`tutorial` minus plain Keras `fit` on the same images",
            f"{gap['mean']:+.2f} points ({bounds})",
        ),
        (
            f"the mean of the {accurate['accuracy_percent']['n']} `accurate` networks' answers",
            f"{accurate['average_percent']:.2f} %",
        ),
    ]


def speed_rows() -> Rows:
    """The whole process and its memory, ours and the lesson's."""
    speed = result("speed")
    process, memory = speed["process_seconds"], speed["peak_memory_gb"]
    float32 = speed["training_seconds"]["tutorial, float32"]["ratio"]["median"]
    return [
        (
            "prompt to accuracy: `digitscope train --recipe fast`, the lesson's script",
            f"{process['fast']['value']['median']:.1f} s, "
            f"{process['plain']['value']['median']:.0f} s",
        ),
        (
            "peak memory of the two",
            f"{memory['fast']['value']['median']:.2f} GB, "
            f"{memory['plain']['value']['median']:.2f} GB",
        ),
        ("training time of `tutorial` without bfloat16", f"{float32:.2f} of plain Keras's"),
    ]


def scaling_rows() -> Rows:
    """Sixteen times the images."""
    scaling = result("scaling")
    slower, growth = (
        scaling[name]["median"]
        for name in ("time_ratio_of_16_times_the_images", "memory_growth_by_raw_bytes")
    )
    return [
        (
            "960,000 images instead of 60,000",
            f"{slower:.2f} times the seconds an image; memory grows by {growth:.2f} times their "
            "bytes",
        )
    ]


def engines_rows() -> Rows:
    """The same recipe on the other engines."""
    return [
        (
            f"`tutorial` on {engine}",
            f"{row['accuracy_percent']['mean']:.2f} % ({row['accuracy_percent']['n']} seeds), "
            f"{row['seconds']['mean']:.0f} s",
        )
        for engine, row in result("engines")["engines"].items()
        if engine != "tensorflow"
    ]


def process_rows() -> Rows:
    """Whole processes."""
    process = result("process")
    train, helping = process["train"], process["help_seconds"]
    stops = process["interrupt_seconds"]
    return [
        (
            "`digitscope train`, whole process",
            f"{train['seconds']:.0f} s, at most {train['peak_memory_gb']:.1f} GB of memory",
        ),
        ("`digitscope --help`", f"{helping['median']:.2f} s (median of {helping['n']})"),
        ("from Ctrl-C to the end", f"at most {stops['max']:.1f} s ({stops['n']} times)"),
    ]


def kills_rows() -> Rows:
    """Trainings killed and resumed."""
    kills = result("kills")
    same = f"{kills['identical']} of {kills['runs']} end with the same weights, bit for bit"
    return [("killed at random and resumed", same)]


def ablations_table() -> str:
    """What every part of a recipe brings, on validation images."""
    recipes = [path.stem.removeprefix("ablation-") for path in RESULTS.glob("ablation-*.json")]
    lines = ["| recipe | | validation accuracy | the recipe gains | seconds |", "| --- " * 5 + "|"]
    for recipe in sorted(recipes):
        for variant in result(f"ablation-{recipe}")["variants"].values():
            gain = variant.get("difference_points")
            settings = ", ".join(f"`{key}` {value}" for key, value in variant["settings"].items())
            interval = (
                f"{gain['mean']:+.2f} ({gain['low']:+.2f} to {gain['high']:+.2f})" if gain else ""
            )
            accuracy, seconds = variant["validation_accuracy_percent"], variant["seconds"]["mean"]
            lines.append(
                f"| `{recipe}` | {settings} | {mean(accuracy)} | {interval} | {seconds:.2f} |"
            )
    return "\n".join(lines)


def verdicts_table() -> str:
    """How often equal recipes are called different."""
    found = result("verdicts")
    lines = ["| equal recipes, five seeds against five | comparisons | called different |"]
    lines.append("| --- " * 3 + "|")
    names = {
        "simulated": "simulated, seeds differ by 0.1 points",
        "real": f"{found['real']['trainings']} trainings of `fast`, dealt at random",
    }
    for kind, name in names.items():
        row = found[kind]
        rate = f"{row['false_alarms']:.1%} ± {row['standard_error']:.1%}"
        lines.append(f"| {name} | {row['comparisons']:,} | {rate} |")
    return "\n".join(lines)


def explorations_table() -> str:
    """What explorations were put through."""
    ratios, cluster, kills = (result(n) for n in ("workers", "cluster", "explore_kills"))
    one, two = (
        f"{ratios['ratios'][f'throughput of two, of one with {n}']['median']:.2f}"
        for n in ("1 thread", "2 threads")
    )
    grid, search = kills["grid"], kills["search"]
    same = "the same table" if grid["equals_the_uninterrupted_one"] else "another table"
    rows = [
        (
            "two trainings at a time with a thread each, on two cores",
            f"{one} times the trainings of one at a time with one thread, {two} times with two",
            "workers",
        ),
        (
            "a cluster of two nodes loses one at work",
            f"{cluster['in_the_table']} of {cluster['trials']['wanted']} trials in the table, "
            f"{cluster['twice_in_the_table']} twice",
            "cluster",
        ),
        (
            f"a grid, ended by `kill -9` {grid['kills']} times",
            f"{same} as if left alone, {grid['trials_lost']} trials lost",
            "explore_kills",
        ),
        (
            f"a search, ended by `kill -9` {search['kills']} times",
            f"{search['trials_done']} of {search['trials_wanted']} trials done, "
            f"{search['trials_lost']} lost, {search['runs_used_twice']} twice",
            "explore_kills",
        ),
    ]
    lines = ["| what | what came of it | `python -m benchmarks.` |", "| --- | --- | --- |"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])


def mutants_table() -> str:
    """How many small changes of the code the tests notice."""
    if not (RESULTS / "mutants.json").exists():
        return "Not measured yet."
    found = result("mutants")
    names = ["folder", "changes", "not noticed", "not reached", "means the same", "noticed"]
    lines = [f"| {' | '.join(names)} |", "| --- " * len(names) + "|"]
    for name, row in [*found["folders"].items(), ("all of the sample", found["all"])]:
        counts = (row["n"], row["survived"], row["unreached"], row["equivalent"])
        rate = f"{row['rate']:.0%} ({row['low']:.0%} to {row['high']:.0%})" if "rate" in row else ""
        lines.append(f"| {' | '.join(map(str, (name, *counts, rate)))} |")
    return "\n".join(lines)
