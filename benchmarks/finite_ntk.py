"""The tangent kernel of a finite network against `torch.func`, neural-tangents and `torch.mm`."""

import tempfile

import numpy as np
import torch
from paired import FLOATS, Benchmark, seconds
from peers import Peer, versions

from overparam.data.sphere import uniform_sphere
from overparam.measure import ntk
from overparam.networks import Deep, deep

N, DIM, WIDTH, DEPTH = 200, 784, 1024, 5
WANTED = {"float32": 1.0, "float64": 1.5}


def jacobian_kernel(network: Deep, X: torch.Tensor) -> torch.Tensor:
    """What everybody writes first: all gradients at once, then their products."""
    named = {name: W.detach() for name, W in network.named_parameters()}

    def output(weights: dict, x: torch.Tensor) -> torch.Tensor:
        return torch.func.functional_call(network, weights, (x[None],))[0, 0]

    jacobian = torch.func.vmap(torch.func.jacrev(output), (None, 0))(named, X)
    J = torch.cat([part.reshape(len(X), -1) for part in jacobian.values()], dim=1)
    return J @ J.T


def operations(n: int, d: int, m: int, depth: int) -> int:
    """Multiplications and additions of the layer-wise products: forward, backward, and two Gram matrices a layer."""
    passes = 2 * n * (d * m + 2 * (depth - 1) * m**2 + 2 * m)
    return passes + 2 * n**2 * (d + depth * m + depth * m + 1)


def main() -> None:
    benchmark, rates = Benchmark("benchmark_finite_ntk"), {}
    with tempfile.TemporaryDirectory() as folder:
        for name, dtype in FLOATS.items():
            X = uniform_sphere(N, DIM, rng=np.random.default_rng(0)).astype(name)
            network = deep(d=DIM, m=WIDTH, depth=DEPTH, rng=np.random.default_rng(1), dtype=dtype)
            data, out = f"{folder}/{name}.npz", f"{folder}/out.npy"
            np.savez(data, X=X, **{f"W{i}": W.numpy() for i, W in enumerate(network.weights)})

            def ours(network=network, X=X) -> float:
                return seconds(lambda: ntk(network, X))

            with Peer(name) as peer:
                # JAX uses the widest instructions of the processor: as near to its peak as anything here.
                fastest = min(peer.time("matmul", size=2048) for _ in range(8))
                rates[f"jax_matmul_{name}_gflops"] = 2e-9 * 2048**3 / fastest
                for implementation in ("STRUCTURED_DERIVATIVES", "AUTO"):
                    task = {"data": data, "depth": DEPTH, "m": WIDTH, "implementation": implementation}
                    peer.time("finite", **task, out=out)
                    print(f"largest difference {np.abs(np.load(out) - ntk(network, X)).max():.1e}")
                    benchmark.compare(
                        f"{name}, {implementation.lower()}",
                        "neural-tangents",
                        ours,
                        lambda task=task, peer=peer: peer.time("finite", **task),
                        wanted=WANTED[name],
                    )
            # As many operations in one product of square matrices.
            size = round((operations(N, DIM, WIDTH, DEPTH) / 2) ** (1 / 3))
            A = torch.randn(size, size, dtype=dtype)
            benchmark.compare(
                f"{name}, as many operations", "torch.mm", ours, lambda A=A: seconds(lambda: torch.mm(A, A)), wanted=0.8
            )
            points = torch.from_numpy(X)
            benchmark.compare(
                f"{name}, Jacobian materialised",
                "torch.func.jacrev",
                ours,
                lambda network=network, points=points: seconds(lambda: jacobian_kernel(network, points)),
                wanted=50,
            )
    benchmark.finish(versions(), **rates)


if __name__ == "__main__":
    main()
