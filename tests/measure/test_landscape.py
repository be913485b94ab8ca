"""The PL ratio against the tangent Gram matrix, curvature against finite differences."""

import copy

import numpy as np
import pytest
import torch

from overparam.measure import curvature, gradient_matrix, line, ntk, pl_ratio
from overparam.networks import TwoLayer, deep
from overparam.train import train

N, D = 5, 4


def networks(seed, c=1, dtype=torch.float64):
    rng = np.random.default_rng(seed)
    yield TwoLayer(m=7, d=D, c=c, rng=rng, dtype=dtype)
    for activation in ("relu", "tanh"):
        yield deep(d=D, m=6, depth=2, c=c, rng=rng, activation=activation, dtype=dtype)


def data(seed, c=1):
    rng = np.random.default_rng([seed, 1])
    return rng.standard_normal((N, D)), rng.standard_normal((N, c))


@pytest.mark.parametrize("seed", range(3))
def test_the_pl_ratio_is_a_rayleigh_quotient_of_the_tangent_kernel(seed):
    X, y = data(seed)
    for network in networks(seed):
        K = ntk(network, X)
        values, vectors = np.linalg.eigh(K)
        f = network(network.tensor(X)).numpy()
        for index in (0, -1):
            assert pl_ratio(network, X, f + vectors[:, [index]]) == pytest.approx(values[index], rel=1e-8, abs=1e-12)
        r = f - y
        expected = (r.T @ K @ r / (r.T @ r)).item()
        assert pl_ratio(network, X, y) == pytest.approx(expected, rel=1e-10)
        assert pl_ratio(network, X, y[:, 0], loss="half_mean") == pytest.approx(expected / N, rel=1e-10)


@pytest.mark.parametrize("pseudo", [False, True])
def test_the_two_layer_kernel_equals_its_jacobian(pseudo):
    rng = np.random.default_rng(0)
    network, X = TwoLayer(m=6, d=D, c=2, rng=rng), rng.standard_normal((N, D))
    network.hidden.copy_(torch.from_numpy(rng.standard_normal((6, D))))
    network = network.pseudo() if pseudo else network
    J = np.zeros((N, 2, 6 * D))
    for i in range(N):
        for a in range(2):
            one = torch.zeros(N, 2, dtype=torch.float64)
            one[i, a] = 1
            J[i, a] = network.gradient(X, one).numpy().ravel()
    np.testing.assert_allclose(ntk(network, X, outputs=True), np.einsum("iap,jbp->ijab", J, J), atol=1e-12)
    np.testing.assert_allclose(ntk(network, X[:2], X), np.einsum("iap,jap->ij", J[:2], J) / 2, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("loss", ["half_sum", "mean", "cross_entropy"])
def test_curvature_and_line_against_finite_differences(seed, loss):
    X, y = data(seed, 3)
    y = np.arange(N) % 3 if loss == "cross_entropy" else y
    for network in networks(seed, 3):
        rng = np.random.default_rng(seed)
        direction = [rng.standard_normal(W.shape) for W in network.parameters()]
        before = copy.deepcopy(network.state_dict())
        step = 1e-4
        low, middle, high = line(network, X, y, direction, np.array([-step, 0, step]), loss=loss)
        difference = (low - 2 * middle + high) / step**2
        assert curvature(network, X, y, direction, loss=loss) == pytest.approx(difference, rel=1e-4, abs=1e-4)
        assert all(torch.equal(before[name], W) for name, W in network.state_dict().items())
        moved = copy.deepcopy(network)
        for W, part in zip(moved.parameters(), direction, strict=True):
            W.add_(torch.from_numpy(part), alpha=0.3)
        assert line(network, X, y, direction, np.array([0.3]), loss=loss)[0] == pytest.approx(
            line(moved, X, y, direction, np.array([0.0]), loss=loss)[0], rel=1e-12
        )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("c", "n"), [(1, 1), (3, N)])
def test_the_pl_ratio_by_differences_of_the_loss_along_every_weight(seed, c, n):
    X, y = data(seed, c)
    X, y, step = X[:n], y[:n], 1e-5
    for network in networks(seed, c):
        square = 0.0
        parts = [np.zeros(W.shape) for W in network.parameters()]
        for part in parts:
            for k in range(part.size):
                part.flat[k] = 1
                low, high = line(network, X, y, parts, np.array([-step, step]))
                square += ((high - low) / (2 * step)) ** 2
                part.flat[k] = 0
        height = 0.5 * np.sum((network(X).numpy() - y) ** 2)
        assert line(network, X, y, parts, np.zeros(1)) == pytest.approx(height, rel=1e-13)
        assert pl_ratio(network, X, y) == pytest.approx(square / 2 / height, rel=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_with_frozen_patterns_the_loss_is_a_parabola(seed):
    """H = DDᵀ, whatever the targets; near by, the network with ReLU has the same."""
    X, y = data(seed)
    network = next(networks(seed))
    D = gradient_matrix(network, X)
    v = np.random.default_rng([seed, 2]).standard_normal((7, 4))
    bend, slope = np.sum((D.T @ v.ravel()) ** 2), v.ravel() @ D @ (network(X).numpy() - y)[:, 0]
    at = np.array([-3.0, 0.0, 10.0])
    start = 0.5 * np.sum((network(X).numpy() - y) ** 2)
    for frozen in (network, network.pseudo()):
        assert curvature(frozen, X, y[:, 0], v) == pytest.approx(bend, rel=1e-12)
    parabola = start + slope * at + bend * at**2 / 2
    np.testing.assert_allclose(line(network.pseudo(), X, y, [torch.from_numpy(v)], at), parabola, rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_float32(seed):
    X, y = data(seed, 2)
    for narrow, wide in zip(networks(seed, 2, torch.float32), networks(seed, 2), strict=True):
        for W, V in zip(wide.state_dict().values(), narrow.state_dict().values(), strict=True):
            W.copy_(V)
        v = [np.random.default_rng(seed).standard_normal(W.shape) for W in wide.parameters()]
        assert pl_ratio(narrow, X, y) == pytest.approx(pl_ratio(wide, X, y), rel=1e-4)
        assert curvature(narrow, X, y, v) == pytest.approx(curvature(wide, X, y, v), rel=1e-4)
        at = np.array([0.0, 0.5])
        np.testing.assert_allclose(line(narrow, X, y, v, at), line(wide, X, y, v, at), rtol=1e-4)


def test_as_probes_of_training():
    X, y = data(0, 2)
    for network in networks(0, 2):
        v = [np.ones(W.shape) for W in network.parameters()]
        probes = {
            "pl": lambda network: pl_ratio(network, X, y),
            "curvature": lambda network, v=v: curvature(network, X, y, v),
        }
        start = probes["pl"](network), probes["curvature"](network)
        history = train(network, X, y, rate=1e-3, steps=2, loss="half_sum", probes=probes)
        assert (history["pl"][0], history["curvature"][0]) == start
        assert history["pl"][1] == pl_ratio(network, X, y) != start[0]


def test_an_error_on_the_line_leaves_the_network_as_it_was(monkeypatch):
    X, y = data(0)
    for network in networks(0):
        before = copy.deepcopy(network.state_dict())
        whole, calls = type(network).forward, []

        def forward(self, X, whole=whole, calls=calls):
            calls.append(len(calls))
            if len(calls) == 3:
                raise RuntimeError("broken in the middle")
            return whole(self, X)

        with monkeypatch.context() as patch:
            patch.setattr(type(network), "forward", forward)
            with pytest.raises(RuntimeError, match="broken in the middle"):
                line(network, X, y, [np.ones(W.shape) for W in network.parameters()], np.array([1.0, 2.0, 3.0]))
        assert all(torch.equal(before[name], W) for name, W in network.state_dict().items())
        assert not any(W.requires_grad for W in network.parameters())


@pytest.mark.bad_input
def test_directions_that_do_not_fit():
    X, y = data(0)
    network = list(networks(0))[1]
    u = [np.ones(W.shape) for W in network.parameters()]
    needed = r"direction must have the shapes of the weights, \[\(6, 4\), \(6, 6\), \(1, 6\)\]; got"
    for wrong in (u[:2], [*u, u[0]], [u[1], u[0], u[2]], [w.T for w in u], u[0], []):
        for measure in (curvature, lambda *args: line(*args, np.zeros(1))):
            with pytest.raises(ValueError, match=needed):
                measure(network, X, y, wrong)
    for measure in (pl_ratio, lambda *args: curvature(*args, u), lambda *args: line(*args, u, np.zeros(1))):
        with pytest.raises(ValueError, match=r"y must have shape \(5, 1\) or \(5,\); got \(4,\)"):
            measure(network, X, y[:4, 0])
        with pytest.raises(ValueError, match=r"X must have shape \(n, 4\)"):
            measure(network, np.ones((5, 3)), y)


@pytest.mark.bad_input
def test_bad_input_is_named():
    X, y = data(0)
    network = next(networks(0))
    with pytest.raises(
        ValueError, match=r"direction must have the shapes of the weights, \[\(7, 4\)\]; got \[\(4, 7\)\]"
    ):
        line(network, X, y, np.ones((4, 7)), np.zeros(1))
    with pytest.raises(ValueError, match="at must have 1 axes"):
        line(network, X, y, np.ones((7, 4)), np.zeros((1, 1)))
    with pytest.raises(ValueError, match="loss must be one of"):
        pl_ratio(network, X, y, loss="hinge")
    with pytest.raises(ValueError, match="network must have a loss above 0"):
        pl_ratio(network, X, network(network.tensor(X)).numpy())
