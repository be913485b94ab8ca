"""Li and Liang's experiment on the full MNIST, at the paper's setting: Figures 2, 4b and 5b.

    python runs/li_liang_mnist.py --jobs 2

trains two-layer networks with B = 64 at the rate c/m for T = 20 000 steps, and once more for 700 steps with an
evaluation every twenty, where c = 400 first reaches 95 %. It writes lib/overparam/results/li_liang_mnist.npz and
li_liang_mnist_start.npz. Stopped and started again it goes on where it was, in the middle of a run too.
One run at m = 16 000 takes about a quarter of an hour on two cores.
"""

from functools import partial
from itertools import product

import numpy as np
import torch
from grid import STATE, Grid, run_grids

from overparam.data import mnist
from overparam.measure import accuracy, coupling, relative_distance, singular_values
from overparam.networks import TwoLayer
from overparam.train import train

BATCH, STEPS, START = 64, 20_000, 700
COUPLING_POINTS = 1000
WIDTHS = (1000, 4000, 16_000)
RECORDED = (*range(0, 2000, 100), *range(2000, STEPS + 1, 500))
RECORDED_AT_START = range(200, START + 1, 20)


def one_run(c: int, m: int, seed: int, steps: int = STEPS, recorded=RECORDED) -> dict[str, np.ndarray]:
    """Train a network of width m at the rate c/m on unit-norm images; the probes' values and the update's spectrum."""
    torch.set_num_threads(1)
    x_train, y_train, x_test, y_test = mnist(full=True)
    x_train, x_test = (X / np.linalg.norm(X, axis=1, keepdims=True) for X in (x_train, x_test))
    x_train, x_test = x_train.astype(np.float32), x_test.astype(np.float32)
    network = TwoLayer(m=m, d=784, c=10, rng=np.random.default_rng([seed, m]), dtype=torch.float32)
    history = train(
        network,
        x_train,
        y_train,
        rate=c / m,
        steps=steps,
        batch=BATCH,
        seed=seed,
        at=[step for step in recorded if step <= steps],
        probes={
            "accuracy": partial(accuracy, X=x_test, y=y_test),
            "coupling": partial(coupling, X=x_test[:COUPLING_POINTS]),
            "distance": relative_distance,
        },
        checkpoint=STATE / f"mnist_c{c}_m{m}_seed{seed}_T{steps}.pt",
        progress=False,
    )
    return {"steps": history.steps, **history.values, "singular_values": singular_values(network)}


KEYS = ("c", "m", "seed")
WHOLE = Grid("li_liang_mnist", KEYS, one_run)
AT_START = Grid("li_liang_mnist_start", KEYS, partial(one_run, steps=START, recorded=RECORDED_AT_START))

if __name__ == "__main__":
    lecture = list(product([400], WIDTHS, range(5)))
    slower = list(product([10], WIDTHS[:1], range(3)))  # the rate at which 20 000 steps end at the printed distance
    run_grids(
        {AT_START: lecture, WHOLE: lecture + slower}, doc=__doc__, batch=BATCH, inputs="unit norm", dtype="float32"
    )
