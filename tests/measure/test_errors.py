"""Accuracy and the error weights v = 1[i = y] - o_i of item LL-8."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from overparam.measure import _blocks, accuracy, error_weights
from overparam.networks import Deep, TwoLayer, deep
from overparam.train import cross_entropy


def scaled(seed: int, scale: float, c: int) -> tuple[TwoLayer, np.ndarray, np.ndarray]:
    """A network whose outputs are of size `scale`, points, and labels that have nothing to do with it."""
    rng = np.random.default_rng(seed)
    network = TwoLayer(m=6, d=3, c=c, rng=rng)
    network.hidden.mul_(scale)
    return network, rng.standard_normal((17, 3)), rng.integers(c, size=17)


def outputs(network: TwoLayer, X: np.ndarray) -> np.ndarray:
    return np.maximum(X @ network.hidden.numpy().T, 0) @ network.output.numpy().T


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([1e-9, 1.0, 30.0, 1e4]), c=st.integers(1, 5))
def test_error_weights(seed, scale, c):
    network, X, y = scaled(seed, scale, c)
    F = outputs(network, X)
    o = np.exp(F - F.max(axis=1, keepdims=True))
    o /= o.sum(axis=1, keepdims=True)
    v = error_weights(network, X, y)
    np.testing.assert_allclose(v, np.eye(c)[y] - o, rtol=0, atol=1e-11)
    np.testing.assert_allclose(v.sum(axis=1), 0, rtol=0, atol=1e-12)
    label = v[np.arange(len(y)), y]
    assert np.all((label >= 0) & (label <= 1))
    wrong = F.argmax(axis=1) != y
    assert np.all(label[wrong] >= 0.5 - 1e-15)
    # Hence the error is at most twice the mean of v.
    assert 1 - accuracy(network, X, y) <= 2 * label.mean() + 1e-14


def test_the_converse_is_false():
    """A point may be classified correctly with v_y above one half."""
    network = TwoLayer(m=1, d=1, c=3, rng=np.random.default_rng(0))
    network.hidden[:] = 1.0
    network.output[:] = torch.tensor([[0.1], [0.0], [0.0]])
    X, y = np.array([[1.0]]), np.array([0])
    assert accuracy(network, X, y) == 1
    assert error_weights(network, X, y)[0, 0] > 0.6


def test_error_weights_are_the_negative_residual_of_the_cross_entropy():
    network, X, y = scaled(0, 1.0, 4)
    residual = cross_entropy.residual(network(X), y).numpy() * len(X)
    np.testing.assert_allclose(error_weights(network, X, y), -residual, rtol=0, atol=1e-15)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_accuracy_is_the_fraction_of_points_whose_largest_output_is_that_of_the_label(seed):
    network, X, y = scaled(seed, 1.0, 3)
    hits = [float(np.argmax(f) == label) for f, label in zip(outputs(network, X), y, strict=True)]
    assert 0 < np.mean(hits) < 1
    assert accuracy(network, X, y) == pytest.approx(np.mean(hits), abs=1e-15)
    best = outputs(network, X).argmax(axis=1)
    assert accuracy(network, X, best) == 1
    assert accuracy(network, X, (best + 1) % 3) == 0
    assert isinstance(accuracy(network, X, y), float)


@pytest.mark.parametrize("block", [1, 7, 40, 10**9])
def test_blocks_do_not_change_the_result(monkeypatch, block):
    network, X, y = scaled(1, 1.0, 3)
    expected = error_weights(network, X, y), accuracy(network, X, y)
    monkeypatch.setattr(_blocks, "LIMIT", block)
    np.testing.assert_allclose(error_weights(network, X, y), expected[0], rtol=0, atol=1e-15)
    assert accuracy(network, X, y) == expected[1]


def test_the_network_is_left_as_it_was_and_float32_is_kept():
    network = TwoLayer(m=4, d=3, c=2, rng=np.random.default_rng(0), dtype=torch.float32)
    v = error_weights(network, np.ones((2, 3)), np.array([0, 1]))
    assert v.dtype == np.float32
    assert torch.equal(network.hidden, network.initial)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("block", [1, 60, 10**9])
def test_the_deep_network(monkeypatch, seed, dtype, block):
    rng = np.random.default_rng(seed)
    network = deep(d=3, m=6, depth=2, c=3, rng=rng, dtype=dtype)
    X, y = rng.standard_normal((17, 3)), rng.integers(3, size=17)
    h = X.astype(error_weights(network, X, y).dtype)
    for W, scale in zip(network.weights[:-1], network.scales, strict=False):
        h = np.maximum(scale * h @ W.numpy().T, 0)
    F = network.scales[-1] * h @ network.weights[-1].numpy().T
    monkeypatch.setattr(_blocks, "LIMIT", block)
    assert accuracy(network, X, y) == np.mean(F.argmax(axis=1) == y)
    v = np.eye(3)[y] - np.exp(F) / np.exp(F).sum(axis=1, keepdims=True)
    tolerance = 1e-12 if dtype == torch.float64 else 1e-5
    np.testing.assert_allclose(error_weights(network, X, y), v, rtol=0, atol=tolerance)


@pytest.mark.bad_input
@pytest.mark.parametrize("measure", [accuracy, error_weights])
def test_a_stack_of_networks_is_refused(measure):
    rng = np.random.default_rng(0)
    stack = Deep([torch.from_numpy(rng.standard_normal(shape)) for shape in ((2, 5, 3), (2, 4, 5))], [1.0, 1.0], "relu")
    with pytest.raises(ValueError, match="network must be one network; got a stack of them"):
        measure(stack, np.ones((2, 3)), np.array([0, 1]))


@pytest.mark.bad_input
@pytest.mark.parametrize("measure", [accuracy, error_weights])
@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.ones((2, 4)), np.array([0, 1]), r"X must have shape \(n, 3\); got \(2, 4\)"),
        (np.full((2, 3), np.nan), np.array([0, 1]), "X must be finite"),
        (np.ones((0, 3)), np.array([], dtype=int), "X must hold at least one point"),
        (np.ones((2, 3)), np.array([0, 4]), "y must be at least 0 and below 4; got values from 0 to 4"),
        (np.ones((2, 3)), np.array([0, -1]), "y must be at least 0 and below 4; got values from -1 to 0"),
        (np.ones((2, 3)), np.array([0]), r"y must be 2 integers; got int64 of shape \(1,\)"),
        (np.ones((2, 3)), np.array([0.0, 1.0]), "y must be 2 integers; got float64"),
    ],
)
def test_bad_points_and_labels(measure, X, y, message):
    with pytest.raises(ValueError, match=message):
        measure(scaled(0, 1.0, 4)[0], X, y)
