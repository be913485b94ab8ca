"""The infinite-width tangent kernel of five hidden layers against the jitted `kernel_fn` of neural-tangents."""

import subprocess
import sys
import tempfile

import numpy as np
from paired import Benchmark, seconds
from peers import Peer, versions

from overparam.data.sphere import uniform_sphere
from overparam.theory.kernels import ntk

DEPTH, DIM, MEMORY_N = 5, 784, 4000
WANTED = {(2000, "float32"): 4, (2000, "float64"): 2}

MEMORY = f"""
import numpy as np
from overparam.data.sphere import uniform_sphere
from overparam.theory.kernels import ntk
X = uniform_sphere({MEMORY_N}, {DIM}, rng=np.random.default_rng(0))
ntk(X[:200], depth={DEPTH})
def status(name):
    return int(next(line for line in open("/proc/self/status") if line.startswith(name)).split()[1]) * 1024
now = status("VmRSS")
ntk(X, depth={DEPTH})
print((status("VmHWM") - now) / (8 * {MEMORY_N} ** 2))
"""


def main() -> None:
    benchmark, facts = Benchmark("benchmark_infinite_ntk"), {}
    with tempfile.TemporaryDirectory() as folder:
        for dtype in ("float32", "float64"):
            with Peer(dtype) as peer:
                for n in (500, 2000, 4000):
                    X = uniform_sphere(n, DIM, rng=np.random.default_rng(n)).astype(dtype)
                    data, out = f"{folder}/{n}_{dtype}.npz", f"{folder}/out.npy"
                    np.savez(data, X=X)
                    peer.time("infinite", data=data, depth=DEPTH, out=out)
                    apart = np.abs(np.load(out) - ntk(X, depth=DEPTH))
                    facts[f"their_diagonal_off_{dtype}"] = float(apart.diagonal().max())
                    np.fill_diagonal(apart, 0)
                    facts[f"apart_elsewhere_{dtype}"] = float(apart.max())
                    benchmark.compare(
                        f"n = {n}, {dtype}",
                        "neural-tangents kernel_fn",
                        lambda X=X: seconds(lambda: ntk(X, depth=DEPTH)),
                        lambda data=data, peer=peer: peer.time("infinite", data=data, depth=DEPTH),
                        wanted=WANTED.get((n, dtype), np.nan),
                    )
    memory = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    benchmark.finish(versions(), peak_memory_in_kernels=float(memory.stdout), **facts)


if __name__ == "__main__":
    main()
