"""A grid of runs: what is missing is run, what is finished is kept and collected, and no file is ever half-written."""

import errno
import importlib
import json
import os
import resource
from pathlib import Path

import joblib
import numpy as np
import pytest
import torch

RUNS = Path(__file__).parents[2] / "runs"
POINTS = [(40, "raw"), (40, "unit"), (4, "raw")]


@pytest.fixture
def grid(monkeypatch, tmp_path):
    """The module, with its folders in one of the test."""
    monkeypatch.syspath_prepend(RUNS)
    module = importlib.import_module("grid")
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(module, "STATE", tmp_path / "state")
    monkeypatch.setattr(module, "RESULTS", tmp_path / "results")
    with joblib.parallel_config(backend="threading"):  # which sees what a test has replaced
        yield module


@pytest.fixture
def line(grid, monkeypatch):
    """The command line of a script of one grid, and the points that it ran."""
    ran = []

    def one_run(c: int, inputs: str) -> dict[str, np.ndarray]:
        ran.append((c, inputs))
        if (c, inputs) == (4, "stopped"):
            raise KeyboardInterrupt
        return {"steps": np.arange(3), "distance": np.array([0, c / 3, len(inputs)])}

    def line(*words: str, points=POINTS):
        monkeypatch.setattr("sys.argv", ["runs/example.py", *words])
        grid.run_grids({grid.Grid("example", ("c", "inputs"), one_run): points}, doc="An example.", batch=5)

    line.ran = ran
    return line


def test_a_finished_point_is_not_run_again(line):
    line(points=POINTS[:2])
    assert line.ran == POINTS[:2]
    line("--jobs", "2")
    assert line.ran == POINTS


def test_what_is_finished_before_a_stop_is_kept(grid, line):
    with pytest.raises(KeyboardInterrupt):
        line(points=[*POINTS[:2], (4, "stopped")])
    kept = sorted(path.name for path in (grid.STATE / "example").iterdir())
    assert kept == ["c=40_inputs=raw.npz", "c=40_inputs=unit.npz"]
    assert list(grid.RESULTS.iterdir()) == []


def test_a_row_a_point_named_by_its_keys(grid, line, capsys):
    line()
    assert f"wrote {grid.RESULTS / 'example.npz'}" in capsys.readouterr().out
    with np.load(grid.RESULTS / "example.npz") as result:
        assert set(result) == {"c", "inputs", "steps", "distance", "provenance"}
        assert list(zip(result["c"].tolist(), result["inputs"].tolist(), strict=True)) == POINTS
        assert result["steps"].tolist() == [[0, 1, 2]] * 3
        assert result["distance"].dtype == np.float32
        np.testing.assert_allclose(result["distance"], [[0, 40 / 3, 3], [0, 40 / 3, 4], [0, 4 / 3, 3]], rtol=1e-7)
        story = json.loads(str(result["provenance"]))
    assert story["command"].startswith("python runs/example.py")
    assert story["batch"] == 5
    assert story["versions"]["torch"] == torch.__version__
    assert {"machine", "date"} <= set(story)


def test_collect_takes_what_is_there_and_runs_nothing(grid, line):
    line(points=POINTS[1:2])
    line("--collect")
    assert line.ran == POINTS[1:2]
    with np.load(grid.RESULTS / "example.npz") as result:
        assert result["inputs"].tolist() == ["unit"]


def test_nothing_to_collect_is_said(grid, line):
    with pytest.raises(SystemExit, match="no run of example is finished yet"):
        line("--collect")
    assert list(grid.RESULTS.iterdir()) == []


def test_a_full_disk_leaves_the_old_file_and_nothing_half_written(grid, tmp_path):
    path = tmp_path / "results" / "result.npz"
    grid.save(path, a=np.arange(3))
    good = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match=os.strerror(errno.EFBIG)):
            grid.save(path, a=np.random.default_rng(0).random(10_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == good
    assert [entry.name for entry in path.parent.iterdir()] == ["result.npz"]
