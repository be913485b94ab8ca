"""The linearised network against the training of a linear model, an ODE solver and its limits."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from overparam.theory.dynamics import Linearized


def model(seed: int, n: int = 5, p: int = 8, k: int = 3):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((p, n)), rng.standard_normal((p, k)), rng.standard_normal(n)


@pytest.mark.parametrize("seed", range(3))
def test_flow_against_an_ode_solver(seed):
    J, P, r = model(seed)
    times, linear = np.array([0.0, 0.01, 0.1, 0.7]), Linearized(J.T @ J)
    solution = solve_ivp(lambda _, w: -J @ (J.T @ w + r), (0, 0.7), np.zeros(8), t_eval=times, rtol=1e-11, atol=1e-12)
    w = solution.y.T
    np.testing.assert_allclose(linear.flow(r, times), w @ J + r, atol=1e-8)
    np.testing.assert_allclose(linear.flow_change(P.T @ J, r, times), w @ P, atol=1e-8)
    np.testing.assert_allclose(linear.distance(r, times), np.linalg.norm(w, axis=1), atol=1e-8)


@pytest.mark.parametrize("shape", [(5, 8), (8, 5)])
@pytest.mark.parametrize("seed", range(3))
def test_descent_against_gradient_descent(seed, shape):
    """With more points than weights K is singular."""
    J, P, _ = model(seed, *shape)
    r = np.random.default_rng(seed).standard_normal((shape[0], 2))
    linear, rate, steps = Linearized(J.T @ J), 0.02, np.array([0, 1, 2, 30, 500])
    w, seen = np.zeros((shape[1], 2)), []
    for _ in range(501):
        seen.append(w)
        w = w - rate * J @ (J.T @ w + r)
    at = np.array(seen)[steps]
    np.testing.assert_allclose(linear.descent(r, steps, rate), J.T @ at + r, atol=1e-10)
    np.testing.assert_allclose(linear.descent_change(P.T @ J, r, steps, rate), P.T @ at, atol=1e-9)


def test_flow_is_the_limit_of_descent_and_of_long_times():
    J, P, r = model(0)
    linear = Linearized(J.T @ J)
    fine = linear.descent(r, np.array([100_000]), 0.5 / 100_000)
    np.testing.assert_allclose(fine, linear.flow(r, np.array([0.5])), atol=1e-4)
    interpolator = -np.linalg.pinv(J.T) @ r
    np.testing.assert_allclose(linear.flow_change(P.T @ J, r, np.array([1e6]))[0], P.T @ interpolator, rtol=1e-8)
    np.testing.assert_allclose(linear.distance(r, np.array([1e6])), np.linalg.norm(interpolator), rtol=1e-8)


def test_a_singular_kernel_and_a_rate_too_large():
    linear = Linearized(np.zeros((2, 2)))
    r, cross = np.array([1.0, 2.0]), np.array([[1.0, 1.0]])
    np.testing.assert_allclose(linear.flow(r, np.array([5.0])), [r])
    np.testing.assert_allclose(linear.flow_change(cross, r, np.array([5.0])), [[-15.0]])
    np.testing.assert_allclose(linear.descent_change(cross, r, np.array([3]), 2.0), [[-18.0]])
    np.testing.assert_allclose(linear.distance(r, np.array([5.0])), 0)
    np.testing.assert_allclose(Linearized(np.array([[1.0]])).descent(np.array([1.0]), np.array([3]), 3.0), [[-8.0]])


@pytest.mark.parametrize("seed", range(3))
def test_eigenvalues_below_zero_by_rounding_do_no_harm(seed):
    J = model(seed, 3, 12)[0]  # 12 points, 3 weights: nine eigenvalues are zero up to rounding
    r = np.random.default_rng(seed).standard_normal(12)
    linear = Linearized(J @ J.T)
    assert linear.eigenvalues[0] < 0
    expected = np.linalg.norm(np.linalg.pinv(J) @ r)
    np.testing.assert_allclose(linear.distance(r, np.array([100.0])), expected, rtol=1e-6)


@pytest.mark.parametrize("size", [0.01, 100.0])
def test_rounding_is_forgiven_in_proportion_to_the_kernel(size):
    """Up to 1e-6 of the largest entry: below zero n times that, n = 3, and between K and its transpose."""
    Linearized(np.diag([size, size, -2.9e-6 * size]))
    Linearized(np.array([[size, 0.9e-6 * size], [0, size]]))
    with pytest.raises(ValueError, match="K must be positive semi-definite"):
        Linearized(np.diag([size, size, -3.1e-6 * size]))
    with pytest.raises(ValueError, match="K must be symmetric"):
        Linearized(np.array([[size, 1.1e-6 * size], [0, size]]))


def test_one_decomposition_serves_all_times(monkeypatch):
    calls, eigh = [], np.linalg.eigh
    monkeypatch.setattr(np.linalg, "eigh", lambda K: calls.append(1) or eigh(K))
    linear = Linearized(np.eye(3))
    for _ in range(3):
        linear.flow(np.ones(3), np.arange(10.0))
        linear.descent(np.ones(3), np.arange(10), 0.1)
    assert len(calls) == 1


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("K", "message"),
    [
        (np.array([[1.0, 0.5], [0.2, 1.0]]), "K must be symmetric; K and its transpose differ by 0.3"),
        (np.array([[1.0, 0.5], [0.50001, 1.0]]), "K must be symmetric"),
        (np.ones((2, 3)), "K must be square"),
        (np.empty((0, 0)), "K must be square"),
        (np.array([[np.nan]]), "K must be finite"),
        (-np.eye(2), "K must be positive semi-definite; its smallest eigenvalue is -1"),
        (np.ones(3), "K must have 2 axes"),
    ],
)
def test_kernels_that_are_refused(K, message):
    with pytest.raises(ValueError, match=message):
        Linearized(K)


@pytest.mark.bad_input
def test_arguments_that_are_refused():
    linear, r = Linearized(np.eye(2)), np.ones(2)
    for call, message in (
        (lambda: linear.flow(np.ones(3), np.array([1.0])), "residual must have 2 rows"),
        (lambda: linear.flow(r, np.array([-1.0])), "times must be at least 0; got -1"),
        (lambda: linear.flow(r, 1.0), "times must have 1 axes"),
        (lambda: linear.descent(r, np.array([0.5]), 0.1), "steps must be an array of integers of at least 0"),
        (lambda: linear.descent(r, np.array([-1]), 0.1), "steps must be an array of integers of at least 0"),
        (lambda: linear.descent(r, np.array([1]), 0.0), "rate must be above 0"),
        (lambda: linear.flow_change(np.ones((1, 3)), r, np.array([1.0])), "cross must have 2 columns"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
