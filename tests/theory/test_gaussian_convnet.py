"""The convolutional network on Gaussian inputs against Monte Carlo, finite differences, limits and invariances."""

import numpy as np
import pytest
from scipy.stats import ortho_group

from overparam.theory import gaussian_convnet as gc
from overparam.theory.kernels import feature_gram


def close(draws: np.ndarray, expected: float) -> bool:
    return abs(draws.mean() - expected) <= 4 * draws.std(ddof=1) / np.sqrt(len(draws))


def differences(f, w: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Central differences of f along every axis, (q, ...)."""
    return np.array([(f(w + step * e) - f(w - step * e)) / (2 * step) for e in np.eye(len(w))])


@pytest.mark.parametrize("seed", range(3))
def test_cho_saul_is_a_mean_and_an_entry_of_the_feature_kernel(seed):
    rng = np.random.default_rng(seed)
    u, v = rng.standard_normal((2, 4))
    X = rng.standard_normal((200_000, 4))
    assert close(np.maximum(X @ u, 0) * np.maximum(X @ v, 0), gc.cho_saul(u, v))
    assert gc.cho_saul(u, v) == pytest.approx(feature_gram(np.array([u, v]), "relu")[0, 1], rel=1e-13)
    assert gc.cho_saul(u, u) == pytest.approx(u @ u / 2, rel=1e-14)
    assert gc.cho_saul(u, -u) == pytest.approx(0, abs=1e-15)


def test_cho_saul_gradient_by_differences():
    u, v = np.random.default_rng(0).standard_normal((2, 5))
    found = differences(lambda x: gc.cho_saul(x, v), u)
    np.testing.assert_allclose(gc.cho_saul_gradient(u, v), found, rtol=0, atol=1e-9)
    np.testing.assert_allclose(gc.cho_saul_gradient(v, 2 * v), v, rtol=1e-14)


@pytest.mark.parametrize("k", [1, 2, 4])
@pytest.mark.parametrize("seed", range(3))
def test_loss_is_the_mean_of_squares(k, seed):
    rng = np.random.default_rng([seed, k])
    w, w_star = rng.standard_normal((2, 3))
    X = rng.standard_normal((100_000, 3 * k))
    E = gc.patches(3 * k, 3, 3)
    assert close((gc.output(X, w, E) - gc.output(X, w_star, E)) ** 2, gc.loss(w, w_star, k))


@pytest.mark.parametrize("k", [1, 2, 5])
def test_loss_is_that_of_patches_without_overlap(k):
    w, w_star = np.random.default_rng(k).standard_normal((2, 3))
    E = gc.patches(3 * k, 3, 3)
    assert gc.overlap_loss(w, w_star, E) == pytest.approx(gc.loss(w, w_star, k), rel=1e-12)
    np.testing.assert_allclose(gc.overlap_gradient(w, w_star, E), gc.gradient(w, w_star, k), rtol=0, atol=1e-14)


def test_loss_keeps_its_digits_near_the_minimum():
    w_star, across = np.array([3.0, 4.0]), np.array([-0.8, 0.6])
    for k in (1, 2, 7):
        for size in (1e-4, 1e-7):  # the Hessian there has 1/k across
            assert gc.loss(w_star + size * across, w_star, k) == pytest.approx(size**2 / (2 * k), rel=1e-3)
        assert gc.loss(w_star, w_star, k) == 0
        assert gc.loss(np.zeros(2), w_star, k) == pytest.approx(25 * gc.constants(k)[1] / k**2, rel=1e-14)


@pytest.mark.parametrize("k", [1, 2, 4, 10])
def test_gradient_and_hessian_by_differences(k):
    rng = np.random.default_rng(k)
    w_star = rng.standard_normal(4)
    for w in (rng.standard_normal(4), w_star, 0.3 * w_star, -0.7 * w_star, -w_star + 1e-3 * rng.standard_normal(4)):
        found = differences(lambda x: gc.loss(x, w_star, k), w)
        np.testing.assert_allclose(gc.gradient(w, w_star, k), found, rtol=0, atol=1e-8)
        found = differences(
            lambda x: gc.gradient(x, w_star, k), w, step=1e-6
        )  # the third derivative jumps at parallel w
        np.testing.assert_allclose(gc.hessian(w, w_star, k), found, rtol=0, atol=2e-5)


def test_hessian_is_continuous_at_parallel_filters():
    w_star, across = np.array([1.0, 2.0, -1.0]), np.array([2.0, -1.0, 0.0])
    for sign in (1, -1):
        limit = gc.hessian(0.6 * sign * w_star, w_star, 3)
        for size in (1e-6, 1e-9, 1e-13):
            near = gc.hessian(0.6 * sign * w_star + size * across, w_star, 3)
            assert np.abs(near - limit).max() < 5 * size + 1e-15


@pytest.mark.parametrize("k", [2, 3, 10])
def test_critical_points_and_their_eigenvalues(k):
    w_star = np.array([0.5, -1.0, 2.0, 0.1])
    beta, gamma = gc.constants(k)
    low = gc.saddle(w_star, k)
    np.testing.assert_allclose(low, -beta / gamma * w_star, rtol=1e-14)
    np.testing.assert_allclose(gc.gradient(low, w_star, k), 0, atol=1e-15)
    np.testing.assert_allclose(gc.gradient(w_star, w_star, k), 0, atol=1e-15)
    np.testing.assert_allclose(np.linalg.eigvalsh(gc.hessian(low, w_star, k)), [0, 0, 0, 2 * gamma / k**2], atol=1e-14)
    around = np.linalg.eigvalsh(gc.hessian(w_star, w_star, k))
    np.testing.assert_allclose(around, [1 / k, 1 / k, 1 / k, 2 * gamma / k**2], atol=1e-14)


@pytest.mark.parametrize("seed", range(3))
def test_rotations_and_scales(seed):
    rng = np.random.default_rng(seed)
    w, w_star = rng.standard_normal((2, 4))
    Q = ortho_group.rvs(4, random_state=seed)
    assert gc.loss(3 * Q @ w, 3 * Q @ w_star, 3) == pytest.approx(9 * gc.loss(w, w_star, 3), rel=1e-12)
    np.testing.assert_allclose(gc.gradient(Q @ w, Q @ w_star, 3), Q @ gc.gradient(w, w_star, 3), atol=1e-14)
    np.testing.assert_allclose(gc.hessian(Q @ w, Q @ w_star, 3), Q @ gc.hessian(w, w_star, 3) @ Q.T, atol=1e-14)


def test_stacks_of_filters_are_filters_one_by_one():
    rng = np.random.default_rng(0)
    W, w_star, E = rng.standard_normal((2, 5, 3)), rng.standard_normal(3), gc.patches(5, 3, 1)
    for one, stack in (
        (lambda w: gc.loss(w, w_star, 4), gc.loss(W, w_star, 4)),
        (lambda w: gc.gradient(w, w_star, 4), gc.gradient(W, w_star, 4)),
        (lambda w: gc.overlap_loss(w, w_star, E), gc.overlap_loss(W, w_star, E)),
        (lambda w: gc.overlap_gradient(w, w_star, E), gc.overlap_gradient(W, w_star, E)),
        (lambda w: gc.output(np.eye(5), w, E), gc.output(np.eye(5), W, E)),
    ):
        np.testing.assert_allclose(stack, np.array([[one(w) for w in row] for row in W]), rtol=0, atol=1e-14)


def test_patches_are_windows():
    x, w = np.arange(7.0), np.array([1.0, -2.0, 0.5])
    for stride in (1, 2, 4):
        windows = np.lib.stride_tricks.sliding_window_view(x, 3)[::stride]
        np.testing.assert_array_equal(gc.patches(7, 3, stride) @ w @ x, windows @ w)


@pytest.mark.parametrize(("d", "q", "stride"), [(3, 2, 1), (5, 3, 1), (7, 3, 2)])
@pytest.mark.parametrize("seed", range(3))
def test_overlap_loss_is_the_mean_of_squares(d, q, stride, seed):
    rng = np.random.default_rng([seed, d])
    E = gc.patches(d, q, stride)
    w, w_star = rng.standard_normal((2, q))
    X = rng.standard_normal((100_000, d))
    assert close((gc.output(X, w, E) - gc.output(X, w_star, E)) ** 2, gc.overlap_loss(w, w_star, E))
    found = differences(lambda x: gc.overlap_loss(x, w_star, E), w)
    np.testing.assert_allclose(gc.overlap_gradient(w, w_star, E), found, rtol=0, atol=1e-8)


@pytest.mark.parametrize("k", [2, 3, 9])
def test_the_spurious_minimum_of_a_difference_filter(k):
    w_star, E = np.array([1.0, -1.0]), gc.patches(k + 1, 2, 1)
    A = k + (k - 1) * (np.sqrt(3) / np.pi - 1 / 3) + (k - 1) * (k - 2) / np.pi
    low = -(1 - 1 / A) * w_star
    np.testing.assert_allclose(gc.overlap_gradient(low, w_star, E), 0, atol=1e-14)
    assert gc.overlap_loss(low, w_star, E) == pytest.approx((2 - 1 / A) / k**2, rel=1e-12)
    curvature = differences(lambda x: gc.overlap_gradient(x, w_star, E), low)
    assert np.linalg.eigvalsh((curvature + curvature.T) / 2)[0] > (k - 1) / k**2


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: gc.loss(np.ones(2), np.zeros(2), 2), "w_star"),
        (lambda: gc.loss(np.ones(3), np.ones(2), 2), "w "),
        (lambda: gc.loss(np.ones(2), np.ones(2), 0), "k "),
        (lambda: gc.loss(np.ones(2), np.ones((2, 2)), 2), "w_star"),
        (lambda: gc.loss(np.float64(1), np.ones(1), 2), "w "),
        (lambda: gc.gradient(np.zeros(2), np.ones(2), 2), "w "),
        (lambda: gc.gradient(np.array([np.nan, 1]), np.ones(2), 2), "w "),
        (lambda: gc.hessian(np.zeros(2), np.ones(2), 2), "w "),
        (lambda: gc.hessian(np.ones((3, 2)), np.ones(2), 2), "w "),
        (lambda: gc.saddle(np.ones(2), 1), "k "),
        (lambda: gc.saddle(np.zeros(2), 2), "w_star"),
        (lambda: gc.constants(1.5), "k "),
        (lambda: gc.cho_saul(np.zeros(2), np.ones(2)), "u "),
        (lambda: gc.cho_saul_gradient(np.ones(2), np.zeros(2)), "v "),
        (lambda: gc.patches(5, 2, 2), "d - q"),
        (lambda: gc.patches(2, 3, 1), "d - q"),
        (lambda: gc.patches(3, 0, 1), "q "),
        (lambda: gc.output(np.ones((4, 4)), np.ones(2), gc.patches(3, 2, 1)), "X "),
        (lambda: gc.output(np.ones((4, 3)), np.ones(3), gc.patches(3, 2, 1)), "embeddings"),
        (lambda: gc.overlap_loss(np.ones(2), np.ones(2), np.ones((3, 2))), "embeddings"),
        (lambda: gc.overlap_loss(np.ones(2), np.ones(2), np.ones((0, 3, 2))), "embeddings"),
        (lambda: gc.overlap_loss(np.ones(2), np.ones(2), np.zeros((1, 3, 2))), "E_i w"),
        (lambda: gc.overlap_gradient(np.zeros(2), np.ones(2), gc.patches(3, 2, 1)), "w "),
    ],
)
def test_bad_arguments_are_named(call, name):
    with pytest.raises(ValueError, match=f"^{name}"):
        call()
