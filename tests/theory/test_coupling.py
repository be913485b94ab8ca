"""The coupling bounds against simulation, their limits and their constants."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from overparam.theory.coupling import crossing_probability, dkw_deviation, margin_bound, uncoupled_bound

DRAWS = 100_000


def share(events: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The mean of 0-1 draws along the first axis and its standard error."""
    return events.mean(axis=0), events.std(axis=0) / np.sqrt(len(events))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("std", [0.03, 1.0, 7.0])
def test_crossing_probability_is_that_of_gaussian_weights(seed, std):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(8)
    x /= np.linalg.norm(x)
    taus = std * np.array([0.01, 0.3, 1.0, 2.0])
    measured, error = share(np.abs(std * rng.standard_normal((DRAWS, 8)) @ x)[:, None] <= taus)
    assert np.all(np.abs(measured - crossing_probability(taus, std)) <= 4 * error)


@pytest.mark.parametrize("seed", range(3))
def test_uncoupled_bound_holds_and_is_attained_by_orthogonal_points_to_first_order(seed):
    rng = np.random.default_rng(seed)
    near = (np.abs(rng.standard_normal((DRAWS, 5))) <= 0.02).any(axis=1)
    measured, error = share(near)
    exact = 1 - (1 - crossing_probability(0.02, 1.0)) ** 5
    assert abs(measured - exact) <= 4 * error
    bound = uncoupled_bound(0.02, 1.0, points=5)
    assert exact < bound < 1.04 * exact


@pytest.mark.parametrize("seed", range(3))
def test_margin_bound_is_attained_by_the_adversary_and_by_no_random_move(seed):
    rng = np.random.default_rng(seed)
    z, tau = rng.standard_normal(DRAWS), 0.4

    def bad(moved):
        return share((np.sign(moved) != np.sign(z)) | (np.abs(moved) < tau))

    measured, error = bad(z - tau * np.sign(z))
    assert abs(measured - margin_bound(tau, 1.0)) <= 4 * error
    measured, error = bad(z + tau * rng.uniform(-1, 1, DRAWS))
    assert measured < margin_bound(tau, 1.0) - 4 * error


def test_constants_for_small_moves():
    assert crossing_probability(1e-6, 1.0) / 1e-6 == pytest.approx(0.7978845608, rel=1e-9)
    assert margin_bound(1e-6, 1.0) / 1e-6 == pytest.approx(1.5957691216, rel=1e-9)


@given(arrays(float, 5, elements=st.floats(0, 100)), st.floats(1e-3, 100))
def test_linear_bounds_hold_everywhere(tau, std):
    assert np.all(crossing_probability(tau, std) <= np.sqrt(2 / np.pi) * tau / std * (1 + 1e-12))
    assert np.all(margin_bound(tau, std) <= 4 / np.sqrt(2 * np.pi) * tau / std * (1 + 1e-12))


def test_scale_does_not_matter_and_shapes_broadcast():
    taus, stds = np.array([[0.1], [0.2]]), np.array([0.5, 1.0, 2.0])
    assert crossing_probability(taus, stds).shape == (2, 3)
    np.testing.assert_allclose(crossing_probability(taus, stds), crossing_probability(10 * taus, 10 * stds), rtol=1e-13)
    assert crossing_probability(0.0, 1.0) == 0
    assert crossing_probability(1e6, 1.0) == 1


def test_dkw_deviation_is_exceeded_as_rarely_as_it_says():
    n, p, repeats = 200, 0.2, 4000
    draws = np.sort(np.random.default_rng(0).random((repeats, n)), axis=1)
    excess = (np.arange(1, n + 1) / n - draws).max(axis=1)
    rate, error = share(excess > dkw_deviation(n, failure=p))
    assert rate <= p + 4 * error
    assert rate >= p / 2  # the constant is sharp: a deviation much smaller would be exceeded more often


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: crossing_probability(-0.1, 1.0), "tau must be at least 0; got"),
        (lambda: crossing_probability(0.1, 0.0), "std must be above 0; got"),
        (lambda: crossing_probability(np.nan, 1.0), "tau must be finite"),
        (lambda: crossing_probability("a", 1.0), "tau must be an array of numbers"),
        (lambda: margin_bound(-0.1, 1.0), "tau must be at least 0"),
        (lambda: uncoupled_bound(0.1, 1.0, points=0), "points must be an integer of at least 1; got 0"),
        (lambda: uncoupled_bound(0.1, 1.0, points=2.0), "points must be an integer"),
        (lambda: dkw_deviation(0, failure=0.1), "n must be an integer of at least 1"),
        (lambda: dkw_deviation(10, failure=0.6), "failure must be above 0 and at most 0.5; got 0.6"),
        (lambda: dkw_deviation(10, failure=0.0), "failure must be above 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
