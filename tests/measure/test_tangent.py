"""The finite-width tangent kernel against explicit Jacobians, its infinite-width limit, and networks it must refuse."""

import numpy as np
import pytest
import torch

from overparam import measure
from overparam.networks import TwoLayer, deep
from overparam.theory import kernels


def points(n: int, d: int, seed: int) -> np.ndarray:
    X = np.random.default_rng(seed).standard_normal((n, d))
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def jacobians(network, X: np.ndarray) -> list[np.ndarray]:
    """∂f_i(x)/∂W for every point and output, (n, c, p), a matrix a weight: one gradient at a time."""
    result = [np.empty((len(X), len(network.weights[-1]), W.numel())) for W in network.weights]
    for s in range(len(X)):
        for i in range(len(network.weights[-1])):
            one = torch.zeros(1, len(network.weights[-1]), dtype=network.weights[0].dtype)
            one[0, i] = 1
            for J, gradient in zip(result, network.gradient(X[s : s + 1], one), strict=True):
                J[s, i] = gradient.numpy().ravel()
    return result


@pytest.mark.parametrize("c", [1, 3])
@pytest.mark.parametrize("activation", ["relu", "tanh", "softplus"])
@pytest.mark.parametrize("seed", range(3))
def test_ntk_is_the_product_of_jacobians(c, activation, seed):
    network = deep(d=4, m=7, depth=3, c=c, rng=np.random.default_rng(seed), activation=activation)
    X, Y = points(6, 4, seed), points(5, 4, 10 + seed)
    for other in (None, Y):
        right = jacobians(network, X if other is None else other)
        full = [np.einsum("nap,kbp->nkab", J, K) for J, K in zip(jacobians(network, X), right, strict=True)]
        mean = [np.einsum("nkaa->nk", block) / c for block in full]
        for rows in (None, 2, 100):
            kwargs = {"Y": other, "rows": rows}
            np.testing.assert_allclose(measure.ntk(network, X, **kwargs), sum(mean), rtol=1e-11, atol=1e-12)
            np.testing.assert_allclose(
                measure.ntk(network, X, outputs=True, **kwargs), sum(full), rtol=1e-11, atol=1e-12
            )
            np.testing.assert_allclose(measure.ntk(network, X, layers=True, **kwargs), mean, rtol=1e-11, atol=1e-12)
            np.testing.assert_allclose(
                measure.ntk(network, X, outputs=True, layers=True, **kwargs), full, rtol=1e-11, atol=1e-12
            )


@pytest.mark.parametrize("seed", range(3))
def test_ntk_converges_to_the_infinite_width_kernel(seed):
    rng, X = np.random.default_rng(seed), points(4, 3, seed)
    draws = np.array([measure.ntk(deep(d=3, m=300, depth=3, rng=rng), X) for _ in range(40)])
    error = draws.std(axis=0, ddof=1) / np.sqrt(len(draws))
    assert np.all(np.abs(draws.mean(axis=0) - kernels.ntk(X, depth=3)) <= 4 * error)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_last_hidden_block_converges_to_layer_gram(activation):
    rng, X = np.random.default_rng(0), points(3, 3, 0)
    draws = np.array(
        [measure.ntk(deep(d=3, m=300, depth=2, rng=rng, activation=activation), X, layers=True)[1] for _ in range(60)]
    )
    error = draws.std(axis=0, ddof=1) / np.sqrt(len(draws))
    assert np.all(np.abs(draws.mean(axis=0) - kernels.layer_gram(X, 2, activation)) <= 4 * error)


def test_any_module_goes_through_torch_func():
    torch.manual_seed(0)  # the layers of torch draw from its global state
    X = points(5, 3, 0)
    network = deep(d=3, m=6, depth=2, c=2, rng=np.random.default_rng(0))
    a, b = network.scales[1:]
    twin = torch.nn.Sequential(
        torch.nn.Linear(3, 6, bias=False), torch.nn.ReLU(), torch.nn.Linear(6, 6, bias=False), torch.nn.ReLU()
    ).double()

    class Scaled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.out = twin, torch.nn.Parameter(network.weights[2].clone())

        def forward(self, x):
            h = torch.relu(x @ self.body[0].weight.T)
            return b * torch.relu(a * h @ self.body[2].weight.T) @ self.out.T

    with torch.no_grad():
        twin[0].weight.copy_(network.weights[0])
        twin[2].weight.copy_(network.weights[1])
    other = Scaled()
    for kwargs in ({}, {"outputs": True}, {"rows": 2}, {"rows": 3, "outputs": True}):
        expected = measure.ntk(network, X, **kwargs)
        np.testing.assert_allclose(measure.ntk(other, X, **kwargs), expected, rtol=1e-11, atol=1e-12)
    twin[0].weight.requires_grad_(False)
    frozen = measure.ntk(network, X, layers=True)[1:].sum(axis=0)
    np.testing.assert_allclose(measure.ntk(other, X), frozen, rtol=1e-11, atol=1e-12)


def test_two_layer_network_has_the_kernel_of_its_hidden_weights():
    network, X = TwoLayer(m=20, d=3, c=1, rng=np.random.default_rng(0)), points(4, 3, 0)
    on = (X @ network.hidden.numpy().T >= 0) * network.output.numpy()
    np.testing.assert_allclose(measure.ntk(network, X), (on @ on.T) * (X @ X.T), rtol=1e-12)


def test_dtype_one_point_and_nothing_left_behind():
    network = deep(d=3, m=4, depth=1, rng=np.random.default_rng(0), dtype=torch.float32)
    assert measure.ntk(network, points(1, 3, 0)).dtype == np.float32
    assert measure.ntk(network, points(1, 3, 0)).shape == (1, 1)
    assert all(W.grad is None for W in network.parameters())


@pytest.mark.bad_input
def test_networks_that_are_refused():
    X = np.eye(3)
    plain = torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1)).double()
    for register in ("register_forward_hook", "register_forward_pre_hook", "register_full_backward_hook"):
        handle = getattr(plain[0], register)(lambda *args: None)
        with pytest.raises(ValueError, match=r"network must have no hooks; 0 \(Linear\) has one"):
            measure.ntk(plain, X)
        handle.remove()
    assert measure.ntk(plain, X).shape == (3, 3)
    network = deep(d=3, m=3, depth=2, rng=np.random.default_rng(0))
    handle = network.register_forward_hook(lambda *args: None)
    with pytest.raises(ValueError, match="network must have no hooks"):
        measure.ntk(network, X)
    handle.remove()
    network.weights[1] = network.weights[0]
    with pytest.raises(ValueError, match="network must not share weights"):
        measure.ntk(network, X)
    tied = torch.nn.Linear(3, 3, bias=False).double()
    both = torch.nn.Sequential(tied, torch.nn.ReLU(), tied)
    with pytest.raises(ValueError, match="network must not share weights"):
        measure.ntk(both, X)
    with pytest.raises(ValueError, match="network must have parameters"):
        measure.ntk(torch.nn.ReLU(), X)
    with pytest.raises(ValueError, match=r"network must be a torch\.nn\.Module"):
        measure.ntk(lambda x: x, X)


@pytest.mark.bad_input
@pytest.mark.parametrize("start", range(9))
@pytest.mark.parametrize("size", [1, 4, 7])
def test_parameters_may_touch_in_memory_but_not_overlap(start, size):
    """Both are views of one buffer, as of an optimiser that keeps all weights in one piece."""
    buffer, stop = torch.ones(64, dtype=torch.float64), start + size

    class Sum(torch.nn.Module):
        def __init__(self, overlap: int):
            super().__init__()
            self.a = torch.nn.Parameter(buffer[start:stop])
            self.b = torch.nn.Parameter(buffer[stop - overlap : stop - overlap + 3])

        def forward(self, x):
            return x.sum(1) * (self.a.sum() + self.b.sum())

    np.testing.assert_allclose(measure.ntk(Sum(0), np.ones((1, 2))), 4 * (size + 3))
    with pytest.raises(ValueError, match="network must not share weights"):
        measure.ntk(Sum(1), np.ones((1, 2)))


@pytest.mark.bad_input
def test_points_that_are_refused():
    network = deep(d=3, m=3, depth=1, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="X must be finite"):
        measure.ntk(network, np.full((1, 3), np.nan))
    with pytest.raises(ValueError, match=r"X must have shape \(n, 3\)"):
        measure.ntk(network, np.eye(2))
    with pytest.raises(ValueError, match="Y must have rows of dimension 3"):
        measure.ntk(network, np.eye(3), np.eye(2))
    with pytest.raises(ValueError, match="rows must be an integer of at least 1"):
        measure.ntk(network, np.eye(3), rows=0)


def test_what_is_fixed_adds_nothing_to_the_kernel():
    X = np.random.default_rng(1).standard_normal((4, 3))
    whole, between = (deep(d=3, m=5, depth=3, rng=np.random.default_rng(0), trained=t) for t in ("all", "between"))
    expected = measure.ntk(whole, X, layers=True)
    expected[[0, -1]] = 0
    np.testing.assert_allclose(measure.ntk(between, X, layers=True), expected, rtol=1e-12)
    np.testing.assert_allclose(measure.ntk(between, X), expected.sum(0), rtol=1e-12)
