"""Write the generated parts of the README and the docs, from results and from the code.

    python -m benchmarks.tables

A part stands between `<!-- begin NAME -->` and `<!-- end -->`; a test finds a stale one.
"""

import re
from collections.abc import Callable
from pathlib import Path

from benchmarks import effects_tables, page_tables, reader_tables, result_tables
from digitscope.settings.config import Config, possible, value_text
from digitscope.settings.recipes import RECIPES

ROOT = Path(__file__).parent.parent
TARGETS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def settings_table() -> str:
    """Every setting of Config with its default, its range and what it is."""
    lines = ["| setting | default | possible | what it is |", "| --- | --- | --- | --- |"]
    defaults = Config().model_dump()
    for name, field in Config.model_fields.items():
        if name in ("version", "recipe"):
            continue
        shown = value_text(defaults[name]).lower()
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
    "ablations": result_tables.ablations_table,
    "effects": effects_tables.effects_table,
    "effects_words": effects_tables.effects_words,
    "field": reader_tables.field_table,
    "mutants": result_tables.mutants_table,
    "others": reader_tables.others_table,
    "page": page_tables.page_table,
    "reader": reader_tables.reader_table,
    "reader_pages": reader_tables.pages_table,
    "reader_speed": reader_tables.reader_speed_table,
    "results": result_tables.results_table,
    "settings": settings_table,
    "recipes": recipes_table,
    "verdicts": result_tables.verdicts_table,
    "explorations": result_tables.explorations_table,
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
