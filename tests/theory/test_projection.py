"""The projection onto a given sum against its optimality, fractions, a general solver, and finite differences."""

from fractions import Fraction
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import brentq, minimize

from overparam.theory.projection import cardinality_jacobian, cardinality_threshold, dykstra, project_cardinality

points = hnp.arrays(float, st.integers(1, 8), elements=st.floats(-3, 3, width=16))


def corners(n: int, total: int) -> np.ndarray:
    """The vertices of the set, for a whole number."""
    return np.array([[float(i in chosen) for i in range(n)] for chosen in combinations(range(n), total)])


@given(z=points, data=st.data())
def test_it_is_the_nearest_point(z, data):
    """<z - y, v - y> ≤ 0 for all vertices v, which says that y is nearest."""
    total = data.draw(st.integers(0, len(z)))
    y = project_cardinality(z, total)
    assert y.min() >= 0 and y.max() <= 1 and abs(y.sum() - total) < 1e-12
    assert ((corners(len(z), total) - y) @ (z - y)).max() <= 1e-12


@given(z=points, data=st.data())
def test_at_most_is_the_nearest_point(z, data):
    total = data.draw(st.integers(0, len(z)))
    y = project_cardinality(z, total, at_most=True)
    assert y.min() >= 0 and y.max() <= 1 and y.sum() <= total + 1e-12
    below = np.concatenate([corners(len(z), k) for k in range(total + 1)])
    assert ((below - y) @ (z - y)).max() <= 1e-12
    assert cardinality_threshold(z, total, at_most=True) >= 0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("total", [0.3, 2.0, 3.7])
def test_a_general_solver_and_a_root_finder_agree(seed, total):
    z = np.random.default_rng(seed).normal(0.5, 0.8, 6)
    y = project_cardinality(z, total)
    solved = minimize(
        lambda v: ((v - z) ** 2).sum() / 2,
        np.full(6, total / 6),
        jac=lambda v: v - z,
        bounds=[(0, 1)] * 6,
        constraints={"type": "eq", "fun": lambda v: v.sum() - total, "jac": np.ones_like},
        method="SLSQP",
        options={"ftol": 1e-14},
    )
    np.testing.assert_allclose(y, solved.x, atol=1e-6)
    root = brentq(lambda tau: np.clip(z - tau, 0, 1).sum() - total, z.min() - 1, z.max(), xtol=1e-14)
    np.testing.assert_allclose(y, np.clip(z - root, 0, 1), atol=1e-12)
    np.testing.assert_allclose(cardinality_threshold(z, total), root, atol=1e-12)


def test_a_small_case_in_fractions():
    """All three are free: each gives up a third of the excess 1.8 - 1."""
    z = [Fraction(9, 10), Fraction(6, 10), Fraction(3, 10)]
    expected = [float(v - (sum(z) - 1) / 3) for v in z]
    np.testing.assert_allclose(project_cardinality(np.array(z, dtype=float), 1), expected, atol=1e-15)


def test_the_ends_and_what_is_inside_already():
    z = np.array([0.2, -4.0, 0.8, 2.5])
    np.testing.assert_array_equal(project_cardinality(z, 0), np.zeros(4))
    np.testing.assert_array_equal(project_cardinality(z, 4), np.ones(4))
    inside = np.array([0.25, 0.5, 1.0])
    np.testing.assert_allclose(project_cardinality(inside, 1.75), inside, atol=1e-15)
    np.testing.assert_array_equal(project_cardinality(np.array([0.2, 0.3]), 1, at_most=True), [0.2, 0.3])


def test_rows_are_projected_each_by_itself():
    rng = np.random.default_rng(0)
    z, total = rng.normal(size=(2, 3, 5)), rng.uniform(0, 5, (2, 3))
    for at_most in (False, True):
        together = project_cardinality(z, total, at_most=at_most)
        for i, j in np.ndindex(2, 3):
            np.testing.assert_array_equal(together[i, j], project_cardinality(z[i, j], total[i, j], at_most=at_most))


@pytest.mark.parametrize("seed", range(3))
def test_the_jacobian_is_that_of_finite_differences(seed):
    z, step = np.random.default_rng(seed).normal(0.5, 0.7, 7), 1e-6
    numeric = [(project_cardinality(z + h, 3) - project_cardinality(z - h, 3)) / (2 * step) for h in step * np.eye(7)]
    np.testing.assert_allclose(cardinality_jacobian(z, 3), np.array(numeric).T, atol=1e-8)


def test_the_jacobian_of_a_corner_is_zero():
    np.testing.assert_array_equal(cardinality_jacobian(np.array([3.0, -3.0, 4.0]), 2), np.zeros((3, 3)))


@pytest.mark.parametrize("seed", range(3))
def test_dykstra_finds_it_and_is_an_iteration_for_the_threshold(seed):
    z, total = np.random.default_rng(seed).normal(0.5, 0.7, 20), 6
    found, tau = dykstra(z, total, 400), (z.sum() - total) / 20
    np.testing.assert_allclose(found[-1], project_cardinality(z, total), atol=1e-10)
    for iterate in found:
        np.testing.assert_allclose(iterate, np.clip(z - tau, 0, 1), atol=1e-12)
        tau += (iterate.sum() - total) / 20


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("z", "total", "message"),
    [
        (0.5, 1, "z must have at least one coordinate"),
        (np.zeros((2, 0)), 0, "z must have at least one coordinate"),
        ([0.1, np.nan], 1, "z must be finite"),
        (["a"], 1, "z must be an array of numbers"),
        ([0.1, 0.2], 3, "total must be from 0 to 2"),
        ([0.1, 0.2], -1, "total must be from 0 to 2"),
        ([0.1, 0.2], [1, 1], "total must be a number or have shape"),
    ],
)
def test_what_is_refused(z, total, message):
    for function in (cardinality_threshold, project_cardinality):
        with pytest.raises(ValueError, match=message):
            function(z, total)


@pytest.mark.bad_input
def test_vectors_and_rounds_are_needed():
    with pytest.raises(ValueError, match="z must have 1 axes"):
        cardinality_jacobian(np.zeros((2, 2)), 1)
    with pytest.raises(ValueError, match="z must have 1 axes"):
        dykstra(np.zeros((2, 2)), 1, 3)
    with pytest.raises(ValueError, match="rounds must be an integer of at least 1"):
        dykstra(np.zeros(2), 1, 0)
