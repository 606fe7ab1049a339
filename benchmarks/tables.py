"""Write the generated parts of the README and the docs, from results and from the code.

    python -m benchmarks.tables

A part stands between `<!-- begin NAME -->` and `<!-- end -->`; a test finds a stale one.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.record import RESULTS
from digitscope.config import RECIPES, Config, possible

ROOT = Path(__file__).parent.parent
TARGETS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def result(name: str) -> dict[str, Any]:
    """A record of benchmarks/results/."""
    return json.loads((RESULTS / f"{name}.json").read_text("utf-8"))


def results_table() -> str:
    """The README's figures, each with the command that measures it."""
    lines = ["| what | figure | `python -m benchmarks.` |", "| --- | --- | --- |"]
    for module, rows in (
        ("seeds", seeds_rows()),
        ("engines", engines_rows()),
        ("process", process_rows()),
        ("kills", kills_rows()),
    ):
        lines += [f"| {what} | {figure} | {module} |" for what, figure in rows]
    machine = result("seeds")["environment"]
    return "\n".join(lines) + (
        f"\n\n{machine['processor']}, {machine['cores']} cores, Python {machine['python']}, "
        f"Keras {machine['packages']['keras']}, TensorFlow {machine['packages']['tensorflow']}. "
        "± is the standard deviation between seeds."
    )


Rows = list[tuple[str, str]]


def seeds_rows() -> Rows:
    """The recipe `tutorial` against plain Keras."""
    seeds = result("seeds")
    accuracy, gap = seeds["accuracy_percent"]["tutorial"], seeds["difference_points"]
    spread = f"{accuracy['mean']:.2f} % ± {accuracy['standard_deviation']:.2f}"
    interval = f"95 % interval {gap['low']:+.2f} to {gap['high']:+.2f}"
    return [
        ("accuracy of `tutorial`", f"{spread} ({accuracy['n']} seeds)"),
        (
            "that, minus plain Keras `fit` on the same images",
            f"{gap['mean']:+.2f} points ({interval})",
        ),
    ]


def engines_rows() -> Rows:
    """The same recipe on every engine."""
    return [
        (
            f"`tutorial` on {engine}",
            f"{row['accuracy_percent']['mean']:.2f} % ({row['accuracy_percent']['n']} seeds), "
            f"{row['seconds']['mean']:.0f} s",
        )
        for engine, row in result("engines")["engines"].items()
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


def settings_table() -> str:
    """Every setting of Config with its default, its range and what it is."""
    lines = ["| setting | default | possible | what it is |", "| --- | --- | --- | --- |"]
    defaults = Config().model_dump()
    for name, field in Config.model_fields.items():
        if name in ("version", "recipe"):
            continue
        default = defaults[name]
        shown = ",".join(map(str, default)) if isinstance(default, list) else str(default).lower()
        lines.append(f"| `{name}` | {shown} | {possible(name)} | {field.description} |")
    return "\n".join(lines)


def recipes_table() -> str:
    """Each recipe and the settings in which it differs from `tutorial`."""
    lines = ["| recipe | settings |", "| --- | --- |"]
    for name, config in RECIPES.items():
        changes = config.differences(RECIPES["tutorial"])
        texts = [f"`{key}` {now}" for key, (now, _) in changes.items() if key != "recipe"]
        lines.append(f"| `{name}` | {', '.join(texts) or 'the defaults'} |")
    return "\n".join(lines)


PARTS: dict[str, Callable[[], str]] = {
    "results": results_table,
    "settings": settings_table,
    "recipes": recipes_table,
}


def fill(text: str) -> str:
    """`text` with every generated part made anew."""
    return re.sub(
        r"(<!-- begin (\w+) -->\n).*?(<!-- end -->)",
        lambda part: f"{part[1]}{PARTS[part[2]]()}\n{part[3]}",
        text,
        flags=re.DOTALL,
    )


def main() -> None:
    """Rewrite the files that have generated parts."""
    for path in TARGETS:
        path.write_text(fill(path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
