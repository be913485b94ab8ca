"""The spectrum against Gegenbauer quadrature, sampled operators, traces and exact integers."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import eval_gegenbauer, gammaln

from overparam.theory.spectrum import (
    decay_slope,
    gradient_kernel_eigenvalue,
    multiplicity,
    ordered_eigenvalue,
    step_coefficient,
    step_kernel_eigenvalue,
    trace,
)


def funk_hecke(kernel, degree: int, dim: int) -> float:
    """The eigenvalue of a zonal kernel by quadrature, t = sin φ; the Gegenbauer polynomial is 1 at t = 1."""
    log_total = 0.5 * np.log(np.pi) + gammaln((dim - 1) / 2) - gammaln(dim / 2)
    alpha = dim / 2 - 1

    def harmonic(t):
        if dim == 2:
            return np.cos(degree * np.arccos(t))
        return eval_gegenbauer(degree, alpha, t) / eval_gegenbauer(degree, alpha, 1.0)

    def integrand(phi):
        t = np.sin(phi)
        return kernel(t) * harmonic(np.clip(t, -1, 1)) * np.cos(phi) ** (dim - 2)

    parts = [
        quad(integrand, a, b, epsabs=1e-12, epsrel=1e-10, limit=200)[0] for a, b in ((-np.pi / 2, 0), (0, np.pi / 2))
    ]
    return sum(parts) / np.exp(log_total)


def step_kernel(t):
    return 0.25 + np.arcsin(t) / (2 * np.pi)


@pytest.mark.parametrize("dim", [2, 3, 6, 11])
@pytest.mark.parametrize("degree", [0, 1, 2, 3, 4, 5, 8, 9])
def test_closed_forms_against_quadrature(degree, dim):
    assert step_coefficient(degree, dim) == pytest.approx(funk_hecke(lambda t: t >= 0, degree, dim), abs=1e-12)
    assert step_kernel_eigenvalue(degree, dim) == pytest.approx(funk_hecke(step_kernel, degree, dim), abs=1e-12)
    expected = funk_hecke(lambda t: t * step_kernel(t), degree, dim)
    assert gradient_kernel_eigenvalue(degree, dim) == pytest.approx(expected, rel=1e-9, abs=1e-13)


@given(st.integers(0, 40), st.integers(2, 30))
def test_multiplicity_counts_harmonic_polynomials(degree, dim):
    """Homogeneous polynomials of degree l are the harmonic ones of degrees l, l - 2, ..."""
    homogeneous = math.comb(dim + degree - 1, degree)
    assert sum(multiplicity(k, dim) for k in range(degree, -1, -2)) == homogeneous


def test_multiplicity_by_hand():
    assert [multiplicity(k, 2) for k in range(4)] == [1, 2, 2, 2]
    assert [multiplicity(k, 3) for k in range(4)] == [1, 3, 5, 7]
    assert multiplicity(10_000, 1000) > 10**300


@pytest.mark.parametrize("dim", [2, 3, 5, 10])
def test_first_eigenvalues_and_zeros(dim):
    assert gradient_kernel_eigenvalue(1, dim) == pytest.approx(1 / (4 * dim), rel=1e-14)
    assert gradient_kernel_eigenvalue(3, dim) == 0
    assert gradient_kernel_eigenvalue(3, dim, log=True) == -np.inf
    assert step_coefficient(2, dim) == 0
    assert np.all(np.diff(gradient_kernel_eigenvalue(np.array([1, 0, 2, 4, 6, 8, 50]), dim)) < 0)


def test_spectrum_of_the_two_sphere_by_hand():
    values = gradient_kernel_eigenvalue(np.array([0, 1, 2]), 3)
    np.testing.assert_allclose(values, [1 / 16, 1 / 12, 7 / 256], rtol=1e-13)


@pytest.mark.parametrize(("degree", "dim", "tail"), [(4000, 2, 1e-3), (4000, 3, 1e-3), (3000, 7, 3e-3)])
def test_trace_tends_to_one_half(degree, dim, tail):
    assert 0.5 - tail < trace(degree, dim) < 0.5
    small = sum(multiplicity(k, dim) * float(gradient_kernel_eigenvalue(k, dim)) for k in range(9))
    assert trace(8, dim) == pytest.approx(small, rel=1e-12)
    assert trace(0, dim) == pytest.approx(float(gradient_kernel_eigenvalue(0, dim)), rel=1e-14)


@pytest.mark.parametrize("dim", [3, 4, 5, 10])
def test_decay(dim):
    assert decay_slope(4000, 8000, dim) == pytest.approx(-dim, abs=0.02)


def test_large_degrees_and_dimensions_do_not_overflow():
    for dim in (2, 10, 1000):
        logs = gradient_kernel_eigenvalue(np.arange(2, 10_001, 2), dim, log=True)
        assert np.isfinite(logs).all()
        assert np.all(np.diff(logs) < 0)
    assert gradient_kernel_eigenvalue(10_000, 1000) == 0
    ratio = [2 * math.lgamma(500) + 2 * math.lgamma(k / 2) - 2 * math.lgamma((k + 1000) / 2) for k in (1, 3)]
    assert 2 * (step_coefficient(3, 1000, log=True) - step_coefficient(1, 1000, log=True)) == pytest.approx(
        ratio[1] - ratio[0], rel=1e-10
    )


@pytest.mark.parametrize(("index", "dim"), [(1, 3), (3, 3), (4, 3), (5, 3), (9, 3), (10, 3), (100, 5), (1000, 20)])
def test_ordered_eigenvalue_against_a_sorted_list(index, dim):
    values = [
        np.full(multiplicity(k, dim), float(gradient_kernel_eigenvalue(k, dim))) for k in range(13 if dim < 9 else 5)
    ]
    assert ordered_eigenvalue(index, dim) == np.sort(np.concatenate(values))[::-1][index - 1]
    assert ordered_eigenvalue(index, dim) <= 1 / (2 * index)


@pytest.mark.parametrize("seed", range(3))
def test_sampled_gram_matrices_have_these_eigenvalues(seed):
    rng, n = np.random.default_rng(seed), 1500
    X = rng.standard_normal((n, 3))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    cos = np.clip(X @ X.T, -1, 1)
    values = np.linalg.eigvalsh(cos * step_kernel(cos))[::-1] / n
    expected = [1 / 12] * 3 + [1 / 16] + [7 / 256] * 5
    np.testing.assert_allclose(values[:9], expected, rtol=0.15)


@pytest.mark.bad_input
def test_bad_input():
    for bad in (-1, 1.5, [0, -2], []):
        with pytest.raises(ValueError, match="degree must be integers of at least 0"):
            gradient_kernel_eigenvalue(bad, 3)
    for function in (multiplicity, step_coefficient, gradient_kernel_eigenvalue, trace):
        with pytest.raises(ValueError, match="dim must be an integer of at least 2"):
            function(1, 1)
    with pytest.raises(ValueError, match="index must be an integer of at least 1"):
        ordered_eigenvalue(0, 3)
    with pytest.raises(ValueError, match="degree must be an integer of at least 0"):
        multiplicity(-1, 3)
    for low, high in ((3, 8), (2, 9), (8, 8), (8, 4)):
        with pytest.raises(ValueError, match="low and high must be even"):
            decay_slope(low, high, 3)
    with pytest.raises(ValueError, match="low must be an integer of at least 2"):
        decay_slope(0, 4, 3)
