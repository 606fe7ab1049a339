"""The tables of docs/reader.md, made of benchmarks/results/."""

from typing import Any

from benchmarks.result_tables import result

NAMES = {
    "MNIST test": "MNIST's test digits",
    "printed": "printed digits, in fonts that nothing was trained on",
    "optdigits_train": "optdigits (UCI): 1,934 digits, binary scans, thick strokes",
    "semeion": "semeion (UCI): 1,593 digits, binary, 16x16, stretched to a square",
    "letters": "handwritten letters of five alphabets (Omniglot)",
    "look-alikes": "of these, letters that may be read as a digit (O, l, S, ...)",
}


def percent(row: dict[str, Any], digits: int = 2) -> str:
    """A share and its 95 % interval."""
    low, high = (100 * bound for bound in row["interval"])
    return f"{100 * row['accuracy']:.{digits}f} % ({low:.{digits}f}-{high:.{digits}f})"


def reader_table() -> str:
    """Digits read, and what is no digit refused."""
    found = result("reader")
    lines = [
        "| digits | read right | accepted | accepted and wrong | calibration error |",
        "| --- " * 5 + "|",
    ]
    for name, row in found["digits"].items():
        shares = (percent(row[key]) for key in ("right", "accepted", "silently_wrong"))
        error = row["expected_calibration_error"]
        lines.append(f"| {NAMES[name]} | {' | '.join(shares)} | {error:.4f} |")
    lines += ["", "| no digits | pictures | refused |", "| --- | --- | --- |"]
    for name, row in found["refused"].items():
        refused = row["refused"]
        count = f"{refused['num_images']:,}"
        lines.append(f"| {NAMES.get(name, name)} | {count} | {percent(refused, 1)} |")
    return "\n".join(lines)


def of(row: dict[str, Any]) -> str:
    """A count of all, and its share with the 95 % interval."""
    low, high, part = (100 * share for share in (row["low"], row["high"], row["right"] / row["n"]))
    return f"{row['right']:,} of {row['n']:,}: {part:.1f} % ({low:.1f}-{high:.1f})"


def field_table() -> str:
    """Pictures that others made, read by this and by two other programs."""
    found = result("field")
    ours, lines = found["digitscope"], ["| pictures | what | figure |", "| --- " * 3 + "|"]
    for name in ("sudokus in newspapers", "sudokus on screens and paper"):
        row = ours[name]
        faults = f"{row['wrong']} and {row['made_up']}"
        lines += [
            f"| {name} | without a fault | {of(row['whole'])} |",
            f"| | digits right and sure | {of(row['digits'])} |",
            f"| | sure digits that are wrong, that are made up | {faults} |",
        ]
    row = ours["single"]
    wrong = f"{row['silently_wrong']}, {row['unsure']}, {row['refused']}"
    lines += [
        f"| single digits, and none | right | {of(row)} |",
        f"| | wrong and sure, unsure, refused | {wrong} |",
        "",
        "| rows, tables, forms, displays, words | digits right and sure | rows right | wrong "
        "| made up | of these on pages of words |",
        "| --- " * 6 + "|",
    ]
    for program in ("digitscope", "RapidOCR", "Tesseract"):
        row = found[program]["multi"] if program == "digitscope" else found[program]
        lines.append(
            f"| {program} | {of(row['digits'])} | {of(row['rows'])} | {row['wrong']} "
            f"| {row['made_up']} | {row['made_up_on_pages_of_words']} |"
        )
    return "\n".join(lines)


def others_table() -> str:
    """Sure digits where there are none."""
    lines = ["| pictures | count | sure digits | pictures with some |", "| --- " * 4 + "|"]
    for kind in ("clip_art", "stamps", "screenshots", "patterns"):
        row = result("other_pictures")[kind]
        lines.append(
            f"| {kind.replace('_', ' ')} | {row['pictures']:,} | {row['sure_digits']} "
            f"| {len(row['with_some'])} |"
        )
    return "\n".join(lines)


def pages_table() -> str:
    """Photos of pages read."""
    lines = [
        "| pages | digits found and read right | silently wrong | made up |",
        "| --- " * 4 + "|",
    ]
    for name, row in result("sheets")["kinds"].items():
        shares = (percent(row[key]) for key in ("right", "silently_wrong"))
        lines.append(f"| {name} | {' | '.join(shares)} | {row['made_up']} |")
    return "\n".join(lines)


def reader_speed_table() -> str:
    """Seconds and memory."""
    speed, sheet = result("reader_speed"), result("sheets")["seconds"]
    fuzz = result("fuzz_pictures")
    fine = sum(fuzz["outcomes"].values()) == fuzz["files"] and not (
        {"crashed", "hung"} & set(fuzz["outcomes"])
    )
    rows = [
        (
            "`digitscope predict digit.png`, whole process",
            f"{speed['process']['seconds']['median']:.2f} s, "
            f"{speed['process']['megabytes']['median']:.0f} MB",
            "reader_speed",
        ),
        (
            "`Reader.predict`, a drawing of 280x280",
            f"{speed['ms']['p50']:.2f} ms (median; 99 % below {speed['ms']['p99']:.1f} ms)",
            "reader_speed",
        ),
        (
            "`read`, 200 digits on a JPEG of 12 megapixels, decoding included",
            f"{sheet['median']:.2f} s (at most {sheet['max']:.2f})",
            "sheets",
        ),
        (
            f"{fuzz['files']:,} damaged picture files",
            "no crash, no hang" if fine else "see the record",
            "fuzz_pictures",
        ),
    ]
    lines = ["| what | figure | `python -m benchmarks.` |", "| --- | --- | --- |"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])
