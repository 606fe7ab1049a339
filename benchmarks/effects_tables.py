"""The table and the words of docs/effects.md, made of benchmarks/results/effects.json."""

from typing import Any

from benchmarks.result_tables import mean, result

Gaps = dict[str, dict[str, float]]  # name -> mean, low, high, in points
MORE = ("10 epochs", "20 epochs", "64 filters", "512 neurons")
LESS = ("1 epoch", "2 epochs", "8 filters", "16 filters", "32 neurons")


def effects_table() -> str:
    """What every variation of the lesson's network brings."""
    lines = [
        "| | test accuracy | points gained | on corrupted digits | points gained | seconds | "
        "parameters |",
        "| --- " * 7 + "|",
    ]
    for name, row in result("effects")["variations"].items():
        gain, robust = row["gain_points"], row["robustness_gain_points"]
        lines.append(
            f"| {name} | {mean(row['accuracy_percent'])} | {interval(gain)} | "
            f"{row['robustness_percent']['mean']:.1f} % | {interval(robust, 1)} | "
            f"{row['seconds']['mean']:.0f} | {row['parameters']:,} |"
        )
    return "\n".join(lines)


def interval(gap: dict[str, float], digits: int = 2) -> str:
    """A difference in points with its 95 % interval; nothing for the lesson itself."""
    if not gap["low"] < gap["high"]:
        return ""
    mean, low, high = (f"{gap[name]:+.{digits}f}" for name in ("mean", "low", "high"))
    return f"{mean} ({low} to {high})"


def effects_words() -> str:
    """What the table of effects says, in words."""
    found = result("effects")["variations"]
    lesson = found["the lesson"]
    rows = {name: row for name, row in found.items() if row["settings"]}
    gains = {name: row["gain_points"] for name, row in rows.items()}
    robust = {name: row["robustness_gain_points"] for name, row in rows.items()}
    best = max(gains, key=lambda name: gains[name]["mean"])
    layer = "a second convolution and pooling (LeNet)"
    hidden = min(set(noise(gains)) & set(weaker(robust)), key=lambda n: robust[n]["mean"])
    paragraph = (
        f"What helped most is {best}: {gains[best]['mean']:+.2f} points, for "
        f"{times(rows[best], lesson)} the lesson's seconds. A second convolution with pooling "
        f"brings {gains[layer]['mean']:+.2f} with {part(rows[layer], lesson)} of the parameters: "
        "how a network is built counts for more than how many numbers it has. More of what is "
        f"there already brings little: of {', '.join(MORE)}, {luck(MORE, gains)} stands out from "
        f"luck, at {times(max((rows[n] for n in MORE), key=seconds), lesson)} the seconds at "
        f"most. Less of it: of {', '.join(LESS)}, {luck(LESS, gains)} stands out, and costs "
        f"between {span(LESS, gains)} points. And the test images don't tell all: with {hidden} "
        f"they show {gains[hidden]['mean']:+.2f}, which could be luck, while digits that are "
        f"spoilt are read {abs(robust[hidden]['mean']):.1f} points worse."
    )
    parts = [
        f"**Helped**: {listed(better(gains), gains)}.",
        f"**Hurt**: {listed(weaker(gains), gains)}.",
        f"**Could be luck**, with five seeds: {listed(noise(gains), gains)}.",
        f"**Made it read corrupted digits better**: {listed(better(robust), robust, 1)}; "
        f"**worse**: {listed(weaker(robust), robust, 1)}.",
    ]
    return "\n".join([paragraph, "", *(f"- {part}" for part in parts)])


def better(gaps: Gaps) -> list[str]:
    """The names whose interval lies above 0."""
    return [name for name, gap in gaps.items() if gap["low"] > 0]


def weaker(gaps: Gaps) -> list[str]:
    """The names whose interval lies below 0."""
    return [name for name, gap in gaps.items() if gap["high"] < 0]


def noise(gaps: Gaps) -> list[str]:
    """The names whose interval holds 0."""
    return [name for name, gap in gaps.items() if gap["low"] <= 0 <= gap["high"]]


def luck(names: tuple[str, ...], gaps: Gaps) -> str:
    """How many of `names` are more than luck: `none`, `all`, `2 of 4`."""
    count = sum(name not in noise(gaps) for name in names)
    return {0: "none", len(names): "each"}.get(count, f"{count} of {len(names)}")


def span(names: tuple[str, ...], gaps: Gaps) -> str:
    """The least and the largest of the differences, in points."""
    sizes = sorted(abs(gaps[name]["mean"]) for name in names)
    return f"{sizes[0]:.2f} and {sizes[-1]:.2f}"


def seconds(row: dict[str, Any]) -> float:
    """Of the epochs, the mean over seeds."""
    mean: float = row["seconds"]["mean"]
    return mean


def times(row: dict[str, Any], lesson: dict[str, Any]) -> str:
    """How many times the lesson's seconds it takes."""
    return f"{seconds(row) / seconds(lesson):.1f} times"


def part(row: dict[str, Any], lesson: dict[str, Any]) -> str:
    """Its parameters as a percentage of the lesson's."""
    return f"{row['parameters'] / lesson['parameters']:.0%}"


def listed(names: list[str], gaps: Gaps, digits: int = 2) -> str:
    """Names with their points, the largest first."""
    ranked = sorted(names, key=lambda name: -abs(gaps[name]["mean"]))
    return ", ".join(f"{n} {gaps[n]['mean']:+.{digits}f}" for n in ranked) or "nothing"
