"""MNIST: a packaged stratified subset that needs no network, and the full set, verified byte for byte.

Source: Y. LeCun and C. Cortes, The MNIST database of handwritten digits. Licence: CC BY-SA 3.0. See MNIST.md beside
this file.
"""

import gzip
import hashlib
import io
import os
import tempfile
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pooch
from jaxtyping import Float, Int

# Size and SHA-256 of the uncompressed bytes. Archives of the same bytes differ from mirror to mirror, so theirs are
# not checked.
FILES = {
    "train-images-idx3-ubyte": (47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    "train-labels-idx1-ubyte": (60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    "t10k-images-idx3-ubyte": (7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    "t10k-labels-idx1-ubyte": (10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
}
MIRRORS = ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/")
SUBSET = Path(__file__).with_name("mnist_subset.npz")
# Size and SHA-256 of that file, as runs/make_mnist_subset.py prints them.
SUBSET_CONTENT = (1_654_783, "1a000f35f5d326c7d72734c9f730007f7f0434bb1d241a8cb4fe24a9f674160a")
FOLDER_VARIABLE = "OVERPARAM_DATA"


class MNIST(NamedTuple):
    """Images as rows (n, 784), float64 in [0, 1], 0 being the background, and labels (n,), int64 from 0 to 9."""

    x_train: Float[np.ndarray, "n 784"]
    y_train: Int[np.ndarray, " n"]
    x_test: Float[np.ndarray, "n_test 784"]
    y_test: Int[np.ndarray, " n_test"]


def mnist(*, full: bool = False) -> MNIST:
    """Handwritten digits, 28 x 28 pixels: by default the packaged subset of 10 000 training and 2 000 test images.

    The subset keeps the class frequencies and the order of the full set, and needs no network. `full=True` gives all
    60 000 and 10 000 images: from the folder that the environment variable OVERPARAM_DATA names, which must then hold
    the four idx files, plain or .gz; where it is not set, from the user's cache, filled from public mirrors. The
    SHA-256 of the uncompressed bytes is checked on every call. A download is verified in memory before anything is
    written, and then moved into place whole.

    Returns `MNIST`: x (n, 784) float64 in [0, 1], the pixel divided by 255; y (n,) int64. The full set takes 0.44 GB.
    Raises `FileNotFoundError` where a file is missing and no mirror gives it, `ValueError` where one is corrupt or
    truncated, `OSError` where the cache cannot be written; each names the file, what came and what is needed.

    Source: item LL-23; Y. LeCun and C. Cortes, The MNIST database of handwritten digits, licence CC BY-SA 3.0.
    """
    if not full:
        if not SUBSET.is_file():
            raise FileNotFoundError(
                f"{SUBSET} is missing; the package carries it, and runs/make_mnist_subset.py makes it"
            )
        raw = _verified(str(SUBSET), SUBSET.read_bytes(), SUBSET_CONTENT)
        with np.load(io.BytesIO(raw)) as arrays:
            return _scaled(*(arrays[name] for name in MNIST._fields))
    folder = os.environ.get(FOLDER_VARIABLE)
    raw = _from_folder(Path(folder)) if folder else [_from_cache(name) for name in FILES]
    # An idx file opens with 4 bytes of type and 4 for each axis.
    x_train, y_train, x_test, y_test = (np.frombuffer(file, np.uint8) for file in raw)
    return _scaled(x_train[16:].reshape(-1, 784), y_train[8:], x_test[16:].reshape(-1, 784), y_test[8:])


def _scaled(x_train: np.ndarray, y_train: np.ndarray, x_test: np.ndarray, y_test: np.ndarray) -> MNIST:
    return MNIST(x_train / 255.0, y_train.astype(np.int64), x_test / 255.0, y_test.astype(np.int64))


def _verified(source: str, raw: bytes, needed: tuple[int, str]) -> bytes:
    size, digest = needed
    came = hashlib.sha256(raw).hexdigest()
    if came != digest:
        raise ValueError(
            f"{source} is corrupt, truncated or another file: got {len(raw)} bytes of SHA-256 {came}, "
            f"need {size} bytes of SHA-256 {digest}"
        )
    return raw


def _inflated(source: str, archive: bytes) -> bytes:
    try:
        return gzip.decompress(archive)
    except (OSError, EOFError, zlib.error) as error:
        message = f"{source} is corrupt or truncated: got {len(archive)} bytes, need a whole gzip archive ({error})"
        raise ValueError(message) from error


def _from_folder(folder: Path) -> list[bytes]:
    found = {name: [path for path in (folder / name, folder / f"{name}.gz") if path.is_file()] for name in FILES}
    missing = [name for name, paths in found.items() if not paths]
    if missing:
        raise FileNotFoundError(
            f"{FOLDER_VARIABLE} names {folder}, which lacks {', '.join(missing)}; needed are {', '.join(FILES)}, "
            f"plain or .gz. Unset {FOLDER_VARIABLE} to download them."
        )
    files = []
    for name, (path, *_) in found.items():
        raw = path.read_bytes()
        files.append(_verified(str(path), _inflated(str(path), raw) if path.suffix == ".gz" else raw, FILES[name]))
    return files


def _from_cache(name: str) -> bytes:
    path = Path(pooch.os_cache("overparam")) / "mnist" / name
    if path.is_file():
        raw = path.read_bytes()
        if hashlib.sha256(raw).hexdigest() == FILES[name][1]:
            return raw
    raw = _downloaded(name)
    # pooch.retrieve would open its draft in the cache before the download, and a killed process would leave it there.
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f"{name}.")
        try:
            with open(handle, "wb") as file:
                file.write(raw)
            os.replace(draft, path)
        finally:
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        reason = f"{error.strerror}; {len(raw)} bytes are needed and none were left behind"
        raise OSError(error.errno, reason, str(path)) from error
    return raw


def _downloaded(name: str) -> bytes:
    failures = []
    for mirror in MIRRORS:
        url, archive = f"{mirror}{name}.gz", io.BytesIO()
        try:
            pooch.HTTPDownloader(chunk_size=1 << 20)(url, archive, None)
            return _verified(url, _inflated(url, archive.getvalue()), FILES[name])
        except (OSError, ValueError) as error:  # every exception of requests is an OSError
            failures.append(f"{url}: {error}")
    raise FileNotFoundError(
        f"no mirror gave {name}; " + "; ".join(failures) + f". Put the four files {', '.join(FILES)}, plain or .gz, "
        f"into a folder and name it in {FOLDER_VARIABLE}, or use the packaged subset, mnist()."
    )
