"""The bound on the updates against the inequality it solves, and the compression bounds against their own roots."""

import math

import numpy as np
import pytest
from scipy.special import lambertw

from overparam.theory.margin import compression_bound, update_bound

PARAMETERS = [
    (10.0, 0.2, 4, 1.0, 0.35, 0.0),
    (7.0, 0.5, 3, 0.1, 2.0, 0.4),
    (1.0, 1.0, 1, 5.0, 1.0, 3.0),
    (30.0, 0.1, 50, 2.0, 1.0, 0.01),
]


def coefficients(norm, slope, k, rate, v, radius):
    """a, b, c of the inequality at ≤ b√t + c."""
    growth = 2 * rate + 2 * k * rate**2 * v**2
    return 2 * k * rate * v * slope, math.sqrt(2 * k * growth) * norm, 4 * k * radius * norm


@pytest.mark.parametrize("parameters", PARAMETERS)
def test_update_bound_is_the_coarse_root_of_the_inequality(parameters):
    a, b, c = coefficients(*parameters)
    coarse = (b / a) ** 2 + (b / a) * math.sqrt(c / a) + c / a
    assert update_bound(*parameters) == pytest.approx(coarse, rel=1e-13)


@pytest.mark.parametrize("parameters", PARAMETERS)
def test_update_bound_lies_just_above_the_exact_root(parameters):
    a, b, c = coefficients(*parameters)
    exact = np.roots([a, -b, -c]).max() ** 2
    assert exact * (1 - 1e-12) <= update_bound(*parameters) <= 1.5 * exact


def test_update_bound_of_the_perceptron():
    """A linear network from zero whose step is large against its start: the perceptron's ‖w*‖², up to 1/(kηv²)."""
    assert update_bound(6.0, 1.0, 1, 1e12) == pytest.approx(36, rel=1e-9)


def test_infinite_width_is_a_limit():
    for norm, slope, _, rate, v, radius in PARAMETERS:
        limit = update_bound(norm, slope, math.inf, rate, v, radius)
        gaps = [update_bound(norm, slope, k, rate, v, radius) - limit for k in (10**6, 10**8)]
        assert 0 < gaps[1] < gaps[0] / 50 < 1e-3 * limit
    with_start = 400 + math.sqrt(2 * 0.5) * 10**1.5 / (0.5**1.5 * math.sqrt(0.3 * 2)) + 2 * 0.5 * 10 / (0.3 * 2 * 0.5)
    assert update_bound(10.0, 0.5, math.inf, 0.3, 2.0, 0.5) == pytest.approx(with_start, rel=1e-13)


@pytest.mark.parametrize("eps", [0.3, 0.1, 0.02])
@pytest.mark.parametrize(("c", "delta"), [(1, 0.3), (30, 0.05), (200, 0.001)])
def test_compression_bounds_at_their_roots(c, delta, eps):
    """n ln-equations solved by Lambert's function, the lower branch; integers beside the root lie on either side."""
    root = -8 * c / eps * lambertw(-delta * eps / (8 * c), -1).real
    n = math.floor(root)
    assert compression_bound(c, n, delta) >= eps > compression_bound(c, n + 1, delta)
    root = -c / eps * lambertw(-eps / c * math.exp(-eps) * delta ** (1 / c), -1).real
    n = math.floor(root)
    assert compression_bound(c, n, delta, "sequence") >= eps > compression_bound(c, n + 1, delta, "sequence")


def test_the_sequence_form_is_at_least_four_times_smaller():
    for c, n, delta in [(1, 2, 0.5), (30, 60, 0.05), (30, 10_000, 0.01)]:
        assert 4 * compression_bound(c, n, delta, "sequence") <= compression_bound(c, n, delta) * (1 + 1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_thresholds_keep_to_the_sequence_form(seed):
    """The largest positive point of n in [0, 1] determines a threshold: one sample, and its error is known exactly."""
    rng, n, delta = np.random.default_rng(seed), 50, 0.2
    largest_below = np.array([max(x[x <= 0.5], default=0) for x in rng.random((2000, n))])
    assert np.mean(0.5 - largest_below > compression_bound(1, n, delta, "sequence")) <= delta


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"w_star_norm": 0}, "w_star_norm must be above 0"),
        ({"slope": 0}, "slope must be above 0 and at most 1"),
        ({"slope": 1.1}, "slope must be above 0 and at most 1"),
        ({"k": 0}, "k must be an integer of at least 1"),
        ({"k": 2.5}, "k must be an integer of at least 1"),
        ({"k": -math.inf}, "k must be an integer of at least 1"),
        ({"step": 0}, "step must be above 0"),
        ({"output_weight": 0}, "output_weight must be above 0"),
        ({"init_radius": -1}, "init_radius must be at least 0"),
    ],
)
def test_bad_parameters_of_the_update_bound(change, message):
    with pytest.raises(ValueError, match=message):
        update_bound(**{"w_star_norm": 10, "slope": 0.2, "k": 1, "step": 1} | change)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, 10, 0.1), "support must be an integer of at least 1"),
        ((1, 0, 0.1), "n must be an integer of at least 1"),
        ((6, 11, 0.1), "n must be at least 2"),
        ((6, 6, 0.1, "sequence"), "n must be above support"),
        ((1, 10, 0), "delta must be above 0 and below 1"),
        ((1, 10, 1), "delta must be above 0 and below 1"),
        ((1, 10, 0.1, "other"), "form must be one of"),
    ],
)
def test_bad_parameters_of_the_compression_bound(arguments, message):
    with pytest.raises(ValueError, match=message):
        compression_bound(*arguments)
