"""Results of long runs: small files, each made by a script in `runs/` that CONTRIBUTING names."""

import datetime
import json
import os
import platform
from importlib.metadata import version
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


def machine() -> str:
    """The processor's name and the number of cores."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        name = names[0].split(":")[1].strip() if names else name
    return f"{name}, {os.cpu_count()} cores, {platform.system()}"


def provenance(command: str, **setting) -> str:
    """Command, setting, machine, versions and date as one JSON text."""
    versions = {name: version(name) for name in ("overparam", "numpy", "scipy", "torch")}
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return json.dumps({"command": command, **setting, "machine": machine(), "versions": versions, "date": today})
