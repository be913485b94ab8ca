"""The probability of a large pseudo-gradient row: a bound that simulation never undercuts."""

import numpy as np
import pytest
from scipy.integrate import quad

from overparam.theory.pseudo_gradient import large_row_probability


def large_share(X: np.ndarray, u: np.ndarray, rng: np.random.Generator, draws: int = 40_000) -> tuple[float, float]:
    """How often the norm of P_w is at least max|u|/2, with its standard error."""
    active = rng.standard_normal((draws, X.shape[1])) @ X.T >= 0
    large = np.linalg.norm((u * active) @ X, axis=1) >= np.abs(u).max() / 2
    return large.mean(), large.std() / np.sqrt(draws)


def line_separation(X: np.ndarray) -> float:
    return float(np.sqrt(2 - 2 * np.abs(np.triu(X @ X.T, 1)).max()))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("points", "dim"), [(2, 2), (5, 3), (12, 20)])
def test_it_bounds_the_simulated_share(seed, points, dim):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((points, dim))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    measured, error = large_share(X, rng.uniform(-1, 1, points), rng)
    assert large_row_probability(line_separation(X), points=points) <= measured + 4 * error


@pytest.mark.parametrize("theta", [0.02, 0.1, 0.4])
def test_nearly_cancelling_points_leave_a_share_of_the_order_of_delta(theta):
    X = np.array([[1, 0], [np.cos(theta), np.sin(theta)]])
    measured, error = large_share(X, np.array([1.0, -1.0]), np.random.default_rng(0))
    assert abs(measured - theta / np.pi) <= 4 * error  # worked out in the exercise of the page
    delta = line_separation(X)
    assert large_row_probability(delta, points=2) <= theta / np.pi <= 10 * large_row_probability(delta, points=2)


@pytest.mark.parametrize(("delta", "points"), [(1.0, 3), (0.3, 2), (np.sqrt(2), 5)])
def test_it_is_a_quarter_of_the_probability_of_a_central_interval(delta, points):
    half_width = np.sqrt(np.pi) * delta / (4 * points)
    central = quad(lambda z: np.exp(-(z**2) / 2) / np.sqrt(2 * np.pi), -half_width, half_width)[0]
    assert large_row_probability(float(delta), points=points) == pytest.approx(central / 4, rel=1e-12)


@pytest.mark.parametrize("points", [2, 12, 1000])
@pytest.mark.parametrize("delta", [1e-6, 0.1, np.sqrt(2)])
def test_the_linear_form_that_the_page_prints(delta, points):
    assert 0.08 * delta / points <= large_row_probability(float(delta), points=points) <= 0.25


def test_the_hexagon_shows_that_opposite_points_must_be_excluded():
    angles = np.arange(6) * np.pi / 3
    X = np.column_stack([np.cos(angles), np.sin(angles)])
    measured, _ = large_share(X, (-1.0) ** np.arange(6), np.random.default_rng(0))
    assert measured == 0 < large_row_probability(1.0, points=6)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("delta", "points", "message"),
    [
        (0.0, 3, "delta must be above 0"),
        (1.5, 3, "delta must be above 0 and at most 1.41421; got 1.5"),
        (np.nan, 3, "delta must be a finite number"),
        (0.5, 1, "points must be an integer of at least 2; got 1"),
    ],
)
def test_bad_input_is_named(delta, points, message):
    with pytest.raises(ValueError, match=message):
        large_row_probability(delta, points=points)
