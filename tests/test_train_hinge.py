"""SGD on the hinge loss: the inequalities of its proof at every update, the perceptron, and replaying its updates."""

import numpy as np
import pytest

from overparam.data import separable
from overparam.networks import LeakyPairs
from overparam.theory.margin import update_bound
from overparam.train import hinge_sgd


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("k", "slope", "v", "rate", "radius"), [(1, 0.2, 0.7, 1.0, 0.0), (5, 0.5, 1.0, 0.1, 0.3), (40, 0.05, 0.2, 2.0, 2.0)]
)
def test_every_update_keeps_to_the_inequalities_of_the_proof(k, slope, v, rate, radius, seed):
    rng = np.random.default_rng(seed)
    X, y, w_star = separable(200, 10, 5.0, rng)
    network = LeakyPairs(k=k, d=10, slope=slope, output_weight=v, radius=radius, rng=rng)
    probes = {
        "along": lambda net: float(np.sign(net.output) @ (net.hidden @ w_star)),
        "square": lambda net: float(np.sum(net.hidden**2)),
    }
    run = hinge_sgd(network, X, y, rate=rate, seed=seed, probes=probes)
    along, square = np.diff(run.values["along"]), np.diff(run.values["square"])
    assert len(along) == len(run.samples) > 0
    assert along.min() >= 2 * k * rate * v * slope * (1 - 1e-10)
    assert square.max() <= (2 * rate + 2 * k * rate**2 * v**2) * (1 + 1e-10)
    assert run.fitted and (y * network(X) >= 1 - 1e-12).all()
    assert len(run.samples) <= update_bound(float(np.linalg.norm(w_star)), slope, k, rate, v, radius)


def test_a_linear_pair_from_zero_is_the_perceptron_with_a_margin():
    X, y, _ = separable(100, 6, 4.0, np.random.default_rng(0))
    network = LeakyPairs(k=1, d=6, slope=1.0)
    run = hinge_sgd(network, X, y, rate=0.5, seed=3)
    w = np.zeros(6)
    for s in run.samples:
        assert y[s] * (w @ X[s]) < 1
        w += 2 * 0.5 * y[s] * X[s]
    np.testing.assert_allclose(network.hidden[0] - network.hidden[1], w, atol=1e-12)


def test_the_updates_alone_give_the_network():
    X, y, _ = separable(100, 6, 4.0, np.random.default_rng(0))
    network, replayed = (LeakyPairs(k=3, d=6, slope=0.3, radius=0.1, rng=np.random.default_rng(1)) for _ in range(2))
    run = hinge_sgd(network, X, y, rate=0.5, seed=3)
    for s in run.samples:
        assert replayed.hinge_step(X[s], float(y[s]), 0.5) == (True, True)
    np.testing.assert_array_equal(replayed.hidden, network.hidden)
    again = hinge_sgd(replayed, X, y, rate=0.5)
    assert (len(again.samples), again.fitted, again.epochs) == (0, True, 1)


def test_every_epoch_is_a_shuffle_of_all_points():
    class Log(LeakyPairs):
        def hinge_step(self, x, y, rate):
            seen.append(int(x[0]))
            return super().hinge_step(x, y, rate)

    seen = []
    X = np.arange(1.0, 6.0)[:, None]
    run = hinge_sgd(Log(k=1, d=1, slope=0.5), X, np.array([1, 1, 1, -1, -1]), rate=1e-3, epochs=4, seed=1)
    assert run.epochs == 4 and not run.fitted
    epochs = np.reshape(seen, (4, 5))
    assert (np.sort(epochs, axis=1) == np.arange(1, 6)).all()
    assert len(np.unique(epochs, axis=0)) > 1


def test_a_dead_network_stops_unfitted():
    network = LeakyPairs(k=1, d=1, slope=0.0)
    network.hidden[:] = -1
    run = hinge_sgd(network, np.array([[1.0]]), np.array([1]), rate=1.0)
    assert (len(run.samples), run.fitted, run.epochs) == (0, False, 1)


@pytest.mark.bad_input
def test_bad_input():
    network, X, y = LeakyPairs(k=1, d=2, slope=0.1), np.ones((3, 2)), np.array([1, -1, 1])
    with pytest.raises(ValueError, match="X must have rows of dimension 2"):
        hinge_sgd(network, np.ones((3, 1)), y, rate=1)
    for labels in (np.array([0, 1, 1]), np.array([1, -1])):
        with pytest.raises(ValueError, match="y must hold 3 labels"):
            hinge_sgd(network, X, labels, rate=1)
    with pytest.raises(ValueError, match="rate must be above 0"):
        hinge_sgd(network, X, y, rate=0)
    with pytest.raises(ValueError, match="epochs must be an integer"):
        hinge_sgd(network, X, y, rate=1, epochs=0)
    with pytest.raises(ValueError, match="seed must be an integer"):
        hinge_sgd(network, X, y, rate=1, seed=-1)
