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
    seeds, kills = result("seeds"), result("kills")
    process, engines = result("process"), result("engines")["engines"]
    train, helping = process["train"], process["help_seconds"]
    stops = process["interrupt_seconds"]
    accuracy, gap = seeds["accuracy_percent"]["tutorial"], seeds["difference_points"]
    rows = [
        (
            "accuracy of `tutorial`",
            f"{accuracy['mean']:.2f} % ± {accuracy['standard_deviation']:.2f} "
            f"({accuracy['n']} seeds)",
            "seeds",
        ),
        (
            "minus plain Keras `fit`, same images",
            f"{gap['mean']:+.2f} points (95 % interval {gap['low']:+.2f} to {gap['high']:+.2f})",
            "seeds",
        ),
        *(
            (
                f"on {engine}",
                f"{row['accuracy_percent']['mean']:.2f} % "
                f"({row['accuracy_percent']['n']} seeds), {row['seconds']['mean']:.0f} s",
                "engines",
            )
            for engine, row in engines.items()
        ),
        (
            "`digitscope train`, whole process",
            f"{train['seconds']:.0f} s, at most {train['peak_memory_gb']:.1f} GB of memory",
            "process",
        ),
        (
            "`digitscope --help`, whole process",
            f"{helping['median']:.2f} s (median of {helping['n']})",
            "process",
        ),
        (
            "from Ctrl-C to the end of the process",
            f"at most {stops['max']:.1f} s ({stops['n']} times)",
            "process",
        ),
        (
            "killed at random and resumed",
            f"{kills['identical']} of {kills['kills']} end with the same weights, bit for bit",
            "kills",
        ),
    ]
    head = ["| what | figure | `python -m benchmarks.` |", "| --- | --- | --- |"]
    machine = seeds["environment"]
    about = (
        f"\n{machine['processor']}, {machine['cores']} cores, Python {machine['python']}, "
        f"Keras {machine['packages']['keras']}, TensorFlow {machine['packages']['tensorflow']}. "
        "± is the standard deviation between seeds."
    )
    return "\n".join([*head, *(f"| {' | '.join(row)} |" for row in rows), about])


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
