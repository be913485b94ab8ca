"""One environment: the lock file satisfies pyproject.toml, and Binder installs that very lock file and the package."""

import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import metadata, version
from itertools import chain
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
LOCK = [line for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
PINS = {canonicalize_name(name): pin for name, _, pin in (line.partition("==") for line in LOCK)}


def test_every_line_of_the_lock_is_one_pin_for_every_system():
    assert [line for line in LOCK if not re.fullmatch(r"[\w.-]+==[\w.!]+", line)] == []


def test_the_lock_satisfies_the_project():
    extras = chain.from_iterable(PROJECT["optional-dependencies"].values())
    needed = map(Requirement, chain(PYPROJECT["build-system"]["requires"], PROJECT["dependencies"], extras))
    wrong = [
        str(requirement)
        for requirement in needed
        if requirement.name != PROJECT["name"]
        and not requirement.specifier.contains(PINS.get(canonicalize_name(requirement.name), "0"))
    ]
    assert wrong == []


def test_the_tests_run_on_the_lock():
    running = {name: version(name).partition("+")[0] for name in PINS}
    assert running == PINS


def test_the_lock_installs_on_the_oldest_python():
    oldest = PROJECT["requires-python"].removeprefix(">=") + ".0"
    needs = {name: metadata(name).get("Requires-Python") or "" for name in PINS}
    assert {name: need for name, need in needs.items() if oldest not in SpecifierSet(need)} == {}


def test_binder_installs_the_lock_and_the_package():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = environment["dependencies"]
    assert conda == ["python=3.11", "pip"]
    assert pip["pip"] == ["--extra-index-url https://download.pytorch.org/whl/cpu", "-r requirements.lock", "-e ."]


def test_binder_copies_the_repository_before_it_builds_the_environment(tmp_path):
    for name in ("environment.yml", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    command = [Path(sys.executable).parent / "jupyter-repo2docker", "--no-build", "--debug", "."]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert "Building conda environment for python=3.11" in result.stderr
    dockerfile = result.stdout
    copied, built = dockerfile.index("COPY --chown=0:0 src/ ${REPO_DIR}/"), dockerfile.index('--file "environment.yml"')
    assert copied < built


def test_no_folder_hides_the_environment_from_binder():
    assert not (ROOT / "binder").exists()
    assert not (ROOT / ".binder").exists()
