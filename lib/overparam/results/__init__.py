"""Results of long runs: small files, each made by a script in `runs/` that CONTRIBUTING names."""

import os
from importlib.resources import files
from pathlib import Path

import numpy as np


def load(name: str) -> dict[str, np.ndarray]:
    """The arrays of the committed result `name`; its `provenance` tells command, machine, versions, date and seeds.

    Raises ValueError for a name that has no file, listing those that have one.
    """
    folder = files("overparam.results")
    path = folder / f"{name}.npz"
    if not path.is_file():
        known = sorted(entry.name.removesuffix(".npz") for entry in folder.iterdir() if entry.name.endswith(".npz"))
        raise ValueError(f"name must be one of {known}; got {name!r}")
    with path.open("rb") as file, np.load(file) as arrays:
        return dict(arrays)


def save(path: Path, **arrays) -> None:
    """Write a compressed .npz that is never seen half-written."""
    partial = path.with_name(path.name + ".part")
    try:
        with partial.open("wb") as file:
            np.savez_compressed(file, **arrays)
        os.replace(partial, path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
