"""The linear graph network against its definition, autograd, and a flow with a closed form."""

import numpy as np
import pytest
import torch

from overparam.data import aggregate, karate_club, normalized_adjacency
from overparam.networks import LinearGraph, linear_graph
from overparam.train import flow, train


def problem(seed: int) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(seed).standard_normal((34, 3))
    return X, normalized_adjacency(karate_club()[0])


def network(depth: int, skip: bool, seed: int) -> LinearGraph:
    """One whose output matrices are all random."""
    rng = np.random.default_rng(seed)
    result = linear_graph(d=3, m=5, depth=depth, c=2, rng=rng, skip=skip)
    for W in result.outputs:
        W.copy_(torch.from_numpy(rng.standard_normal(W.shape)))
    return result


def by_columns(net: LinearGraph, X: torch.Tensor, S: torch.Tensor, weights: list[torch.Tensor]) -> torch.Tensor:
    """The paper's formulas: nodes are columns, W_(l) X_(l) summed over the layers that have a W."""
    hidden, outputs = weights[: len(net.hidden)], weights[len(net.hidden) :]
    seen = [X.T]
    for B in hidden:
        seen.append(B @ seen[-1] @ S)
    return sum(W @ Z for W, Z in zip(outputs, seen if net.skip else seen[-1:], strict=True))


@pytest.mark.parametrize("depth", [1, 2, 4])
@pytest.mark.parametrize("skip", [False, True])
def test_outputs_and_gradients_are_those_of_autograd(depth, skip):
    X, S = problem(depth)
    net, chosen = network(depth, skip, 7), [0, 3, 5, 30]
    G = aggregate(X, S, depth, skip=skip)[chosen]
    weights = [W.detach().clone().requires_grad_() for W in net.parameters()]
    F = by_columns(net, torch.from_numpy(X), torch.from_numpy(S), weights).T
    torch.testing.assert_close(net.on_graph(X, S), F.detach(), rtol=1e-11, atol=1e-12)
    torch.testing.assert_close(net(G), F.detach()[chosen], rtol=1e-11, atol=1e-12)
    residual = torch.from_numpy(np.random.default_rng(1).standard_normal((4, 2)))
    expected = torch.autograd.grad((F[chosen] * residual).sum(), weights)
    for mine, theirs in zip(net.gradient(G, residual), expected, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-10, atol=1e-12)
    net.descend(G, lambda _: residual, 0.3)
    for W, start, gradient in zip(net.parameters(), weights, expected, strict=True):
        torch.testing.assert_close(W.detach(), start.detach() - 0.3 * gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("depth", [1, 3])
def test_both_networks_start_at_an_equal_state(depth):
    X, S = problem(0)
    plain, skip = (linear_graph(d=3, m=6, depth=depth, rng=np.random.default_rng(4), skip=s) for s in (False, True))
    assert (plain.skip, skip.skip) == (False, True)
    assert all(torch.equal(B, C) for B, C in zip(plain.hidden, skip.hidden, strict=True))
    torch.testing.assert_close(plain.on_graph(X, S), skip.on_graph(X, S))
    assert [tuple(W.shape) for W in skip.outputs] == [(1, 3), *[(1, 6)] * depth]
    assert [tuple(P.shape) for P in skip.products()] == [(3, 3), *[(6, 3)] * depth]
    torch.testing.assert_close(plain.products()[0], skip.products()[-1])


def test_skip_connections_add_to_the_speed_at_an_equal_state():
    """‖∇L‖² with them is that without plus 4 Σ ‖R G_lᵀ B̄_lᵀ‖² over the layers below the last."""
    X, S = problem(1)
    Y, speeds = torch.from_numpy(np.random.default_rng(2).standard_normal((34, 2))), []
    for skip in (False, True):
        net = linear_graph(d=3, m=6, depth=3, c=2, rng=np.random.default_rng(4), skip=skip)
        G = aggregate(X, S, 3, skip=skip)
        residual = net(G) - Y
        speeds.append(sum(float((g**2).sum()) for g in net.gradient(G, 2 * residual)))
    blocks = [torch.from_numpy(np.linalg.matrix_power(S, l) @ X) for l in range(3)]
    products = net.products()[:3]
    added = sum(float(((residual.T @ G @ B.T) ** 2).sum()) for G, B in zip(blocks, products, strict=True))
    assert speeds[1] - speeds[0] == pytest.approx(4 * added, rel=1e-10)


def test_the_start_has_its_variance():
    net = linear_graph(d=40, m=100, depth=2, c=30, rng=np.random.default_rng(0))
    for W in net.parameters():
        assert float((W**2).mean()) * 100 == pytest.approx(1, abs=4 * np.sqrt(2 / W.numel()))


def test_one_weight_a_layer_follows_its_hyperbola():
    """f = w b x with w = b and target t: p = wb obeys p' = 4 p (t - p) under ‖f - y‖², the logistic equation."""
    net = linear_graph(d=1, m=1, depth=1, rng=np.random.default_rng(0))
    for W in net.parameters():
        W.fill_(0.5)
    times, target = np.linspace(0, 1, 5), 2.0
    history = flow(
        net,
        np.ones((1, 1)),
        np.array([target]),
        times=times,
        loss="sum",
        probes={"p": lambda n: float(n.products()[0])},
    )
    p = target / (1 + (target / 0.25 - 1) * np.exp(-4 * target * times))
    np.testing.assert_allclose(history["p"] ** 2, p, rtol=1e-6)


def test_train_serves_it():
    X, S = problem(2)
    net, G = network(2, True, 0), aggregate(X, S, 2, skip=True)[:8]
    Y = np.random.default_rng(0).standard_normal((8, 2))
    before = float(((net(G) - torch.from_numpy(Y)) ** 2).sum())
    train(net, G, Y, rate=1e-4, steps=50, loss="sum", progress=False)
    assert float(((net(G) - torch.from_numpy(Y)) ** 2).sum()) < before


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"d": 0}, "d must be an integer of at least 1"),
        ({"m": 0}, "m must be an integer of at least 1"),
        ({"depth": 0}, "depth must be an integer of at least 1"),
        ({"c": 0}, "c must be an integer of at least 1"),
        ({"rng": 0}, "rng must be a numpy.random.Generator"),
    ],
)
def test_linear_graph_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        linear_graph(**({"d": 2, "m": 3, "depth": 1, "rng": np.random.default_rng(0)} | change))


@pytest.mark.bad_input
def test_what_does_not_fit_is_refused():
    net = linear_graph(d=2, m=3, depth=2, rng=np.random.default_rng(0), skip=True)
    with pytest.raises(ValueError, match=r"X must have shape \(n, 6\)"):
        net(np.ones((1, 2)))
    with pytest.raises(ValueError, match=r"residual must have shape \(1, 1\)"):
        net.gradient(np.ones((1, 6)), torch.zeros(1, 2))
    with pytest.raises(ValueError, match=r"S must have shape \(1, 1\)"):
        net.on_graph(np.ones((1, 2)), np.eye(2))
    with pytest.raises(ValueError, match="outputs must be 1 or 3 matrices"):
        LinearGraph(list(net.hidden), list(net.outputs)[:2])
