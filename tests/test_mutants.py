"""The harness behind `make mutants`: it tells a test that notices a mutant from one that does not."""

import importlib.util
from pathlib import Path

import pytest

SOURCE = '''\
Number = int | float


def double(x: int | None = 3, *, y: "a + b" = 0) -> int | None:
    """Twice x + 0."""
    return 2 * x
'''


@pytest.fixture(scope="module")
def harness():
    spec = importlib.util.spec_from_file_location("mutants", Path(__file__).with_name("mutants.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_mutants_change_what_is_computed_and_nothing_else(harness):
    found = list(harness.mutants({"theory.double": SOURCE}, 0))
    assert {mutant["line"] for mutant in found} == {4, 6}
    changed = [mutant["diff"][1] for mutant in found]
    assert "+    return 2 / x" in changed
    assert "+    return 3 * x" in changed
    assert {line for line in changed if "def" in line} == {
        f'+def double(x: int | None = {x}, *, y: "a + b" = {y}) -> int | None:'
        for x, y in ((2, 0), (4, 0), (3, 1), (3, -1))
    }
    # A seed gives one order, which another module only interleaves.
    both = harness.mutants({"theory.double": SOURCE, "theory.other": "x = 1"}, 0)
    assert [mutant for mutant in both if mutant["module"] == "theory.double"] == found
    assert list(harness.mutants({"theory.double": SOURCE}, 1)) != found


@pytest.mark.parametrize(
    ("source", "expected"), [("x = 2", "green"), ("x = 3", "red"), ("while True: pass", "slow"), ("x = ", "red")]
)
def test_verdicts(harness, monkeypatch, tmp_path, source, expected):
    monkeypatch.setattr(harness, "SECONDS", 2 if expected == "slow" else 60)
    (tmp_path / "lib/overparam/theory").mkdir(parents=True)
    (tmp_path / "tests/theory").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\naddopts = ['--import-mode=importlib']\n")
    (tmp_path / "tests/conftest.py").touch()
    (tmp_path / "lib/overparam/theory/planted.py").write_text("x = 2")
    test = "import runpy\n\ndef test_x():\n    assert runpy.run_path('lib/overparam/theory/planted.py')['x'] == 2\n"
    (tmp_path / "tests/theory/test_planted.py").write_text(test)
    assert harness.verdict("theory.planted", source, tmp_path) == expected


def test_the_score_decides(harness, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(harness, "BUILD", tmp_path)
    result = {"module": "theory.a", "line": 3, "operator": "NumberReplacer", "diff": ["-x = 1", "+x = 2"]}
    red, green, slow = (result | {"verdict": verdict} for verdict in ("red", "green", "slow"))
    assert harness.report([red] * 8 + [green, slow]) == 0
    assert "theory.a:3 survived NumberReplacer\n-x = 1\n+x = 2\n" in capsys.readouterr().out
    assert harness.report([red] * 8 + [green] * 2) == 1
    assert '"score": 0.8' in (tmp_path / "mutants.json").read_text()
