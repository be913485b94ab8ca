"""A grid of runs that can be stopped and started again: finished points are kept in runs/state/ and never run twice."""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from overparam.results import provenance, save
from overparam.sweep import kept, sweep

STATE = Path(__file__).parent / "state"
RESULTS = Path(__file__).parents[1] / "lib" / "overparam" / "results"


@dataclass(frozen=True)
class Grid:
    """`one_run(**point)` for points that are named by `keys`; its arrays, stacked, become the result file `name`."""

    name: str
    keys: tuple[str, ...]
    one_run: Callable[..., dict[str, np.ndarray]]

    def points(self, points: Sequence[tuple]) -> list[dict]:
        """The points with the names of their coordinates."""
        return [dict(zip(self.keys, point, strict=True)) for point in points]

    def run_and_say(self, **point) -> dict[str, np.ndarray]:
        """Run one point and say that it is finished."""
        arrays = self.one_run(**point)
        print(f"{self.name}: finished {point}", flush=True)
        return arrays

    def run(self, points: Sequence[tuple], jobs: int) -> None:
        """Run what is missing, in `jobs` processes."""
        sweep(self.run_and_say, self.points(points), folder=STATE / self.name, jobs=jobs)

    def collect(self, points: Sequence[tuple], **about) -> Path:
        """Write the result file from the finished points: a row a point, named by the arrays of the keys."""
        paths = [kept(STATE / self.name, point) for point in self.points(points)]
        finished = [point for point, path in zip(points, paths, strict=True) if path.exists()]
        if not finished:
            raise SystemExit(f"no run of {self.name} is finished yet")
        rows = [dict(np.load(path)) for path in paths if path.exists()]
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
