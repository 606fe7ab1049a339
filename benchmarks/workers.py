"""Trainings an hour on two cores: two at a time with a thread each, or one after the other.

    python -m benchmarks.workers [ROUNDS]

Every way trains the same settings through Ray, in processes that are warm, in turn in each round;
ratios are taken within a round.
"""

import sys
import time

from benchmarks.record import median_range, record
from digitscope.exploring.workers import Done, Workers
from digitscope.settings.config import Config
from digitscope.settings.recipes import configure

ROUNDS, TRAININGS = 3, 6
WAYS = {"two with 1 thread": (2, 1), "one with 1 thread": (1, 1), "one with 2 threads": (1, 2)}


def train_all(crew: Workers, config: Config, trainings: int) -> float:
    """Seconds for so many trainings."""
    started, left, done = time.perf_counter(), trainings, 0
    while done < trainings:
        while left and crew.free:
            crew.begin(left, Config(**config.model_dump() | {"seed": left}))
            left -= 1
        done += sum(isinstance(event, Done) for event in crew.events())
    return time.perf_counter() - started


def one(count: int, threads: int) -> float:
    """Seconds of one way, without starting its processes."""
    config = configure("tutorial", epochs=2)
    crew = Workers(count, threads=threads)
    try:
        train_all(crew, configure("fast"), 2 * count)  # each process has imported Keras then
        return train_all(crew, config, TRAININGS)
    finally:
        crew.close()


def main() -> None:
    """Measure and write results/workers.json."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    seconds: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way, (count, threads) in WAYS.items():
            seconds[way].append(one(count, threads))
        print({way: times[-1] for way, times in seconds.items()}, flush=True)
    pairs = seconds["two with 1 thread"]
    ratios = {
        f"throughput of two, of {way}": median_range(
            [other / pair for other, pair in zip(seconds[way], pairs, strict=True)]
        )
        for way in WAYS
        if way != "two with 1 thread"
    }
    figures = {way: median_range(times) for way, times in seconds.items()}
    record("workers", {"trainings": TRAININGS, "seconds": figures, "ratios": ratios})


if __name__ == "__main__":
    main()
