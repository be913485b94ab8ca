"""The printed widths: they solve the closing condition of the proof."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overparam.theory import width
from overparam.theory.width import li_liang


@given(st.integers(2, 20), st.integers(1, 10), st.floats(0.1, 2), st.floats(0.01, 0.9))
def test_it_solves_the_closing_condition(c, l, delta, epsilon):
    m = li_liang(c=c, l=l, delta=delta, epsilon=epsilon)
    small = delta**3 * epsilon**6 / (c**5 * l**5)
    assert m**-0.5 * small == pytest.approx(1 / (m * small), rel=1e-9)


def test_it_grows_with_the_classes_and_falls_with_distance_and_error():
    base = {"c": 10, "l": 2, "delta": 1.0, "epsilon": 0.1}
    assert li_liang(**base | {"c": 20}) / li_liang(**base) == pytest.approx(2**20)
    assert li_liang(**base | {"l": 4}) / li_liang(**base) == pytest.approx(2**20)
    assert li_liang(**base | {"delta": 0.5}) / li_liang(**base) == pytest.approx(2**12)
    assert li_liang(**base | {"epsilon": 0.05}) / li_liang(**base) == pytest.approx(2**24)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"c": 0}, "c must be an integer of at least 1; got 0"),
        ({"l": 1.5}, "l must be an integer"),
        ({"delta": 2.5}, "delta must be above 0 and at most 2; got 2.5"),
        ({"epsilon": 1.0}, "epsilon must be above 0 and below 1; got 1.0"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        li_liang(**{"c": 10, "l": 2, "delta": 1.0, "epsilon": 0.1} | change)


# -------------------------------------------------------------------------------------------------- the other theorems


def test_widths_by_hand():
    assert width.allen_zhu(n=2, depth=3, c=5, delta=0.5) == pytest.approx(2**24 * 3**12 * 5 * 256, rel=1e-14)
    assert width.du(n=3, eigenvalue=0.5, failure=0.1) == pytest.approx(3**6 * 16 * 1000, rel=1e-12)
    # Each of the three terms of the maximum, in turn the largest.
    assert width.du_deep(n=10, depth=3, eigenvalue=0.1, failure=0.1) == pytest.approx(8e8, rel=1e-12)
    assert width.du_deep(n=10, depth=3, eigenvalue=10.0, failure=1e-4) == pytest.approx(8e5, rel=1e-12)
    logarithm = width.du_deep(n=2, depth=3, eigenvalue=2.0, failure=0.99)
    assert logarithm == pytest.approx(8 * 2 / 0.99, rel=1e-12)
    assert width.du_deep(n=10, depth=1, eigenvalue=10.0, failure=0.5) == pytest.approx(2 * 20, rel=1e-12)
    assert width.du_deep(n=100, depth=1, eigenvalue=50.0, failure=0.9) == pytest.approx(2 * 100 / 0.9, rel=1e-12)
    assert width.du_deep(n=10, depth=2, eigenvalue=5.0, failure=0.5) == pytest.approx(4 * 20, rel=1e-12)
    assert width.du_deep(n=100, depth=2, eigenvalue=20.0, failure=0.9) == pytest.approx(4 * 625, rel=1e-12)
    assert width.du_deep(n=10, depth=2, eigenvalue=4.0, failure=0.5) == pytest.approx(4 * 39.0625, rel=1e-12)
    assert width.du_deep(n=10, depth=2, eigenvalue=8.0, failure=0.9) == pytest.approx(4 * 10 / 0.9, rel=1e-12)
    assert width.diverse(eigenvalue=0.25) == 4
    assert width.zhang(n=5, d=3) == 13
    assert [width.soudry_carmon(n=n, d=3) for n in (1, 3, 4, 6, 7)] == [1, 1, 2, 2, 3]


def test_the_logarithm_of_du_et_al_is_reached():
    """n² log(Ln/δ)/λ² exceeds n⁴/λ⁴ where λ > n/√log, and n/δ where n log > λ²/δ."""
    n, depth, eigenvalue, failure = 100, 4, 60.0, 0.9
    value = width.du_deep(n=n, depth=depth, eigenvalue=eigenvalue, failure=failure)
    assert n**2 * np.log(400 / 0.9) / 3600 < n / 0.9 < value * 2
    n, eigenvalue = 1000, 500.0
    value = width.du_deep(n=n, depth=depth, eigenvalue=eigenvalue, failure=0.999)
    assert value == pytest.approx(16 * max(16.0, 1000 / 0.999, 4 * np.log(4000 / 0.999)), rel=1e-12)


def test_the_table_of_song_et_al():
    assert width.song_table(n=4, depth=2) == {
        "Oymak and Soltanolkotabi": 16,
        "Kawaguchi and Huang": 4,
        "Song and Yang": 16,
        "Du et al.": 4096,
        "Zou and Gu": 4**8 * 2**12,
        "Song et al.": 8,
    }
    assert width.song_table(n=4)["Zou and Gu"] == 4**8


@pytest.mark.parametrize("c", [1, 3])
def test_the_width_of_the_memoriser_is_the_smallest_that_fits(c):
    def capacity(w):
        return 4 * (w // 4) * (w // (4 * c))

    for n in (1, 3, 4, 5, 16, 17, 1000, 1024):
        w = width.yun(n=n, c=c)
        assert capacity(w) >= n > capacity(w - 1)
    assert width.yun(n=1024) == 64
    assert width.yun(n=10**12) == 2 * 10**6


def test_the_crossing_of_radius_and_travel():
    n, residual, eigenvalue, failure = 5, 2.0, 0.3, 0.1
    m = width.lazy(n=n, residual_norm=residual, eigenvalue=eigenvalue, failure=failure)
    closed = (2 * n**2.5 * residual / (np.sqrt(2 * np.pi) / 16 * failure * eigenvalue**2)) ** 2
    assert m == pytest.approx(closed, rel=1e-12)
    radius = width.lazy_radius(n=n, eigenvalue=eigenvalue, failure=failure)
    travel = [width.lazy_travel(n=n, m=k, residual_norm=residual, eigenvalue=eigenvalue) for k in (int(m), int(m) + 1)]
    assert travel[0] >= radius >= travel[1]
    assert radius == pytest.approx(0.15666426716443752 * 0.03 / 25, rel=1e-12)
    assert width.lazy(n=n, residual_norm=0, eigenvalue=eigenvalue, failure=failure) == 0


@pytest.mark.parametrize("seed", range(3))
def test_rows_within_the_radius_change_the_gram_matrix_little(seed):
    """All patterns that any rows within R could change, flipped: the expected total is below 4n²R/√(2π)."""
    rng = np.random.default_rng(seed)
    n, d, R = 6, 4, 0.05
    X = rng.standard_normal((n, d))
    X /= np.linalg.norm(X, axis=1, keepdims=True)
    may_flip = np.abs(rng.standard_normal((40_000, d)) @ X.T) <= R
    pair = may_flip[:, :, None] | may_flip[:, None, :]
    total = pair.sum(axis=(1, 2))
    bound = 4 * n**2 * R / np.sqrt(2 * np.pi)
    assert total.mean() <= bound + 4 * total.std() / np.sqrt(len(total))
    assert total.mean() >= bound / 2.5  # the constant is not idle
    eigenvalue, failure = 0.2, 0.1
    radius = width.lazy_radius(n=n, eigenvalue=eigenvalue, failure=failure)
    assert 4 * n**2 * radius / np.sqrt(2 * np.pi) / failure == pytest.approx(eigenvalue / 4, rel=1e-12)


def test_the_width_of_pl_star_closes_the_ball():
    """At that width, and not below, α = σ₀/2 satisfies α ≤ σ₀ - βR with R = 2‖r₀‖/α; no other α does earlier."""
    bend, residual, eigenvalue = 1.3, 2.7, 0.2
    m = width.pl_star(bend=bend, residual_norm=residual, eigenvalue=eigenvalue)
    assert m == pytest.approx(64 * 1.69 * 7.29 / 0.04, rel=1e-12)
    smallest = np.sqrt(eigenvalue)
    alphas = np.linspace(0.001, 0.999, 999) * smallest

    def closed(m):
        return alphas <= smallest - bend / np.sqrt(m) * 2 * residual / alphas

    assert closed(1.000001 * m).any() and not closed(0.999999 * m).any()
    assert alphas[closed(1.000001 * m)] == pytest.approx([smallest / 2])
    assert width.pl_star(bend=1, residual_norm=0, eigenvalue=1) == 0


@pytest.mark.parametrize("seed", range(3))
def test_a_width_of_concentration_starts_with_a_good_gram_matrix(seed):
    rng = np.random.default_rng(seed)
    X = np.eye(3)
    eigenvalue = 0.5  # of H∞ of orthogonal points
    m = width.concentration(n=3, eigenvalue=eigenvalue, failure=0.1)
    assert m == pytest.approx(288 * np.log(120), rel=1e-12)
    patterns = rng.standard_normal((int(m) + 1, 3)) @ X.T >= 0
    H = (patterns.T.astype(float) @ patterns) / len(patterns) * (X @ X.T)
    assert np.linalg.eigvalsh(H)[0] >= 0.75 * eigenvalue


def test_beyond_the_floats_is_infinity():
    assert width.allen_zhu(n=10**12, depth=10**6, c=1, delta=0.1) == np.inf
    assert width.lazy(n=10**60, residual_norm=1, eigenvalue=1e-10, failure=0.1) == np.inf


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("function", "good", "bad"),
    [
        (width.allen_zhu, {"n": 2, "depth": 1, "c": 1, "delta": 2}, {"n": 0, "depth": 0, "c": 0, "delta": 0}),
        (width.allen_zhu, {"n": 1, "depth": 1, "c": 1, "delta": 1}, {"delta": 2.01}),
        (
            width.du_deep,
            {"n": 1, "depth": 1, "eigenvalue": 1, "failure": 0.5},
            {"n": 0, "depth": 0, "eigenvalue": 0, "failure": 0},
        ),
        (width.du, {"n": 1, "eigenvalue": 1, "failure": 0.5}, {"n": 0, "eigenvalue": 0, "failure": 1}),
        (width.song_table, {"n": 1, "depth": 1}, {"n": 0, "depth": 0}),
        (width.soudry_carmon, {"n": 1, "d": 1}, {"n": 0, "d": 0}),
        (width.yun, {"n": 1, "c": 1}, {"n": 0, "c": 0}),
        (width.zhang, {"n": 1, "d": 1}, {"n": 0, "d": 0}),
        (width.diverse, {"eigenvalue": 1}, {"eigenvalue": 0}),
        (width.diverse, {"eigenvalue": 0.5}, {"eigenvalue": 1.01}),
        (width.lazy_radius, {"n": 1, "eigenvalue": 1, "failure": 0.5}, {"n": 0, "eigenvalue": 0, "failure": 0}),
        (
            width.lazy_travel,
            {"n": 1, "m": 1, "residual_norm": 0, "eigenvalue": 1},
            {"n": 0, "m": 0, "residual_norm": -1, "eigenvalue": 0},
        ),
        (
            width.pl_star,
            {"bend": 0, "residual_norm": 0, "eigenvalue": 1},
            {"bend": -1, "residual_norm": -1, "eigenvalue": 0},
        ),
        (width.concentration, {"n": 1, "eigenvalue": 1, "failure": 0.5}, {"n": 0, "eigenvalue": 0, "failure": 1}),
    ],
)
def test_bad_input_of_every_width_is_named(function, good, bad):
    function(**good)
    for name, value in bad.items():
        with pytest.raises(ValueError, match=f"{name} must be"):
            function(**{**good, name: value})
