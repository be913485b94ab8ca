"""The deep network against autograd, finite differences and the size of its signals."""

import copy

import numpy as np
import pytest
import torch

from overparam.networks import Deep, deep

ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "softplus": torch.nn.functional.softplus}


def points(n: int, d: int, seed: int) -> np.ndarray:
    X = np.random.default_rng(seed).standard_normal((n, d))
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def by_hand(network: Deep, X: torch.Tensor, weights: list[torch.Tensor]) -> torch.Tensor:
    h = X
    for W, scale in zip(weights[:-1], network.scales[:-1], strict=True):
        h = ACTIVATIONS[network.activation](scale * h @ W.T)
    return network.scales[-1] * h @ weights[-1].T


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("parameterization", ["ntk", "standard"])
@pytest.mark.parametrize("seed", range(3))
def test_outputs_and_gradients_are_those_of_autograd(activation, parameterization, seed):
    network = deep(
        d=4,
        m=6,
        depth=3,
        c=2,
        rng=np.random.default_rng(seed),
        activation=activation,
        parameterization=parameterization,
    )
    X, residual = points(5, 4, seed), torch.from_numpy(np.random.default_rng(9 + seed).standard_normal((5, 2)))
    weights = [W.detach().clone().requires_grad_() for W in network.weights]
    F = by_hand(network, torch.from_numpy(X), weights)
    torch.testing.assert_close(network(X), F.detach(), rtol=1e-12, atol=1e-13)
    expected = torch.autograd.grad((F * residual).sum(), weights)
    for mine, theirs in zip(network.gradient(X, residual), expected, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-11, atol=1e-12)
    network.descend(X, lambda _: residual, 0.3)
    for W, start, gradient in zip(network.weights, weights, expected, strict=True):
        torch.testing.assert_close(W.detach(), start.detach() - 0.3 * gradient, rtol=1e-11, atol=1e-12)


def test_descend_hands_over_the_outputs():
    network, X = deep(d=3, m=4, depth=2, rng=np.random.default_rng(0)), points(2, 3, 0)
    F, seen = network(X), []
    network.descend(X, lambda outputs: seen.append(outputs) or torch.zeros_like(outputs), 1.0)
    torch.testing.assert_close(seen[0], F)
    torch.testing.assert_close(network(X), F)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("parameterization", ["ntk", "standard"])
def test_signals_keep_their_size(activation, parameterization):
    """E‖h‖² = 1 layer by layer, and E f² = 1 or 1/c: means over 60 networks within four standard errors."""
    rng, m, c, X = np.random.default_rng(1), 200, 3, points(1, 5, 0)
    sizes, outputs = [], []
    for _ in range(60):
        network = deep(d=5, m=m, depth=2, c=c, rng=rng, activation=activation, parameterization=parameterization)
        seen, preactivations = network.layers(X)
        assert len(seen) == 3
        assert len(preactivations) == 2
        scale = network.scales[1] if parameterization == "ntk" else 1.0
        sizes.append(scale**2 * float((seen[1] ** 2).sum()))
        outputs.append(float((network(X) ** 2).mean()))
    for draws, expected in ((sizes, 1.0), (outputs, 1.0 if parameterization == "ntk" else 1 / c)):
        if parameterization == "standard" and activation != "relu":
            continue  # pre-activations have variance c_σ/m there: only ReLU, being homogeneous, keeps the norm
        error = np.std(draws, ddof=1) / np.sqrt(len(draws))
        assert abs(np.mean(draws) - expected) <= 4 * error


def test_shapes_dtype_and_names():
    network = deep(d=4, m=3, depth=2, c=5, rng=np.random.default_rng(0), dtype=torch.float32)
    assert [tuple(W.shape) for W in network.weights] == [(3, 4), (3, 3), (5, 3)]
    assert network(points(2, 4, 0)).dtype == torch.float32
    assert [tuple(g.shape) for g in network.preactivations(points(2, 4, 0))] == [(2, 3), (2, 3)]
    assert network.scales == pytest.approx((1, np.sqrt(2 / 3), np.sqrt(2 / 3)))
    again = deep(d=4, m=3, depth=2, c=5, rng=np.random.default_rng(0), dtype=torch.float32)
    assert all(torch.equal(V, W) for V, W in zip(network.weights, again.weights, strict=True))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"d": 0}, "d must be an integer of at least 1"),
        ({"m": 0}, "m must be an integer of at least 1"),
        ({"depth": 0}, "depth must be an integer of at least 1"),
        ({"c": 0}, "c must be an integer of at least 1"),
        ({"rng": 0}, "rng must be a numpy.random.Generator"),
        ({"activation": "gelu"}, "activation must be one of"),
        ({"parameterization": "mup"}, "parameterization must be one of"),
        ({"dtype": torch.float16}, "dtype must be torch.float64 or torch.float32"),
    ],
)
def test_deep_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        deep(**({"d": 2, "m": 3, "depth": 1, "rng": np.random.default_rng(0)} | change))


@pytest.mark.bad_input
def test_points_and_residuals_that_do_not_fit():
    network = deep(d=2, m=3, depth=1, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"X must have shape \(n, 2\)"):
        network(np.ones((1, 3)))
    with pytest.raises(ValueError, match=r"residual must have shape \(2, 1\)"):
        network.gradient(np.eye(2), torch.zeros(2, 2))


def test_torch_func_sees_every_layer():
    """`functional_call` puts plain tensors where the parameters were; each must reach the output with its graph."""
    network = deep(d=3, m=4, depth=3, c=2, rng=np.random.default_rng(0), activation="tanh")
    X = torch.from_numpy(np.random.default_rng(1).standard_normal((5, 3)))
    named = {name: W.detach() for name, W in network.named_parameters()}
    gradients = torch.func.grad(lambda weights: torch.func.functional_call(network, weights, (X,)).sum())(named)
    by_hand = network.gradient(X, torch.ones(5, 2, dtype=torch.float64))
    for gradient, expected in zip(gradients.values(), by_hand, strict=True):
        torch.testing.assert_close(gradient, expected)


def test_what_is_not_trained_has_no_gradient_and_stays():
    network = deep(d=4, m=6, depth=3, c=2, rng=np.random.default_rng(0), trained="between")
    whole = deep(d=4, m=6, depth=3, c=2, rng=np.random.default_rng(0))
    X, residual = points(5, 4, 0), torch.from_numpy(np.random.default_rng(1).standard_normal((5, 2)))
    start, (first, *between, last) = copy.deepcopy(network), network.gradient(X, residual)
    assert not first.any() and not last.any()
    for mine, full in zip(between, whole.gradient(X, residual)[1:-1], strict=True):
        torch.testing.assert_close(mine, full, rtol=0, atol=0)
    network.descend(X, lambda _: residual, 0.1)
    moved = [not torch.equal(W, old) for W, old in zip(network.weights, start.weights, strict=True)]
    assert moved == [False, True, True, False]


@pytest.mark.bad_input
def test_one_hidden_layer_has_nothing_between():
    with pytest.raises(ValueError, match='depth must be at least 2 for trained="between"; got 1'):
        deep(d=2, m=3, depth=1, rng=np.random.default_rng(0), trained="between")
    with pytest.raises(ValueError, match="trained must be"):
        deep(d=2, m=3, depth=2, rng=np.random.default_rng(0), trained="hidden")
