"""Points on the sphere: laws against closed forms and independent samplers, geometry, bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from overparam.data import lift, uniform_cap, uniform_sphere

SEEDS = range(3)
RARE = 6e-5  # the two-sided probability beyond 4 standard errors: a law is refused where its p-value lies below


def follows(values, law):
    return stats.kstest(values, law, method="asymp").pvalue > RARE


def unit(dim, seed=0):
    x = np.random.default_rng(100 + seed).standard_normal(dim)
    return x / np.linalg.norm(x)


@given(n=st.integers(1, 30), dim=st.integers(1, 60), seed=st.integers(0, 99))
def test_uniform_sphere_gives_unit_rows_decided_by_the_seed(n, dim, seed):
    X = uniform_sphere(n, dim, np.random.default_rng(seed))
    assert X.shape == (n, dim) and X.dtype == np.float64
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), 1, atol=1e-14)
    np.testing.assert_array_equal(X, uniform_sphere(n, dim, np.random.default_rng(seed)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dim", [2, 3, 50])
def test_a_projection_of_the_uniform_law_is_a_beta_law(dim, seed):
    """(1 + <x, u>)/2 follows Beta((d-1)/2, (d-1)/2), for every direction u."""
    X = uniform_sphere(4000, dim, np.random.default_rng(seed))
    for u in (unit(dim), np.eye(dim)[0]):
        assert follows((1 + X @ u) / 2, stats.beta((dim - 1) / 2, (dim - 1) / 2).cdf)


@given(
    dim=st.integers(2, 40),
    angle=st.floats(0, np.pi),
    n=st.integers(1, 20),
    seed=st.integers(0, 99),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_a_cap_holds_its_points(dim, angle, n, seed, dtype):
    rng = np.random.default_rng(seed)
    centres = uniform_sphere(n, dim, rng).astype(dtype)
    X = uniform_cap(centres, angle, rng)
    assert X.shape == (n, dim) and X.dtype == np.float64
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), 1, atol=1e-14)
    centres = centres / np.linalg.norm(centres.astype(float), axis=1, keepdims=True)
    chord = np.linalg.norm(X - centres, axis=1)
    assert (chord <= 2 * np.sin(angle / 2) + 1e-14).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("angle", [0.4, 1.0, 1.5, 2.5, np.pi])
@pytest.mark.parametrize("dim", [2, 3, 5])
def test_the_law_on_a_cap_is_that_of_the_sphere_restricted_to_it(dim, angle, seed):
    """Against an independent sampler, Gaussian directions of which those outside are thrown away; five projections."""
    rng = np.random.default_rng(seed)
    centre = unit(dim, seed)
    drawn = rng.standard_normal((100_000, dim))
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    kept = drawn[drawn @ centre >= np.cos(angle)][:2000]
    assert len(kept) > 400
    X = uniform_cap(np.tile(centre, (2000, 1)), angle, rng)
    for u in (centre, *np.eye(dim)[:2], unit(dim, 50), unit(dim, 51)):
        assert stats.ks_2samp(X @ u, kept @ u, method="asymp").pvalue > RARE


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("angle", [0.1, 1.0, 1.53, 1.55, np.pi / 2, 3.0])
@pytest.mark.parametrize("dim", [2, 20, 1000])
def test_the_polar_angle_has_density_sine_to_the_power_d_minus_2(dim, angle, seed):
    """Against numerical integration in logarithms: in dimension 1000 the cap's share of the sphere underflows."""
    rng = np.random.default_rng(seed)
    centres = uniform_sphere(2000, dim, rng)
    X = uniform_cap(centres, angle, rng)
    polar = 2 * np.arcsin(np.minimum(np.linalg.norm(X - centres, axis=1) / 2, 1))
    grid = np.linspace(0, angle, 20_001)
    middle = (grid[1:] + grid[:-1]) / 2
    log_density = (dim - 2) * np.log(np.sin(middle))
    mass = np.concatenate([[0], np.cumsum(np.exp(log_density - log_density.max()))])
    assert follows(polar, lambda x: np.interp(x, grid, mass / mass[-1]))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dim", [3, 4, 200])
def test_the_direction_around_the_centre_is_uniform(dim, seed):
    """The tangent is uniform on the sphere of dimension d - 2: each of its projections follows a Beta law."""
    rng = np.random.default_rng(seed)
    centre = unit(dim, seed)
    X = uniform_cap(np.tile(centre, (3000, 1)), 0.3, rng)
    tangent = X - np.outer(X @ centre, centre)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    for raw in (unit(dim, 60), np.eye(dim)[0]):
        v = raw - (raw @ centre) * centre
        projected = tangent @ (v / np.linalg.norm(v))
        assert follows((1 + projected) / 2, stats.beta((dim - 2) / 2, (dim - 2) / 2).cdf)


class CountedRounds(np.random.Generator):
    """A generator that allows thirty calls of `random` and of `standard_normal`, each a round of proposals."""

    left = 30

    def random(self, *size):
        self.left -= 1
        assert self.left > 0
        return super().random(*size)

    def standard_normal(self, *size):
        self.left -= 1
        assert self.left > 0
        return super().standard_normal(*size)


@pytest.mark.parametrize("angle", [1e-8, 0.5, 0.8, 1.2, 1.5, 1.55, np.pi / 2 - 1e-9, np.pi / 2, 1.6, np.pi])
@pytest.mark.parametrize("dim", [2, 3, 10, 1000])
def test_no_cap_takes_many_proposals(dim, angle):
    """Where 15 % of the proposals are accepted, 400 points take about eight rounds of at most two calls."""
    rng = CountedRounds(np.random.PCG64(0))
    uniform_cap(np.tile(np.eye(dim)[0], (400, 1)), angle, rng)


def test_a_cap_of_angle_zero_is_its_centre():
    centres = np.repeat(uniform_sphere(3, 7, np.random.default_rng(0)), 50, axis=0)
    X = uniform_cap(centres, 0.0, np.random.default_rng(1))
    np.testing.assert_allclose(X, centres, rtol=0, atol=1e-15)
    assert len(np.unique(X, axis=0)) == 3


@pytest.mark.parametrize(
    "centre", [[1.0, 0, 0], [-1.0, 0, 0], [1.0, 1e-9, 0], [-1.0, 0, 1e-9], [0.0, 1, 0], [-0.0, 0, 1]]
)
def test_centres_near_the_first_axis_lose_no_digits(centre):
    centres = np.tile(centre, (500, 1))
    X = uniform_cap(centres, 0.5, np.random.default_rng(0))
    np.testing.assert_allclose(np.linalg.norm(X, axis=1), 1, atol=1e-14)
    assert np.linalg.norm(X - centres, axis=1).max() <= 2 * np.sin(0.25) + 1e-14
    # The mean of the cap is on the axis: E<x, u> = 0 for u orthogonal, of standard error below sin(0.5)/√(2·500).
    across = [u for u in np.eye(3) if abs(u @ centre) < 0.5]
    assert all(abs((X @ u).mean()) < 4 * np.sin(0.5) / np.sqrt(1000) for u in across)


def test_a_cap_is_decided_by_the_seed_and_touches_no_global_state():
    centres = uniform_sphere(20, 5, np.random.default_rng(0))
    before, state = centres.copy(), np.random.get_state()[1].copy()  # noqa: NPY002 - it is the global state that must stay
    first = uniform_cap(centres, 0.7, np.random.default_rng(3))
    np.testing.assert_array_equal(first, uniform_cap(centres, 0.7, np.random.default_rng(3)))
    assert not np.array_equal(first, uniform_cap(centres, 0.7, np.random.default_rng(4)))
    np.testing.assert_array_equal(centres, before)
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002


@given(
    X=hnp.arrays(
        st.sampled_from([np.float32, np.float64]),
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=6),
        elements=st.floats(-1000, 1000, width=32),
    ),
    constant=st.floats(0.125, 100),
)
def test_the_lift_lies_on_the_sphere_and_can_be_undone(X, constant):
    lifted = lift(X, constant)
    small = 4 * np.finfo(X.dtype).eps
    assert lifted.shape == (X.shape[0], X.shape[1] + 1) and lifted.dtype == X.dtype
    np.testing.assert_allclose(np.linalg.norm(lifted, axis=1), 1, atol=2 * small)
    assert (lifted[:, -1] > 0).all()
    # Undone by scaling the last coordinate back to the constant.
    np.testing.assert_allclose(constant * lifted[:, :-1] / lifted[:, -1:], X, rtol=2 * small, atol=small)


def test_the_lift_of_the_origin_and_of_huge_points():
    np.testing.assert_array_equal(lift(np.zeros((1, 3))), [[0, 0, 0, 1]])
    np.testing.assert_allclose(lift(np.array([[3e200, 4e200]])), [[0.6, 0.8, 0]], atol=1e-15)
    np.testing.assert_allclose(lift(np.array([[2.0, 1.0]]), 2.0), [[2 / 3, 1 / 3, 2 / 3]], atol=1e-15)


RNG = np.random.default_rng(0)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: uniform_sphere(0, 3, RNG), "n must be an integer of at least 1; got 0"),
        (lambda: uniform_sphere(3, 0, RNG), "dim must be an integer of at least 1; got 0"),
        (lambda: uniform_sphere(3.0, 3, RNG), "n must be an integer"),
        (lambda: uniform_sphere(3, 3, 0), "rng must be a numpy.random.Generator"),
        (lambda: uniform_cap(np.eye(3) * 2, 0.1, RNG), "centres must have rows of norm 1"),
        (lambda: uniform_cap(np.ones(3), 0.1, RNG), "centres must have 2 axes"),
        (lambda: uniform_cap(np.empty((0, 3)), 0.1, RNG), "centres must hold at least one point"),
        (lambda: uniform_cap(np.ones((3, 1)), 0.1, RNG), "centres must have dimension at least 2"),
        (lambda: uniform_cap(np.full((2, 2), np.nan), 0.1, RNG), "centres must be finite"),
        (lambda: uniform_cap(np.eye(3), -0.1, RNG), "angle must be at least 0"),
        (lambda: uniform_cap(np.eye(3), 3.2, RNG), "angle must be at least 0 and at most 3.14159; got 3.2"),
        (lambda: uniform_cap(np.eye(3), np.nan, RNG), "angle must be a finite number"),
        (lambda: uniform_cap(np.eye(3), 0.1, None), "rng must be"),
        (lambda: lift(np.ones(3)), "X must have 2 axes"),
        (lambda: lift(np.empty((2, 0))), "X must hold at least one point"),
        (lambda: lift([[1.0, np.inf]]), "X must be finite"),
        (lambda: lift([["a"]]), "X must be an array of numbers"),
        (lambda: lift(np.eye(2), 0.0), "constant must be above 0"),
    ],
)
def test_bad_input_is_named(call, named):
    with pytest.raises(ValueError, match="^" + named):
        call()
