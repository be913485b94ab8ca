"""Li and Liang's experiment on synthetic data, at the paper's setting: Figures 1, 4a and 5a.

    python runs/li_liang_synthetic.py --jobs 2

trains networks of width 500 to 4000 on inputs as drawn and on inputs of norm 1, with B = 16, the rate 10/m and T = 400
steps, for eight seeds, and writes lib/overparam/results/li_liang_synthetic.npz. Stopped and started again, it goes on
where it was.
"""

from functools import partial
from itertools import product

import numpy as np
import torch
from grid import Grid, run_grids

from overparam.data import gaussian_mixture
from overparam.measure import accuracy, coupling, relative_distance, singular_values
from overparam.networks import TwoLayer
from overparam.train import train

BATCH, STEPS = 16, 400
WIDTHS, SEEDS = (500, 1000, 2000, 4000), range(8)
COUPLING_POINTS = 250
# Every step while 98 % is reached, every fortieth later.
RECORDED = (*range(40), *range(40, STEPS + 1, 40))


def one_run(inputs: str, m: int, seed: int, steps: int = STEPS) -> dict[str, np.ndarray]:
    """Train one network of width m on "raw" or "unit" inputs; the probes' values and the 40 largest singular values."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(seed)
    mixture = gaussian_mixture(10, 2, 1000, unit_norm=inputs == "unit", rng=rng)
    (X, y, _), (X_test, y_test, _) = mixture.sample(1000, rng), mixture.sample(1000, rng)
    X, X_test = X.astype(np.float32), X_test.astype(np.float32)
    network = TwoLayer(m=m, d=1000, c=10, rng=rng, dtype=torch.float32)
    history = train(
        network,
        X,
        y,
        rate=10 / m,
        steps=steps,
        batch=BATCH,
        seed=seed,
        at=[step for step in RECORDED if step <= steps],
        probes={
            "accuracy": partial(accuracy, X=X_test, y=y_test),
            "coupling": partial(coupling, X=X_test[:COUPLING_POINTS]),
            "distance": relative_distance,
        },
        progress=False,
    )
    return {"steps": history.steps, **history.values, "singular_values": singular_values(network)[:40]}


GRID = Grid("li_liang_synthetic", ("inputs", "m", "seed"), one_run)

if __name__ == "__main__":
    run_grids({GRID: list(product(("raw", "unit"), WIDTHS, SEEDS))}, doc=__doc__, batch=BATCH, dtype="float32")
