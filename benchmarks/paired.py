"""Paired measurements: ours and the peer's run in turn, so that what the machine does meanwhile meets both."""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch

from overparam.results import provenance, save

RESULTS = Path(__file__).parents[1] / "lib" / "overparam" / "results"
PAIRS = 6


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@dataclass
class Benchmark:
    """Rows of one script: how many times faster than a peer, at least how many are wanted, and how both were timed."""

    name: str
    rows: list[dict] = field(default_factory=list)

    def compare(
        self,
        case: str,
        peer: str,
        ours: Callable[[], float],
        theirs: Callable[[], float],
        *,
        wanted: float,
    ) -> None:
        """Time both once to warm up, then `PAIRS` times in turn; both return seconds."""
        ours(), theirs()
        timed = np.array([(ours(), theirs()) for _ in range(PAIRS)])
        row = {"case": case, "peer": peer, "wanted": wanted, "ours": timed[:, 0], "theirs": timed[:, 1]}
        self.rows.append(row)
        ratios = sorted(timed[:, 1] / timed[:, 0])
        print(
            f"{case:42} {1e3 * np.median(timed[:, 0]):9.1f} ms  {peer} {1e3 * np.median(timed[:, 1]):9.1f} ms  "
            f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), wanted {wanted:g}",
            flush=True,
        )

    def finish(self, peers: dict[str, str] | None = None, **facts) -> None:
        """With `--save`, write the result file that the page `performance` reads."""
        parser = argparse.ArgumentParser()
        parser.add_argument("--save", action="store_true", help="write the result file of the page performance")
        rates = {f"matmul_{name}_gflops": matmul_rate(dtype) for name, dtype in FLOATS.items()}
        for name, value in (rates | facts).items():
            print(f"{name}: {value:.3g}")
        if not parser.parse_args().save:
            return
        columns = {key: np.array([row[key] for row in self.rows]) for key in self.rows[0]}
        command = f"make bench (python benchmarks/{Path(sys.argv[0]).name} --save)"
        story = provenance(command, threads=torch.get_num_threads(), peers=peers or {}, **rates, **facts)
        save(RESULTS / f"{self.name}.npz", **columns, provenance=story)


FLOATS = {"float32": torch.float32, "float64": torch.float64}


def matmul_rate(dtype: torch.dtype, size: int = 2048) -> float:
    """GFLOP/s of `torch.mm` on square matrices, the best of five."""
    A = torch.randn(size, size, dtype=dtype)
    return 2e-9 * size**3 / min(seconds(lambda: torch.mm(A, A)) for _ in range(6))
