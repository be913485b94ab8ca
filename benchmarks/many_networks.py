"""One hundred small networks trained as one stack against a loop over nn.Module and torch.optim.SGD."""

import copy

import numpy as np
import torch
from paired import Benchmark, seconds

from overparam.networks import TwoLayer
from overparam.train import train_many

NETWORKS, DIM, WIDTH, N, STEPS, RATE = 100, 10, 32, 64, 200, 0.01


class Module(torch.nn.Module):
    """The same network as most people write it."""

    def __init__(self, network: TwoLayer):
        super().__init__()
        self.hidden = torch.nn.Linear(DIM, WIDTH, bias=False)
        self.hidden.weight.data.copy_(network.hidden)
        self.register_buffer("output", network.output.clone())

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        return torch.relu(self.hidden(X)) @ self.output.T


def loop(modules: list[Module], X: torch.Tensor, y: torch.Tensor) -> None:
    for module in modules:
        optimizer = torch.optim.SGD(module.parameters(), lr=RATE)
        for _ in range(STEPS):
            optimizer.zero_grad()
            (((module(X) - y) ** 2).mean() / 2).backward()
            optimizer.step()


def main() -> None:
    benchmark = Benchmark("benchmark_many_networks")
    rng = np.random.default_rng(0)
    X, y = (rng.standard_normal((N, k)).astype(np.float32) for k in (DIM, 1))
    points, targets = torch.from_numpy(X), torch.from_numpy(y)
    networks = [TwoLayer(m=WIDTH, d=DIM, c=1, rng=rng, dtype=torch.float32) for _ in range(NETWORKS)]
    modules = [Module(network) for network in networks]

    def ours(trained: list[TwoLayer] | None = None) -> float:
        trained = copy.deepcopy(networks) if trained is None else trained
        return seconds(lambda: train_many(trained, X, y, rate=RATE, steps=STEPS, loss="half_mean", progress=False))

    def theirs() -> float:
        fresh = copy.deepcopy(modules)
        return seconds(lambda: loop(fresh, points, targets))

    stack, single = copy.deepcopy(networks), copy.deepcopy(modules)
    ours(stack)
    loop(single, points, targets)
    pairs = zip(stack, single, strict=True)
    print(f"largest difference {max(float((a.hidden - b.hidden.weight.data).abs().max()) for a, b in pairs):.1e}")
    benchmark.compare(f"{NETWORKS} networks, {STEPS} steps", "nn.Module and SGD", ours, theirs, wanted=8)
    benchmark.finish()


if __name__ == "__main__":
    main()
