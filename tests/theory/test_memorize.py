"""The networks that memorise by construction: exact at every point, and piecewise linear where they have to be."""

import numpy as np
import pytest
import torch

from overparam.theory import width
from overparam.theory.memorize import three_layer, two_layer


def sample(n: int, d: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng([seed, n, d])
    return rng.standard_normal((n, d)), rng.uniform(-1, 1, n)


def in_torch(network, X: np.ndarray) -> np.ndarray:
    """The outputs by layers of torch that hold the same weights."""
    layers = []
    for W, b in network.weights:
        layer = torch.nn.Linear(*W.T.shape, dtype=torch.float64)
        layer.weight.data, layer.bias.data = torch.from_numpy(W), torch.from_numpy(b)
        layers += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])(torch.from_numpy(X)).detach().numpy()[:, 0]


@pytest.mark.parametrize("build", [two_layer, three_layer])
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("n", "d"), [(1, 3), (2, 1), (3, 2), (7, 5), (64, 1), (100, 20), (256, 2)])
def test_every_label_is_met(build, n, d, seed):
    X, y = sample(n, d, seed)
    network = build(X, y)
    np.testing.assert_allclose(in_torch(network, X), y, atol=1e-7)
    np.testing.assert_allclose(network(X), y, atol=1e-7)
    assert np.abs(network(X) - y).max() <= network.max_error < 1e-7
    assert network.max_weight == max(np.abs(part).max() for layer in network.weights for part in layer)
    assert network.hidden_units == sum(len(W) for W, _ in network.weights[:-1])


@pytest.mark.parametrize("seed", range(3))
def test_four_thousand_points_with_four_times_the_root_of_units(seed):
    X, y = sample(4096, 20, seed)
    network = three_layer(X, y)
    assert network.hidden_units == 4 * 64
    assert np.abs(in_torch(network, X) - y).max() < 1e-6


@pytest.mark.parametrize("n", [144, 121])  # groups of even and of odd size
@pytest.mark.parametrize("labels", ["extreme", "alternating", "zero"])
def test_labels_at_the_ends_of_the_interval(labels, n):
    X, _ = sample(n, 3, 0)
    y = {
        "extreme": np.sign(np.random.default_rng(0).standard_normal(n)),
        "alternating": np.where(np.argsort(np.argsort(X[:, 0])) % 2, 1.0, -1.0),
        "zero": np.zeros(n),
    }[labels]
    np.testing.assert_allclose(three_layer(X, y)(X), y, atol=1e-8)


@pytest.mark.parametrize("n", [*range(1, 41), 101, 1023])
def test_units_of_three_layers(n):
    X, y = sample(n, 4, 1)
    (first, _), (second, _), _ = three_layer(X, y).weights
    p, q = len(first) // 2, len(second) // 2
    assert second.shape == (2 * q, 2 * p)
    assert (p - 1) * q < n <= p * q
    # The smallest sum of two numbers whose product is at least n, which is the integer above 2√n.
    assert p + q == np.ceil(2 * np.sqrt(n))
    assert 2 * (p + q) <= 2 * width.yun(n=n)


def test_at_each_point_one_line_alone_is_not_clipped():
    X, y = sample(100, 6, 2)
    network = three_layer(X, y)
    lines = network.layers(X)[1][:, ::2] - 1  # the first of two units sees g + 1
    inside = np.abs(lines) < 1
    assert (inside.sum(axis=1) == 1).all()
    np.testing.assert_allclose(lines[inside], y, atol=1e-8)
    assert np.abs(lines[~inside]).min() >= 1.5 - 1e-8
    # Every line serves one point in each of the ten groups.
    assert (inside.sum(axis=0) == 10).all()


@pytest.mark.parametrize("seed", range(3))
def test_two_layers_interpolate_linearly_along_their_direction(seed):
    X, y = sample(50, 4, seed)
    network = two_layer(X, y)
    W, b = network.weights[0]
    assert (W[0] == W).all() and len(b) == 50
    z, there = X @ W[0], np.linspace((X @ W[0]).min(), (X @ W[0]).max(), 997)
    order = np.argsort(z)
    along = there[:, None] * W[0] / (W[0] @ W[0])
    np.testing.assert_allclose(network(along), np.interp(there, z[order], y[order]), atol=1e-9)


@pytest.mark.parametrize("build", [two_layer, three_layer])
def test_order_and_scale_of_the_points_do_not_matter(build):
    X, y = sample(60, 5, 3)
    new, shuffled = np.random.default_rng(4).standard_normal((30, 5)), np.random.default_rng(5).permutation(60)
    expected = build(X, y)(new)
    np.testing.assert_allclose(build(X[shuffled], y[shuffled])(new), expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(build(8 * X, y)(8 * new), expected, rtol=1e-6, atol=1e-7)
    again = build(X, y, rng=np.random.default_rng(7))
    assert not np.allclose(again(new), expected)
    np.testing.assert_allclose(again(X), y, atol=1e-8)


def test_more_directions_need_no_larger_weights():
    X, y = sample(400, 5, 6)
    few, many = (three_layer(X, y, directions=k) for k in (1, 32))
    assert np.abs(many.weights[1][0]).max() < np.abs(few.weights[1][0]).max()


@pytest.mark.bad_input
@pytest.mark.parametrize("build", [two_layer, three_layer])
@pytest.mark.parametrize(
    ("X", "y", "options", "message"),
    [
        (np.zeros((2, 3)), np.zeros(2), {}, "X must hold distinct points; got 1 different ones of 2"),
        (np.eye(3), np.zeros(2), {}, "y must have one label for each of 3 points; got 2"),
        (np.eye(3), np.zeros((3, 1)), {}, "y must have 1 axes"),
        (np.full((2, 2), np.nan), np.zeros(2), {}, "X must be finite"),
        (np.eye(3), np.array([0, 1, np.inf]), {}, "y must be finite"),
        (np.array([[1.0], [1.0 + 1e-15]]), np.zeros(2), {}, "X must hold points that a direction tells apart"),
        (np.eye(3), np.zeros(3), {"rng": 0}, "rng must be a numpy.random.Generator"),
        (np.eye(3), np.zeros(3), {"directions": 0}, "directions must be an integer of at least 1"),
    ],
)
def test_bad_input(build, X, y, options, message):
    with pytest.raises(ValueError, match=message):
        build(X, y, **options)


@pytest.mark.bad_input
def test_three_layers_take_labels_between_minus_one_and_one():
    with pytest.raises(ValueError, match=r"y must lie in \[-1, 1\]; got values from 0 to 1.5"):
        three_layer(np.eye(3), np.array([0, 1.5, 1]))


@pytest.mark.bad_input
def test_a_network_is_called_on_points_of_its_dimension():
    with pytest.raises(ValueError, match="X must have rows of dimension 3"):
        three_layer(np.eye(3), np.zeros(3))(np.zeros((2, 4)))


def test_what_rounding_would_spoil_is_refused():
    # Gaps from 1 down to 1e-9 side by side: the plateaus outgrow the digits.
    z = np.cumsum(10.0 ** -np.random.default_rng(0).uniform(0, 9, 400))
    with pytest.raises(ValueError, match="double precision can tell apart: the network misses a label by"):
        three_layer(z[:, None], np.random.default_rng(1).uniform(-1, 1, 400))


def test_the_error_reported_holds_for_points_taken_alone():
    # Gaussian points on a line: the batch misses by 6e-7, a point alone by 2e-6 and more, as it rounds otherwise.
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((4096, 1)), rng.uniform(-1, 1, 4096)
    with pytest.raises(ValueError, match="misses a label by"):
        three_layer(X, y)
    network = three_layer(X[:256], y[:256])
    assert max(abs(network(X[[i]])[0] - y[i]) for i in range(256)) <= network.max_error
