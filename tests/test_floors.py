"""The five floors of the library: imports only go down, and the lower floors load no framework."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def lint(folder: Path) -> subprocess.CompletedProcess:
    """import-linter on the library below `folder`, with the contracts of the pyproject.toml there."""
    return subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder / "lib")},
        capture_output=True,
        text=True,
    )


def test_imports_only_go_down():
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("_checks.py", "import overparam.data"),
        ("data/broken.py", "import torch"),
        ("data/broken.py", "import overparam.theory"),
        ("theory/broken.py", "import matplotlib.pyplot"),
        ("theory/broken.py", "import overparam.networks"),
        ("networks/broken.py", "import ipywidgets"),
        ("networks/broken.py", "import overparam.train"),
        ("measure/broken.py", "import overparam.claims"),
        ("floorless.py", ""),
    ],
)
def test_a_broken_floor_is_seen(tmp_path, module, line):
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "lib" / "overparam", tmp_path / "lib" / "overparam")
    path = tmp_path / "lib" / "overparam" / module
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.write_text(f"{before}\n{line}\n", encoding="utf-8")
    result = lint(tmp_path)
    assert result.returncode == 1
    assert path.stem in result.stdout


def run(code: str) -> None:
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_data_and_theory_work_without_torch():
    run(
        "import importlib, pkgutil, sys\n"
        "sys.modules['torch'] = None\n"
        "for floor in ('data', 'results', 'theory'):\n"
        "    package = importlib.import_module(f'overparam.{floor}')\n"
        "    for module in pkgutil.walk_packages(package.__path__, f'overparam.{floor}.'):\n"
        "        importlib.import_module(module.name)\n"
    )


def test_the_package_itself_imports_nothing_heavy():
    run("import sys, overparam\nassert not {'numpy', 'torch', 'matplotlib'} & set(sys.modules)\n")
