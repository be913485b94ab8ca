"""Coupling against a count of every pair, one by one."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from overparam.measure import _blocks, changed_by_unit, coupling, sign_changes
from overparam.networks import Deep, TwoLayer, deep

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
    monkeypatch.setattr(_blocks, "LIMIT", block)
    np.testing.assert_array_equal(changed_by_unit(network, X), expected)


def test_blocks_bound_the_memory(monkeypatch):
    network, X = moved(10, 3, 5)
    X = np.resize(X, (23, 3))
    seen = []
    monkeypatch.setattr(_blocks, "LIMIT", 50)
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


def pair(seed: int, **kwargs) -> tuple[Deep, Deep, np.ndarray]:
    """A deep network, another one, and points."""
    rng = np.random.default_rng(seed)
    reference = deep(d=3, m=7, depth=3, c=2, rng=rng, **kwargs)
    noise = [torch.from_numpy(rng.standard_normal(W.shape)).to(W) for W in reference.weights]
    moved = [W + E for W, E in zip(reference.weights, noise, strict=True)]
    return Deep(moved, list(reference.scales), reference.activation), reference, rng.standard_normal((6, 3))


def signs(network: Deep, X: np.ndarray) -> list[np.ndarray]:
    """1[g ≥ 0] in every hidden layer, from the formula."""
    sigma = {"relu": lambda g: np.maximum(g, 0), "tanh": np.tanh}[network.activation]
    h, result = X.astype(network.weights[0].numpy().dtype), []
    for W, scale in zip(list(network.weights)[:-1], network.scales, strict=False):
        g = scale * h @ W.numpy().T
        result.append(g >= 0)
        h = sigma(g)
    return result


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("n", [1, 6])
def test_sign_changes_are_those_counted_pair_by_pair(seed, dtype, activation, n):
    network, reference, X = pair(seed, dtype=dtype, activation=activation)
    X = X[:n]
    both = zip(signs(network, X), signs(reference, X), strict=True)
    expected = [sum(p != q for p, q in zip(a.flat, b.flat, strict=True)) / a.size for a, b in both]
    result = sign_changes(network, reference, X)
    assert result.shape == (3,)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, expected, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(sign_changes(reference, network, X), result)
    if n == 6:
        assert np.all(result > 0)


def test_known_sign_changes():
    """Two inputs, two units, two layers; on a hyperplane a unit is active, whichever side it comes from."""
    first, second, out = torch.eye(2), torch.tensor([[1.0, -1.0], [1.0, 1.0]]), torch.ones(1, 2)
    reference = Deep([first, second, out], [1.0, 1.0, 1.0], "relu")
    X = np.array([[1.0, 0.0], [1.0, 2.0], [-1.0, 1.0], [0.0, -1.0]])
    # Hidden: (1, 0), (1, 2), (0, 1), (0, 0). Flipping the first unit turns off 1, 1 and on -1; 0 stays on.
    flipped = Deep([torch.tensor([[-1.0, 0.0], [0.0, 1.0]]), second, out], [1.0, 1.0, 1.0], "relu")
    # Hidden then: (0, 0), (0, 2), (1, 1), (0, 0); h₁ - h₂ was 1, -1, -1, 0 and is 0, -2, 0, 0; the sum stays ≥ 0.
    assert sign_changes(flipped, reference, X).tolist() == [3 / 8, 1 / 8]
    upper = Deep([first, -second, -out], [1.0, 1.0, 1.0], "relu")
    # -(h₁ - h₂): three of four change; -(h₁ + h₂): three of four, for 0 = -0 is on either side.
    assert sign_changes(upper, reference, X).tolist() == [0, 6 / 8]


def test_sign_changes_do_not_see_the_output_layer_and_only_the_layers_above_a_change():
    network, _, X = pair(0)
    weights = [W.detach().clone() for W in network.weights]
    weights[-1] = -weights[-1]
    assert sign_changes(Deep(weights, list(network.scales), "relu"), network, X).tolist() == [0, 0, 0]
    weights[1] = -weights[1]
    below, at, above = sign_changes(Deep(weights, list(network.scales), "relu"), network, X)
    assert (below, at) == (0, 1)
    assert 0 < above < 1
    assert sign_changes(network, network, X).tolist() == [0, 0, 0]


@pytest.mark.parametrize("block", [1, 7, 70, 10**9])
def test_blocks_do_not_change_the_signs(monkeypatch, block):
    network, reference, X = pair(4)
    expected = sign_changes(network, reference, X)
    monkeypatch.setattr(_blocks, "LIMIT", block)
    np.testing.assert_allclose(sign_changes(network, reference, X), expected, rtol=0, atol=1e-15)


def test_blocks_of_signs_bound_the_memory(monkeypatch):
    network, reference, X = pair(5)
    seen = []
    whole = Deep.preactivations
    monkeypatch.setattr(_blocks, "LIMIT", 47)  # 7 + 7 + 7 + 2 numbers a point
    monkeypatch.setattr(Deep, "preactivations", lambda self, X: seen.append(len(X)) or whole(self, X))
    sign_changes(network, reference, np.resize(X, (5, 3)))
    assert seen == [2, 2, 2, 2, 1, 1]


@pytest.mark.bad_input
def test_networks_whose_signs_cannot_be_compared():
    network, reference, X = pair(0)
    other = TwoLayer(m=7, d=3, c=2, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="network must be a Deep; got TwoLayer"):
        sign_changes(other, reference, X)
    with pytest.raises(ValueError, match="reference must be a Deep; got TwoLayer"):
        sign_changes(network, other, X)
    for changed in ({"m": 8}, {"depth": 2}, {"c": 1}):
        shape = {"d": 3, "m": 7, "depth": 3, "c": 2} | changed
        with pytest.raises(ValueError, match=r"reference must have weights of shapes \[\(7, 3\), .* got \[\(\d, 3\)"):
            sign_changes(network, deep(**shape, rng=np.random.default_rng(0)), X)
    with pytest.raises(ValueError, match=r"X must have shape \(n, 3\)"):
        sign_changes(network, reference, np.ones((2, 4)))
