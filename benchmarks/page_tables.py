"""The table of docs/inside.md, from results/page.json, page_engine.json and serve_load.json."""

from benchmarks.result_tables import result


def page_table() -> str:
    """How fast page and server are."""
    page, load, engine = result("page"), result("serve_load"), result("page_engine")
    gaps = engine["largest_difference"]
    move, paint = page["move_to_painted_ms"], page["first_paint_ms"]
    bad = load["malformed"]
    refused = all(code[0] == "4" for code in bad["answers"]) and not bad["without_a_sentence"]
    answers = "all right" if set(load["answers"]) == {"200"} else str(load["answers"])
    rows = [
        (
            "pointer move to new probabilities and maps painted, `tutorial`",
            f"{move['median']:.1f} ms (median of {move['n']}, with the wait for a frame)",
            "page",
        ),
        ("of that the network", f"{page['engine_ms']:.1f} ms", "page"),
        ("and the way to 28x28", f"{page['normaliser_ms']:.1f} ms", "page"),
        ("the network of the bundled reader", f"{page['engine_of_the_reader_ms']:.1f} ms", "page"),
        (
            "largest difference of a probability from Keras's on "
            f"{engine['images']:,} test images: {', '.join(gaps)}",
            f"{max(gaps.values()):.1e}",
            "page_engine",
        ),
        ("first paint", f"{paint['median']:.0f} ms (at most {paint['max']:.0f})", "page"),
        ("all files of the page", f"{page['page_bytes'] / 1000:.0f} KB", "page"),
        (
            "32 clients post digits for 30 s",
            f"{load['per_second']:.0f} a second, {answers}; {load['p50_ms']:.0f} ms (median), "
            f"99 % below {load['p99_ms']:.0f}",
            "serve_load",
        ),
        (
            "memory of the server before and after",
            f"{load['megabytes_before']:.0f} MB, {load['megabytes_after']:.0f} MB",
            "serve_load",
        ),
        (
            f"{bad['bodies']:,} malformed bodies",
            "each refused with a sentence" if refused else str(bad["answers"]),
            "serve_load",
        ),
    ]
    lines = ["| what | figure | `python -m benchmarks.` |", "| --- | --- | --- |"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in rows])
