"""The discrepancy against Monte Carlo, its closed values, finite differences and invariances."""

import numpy as np
import pytest

from overparam.theory.discrepancy import (
    expected_squared_discrepancy,
    expected_squared_kernel,
    l2_discrepancy,
    regularizer,
    regularizer_gradient,
)


def sphere(n: int, d: int, rng: np.random.Generator) -> np.ndarray:
    X = rng.standard_normal((n, d))
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def kernel(U: np.ndarray, V: np.ndarray) -> np.ndarray:
    return 0.5 - np.arccos(np.clip((U * V).sum(axis=1), -1, 1)) / (2 * np.pi)


def close(draws: np.ndarray, expected: float) -> bool:
    return abs(draws.mean() - expected) <= 4 * draws.std(ddof=1) / np.sqrt(len(draws))


def test_values_known_by_hand():
    assert expected_squared_kernel(2) == pytest.approx(1 / 12, rel=1e-14)
    assert expected_squared_kernel(3) == pytest.approx(1 / 8 - 1 / (2 * np.pi**2), rel=1e-14)
    assert l2_discrepancy(np.array([[1.0, 0.0]])) == pytest.approx(np.sqrt(1 / 4 - 1 / 12), rel=1e-14)
    assert regularizer(np.array([[1.0, 0.0], [2.0, 0.0]])) == pytest.approx(1 / 4, rel=1e-14)
    assert regularizer(np.array([[1.0, 0.0], [-2.0, 0.0]])) == pytest.approx(0, abs=1e-16)
    assert regularizer(np.array([[1.0, 0.0], [0.0, 3.0]])) == pytest.approx(1 / 16, rel=1e-14)


@pytest.mark.parametrize("dim", [2, 3, 7, 25])
@pytest.mark.parametrize("seed", range(3))
def test_expected_squared_kernel_is_a_mean(dim, seed):
    rng = np.random.default_rng(seed)
    assert close(kernel(sphere(50_000, dim, rng), sphere(50_000, dim, rng)) ** 2, expected_squared_kernel(dim))


@pytest.mark.parametrize("seed", range(3))
def test_discrepancy_is_the_mean_square_error_of_the_sampled_kernel(seed):
    rng = np.random.default_rng(seed)
    W, X, Y = 3 * sphere(7, 4, rng), sphere(50_000, 4, rng), sphere(50_000, 4, rng)
    sampled = ((X @ W.T >= 0) & (Y @ W.T >= 0)).mean(axis=1)
    assert close((sampled - kernel(X, Y)) ** 2, l2_discrepancy(W) ** 2)


@pytest.mark.parametrize("seed", range(3))
def test_means_over_random_neurons(seed):
    rng = np.random.default_rng(seed)
    draws = [rng.standard_normal((12, 5)) for _ in range(1500)]
    assert close(np.array([l2_discrepancy(W) ** 2 for W in draws]), expected_squared_discrepancy(12, 5))
    assert close(np.array([regularizer(W) for W in draws]), expected_squared_kernel(5))


@pytest.mark.parametrize("seed", range(3))
def test_gradient_against_finite_differences(seed):
    rng = np.random.default_rng(seed)
    W, step = rng.standard_normal((5, 3)) * np.array([[0.3], [1], [2], [1], [5]]), 1e-6
    numeric = np.empty_like(W)
    for index in np.ndindex(*W.shape):
        up, down = W.copy(), W.copy()
        up[index] += step
        down[index] -= step
        numeric[index] = (regularizer(up) - regularizer(down)) / (2 * step)
    np.testing.assert_allclose(regularizer_gradient(W), numeric, rtol=1e-6, atol=1e-9)


def test_gradient_is_finite_for_parallel_and_antipodal_neurons():
    W = np.array([[1.0, 0.0], [1.0, 0.0], [-2.0, 0.0], [1.0, 1e-9], [0.0, 1.0]])
    gradient = regularizer_gradient(W)
    assert np.isfinite(gradient).all()
    np.testing.assert_allclose((gradient * W).sum(axis=1), 0, atol=1e-12)  # R does not change with the norms
    np.testing.assert_allclose(gradient[0], [0, 1 / (40 * np.pi)], rtol=1e-7, atol=1e-12)


def test_rotations_and_scale_do_not_matter():
    rng = np.random.default_rng(0)
    W, Q = rng.standard_normal((6, 4)), np.linalg.qr(rng.standard_normal((4, 4)))[0]
    scaled = W * np.array([1e-6, 1, 2, 3, 4, 1e6])[:, None]
    for function in (l2_discrepancy, regularizer):
        assert function(W @ Q) == pytest.approx(function(W), rel=1e-10)
        assert function(scaled) == pytest.approx(function(W), rel=1e-10)
    np.testing.assert_allclose(regularizer_gradient(W @ Q), regularizer_gradient(W) @ Q, atol=1e-13)


def test_antipodal_neurons_are_more_diverse():
    W = np.random.default_rng(0).standard_normal((50, 10))
    assert l2_discrepancy(np.concatenate([W, -W])) < l2_discrepancy(np.random.default_rng(1).standard_normal((100, 10)))


@pytest.mark.bad_input
def test_bad_input():
    for function in (l2_discrepancy, regularizer, regularizer_gradient):
        with pytest.raises(ValueError, match="W must have no zero rows"):
            function(np.array([[1.0, 0.0], [0.0, 0.0]]))
        with pytest.raises(ValueError, match="W must be finite"):
            function(np.array([[1.0, np.nan], [0.0, 1.0]]))
        with pytest.raises(ValueError, match="at least 2 coordinates"):
            function(np.ones((3, 1)))
    for function in (regularizer, regularizer_gradient):
        with pytest.raises(ValueError, match="W must hold at least 2 neurons"):
            function(np.ones((1, 3)))
    for function in (expected_squared_kernel, lambda dim: expected_squared_discrepancy(3, dim)):
        with pytest.raises(ValueError, match="dim must be an integer of at least 2"):
            function(1)
    with pytest.raises(ValueError, match="m must be an integer of at least 1"):
        expected_squared_discrepancy(0, 3)
