"""How often equal recipes are called different: simulated, and with real seeds of one recipe.

    python -m benchmarks.verdicts

Simulated: 2,000 comparisons of 5 seeds with 5, on 10,000 images, where seeds differ by 0.1 points.
Real: 40 trainings of the recipe `fast`, dealt 2,000 times into two hands of 5. The dealings share
trainings, so their rate is rougher than their number says.
"""

import tempfile
from typing import Any

import numpy as np

from benchmarks.record import record
from digitscope.judging.compare import which_right
from digitscope.judging.significance import recipes
from digitscope.training.train import train

COMPARISONS, SEEDS, TRAININGS = 2000, 5, 40
CHANCES = np.repeat([1.0, 0.5], [9600, 400])  # of reading an image right: 0.1 points of spread


def simulated(rng: np.random.Generator) -> dict[str, Any]:
    """False alarms among equal recipes made of chance."""
    groups = ((rng.random((2 * SEEDS, len(CHANCES))) < CHANCES) for _ in range(COMPARISONS))
    return rates([(group[:SEEDS], group[SEEDS:]) for group in groups])


def real(rng: np.random.Generator) -> dict[str, Any]:
    """False alarms among hands of real networks of one recipe."""
    right = []
    for seed in range(TRAININGS):
        with tempfile.TemporaryDirectory() as folder:
            right.append(which_right(train("fast", seed=seed, runs_dir=folder, verbose=False)))
    networks = np.stack(right)
    deals = (rng.permutation(TRAININGS)[: 2 * SEEDS] for _ in range(COMPARISONS))
    found = rates([(networks[deal[:SEEDS]], networks[deal[SEEDS:]]) for deal in deals])
    spread = 100 * float(networks.mean(1).std(ddof=1))
    return {"trainings": TRAININGS, "spread_of_seeds_points": spread} | found


def rates(pairs: list[tuple[np.ndarray, np.ndarray]]) -> dict[str, Any]:
    """How many pairs are told apart."""
    alarms = [recipes(first, second).is_significant for first, second in pairs]
    part = float(np.mean(alarms))
    deviation = (part * (1 - part) / len(alarms)) ** 0.5
    return {"comparisons": len(alarms), "false_alarms": part, "standard_error": deviation}


def main() -> None:
    """Measure and write results/verdicts.json."""
    rng = np.random.default_rng(0)
    record("verdicts", {"simulated": simulated(rng), "real": real(rng)})


if __name__ == "__main__":
    main()
