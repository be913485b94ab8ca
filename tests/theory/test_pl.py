"""PL constants and rates on quadratics, where every inequality can be seen to hold and to be attained."""

import numpy as np
import pytest

from overparam.theory.pl import (
    best_sgd_rate,
    contraction,
    loss_scale,
    pl_constant,
    pl_star_radius,
    sgd_gradient_bound,
    smoothness,
)

LOSSES = {
    "sum": lambda r: np.sum(r**2),
    "half_sum": lambda r: np.sum(r**2) / 2,
    "mean": lambda r: np.mean(r**2),
    "half_mean": lambda r: np.mean(r**2) / 2,
}


def slope(loss, J, r, step=1e-6):
    """The gradient of loss(r + Jᵀw) at w = 0 by central differences."""
    return np.array([(loss(r + step * row) - loss(r - step * row)) / (2 * step) for row in J])


@pytest.mark.parametrize("normalisation", LOSSES)
@pytest.mark.parametrize("seed", range(3))
def test_constants_hold_and_are_attained(normalisation, seed):
    rng, loss = np.random.default_rng(seed), LOSSES[normalisation]
    J = rng.standard_normal((8, 5))
    values, vectors = np.linalg.eigh(J.T @ J)
    standard = pl_constant(values[0], n=5, normalisation=normalisation)
    lecture = pl_constant(values[0], n=5, normalisation=normalisation, convention="lecture")
    beta = smoothness(values[-1], n=5, normalisation=normalisation)
    for r, attained in ((vectors[:, 0], True), (rng.standard_normal(5), False)):
        square = np.sum(slope(loss, J, r) ** 2)
        for ratio, constant in ((square / 2 / loss(r), standard), (square / loss(r), lecture)):
            assert ratio >= constant * (1 - 1e-7)
            assert bool(ratio == pytest.approx(constant, rel=1e-7)) == attained
    w = rng.standard_normal(8)
    assert 2 * loss(J.T @ w) <= beta * (w @ w) * (1 + 1e-12)  # an exact quadratic without linear term
    steepest = np.linalg.eigh(J @ J.T)[1][:, -1]
    assert 2 * loss(J.T @ steepest) == pytest.approx(beta, rel=1e-12)
    assert loss(np.ones(5)) == pytest.approx(5 * loss_scale(normalisation, 5), rel=1e-15)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.2, 0.3, 0.399])
def test_contraction_bounds_gradient_descent_on_a_quadratic(rate):
    beta, curvatures = 5.0, np.array([0.5, 2.0, 5.0])
    worst = ((1 - rate * curvatures) ** 2).max()
    assert worst <= contraction(0.5, beta, rate) * (1 + 1e-12)
    assert contraction(0.5, beta, 0.2) == pytest.approx(1 - 0.5 / 5, rel=1e-14)
    assert contraction(5.0, beta, rate) == pytest.approx((1 - 5 * rate) ** 2, rel=1e-12)  # attained where μ = β


@pytest.mark.parametrize("seed", range(3))
def test_sgd_bound_holds_on_a_noisy_quadratic(seed):
    """f = w²/2, gradients w + z, started at 1: the gradient's second moment stays below 1 + 1."""
    rng, steps = np.random.default_rng(seed), 400
    rate = best_sgd_rate(0.5, 1, 2, steps=steps)
    w, squares = np.ones(2000), []
    for _ in range(steps):
        squares.append(np.mean(w**2))
        w = w - rate * (w + rng.standard_normal(2000))
    assert min(squares) <= sgd_gradient_bound(0.5, 1, 2, steps=steps, rate=rate)


def test_the_best_rate_is_best():
    R, beta, square, T = 3.0, 0.7, 5.0, 900
    best = best_sgd_rate(R, beta, square, steps=T)
    least = sgd_gradient_bound(R, beta, square, steps=T, rate=best)
    assert least == pytest.approx(np.sqrt(2 * R * beta * square / T), rel=1e-14)
    for factor in (0.9, 1.1):
        assert sgd_gradient_bound(R, beta, square, steps=T, rate=factor * best) > least
    printed = R / (beta * square * T)  # the slide's rate, the root lost: the bound no longer falls with T
    bound = [sgd_gradient_bound(R, beta, square, steps=k * T, rate=printed / k) for k in (1, 10, 100)]
    assert min(bound) > beta * square


@pytest.mark.parametrize("seed", range(3))
def test_gradient_descent_stays_within_the_radius(seed):
    rng = np.random.default_rng(seed)
    J, r = rng.standard_normal((9, 4)), rng.standard_normal(4)
    values = np.linalg.eigvalsh(J.T @ J)
    path, w = 0.0, np.zeros(9)
    for _ in range(3000):
        step = J @ (J.T @ w + r) / values[-1]
        w, path = w - step, path + np.linalg.norm(step)
    radius = pl_star_radius(np.sqrt(values[-1]), np.linalg.norm(r), values[0])
    assert np.linalg.norm(w) <= path <= radius
    assert pl_star_radius(2, 3, 4) == 3


@pytest.mark.bad_input
def test_bad_input():
    for call, message in (
        (lambda: loss_scale("total", 3), "normalisation must be one of"),
        (lambda: loss_scale("mean", 0), "n must be an integer of at least 1"),
        (lambda: pl_constant(-1, n=3, normalisation="sum"), "eigenvalue must be at least 0"),
        (lambda: pl_constant(1, n=3, normalisation="sum", convention="x"), "convention must be one of"),
        (lambda: smoothness(-1, n=3, normalisation="sum"), "eigenvalue must be at least 0"),
        (lambda: contraction(1, 0, 0.1), "beta must be above 0"),
        (lambda: contraction(2, 1, 0.1), "mu must be above 0 and at most 1"),
        (lambda: contraction(0, 1, 0.1), "mu must be above 0"),
        (lambda: contraction(1, 1, 2), "rate must be above 0 and below 2"),
        (lambda: contraction(1, 1, 0), "rate must be above 0"),
        (lambda: sgd_gradient_bound(0, 1, 1, steps=1, rate=1), "gap must be above 0"),
        (lambda: sgd_gradient_bound(1, 0, 1, steps=1, rate=1), "beta must be above 0"),
        (lambda: sgd_gradient_bound(1, 1, 0, steps=1, rate=1), "second_moment must be above 0"),
        (lambda: sgd_gradient_bound(1, 1, 1, steps=0, rate=1), "steps must be an integer of at least 1"),
        (lambda: sgd_gradient_bound(1, 1, 1, steps=1, rate=0), "rate must be above 0"),
        (lambda: best_sgd_rate(0, 1, 1, steps=1), "gap must be above 0"),
        (lambda: best_sgd_rate(1, 0, 1, steps=1), "beta must be above 0"),
        (lambda: best_sgd_rate(1, 1, 0, steps=1), "second_moment must be above 0"),
        (lambda: best_sgd_rate(1, 1, 1, steps=0), "steps must be an integer of at least 1"),
        (lambda: pl_star_radius(0, 1, 1), "lipschitz must be above 0"),
        (lambda: pl_star_radius(1, -1, 1), "residual_norm must be at least 0"),
        (lambda: pl_star_radius(1, 1, 0), "mu must be above 0"),
    ):
        with pytest.raises(ValueError, match=message):
            call()
