"""The benchmarks pair their runs, and the page shows the ratios of the committed files."""

import importlib
import json
from pathlib import Path

import numpy as np
import pytest
import torch

from overparam import results

BENCHMARKS = Path(__file__).parents[1] / "benchmarks"
COMMITTED = ("benchmark_infinite_ntk", "benchmark_finite_ntk", "benchmark_many_networks")


@pytest.fixture
def paired(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(BENCHMARKS)
    module = importlib.import_module("paired")
    monkeypatch.setattr(module, "RESULTS", tmp_path)
    monkeypatch.setattr(module, "PAIRS", 3)
    monkeypatch.setattr(module, "matmul_rate", lambda dtype: 7.0)
    return module


def test_ours_and_the_peers_run_in_turn_after_one_that_is_not_counted(paired, monkeypatch, capsys, tmp_path):
    order, times = [], iter([9.0, 9.0, 1.0, 2.0, 1.0, 6.0, 2.0, 8.0])

    def timed(who):
        def call():
            order.append(who)
            return next(times)

        return call

    benchmark = paired.Benchmark("benchmark_example")
    benchmark.compare("a case", "a peer", timed("ours"), timed("theirs"), wanted=3)
    assert order == ["ours", "theirs"] * 4
    assert "ratio 4.00 (2.00 to 6.00), wanted 3" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["example.py"])
    benchmark.finish()
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr("sys.argv", ["example.py", "--save"])
    benchmark.finish({"peer": "1.0"}, fact=2.5)
    with np.load(tmp_path / "benchmark_example.npz") as saved:
        assert saved["ours"].tolist() == [[1, 1, 2]]
        assert saved["theirs"].tolist() == [[2, 6, 8]]
        story = json.loads(str(saved["provenance"]))
    assert story["peers"] == {"peer": "1.0"}
    assert story["fact"] == 2.5
    assert story["matmul_float32_gflops"] == 7
    assert story["threads"] == torch.get_num_threads()


def test_the_rate_of_a_matrix_product_is_counted_in_operations(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    paired = importlib.import_module("paired")
    monkeypatch.setattr(paired, "seconds", lambda call: 0.5)
    assert paired.matmul_rate(torch.float32, 1000) == pytest.approx(4)


@pytest.mark.parametrize("name", COMMITTED)
def test_committed_results_hold_five_pairs_and_their_story(name):
    result = results.load(name)
    assert result["ours"].shape == result["theirs"].shape
    assert result["ours"].shape[1] >= 5
    assert (result["ours"] > 0).all()
    story = json.loads(str(result["provenance"]))
    assert {"command", "machine", "date", "versions", "threads"} <= set(story)


def test_operations_of_the_finite_kernel_are_those_of_its_products(monkeypatch):
    """Counted by PyTorch itself while the kernel is computed."""
    from torch.utils.flop_counter import FlopCounterMode

    from overparam.measure import ntk
    from overparam.networks import deep

    monkeypatch.syspath_prepend(BENCHMARKS)
    operations = importlib.import_module("finite_ntk").operations
    n, d, m, depth = 6, 7, 8, 3
    network = deep(d=d, m=m, depth=depth, rng=np.random.default_rng(0))
    ntk(network, np.ones((n, d)))
    with FlopCounterMode(display=False) as counter:
        ntk(network, np.random.default_rng(1).standard_normal((n, d)))
    extra = 2 * d * m + 2 * (depth - 1) * m**2 + 2 * m  # one point, to find the number of outputs
    assert counter.get_total_flops() == pytest.approx(operations(n, d, m, depth) + extra, rel=0.02)
