"""The accumulated update: its size, its rows and its singular values."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from overparam.measure import relative_distance, row_moves, singular_values
from overparam.networks import TwoLayer
from overparam.train import train

SIZES = st.integers(1, 8)


def moved(m: int, d: int, seed: int) -> TwoLayer:
    rng = np.random.default_rng(seed)
    network = TwoLayer(m=m, d=d, c=2, rng=rng)
    network.hidden += torch.from_numpy(rng.standard_normal((m, d)))
    return network


def test_known_values():
    network = TwoLayer(m=2, d=3, c=1, rng=np.random.default_rng(0))
    network.initial[:] = torch.tensor([[1.0, 0.0, 0.0], [0.0, 2.0, 2.0]])  # of norm 3
    network.hidden[:] = network.initial + torch.tensor([[0.0, 3.0, 4.0], [12.0, 0.0, 0.0]])
    assert relative_distance(network) == pytest.approx(13 / 3, rel=1e-15)
    np.testing.assert_allclose(row_moves(network), [5, 12], rtol=1e-15)
    np.testing.assert_allclose(singular_values(network), [12, 5], rtol=1e-14)


def test_nothing_has_moved_at_the_start():
    network = TwoLayer(m=4, d=3, c=2, rng=np.random.default_rng(0))
    assert relative_distance(network) == 0
    assert row_moves(network).tolist() == [0, 0, 0, 0]
    assert singular_values(network).tolist() == [0, 0, 0]


@settings(max_examples=40)
@given(m=SIZES, d=SIZES, seed=st.integers(0, 2**32 - 1))
def test_against_numpy(m, d, seed):
    network = moved(m, d, seed)
    update, start = network.hidden.numpy() - network.initial.numpy(), network.initial.numpy()
    values = singular_values(network)
    assert values.shape == (min(m, d),)
    np.testing.assert_allclose(values, np.linalg.svd(update, compute_uv=False), rtol=1e-12, atol=1e-13)
    assert np.all(np.diff(values) <= 0)
    np.testing.assert_allclose(row_moves(network), np.linalg.norm(update, axis=1), rtol=1e-14)
    assert relative_distance(network) == pytest.approx(np.linalg.norm(update) / np.linalg.norm(start), rel=1e-13)
    # The three see one update: the sums of squares agree.
    size = (relative_distance(network) * np.linalg.norm(start)) ** 2
    assert (values**2).sum() == pytest.approx(size, rel=1e-12)
    assert (row_moves(network) ** 2).sum() == pytest.approx(size, rel=1e-12)


def test_the_update_of_a_run_has_the_rank_of_its_points():
    """Item LL-13: rows of the update lie in the span of the training points."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((4, 10)), np.array([0, 1, 0, 1])
    network = TwoLayer(m=50, d=10, c=2, rng=rng)
    train(network, X, y, rate=0.1, steps=100, batch=2)
    values = singular_values(network)
    assert values[3] / values[0] > 1e-3
    assert values[4] / values[0] < 1e-10


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_numpy_comes_out(dtype):
    network = TwoLayer(m=4, d=3, c=2, rng=np.random.default_rng(0), dtype=dtype)
    network.hidden += 1
    assert isinstance(relative_distance(network), float)
    for values in (row_moves(network), singular_values(network)):
        assert isinstance(values, np.ndarray)
        assert values.dtype == np.dtype(str(dtype).removeprefix("torch."))
