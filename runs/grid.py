"""A grid of runs that can be stopped and started again: finished points are kept in runs/state/ and never run twice."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from provenance import provenance, save
from tqdm import tqdm

STATE = Path(__file__).parent / "state"
RESULTS = Path(__file__).parents[1] / "lib" / "overparam" / "results"


@dataclass(frozen=True)
class Grid:
    """`one_run(**point)` for points that are named by `keys`; its arrays, stacked, become the result file `name`."""

    name: str
    keys: tuple[str, ...]
    one_run: Callable[..., dict[str, np.ndarray]]

    def path(self, point: tuple) -> Path:
        """Where a finished point is kept."""
        return STATE / ("_".join([self.name, *(f"{k}{v}" for k, v in zip(self.keys, point, strict=True))]) + ".npz")

    def run_and_keep(self, point: tuple) -> None:
        """Run one point and keep what it gives."""
        save(self.path(point), **self.one_run(**dict(zip(self.keys, point, strict=True))))

    def run(self, points: Sequence[tuple], jobs: int) -> None:
        """Run what is missing, in `jobs` processes."""
        STATE.mkdir(exist_ok=True)
        missing = [point for point in points if not self.path(point).exists()]
        with ProcessPoolExecutor(jobs) as pool:
            futures = [pool.submit(self.run_and_keep, point) for point in missing]
            for future in tqdm(as_completed(futures), total=len(missing), desc=self.name, unit="run"):
                future.result()

    def collect(self, points: Sequence[tuple], **about) -> Path:
        """Write the result file from the finished points: a row a point, named by the arrays of the keys."""
        finished = [point for point in points if self.path(point).exists()]
        if not finished:
            raise SystemExit(f"no run of {self.name} is finished yet")
        rows = [dict(np.load(self.path(point))) for point in finished]
        columns = {key: np.array(column) for key, column in zip(self.keys, zip(*finished, strict=True), strict=True)}
        values = {name: _compact(np.stack([row[name] for row in rows])) for name in rows[0]}
        target = RESULTS / f"{self.name}.npz"
        save(target, **columns, **values, provenance=provenance(**about))
        return target


def run_grids(grids: Mapping[Grid, Sequence[tuple]], *, doc: str, **setting) -> None:
    """The command line of a script: run what is missing, then collect; `--collect` only collects."""
    parser = argparse.ArgumentParser(description=doc.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=1, help="processes, one core each")
    parser.add_argument("--collect", action="store_true", help="only write the result files from the finished runs")
    options = parser.parse_args()
    for grid, points in grids.items():
        if not options.collect:
            grid.run(points, options.jobs)
        command = f"python runs/{Path(sys.argv[0]).name} --jobs 2"
        print(f"wrote {grid.collect(points, command=command, **setting)}")


def _compact(values: np.ndarray) -> np.ndarray:
    return values.astype(np.float32) if values.dtype == np.float64 else values
