"""Sweeps: the same numbers in this process, in others and on a Dask cluster, and no finished point run twice."""

import os
import signal
import subprocess
import sys

import numpy as np
import pytest
from joblib import parallel_config

from overparam.sweep import kept, sweep

GRID = {"m": [3, 5], "seed": [0, 1, 2]}


@pytest.fixture
def draw():
    """A run whose function travels to other processes by value, and notes in `log` that it ran."""

    def draw(m: int, seed: int, log: str | None = None) -> dict:
        import numpy as np

        from overparam.networks import TwoLayer
        from overparam.train import train

        rng = np.random.default_rng([m, seed])
        X, y = rng.standard_normal((6, 4)), rng.integers(2, size=6)
        network = TwoLayer(m=m, d=4, c=2, rng=rng)
        train(network, X, y, rate=0.1, steps=3, progress=False)
        if log:
            with open(log, "a") as file:
                file.write(f"{m} {seed}\n")
        return {"weights": network.hidden.numpy(), "seed": seed}

    return draw


def test_all_combinations_in_order(draw):
    results = sweep(draw, GRID)
    assert [(len(result["weights"]), int(result["seed"])) for result in results] == [
        (m, seed) for m in GRID["m"] for seed in GRID["seed"]
    ]
    named = sweep(draw, [{"m": 5, "seed": 2}])
    np.testing.assert_array_equal(named[0]["weights"], results[-1]["weights"])


def test_a_finished_point_is_read_and_not_run_again(draw, tmp_path):
    log, folder = str(tmp_path / "log"), tmp_path / "kept"
    first = sweep(draw, [{"m": 3, "seed": 1, "log": "x"}][:0], folder=folder)
    assert first == []
    from functools import partial

    logged = partial(draw, log=log)
    sweep(logged, [{"m": 3, "seed": 1}], folder=folder)
    again = sweep(logged, GRID, folder=folder)
    assert (tmp_path / "log").read_text().splitlines() == ["3 1", "3 0", "3 2", "5 0", "5 1", "5 2"]
    np.testing.assert_array_equal(again[1]["weights"], draw(3, 1)["weights"])
    assert again[1]["weights"].dtype == np.float64
    assert kept(folder, {"m": 3, "seed": 1}).name == "m=3_seed=1.npz"


def test_other_processes_give_the_same_numbers(draw):
    with parallel_config(backend="loky"):
        there = sweep(draw, GRID, jobs=2)
    for a, b in zip(sweep(draw, GRID), there, strict=True):
        np.testing.assert_array_equal(a["weights"], b["weights"])


@pytest.mark.filterwarnings("default")  # Dask's own
def test_a_dask_cluster_takes_over_by_configuration_alone(draw, tmp_path):
    from dask.distributed import Client, LocalCluster

    here = sweep(draw, GRID)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
        parallel_config(backend="dask"),
    ):
        there = sweep(draw, GRID, folder=tmp_path)
        assert len(client.scheduler_info()["workers"]) == 2
    for a, b in zip(here, there, strict=True):
        np.testing.assert_array_equal(a["weights"], b["weights"])
    assert len(list(tmp_path.iterdir())) == 6


KILLED = """
import os, signal, sys
from overparam.sweep import sweep
def run(i):
    with open(sys.argv[1] + "/log", "a") as log:
        log.write(f"{i}\\n")
    if i == 2 and len(sys.argv) > 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return {"square": i * i}
print([int(result["square"]) for result in sweep(run, {"i": range(5)}, folder=sys.argv[1] + "/kept")])
"""


def test_a_sweep_that_is_killed_half_way_resumes(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    assert subprocess.run([*command, "die"], env=os.environ).returncode == -signal.SIGKILL
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[0, 1, 4, 9, 16]"
    assert (tmp_path / "log").read_text().split() == ["0", "1", "2", "2", "3", "4"]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([{"i": 1}, {"i": 1}], "points must differ"),
        ([{"i": 1}, {"i": "1"}], "points must differ"),
        ([{"i": "a/b"}], "points must have numbers and plain words to name a file; got i = 'a/b'"),
        ([{"i": ""}], "got i = ''"),
    ],
)
def test_points_that_cannot_be_kept_apart_are_refused(tmp_path, points, message):
    with pytest.raises(ValueError, match=message):
        sweep(lambda i: {"i": i}, points, folder=tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


@pytest.mark.bad_input
def test_a_run_without_names_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"run must give a mapping of names to arrays; got ndarray at \{'i': 1\}"):
        sweep(lambda i: np.ones(i), {"i": [1]}, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []
