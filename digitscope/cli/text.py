"""Text for the terminal: layers, judgements, runs, comparisons, rankings."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from digitscope.cli.console import table
from digitscope.runs.listing import NAMES, Details, Summary, epoch_line
from digitscope.runs.metrics import Accuracy, DigitFigures, Metrics, WrongAnswer
from digitscope.settings.config import settings_text, value_text
from digitscope.settings.layers import KINDS, Layer
from digitscope.settings.recipes import RECIPES

if TYPE_CHECKING:  # which would import what it needs for judging and exploring
    from digitscope.exploring.ranking import Ranking, Row
    from digitscope.exploring.study import Counts
    from digitscope.judging.comparison import Comparison
    from digitscope.judging.robustness import RobustnessCard

PARTS = {
    "students": "students' digits (0-4999)",
    "employees": "census employees' digits (5000-9999)",
    "without_label_errors": "without the 15 doubtful labels",
}

MOST_COLUMNS = 4  # of settings, in a comparison
TOO_FEW = "too few seeds"  # instead of an interval that leaves nearly everything possible


def layer_table(layers: Sequence[Layer]) -> str:
    """What the network is made of: output shape, parameters and multiply-adds of each layer."""
    rows: list[Sequence[Any]] = [("layer", "", "output", "parameters", "multiply-adds")]
    for layer in layers:
        shape = " x ".join(map(str, layer.output_shape))
        what = " ".join(filter(None, (KINDS[layer.kind], _detail(layer))))
        rows.append((layer.name, what, shape, f"{layer.parameters:,}", f"{layer.multiply_adds:,}"))
    totals = (sum(layer.parameters for layer in layers), sum(x.multiply_adds for x in layers))
    rows.append(("total", "", "", *(f"{total:,}" for total in totals)))
    return table(rows, left=(0, 1))


def _detail(layer: Layer) -> str:
    options = layer.options
    size = options.get("kernel_size") or options.get("size")
    parts = [f"{size}x{size}" if size else ""]
    if options.get("strides", 1) > 1:
        parts.append(f"by {options['strides']}")
    if "rate" in options:
        parts.append(f"{options['rate']:g}")
    if options.get("activation", "linear") != "linear":
        parts.append(options["activation"])
    return " ".join(filter(None, parts))


def accuracy_line(metrics: Accuracy) -> str:
    """`Accuracy = 98.41% (95% interval 98.14-98.64)`."""
    low, high = (f"{100 * bound:.2f}" for bound in metrics.interval)
    return f"Accuracy = {metrics.accuracy:.2%} (95% interval {low}-{high})"


def judgement(metrics: Metrics) -> str:
    """A run's metrics as text: parts, classes, the confusion matrix twice, the worst errors."""
    sections = [
        accuracy_line(metrics) + f" on {metrics.num_images:,} test images, "
        f"{metrics.num_errors} wrong"
    ]
    if metrics.parts:
        sections.append(_parts(metrics.parts))
    sections.append(
        f"negative log-likelihood {metrics.negative_log_likelihood:.4f}, "
        f"Brier score {metrics.brier_score:.4f}, "
        f"expected calibration error {metrics.expected_calibration_error:.4f}"
    )
    sections.append(_classes(metrics.classes))
    sections += _confusion(metrics.confusion)
    if metrics.worst_errors:
        sections.append(_worst(metrics.worst_errors[:10]))
    return "\n\n".join(sections)


def _parts(parts: dict[str, Accuracy]) -> str:
    rows: list[Sequence[Any]] = [("part", "images", "accuracy", "95% interval")]
    for name, part in parts.items():
        low, high = (f"{100 * bound:.2f}" for bound in part.interval)
        rows.append((PARTS[name], part.num_images, f"{part.accuracy:.2%}", f"{low}-{high}"))
    return table(rows)


def _classes(classes: Sequence[DigitFigures]) -> str:
    rows: list[Sequence[Any]] = [("digit", "precision", "recall", "F1", "images")]
    for row in classes:
        figures = (f"{part:.2%}" for part in (row.precision, row.recall, row.f1))
        rows.append((row.digit, *figures, row.support))
    return table(rows)


def _confusion(confusion: Sequence[Sequence[int]]) -> list[str]:
    head = ("true\\answer", *range(10))
    counts = [head, *((digit, *(n or "·" for n in row)) for digit, row in enumerate(confusion))]
    parts: list[Sequence[Any]] = [head]
    for digit, row in enumerate(confusion):
        total = sum(row) or 1
        parts.append((digit, *(f"{100 * n / total:.1f}" if n else "·" for n in row)))
    return [
        "Confusion matrix, counts:\n" + table(counts),
        "Confusion matrix, percent of each true digit:\n" + table(parts),
    ]


def _worst(worst: Sequence[WrongAnswer]) -> str:
    from digitscope.reading.reader import shown

    head = ("test image", "label", "answer", "its probability", "the label's")
    rows: list[Sequence[Any]] = [head]
    for error in worst:
        figures = shown(error.confidence), f"{error.probability_of_label:.2%}"
        rows.append((error.index, error.label, error.answer, *figures))
    return "Worst errors:\n" + table(rows)


def robustness_card(card: "RobustnessCard") -> str:
    """Accuracy on corrupted and on changed digits."""
    rows = sorted(card.corruptions.items(), key=lambda item: -item[1])
    mean = card.mean_corrupted_accuracy
    kinds = table([("corruption", "accuracy"), *((name, f"{part:.1%}") for name, part in rows)])
    curves = []
    for name, curve in card.curves.items():
        accuracies = (f"{100 * part:.1f}" for part in curve.accuracy)
        curves.append(
            f"{name}, {curve.unit}; accuracy in percent:\n"
            + table([[f"{amount:g}" for amount in curve.amounts], list(accuracies)], left=())
        )
    head = f"Robustness: {card.clean:.2%} on clean digits, {mean:.1%} on corrupted ones"
    return "\n\n".join([head, kinds, *curves])


def run_table(summaries: Sequence[Summary]) -> str:
    """The summaries of runs as a table."""
    rows: list[Sequence[Any]] = [[name.replace("_", " ") for name in (*NAMES, "changed")]]
    for line in summaries:
        cells = line.as_json()
        for name in ("val_accuracy", "accuracy"):
            if cells[name] is not None:
                cells[name] = f"{cells[name]:.2%}"
        cells["changed"] = settings_text(line.changed or {})
        rows.append(["-" if cell is None else cell for cell in cells.values()])
    return table(rows, left={0, 1, len(rows[0]) - 1})


def run_details(found: Details) -> str:
    """All there is to know of a run, as text."""
    state = f"{found.path}: {found.summary.state}"
    lines = [f"{state} ({found.message})" if found.message else state]
    changes = [
        f"{name}={value_text(now)} (not {value_text(was)})"
        for name, (was, now) in found.changed.items()
    ]
    recipe = found.config.recipe
    if recipe in RECIPES:
        lines.append(f"recipe {recipe}: " + (", ".join(changes) or "unchanged"))
    else:
        same = "every setting has its default"
        lines.append(f"recipe {recipe}, which is none here: " + (", ".join(changes) or same))
    for row in found.history:
        kept = "  kept" if row["epoch"] == found.kept_epoch else ""
        lines.append(epoch_line(row, found.config.epochs) + kept)
    if found.metrics:
        lines.append(accuracy_line(found.metrics))
    return "\n".join(lines)


def comparison(found: "Comparison") -> str:
    """What `compare` found: a table, with only the settings that differ, and the verdicts.

    A line for each model or recipe, or a column where so many settings differ that lines get long.
    """
    settings = list(found.groups[0].settings)
    head = ["", "runs", *settings, "accuracy", "95% interval", "wrong", "parameters", "seconds"]
    rows: list[Sequence[Any]] = [head]
    for group in found.groups:
        low, high = (f"{100 * bound:.2f}" for bound in group.interval)
        more = len(group.runs) - 1
        rows.append(
            [
                group.name,
                group.runs[0] + (f" and {more} more" if more else ""),
                *map(value_text, group.settings.values()),
                f"{group.accuracy:.2%}",
                TOO_FEW if group.too_few_seeds else f"{low}-{high}",
                f"{group.num_errors:.4g}",
                f"{group.parameters:,}",
                f"{group.seconds:.1f}",
            ]
        )
    verdicts = "\n".join(f"{difference.verdict}." for difference in found.differences)
    wide = len(settings) > MOST_COLUMNS
    compared = table(list(zip(*rows, strict=True))) if wide else table(rows, left=(0, 1))
    return "\n\n".join(filter(None, [compared, verdicts, found.note]))


def ranking(found: "Ranking") -> str:
    """What `explore` found: a table, best first, and what was left out."""
    names = list(found.rows[0].settings) if found.rows else []
    is_compared = any(row.difference for row in found.rows)
    head = ["", *names, "seeds", "val accuracy", "accuracy", "parameters", "seconds"]
    lines: list[Sequence[Any]] = [head + ["vs reference", "95% interval"] * is_compared]
    for place, row in enumerate(found.rows, 1):
        spread = f" ± {100 * row.spread:.2f}" if row.spread is not None else ""
        lines.append(
            [
                place,
                *(_short(row.settings[name]) for name in names),
                len(row.seeds),
                f"{row.val_accuracy:.2%}",
                f"{row.accuracy:.2%}{spread}",
                f"{row.parameters:,}",
                f"{row.seconds:.1f}",
                *_gap(row) * is_compared,
            ]
        )
    parts = [table(lines) if found.rows else "No trial is done yet."]
    if is_compared:
        parts.append("The reference is the first setting of the grid; differences are in points.")
    if any(TOO_FEW in line for line in lines):
        parts.append("Too few seeds: what they differ by could be luck. Train more, with --seeds.")
    if found.importances:
        shares = (f"{name} {share:.0%}" for name, share in found.importances.items())
        parts.append(f"What the validation accuracy depends on: {', '.join(shares)}.")
    if found.note and is_compared:
        parts.append(found.note)
    if found.gone:
        parts.append(f"{found.gone} trials are left out: their runs are gone.")
    return "\n\n".join([*parts, _progress(found.trials)])


def _gap(row: "Row") -> list[str]:
    """How far a row of a ranking is from the reference, with the interval."""
    from digitscope.judging.significance import RecipeDifference

    gap = row.difference
    if gap is None:
        return ["reference" if row.is_reference else "", ""]
    too_few = isinstance(gap, RecipeDifference) and gap.too_few_seeds and not gap.is_significant
    interval = f"{100 * gap.low:+.2f} to {100 * gap.high:+.2f}"
    return [f"{100 * gap.value:+.2f}", TOO_FEW if too_few else interval]


def _progress(trials: "Counts") -> str:
    """How many of the trials that are wanted are done, and how to go on."""
    kinds = (("pruned", trials.pruned), ("failed", trials.failed))
    extra = "".join(f", {count} {kind}" for kind, count in kinds if count)
    done = f"{trials.done} of {trials.wanted} trials done{extra}"
    return f"{done}; the same command goes on." if trials.decided < trials.wanted else f"{done}."


def _short(value: Any) -> str:
    """A setting in a table: a number with four digits."""
    return f"{value:.4g}" if isinstance(value, float) else value_text(value)
