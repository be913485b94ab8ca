"""The runner behind `make test`: one failing check turns the whole run red, and the checks after it still run."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture
def runner(monkeypatch, tmp_path):
    """tests/run.py as a module that writes its reports to a folder of the test."""
    spec = importlib.util.spec_from_file_location("runner", Path(__file__).with_name("run.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "REPORTS", tmp_path)
    monkeypatch.setattr(module, "NOTEBOOKS", [Path("book/chapter/page.ipynb")])
    return module


def leaving(code: int, report: Path | None = None, cases: str = "", **counts: int) -> list[str]:
    """A command that exits with `code` after it wrote a pytest report, if one is asked for."""
    attributes = " ".join(f'{name}="{counts.get(name, 0)}"' for name in ("tests", "failures", "errors", "skipped"))
    text = f"<testsuites><testsuite {attributes}>{cases}</testsuite></testsuites>"
    write = f"import pathlib; pathlib.Path({str(report)!r}).write_text({text!r}); " if report else ""
    return [sys.executable, "-c", f"{write}raise SystemExit({code})"]


def test_all_green(runner, monkeypatch, tmp_path, capfd):
    unit = leaving(0, tmp_path / "unit.xml", tests=5, skipped=2)
    cell = '<testcase classname="book.chapter.page.ipynb" time="7.5" />'
    notebooks = leaving(0, tmp_path / "notebooks.xml", cell * 2, tests=2)
    monkeypatch.setattr(runner, "CHECKS", {"lint": leaving(0), "unit": unit, "notebooks": notebooks})
    assert runner.main() == 0
    out = capfd.readouterr().out
    assert "15.0 s  book/chapter/page\n" in out
    assert out.endswith("5 passed, 0 failed, 2 skipped\n")


def test_one_red_check_among_green_ones(runner, monkeypatch, tmp_path, capfd):
    unit = leaving(1, tmp_path / "unit.xml", tests=5, failures=1, errors=1, skipped=1)
    after = leaving(0, tmp_path / "notebooks.xml", tests=4)
    monkeypatch.setattr(runner, "CHECKS", {"unit": unit, "notebooks": after})
    assert runner.main() == 1
    assert capfd.readouterr().out.endswith("6 passed, 2 failed, 1 skipped\n")


def test_a_check_that_dies_before_it_reports_is_red(runner, monkeypatch):
    monkeypatch.setattr(runner, "CHECKS", {"lint": leaving(0), "notebooks": leaving(3)})
    assert runner.main() == 1


def test_a_notebook_past_its_budget_is_red(runner, monkeypatch, tmp_path, capfd):
    cells = '<testcase classname="book.slow.ipynb" time="61" /><testcase classname="book.worse.ipynb" time="181" />'
    monkeypatch.setattr(runner, "CHECKS", {"notebooks": leaving(0, tmp_path / "notebooks.xml", cells, tests=2)})
    assert runner.main() == 1
    out = capfd.readouterr().out
    assert "61.0 s  book/slow  slow\n" in out
    assert "181.0 s  book/worse  too slow\n" in out
    assert "time of book/worse: FAILED" in out
