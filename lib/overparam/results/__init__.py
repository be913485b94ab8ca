"""Results of long runs: small files, each made by a script in `runs/` that CONTRIBUTING names."""

from importlib.resources import files

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
