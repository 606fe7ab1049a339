"""The table of docs/inside.md, from results of page, page_engine, serve_load and serve_crowd."""

from benchmarks.result_tables import result


def page_table() -> str:
    """How fast page and server are."""
    lines = ["| what | figure | `python -m benchmarks.` |", "| --- | --- | --- |"]
    return "\n".join(lines + [f"| {' | '.join(row)} |" for row in _page_rows() + _server_rows()])


def _page_rows() -> list[tuple[str, str, str]]:
    page, engine = result("page"), result("page_engine")
    gaps, move, paint = (
        engine["largest_difference"],
        page["move_to_painted_ms"],
        page["first_paint_ms"],
    )
    return [
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
    ]


def _server_rows() -> list[tuple[str, str, str]]:
    load, crowd = result("serve_load"), result("serve_crowd")["megapixels_12"]
    count, slowest = sum(crowd["answers"].values()), crowd["health_seconds"]["max"]
    bad = load["malformed"]
    refused = all(code[0] == "4" for code in bad["answers"]) and not bad["without_a_sentence"]
    answers = "all right" if set(load["answers"]) == {"200"} else str(load["answers"])
    return [
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
            f"60 clients post {count} photos of 12 megapixels: memory before, at most and after",
            f"{crowd['megabytes_before']:.0f} MB, {crowd['megabytes_at_most']:.0f} MB, "
            f"{crowd['megabytes_settled']:.0f} MB",
            "serve_crowd",
        ),
        (
            f"`/health` meanwhile, {crowd['health_seconds']['n']} times",
            f"{1000 * crowd['health_seconds']['median']:.0f} ms (median), at most {slowest:.2f} s",
            "serve_crowd",
        ),
        (
            f"{bad['bodies']:,} malformed bodies",
            "each refused with a sentence" if refused else str(bad["answers"]),
            "serve_load",
        ),
    ]
