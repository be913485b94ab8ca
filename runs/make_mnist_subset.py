"""Makes lib/overparam/data/mnist_subset.npz, the stratified part of MNIST that the package carries.

    python runs/make_mnist_subset.py [--out FILE]

Reads the full set through `overparam.data.mnist(full=True)` (see there: OVERPARAM_DATA or a download). Draws 10 000
training and 2 000 test images from a fixed seed, classes in the proportions of the full set, in the order of the full
set. A second run writes the same bytes. Prints the size and the SHA-256 that `SUBSET_CONTENT` in
lib/overparam/data/mnist.py must state.
"""

import argparse
import hashlib
import io
import zipfile
from pathlib import Path

import numpy as np

from overparam.data import mnist

SEED = 1808  # year and month of Li and Liang's paper, arXiv:1808.01204
SIZES = {"train": 10_000, "test": 2_000}
TARGET = Path(__file__).parents[1] / "lib" / "overparam" / "data" / "mnist_subset.npz"


def stratified(y: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Sorted indices of `size` entries of y, each class in its share, the largest remainders rounded up."""
    shares = np.bincount(y) * size / len(y)
    counts = np.floor(shares).astype(int)
    counts[np.argsort(counts - shares, kind="stable")[: size - counts.sum()]] += 1
    drawn = [rng.choice(np.flatnonzero(y == label), count, replace=False) for label, count in enumerate(counts)]
    return np.sort(np.concatenate(drawn))


def archive(arrays: dict[str, np.ndarray]) -> bytes:
    """The arrays as an .npz file, by LZMA (a seventh smaller than np.savez_compressed), without the time of writing."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, array)
            file.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue(), zipfile.ZIP_LZMA)
    return packed.getvalue()


def subset() -> dict[str, np.ndarray]:
    """The arrays of the file: x (n, 784) and y (n,) of both parts, uint8."""
    full, rng, arrays = mnist(full=True)._asdict(), np.random.default_rng(SEED), {}
    for part, size in SIZES.items():
        kept = stratified(full[f"y_{part}"], size, rng)
        arrays[f"x_{part}"] = np.rint(255 * full[f"x_{part}"][kept]).astype(np.uint8)
        arrays[f"y_{part}"] = full[f"y_{part}"][kept].astype(np.uint8)
    return arrays


def main() -> None:
    """Writes the file and prints what it holds."""
    parser = argparse.ArgumentParser(description="Make the MNIST subset that the package carries.")
    parser.add_argument("--out", type=Path, default=TARGET, metavar="FILE", help="where to write; default %(default)s")
    out = parser.parse_args().out
    raw = archive(subset())
    out.write_bytes(raw)
    print(f'{out}\nSUBSET_CONTENT = ({len(raw):_}, "{hashlib.sha256(raw).hexdigest()}")')


if __name__ == "__main__":
    main()
