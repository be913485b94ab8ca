"""SGD on the hinge loss, sample by sample: `hinge_sgd` against autograd with torch.optim.SGD, for 20 and 200 units.

    python benchmarks/leaky_sgd.py

One epoch over 2000 points of dimension 784, float64, from the same start in the same order. It prints how far the
weights end apart and the ratio of the times.
"""

import numpy as np
import torch
from paired import Benchmark, seconds

from overparam.data import separable
from overparam.networks import LeakyPairs
from overparam.train import hinge_sgd

N, DIM, SLOPE, RATE = 2000, 784, 0.2, 1.0
WANTED = {10: 5, 100: 3}


def autograd(hidden: torch.Tensor, output: torch.Tensor, X: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    hidden = hidden.clone().requires_grad_()
    optimizer = torch.optim.SGD([hidden], lr=RATE)
    for s in np.random.default_rng(0).permutation(len(X)):
        optimizer.zero_grad()
        torch.relu(1 - y[s] * (torch.nn.functional.leaky_relu(hidden @ X[s], SLOPE) @ output)).backward()
        optimizer.step()
    return hidden.detach()


def main() -> None:
    benchmark = Benchmark("benchmark_leaky_sgd")
    X, y, _ = separable(N, DIM, 10.0, np.random.default_rng(0))
    points, labels = torch.from_numpy(X), torch.from_numpy(y)
    for k, wanted in WANTED.items():

        def network(k: int = k) -> LeakyPairs:
            weight, rng = (2 * k) ** -0.5, np.random.default_rng(1)
            return LeakyPairs(k=k, d=DIM, slope=SLOPE, output_weight=weight, radius=0.1, rng=rng)

        start = network()
        hidden, output = torch.from_numpy(start.hidden.copy()), torch.from_numpy(start.output)
        hinge_sgd(start, X, y, rate=RATE, epochs=1)
        apart = np.abs(start.hidden - autograd(hidden, output, points, labels).numpy()).max()
        print(f"{2 * k} units: largest difference {apart:.1e}")

        def ours(network=network) -> float:
            fresh = network()
            return seconds(lambda: hinge_sgd(fresh, X, y, rate=RATE, epochs=1))

        def theirs(hidden=hidden, output=output) -> float:
            return seconds(lambda: autograd(hidden, output, points, labels))

        benchmark.compare(f"{2 * k} units, {N} samples", "autograd and SGD", ours, theirs, wanted=wanted)


if __name__ == "__main__":
    main()
