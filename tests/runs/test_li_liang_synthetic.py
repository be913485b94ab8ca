"""The committed numbers of the run on synthetic data are those that its script gives."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import torch

from overparam import results


@pytest.mark.parametrize("inputs", ["raw", "unit"])
def test_the_first_steps_of_the_narrowest_network_are_trained_again(monkeypatch, inputs):
    monkeypatch.syspath_prepend(Path(__file__).parents[2] / "runs")
    threads = torch.get_num_threads()
    script = importlib.import_module("li_liang_synthetic")
    committed = results.load("li_liang_synthetic")
    row = int(np.flatnonzero((committed["m"] == committed["m"].min()) & (committed["inputs"] == inputs))[0])
    try:
        again = script.one_run(inputs, int(committed["m"][row]), int(committed["seed"][row]), steps=20)
    finally:
        torch.set_num_threads(threads)
    assert again["steps"].tolist() == committed["steps"][row, :21].tolist()
    assert again["distance"][-1] > 0.01
    # Rounding differs from machine to machine, and float32 enlarges it.
    for name, tolerance in (("accuracy", 2e-3), ("coupling", 1e-4), ("distance", 1e-5)):
        assert again[name] == pytest.approx(committed[name][row, :21], abs=tolerance), name
