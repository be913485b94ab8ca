"""The gradient matrix entry by entry, against gradients and finite differences, and its smallest singular value."""

import numpy as np
import pytest
import torch

from overparam.measure import _blocks, gradient_matrix, smallest_singular_value
from overparam.networks import Deep, TwoLayer, deep


def example(seed: int, n: int = 4, dtype: torch.dtype = torch.float64) -> tuple[TwoLayer, np.ndarray]:
    rng = np.random.default_rng(seed)
    return TwoLayer(m=7, d=3, c=1, rng=rng, dtype=dtype), rng.standard_normal((n, 3))


def entry_by_entry(network: TwoLayer, X: np.ndarray) -> np.ndarray:
    """D in float64, a number at a time; float32 points are those that the network sees."""
    W, a = network.hidden.numpy().astype(float), network.output.numpy().astype(float)[0]
    X = X.astype(network.hidden.numpy().dtype).astype(float)
    D = np.empty((W.size, len(X)))
    for i, x in enumerate(X):
        for r, w in enumerate(W):
            for k in range(len(x)):
                D[r * len(x) + k, i] = a[r] * (w @ x >= 0) * x[k]
    return D


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("n", [1, 4])
def test_gradient_matrix(seed, dtype, n):
    network, X = example(seed, n, dtype)
    D = gradient_matrix(network, X)
    assert D.shape == (21, n)
    assert D.dtype == (np.float64 if dtype == torch.float64 else np.float32)
    np.testing.assert_allclose(D, entry_by_entry(network, X), rtol=1e-12 if D.itemsize == 8 else 1e-6)
    # The outputs are linear in the weights at fixed patterns: f = Dᵀw.
    f = network(X).numpy()[:, 0]
    np.testing.assert_allclose(D.T @ network.hidden.numpy().ravel(), f, atol=1e-12 if D.itemsize == 8 else 1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_is_the_matrix_times_the_residuals(seed):
    network, X = example(seed)
    rho = np.random.default_rng(10 + seed).standard_normal(4)
    gradient = network.gradient(X, torch.from_numpy(rho)[:, None]).numpy()
    np.testing.assert_allclose(gradient_matrix(network, X) @ rho, gradient.ravel(), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("seed", range(3))
def test_columns_are_derivatives_of_the_outputs(seed):
    network, X = example(seed)
    D, step = gradient_matrix(network, X), 1e-6
    for row in range(21):
        for sign in (1, -1):
            network.hidden.view(-1)[row] += sign * step
            D[row] -= sign * network(X).numpy()[:, 0] / (2 * step)
            network.hidden.view(-1)[row] -= sign * step
    np.testing.assert_allclose(D, 0, atol=1e-8)


def test_on_the_hyperplane_a_unit_is_active():
    network = TwoLayer(m=2, d=2, c=1, rng=np.random.default_rng(0))
    network.hidden[:] = torch.tensor([[1.0, 0.0], [-1.0, -1.0]])
    network.output[:] = torch.tensor([[2.0, 3.0]])
    X = np.array([[0.0, 5.0], [-1.0, 1.0]])
    assert gradient_matrix(network, X).tolist() == [[0, 0], [10, 0], [0, -3], [0, 3]]
    # DᵀD = [[100, 0], [0, 18]] has the square root of 18.
    assert smallest_singular_value(network, X) == pytest.approx(18**0.5, rel=1e-15)


def test_the_pseudo_network_keeps_the_patterns_of_the_start():
    network, X = example(0)
    before, value = gradient_matrix(network, X), smallest_singular_value(network, X)
    network.hidden.neg_()
    np.testing.assert_array_equal(gradient_matrix(network.pseudo(), X), before)
    assert smallest_singular_value(network.pseudo(), X) == value
    assert not np.array_equal(gradient_matrix(network, X), before)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("n", [1, 4])
def test_smallest_singular_value_is_that_of_the_matrix(seed, dtype, n):
    network, X = example(seed, n, dtype)
    expected = np.linalg.svd(entry_by_entry(network, X), compute_uv=False)
    result = smallest_singular_value(network, X)
    assert isinstance(result, float)
    # In float64 even for a network of float32, up to what the square costs.
    assert result == pytest.approx(expected[-1], rel=1e-12 * (expected[0] / expected[-1]) ** 2)
    assert expected[-1] > 0.1


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("n", [1, 5])
def test_the_deep_network_one_gradient_at_a_time(seed, dtype, n):
    rng = np.random.default_rng(seed)
    network = deep(d=3, m=6, depth=2, rng=rng, activation="tanh", dtype=dtype)
    X, one = rng.standard_normal((n, 3)), torch.ones(1, 1, dtype=dtype)
    columns = [np.concatenate([g.numpy().ravel() for g in network.gradient(x[None], one)]) for x in X]
    expected = np.linalg.svd(np.array(columns, dtype=float).T, compute_uv=False)
    rounding = 1e-14 if dtype == torch.float64 else 1e-6
    tolerance = rounding * (expected[0] / expected[-1]) ** 2
    assert tolerance < 0.02
    assert smallest_singular_value(network, X) == pytest.approx(expected[-1], rel=tolerance)


@pytest.mark.parametrize("seed", range(3))
def test_the_gradient_bounds_the_residuals(seed):
    network, X = example(seed)
    s = smallest_singular_value(network, X)
    for rho in np.random.default_rng(seed).standard_normal((20, 4)):
        size = np.linalg.norm(network.gradient(X, torch.from_numpy(rho)[:, None]))
        assert np.linalg.norm(rho) <= size / s * (1 + 1e-10)


def test_singular_matrices_give_zero_up_to_rounding():
    network, X = example(0, 40)  # 21 weights
    largest = np.linalg.svd(entry_by_entry(network, X), compute_uv=False)[0]
    assert smallest_singular_value(network, X) <= 1e-7 * largest
    values = [smallest_singular_value(example(seed, 40)[0], example(seed, 40)[1]) for seed in range(10)]
    assert 0.0 in values  # rounding makes some of the smallest eigenvalues negative, whose root would be no number
    assert all(value < 1e-6 for value in values)
    twice = np.concatenate([X[:2], X[:1]])
    assert smallest_singular_value(network, twice) <= 1e-7 * largest
    deeper = deep(d=3, m=2, depth=1, rng=np.random.default_rng(0))
    assert smallest_singular_value(deeper, X) < 1e-6


@pytest.mark.parametrize("limit", [1, 14, 10**9])
def test_blocks_do_not_change_the_value(monkeypatch, limit):
    network, X = example(1)
    expected = smallest_singular_value(network, X)
    monkeypatch.setattr(_blocks, "LIMIT", limit)
    assert smallest_singular_value(network, X) == pytest.approx(expected, rel=1e-12)


def test_blocks_bound_the_memory(monkeypatch):
    network, X = example(1, 5)
    points, units = [], []
    patterns, addmm = TwoLayer.patterns, torch.Tensor.addmm_
    monkeypatch.setattr(_blocks, "LIMIT", 16)
    monkeypatch.setattr(TwoLayer, "patterns", lambda self, X: points.append(len(X)) or patterns(self, X))
    monkeypatch.setattr(torch.Tensor, "addmm_", lambda self, A, B: units.append(A.shape[1]) or addmm(self, A, B))
    smallest_singular_value(network, X)
    assert points == [2, 2, 1]  # 7 units a point
    assert units == [3, 3, 1]  # 5 points a unit


@pytest.mark.bad_input
def test_networks_and_points_that_are_refused():
    rng, X = np.random.default_rng(0), np.eye(3)
    network, two = example(0)[0], TwoLayer(m=5, d=3, c=2, rng=rng)
    with pytest.raises(ValueError, match="network must be a TwoLayer; got Deep"):
        gradient_matrix(deep(d=3, m=4, depth=1, rng=rng), X)
    for measure in (gradient_matrix, smallest_singular_value):
        with pytest.raises(ValueError, match="network must have one output; got 2"):
            measure(two, X)
        with pytest.raises(ValueError, match=r"X must have shape \(n, 3\); got \(2, 2\)"):
            measure(network, np.eye(2))
        with pytest.raises(ValueError, match="X must be finite"):
            measure(network, np.full((1, 3), np.inf))
    with pytest.raises(ValueError, match="network must have one output; got 2"):
        smallest_singular_value(deep(d=3, m=4, depth=1, c=2, rng=rng), X)
    stack = Deep([torch.ones(2, 5, 3), torch.ones(2, 1, 5)], [1.0, 1.0], "relu")
    with pytest.raises(ValueError, match=r"network must map points \(n, d\)"):
        smallest_singular_value(stack, X.astype(np.float32))
