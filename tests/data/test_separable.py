"""Separable data: margin, norms, and the laws that the docstring states."""

import numpy as np
import pytest

from overparam.data import separable


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("d", "norm"), [(1, 2.0), (2, 1.0), (20, 10.0), (300, 3.0)])
def test_norms_and_margin(d, norm, seed):
    X, y, w_star = separable(500, d, norm, np.random.default_rng(seed))
    assert X.shape == (500, d)
    assert np.linalg.norm(X, axis=1).max() <= 1 + 1e-15
    assert (y * (X @ w_star)).min() >= 1 - 1e-15
    assert np.linalg.norm(w_star) == pytest.approx(norm, rel=1e-12)
    assert set(y) == {-1, 1}


def test_laws_along_and_across():
    n, d, norm = 40_000, 4, 4.0
    X, y, w_star = separable(n, d, norm, np.random.default_rng(0))
    direction = w_star / norm
    along = y * (X @ direction)
    assert along.mean() == pytest.approx((1 + 1 / norm) / 2, abs=4 * 0.75 / np.sqrt(12 * n))
    share = np.linalg.norm(X - np.outer(X @ direction, direction), axis=1) / np.sqrt(1 - along**2)
    assert np.mean(share**3) == pytest.approx(1 / 2, abs=4 / np.sqrt(12 * n))  # uniform in a ball of dimension 3
    assert abs(y.mean()) < 4 / np.sqrt(n)
    across = X - np.outer(X @ direction, direction)
    assert np.abs((y[:, None] * across).mean(axis=0)).max() < 4 / np.sqrt(n)


@pytest.mark.bad_input
def test_bad_input():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="n must be an integer"):
        separable(0, 2, 2, rng)
    with pytest.raises(ValueError, match="d must be an integer"):
        separable(2, 0, 2, rng)
    with pytest.raises(ValueError, match="w_star_norm must be at least 1"):
        separable(2, 2, 0.9, rng)
    with pytest.raises(ValueError, match="rng must be"):
        separable(2, 2, 2, 0)
