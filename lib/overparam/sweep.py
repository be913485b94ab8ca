"""A grid of runs, spread over processes or a cluster, that can be stopped and started again."""

import os
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from overparam.results import save


def kept(folder: str | os.PathLike, point: Mapping) -> Path:
    """The file in `folder` where `sweep` keeps the result of `point`.

    ValueError for a coordinate whose text is no file name: it may hold letters, digits and any of `. + - _`.
    """
    for name, value in point.items():
        if not re.fullmatch(r"[\w.+-]+", str(value)):
            raise ValueError(f"points must have numbers and plain words to name a file; got {name} = {value!r}")
    return Path(folder) / ("_".join(f"{name}={value}" for name, value in point.items()) + ".npz")


def sweep(
    run: Callable[..., Mapping[str, np.ndarray]],
    points: Mapping[str, Sequence] | Sequence[Mapping],
    *,
    folder: str | os.PathLike | None = None,
    jobs: int | None = None,
) -> list[dict[str, np.ndarray]]:
    """`run(**point)` at every point, in the order of the points; each gives arrays by name.

    points: a sequence of keyword arguments, or for each argument its values, of which all combinations are taken, the
    last argument running fastest. folder: where every finished point is kept, written whole or not at all; a sweep that
    was stopped, called again, runs only what is missing. One folder belongs to one `run`. jobs: the `n_jobs` of
    `joblib.Parallel`; the backend is what `joblib.parallel_config` says, processes of this machine or a Dask cluster
    whose workers see the same folder.

    Raises ValueError for points that occur twice, that cannot name a file, and a run that gives no mapping.
    """
    if isinstance(points, Mapping):
        points = [dict(zip(points, values, strict=True)) for values in product(*points.values())]
    paths: list[Path | None] = [None] * len(points)
    if folder is not None:
        paths = [kept(folder, point) for point in points]
        if len(set(paths)) < len(paths):
            raise ValueError("points must differ; two of them have the same file")
        Path(folder).mkdir(parents=True, exist_ok=True)
    tasks = (delayed(_run_or_read)(run, dict(point), path) for point, path in zip(points, paths, strict=True))
    return Parallel(n_jobs=jobs)(tasks)


def _run_or_read(run: Callable, point: dict, path: Path | None) -> dict[str, np.ndarray]:
    if path is not None and path.exists():
        with np.load(path) as arrays:
            return dict(arrays)
    result = run(**point)
    if not isinstance(result, Mapping):
        raise ValueError(f"run must give a mapping of names to arrays; got {type(result).__name__} at {point}")
    arrays = {name: np.asarray(value) for name, value in result.items()}
    if path is not None:
        save(path, **arrays)
    return arrays
