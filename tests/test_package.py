"""The package outside a clone: a wheel carries all that notebooks need, and works from another folder."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "lib" / "overparam"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory) -> Path:
    """The folder into which a wheel of the working tree was unpacked."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-index", "--no-build-isolation", "--no-deps"]
    subprocess.run([*command, "--wheel-dir", folder, ROOT], check=True)
    (wheel,) = folder.glob("overparam-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def test_the_wheel_carries_the_library_its_data_and_its_results(unpacked):
    source = {path.relative_to(LIBRARY) for path in LIBRARY.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    packed = {
        path.relative_to(unpacked / "overparam") for path in (unpacked / "overparam").rglob("*") if path.is_file()
    }
    assert packed == source | {Path("claims.yml")}


def test_the_wheel_carries_the_register_of_claims(unpacked):
    assert (unpacked / "overparam" / "claims.yml").read_bytes() == (ROOT / "book" / "claims.yml").read_bytes()


def test_the_wheel_carries_both_licences(unpacked):
    licences = {path.name for path in unpacked.glob("overparam-*.dist-info/licenses/*")}
    assert licences == {"LICENSE", "LICENSE-text"}


def test_mnist_and_the_register_are_read_from_the_wheel(unpacked, tmp_path):
    code = (
        "import pathlib, sys, overparam\n"
        "assert pathlib.Path(overparam.__file__).is_relative_to(sys.argv[1]), overparam.__file__\n"
        "from overparam import claims, data\n"
        "assert data.mnist().x_train.shape == (10_000, 784)\n"
        "assert 'LL-9' in claims.register()\n"
    )
    subprocess.run(
        [sys.executable, "-c", code, unpacked],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        check=True,
    )
