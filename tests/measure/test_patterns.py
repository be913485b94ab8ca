"""Coupling against a count of every pair, one by one."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from overparam.measure import changed_by_unit, coupling, patterns
from overparam.networks import TwoLayer

SIZES = st.integers(1, 7)


def moved(m: int, d: int, seed: int) -> tuple[TwoLayer, np.ndarray]:
    rng = np.random.default_rng(seed)
    network = TwoLayer(m=m, d=d, c=2, rng=rng)
    network.hidden += network.std * torch.from_numpy(rng.standard_normal((m, d)))
    return network, rng.standard_normal((rng.integers(1, 9), d))


def counted(network: TwoLayer, X: np.ndarray) -> np.ndarray:
    """Changed (unit, point) pairs, as a matrix of zeros and ones."""
    W, W0 = network.hidden.numpy(), network.initial.numpy()
    return np.array([[(W[r] @ x >= 0) != (W0[r] @ x >= 0) for x in X] for r in range(len(W))], dtype=float)


@settings(max_examples=40)
@given(m=SIZES, d=SIZES, seed=st.integers(0, 2**32 - 1))
def test_coupling_is_the_fraction_of_pairs_counted_one_by_one(m, d, seed):
    network, X = moved(m, d, seed)
    changed = counted(network, X)
    np.testing.assert_allclose(changed_by_unit(network, X), changed.mean(axis=1), rtol=0, atol=1e-15)
    assert coupling(network, X) == pytest.approx(changed.mean(), rel=0, abs=1e-15)
    # Item LL-19: that a unit changes at some point is at least as likely as that a pair does.
    assert np.mean(changed_by_unit(network, X) > 0) == changed.any(axis=1).mean()
    assert coupling(network, X) == pytest.approx(changed_by_unit(network, X).mean(), rel=0, abs=1e-15)


def test_the_examples_do_change_patterns():
    network, X = moved(50, 5, 0)
    assert 0.1 < coupling(network, X) < 0.4
    assert changed_by_unit(network, X).dtype == np.float64
    assert isinstance(coupling(network, X), float)


def test_known_patterns():
    network = TwoLayer(m=2, d=2, c=1, rng=np.random.default_rng(0))
    network.initial[:] = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    network.hidden[:] = torch.tensor([[-1.0, 0.0], [0.0, 1.0]])
    # The last point lies on the hyperplane of the first unit, before and after: active both times.
    X = np.array([[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [0.0, 1.0]])
    assert changed_by_unit(network, X).tolist() == [0.75, 0.0]
    assert coupling(network, X) == 0.375


def test_nothing_has_changed_at_the_start_and_everything_after_a_change_of_sign():
    network = TwoLayer(m=30, d=4, c=2, rng=np.random.default_rng(0))
    X = np.random.default_rng(1).standard_normal((9, 4))
    assert coupling(network, X) == 0
    network.hidden.neg_()
    assert coupling(network, X) == 1


@pytest.mark.parametrize("factor", [1e-150, 0.5, 1e100])
def test_coupling_knows_no_scale_of_weights_or_points(factor):
    network, X = moved(20, 3, 2)
    expected = coupling(network, X)
    assert 0 < expected < 1
    assert coupling(network, factor * X) == expected
    network.hidden.mul_(factor)
    assert coupling(network, X) == expected


def test_the_pseudo_network_never_changes_a_pattern():
    network, X = moved(20, 3, 3)
    assert coupling(network, X) > 0
    assert coupling(network.pseudo(), X) == 0


@pytest.mark.parametrize("block", [1, 7, 64, 10**9])
def test_blocks_do_not_change_the_count(monkeypatch, block):
    network, X = moved(13, 3, 4)
    expected = counted(network, X).mean(axis=1)
    monkeypatch.setattr(patterns, "_BLOCK", block)
    np.testing.assert_array_equal(changed_by_unit(network, X), expected)


def test_blocks_bound_the_memory(monkeypatch):
    network, X = moved(10, 3, 5)
    X = np.resize(X, (23, 3))
    seen = []
    monkeypatch.setattr(patterns, "_BLOCK", 50)
    whole = TwoLayer.initial_patterns
    monkeypatch.setattr(TwoLayer, "initial_patterns", lambda self, X: seen.append(len(X)) or whole(self, X))
    changed_by_unit(network, X)
    assert seen == [5, 5, 5, 5, 3]


@pytest.mark.bad_input
@pytest.mark.parametrize("measure", [coupling, changed_by_unit])
@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.ones((3, 4)), r"X must have shape \(n, 3\); got \(3, 4\)"),
        (np.ones(3), "X must have 2 axes"),
        (np.ones((0, 3)), "X must hold at least one point"),
        (np.array([[1.0, np.inf, 0.0]]), "X must be finite"),
    ],
)
def test_bad_points(measure, X, message):
    with pytest.raises(ValueError, match=message):
        measure(moved(2, 3, 0)[0], X)
