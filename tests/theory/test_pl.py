"""PL constants and rates on quadratics, where every inequality can be seen to hold and to be attained."""

import numpy as np
import pytest

from overparam.theory.pl import (
    best_constant,
    best_sgd_rate,
    contraction,
    hessian_bound,
    jacobian_smoothness,
    liu_zhu_belkin_rate,
    loss_scale,
    oymak_soltanolkotabi,
    pl_constant,
    pl_star_radius,
    sgd_gradient_bound,
    smoothness,
    uniform_eigenvalue,
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


# ------------------------------------------------------------------------------------- theorems near the start of a run


def test_liu_zhu_belkin_rate_by_hand_and_as_a_bound_on_the_hessian():
    assert liu_zhu_belkin_rate(2, 3, 4) == pytest.approx(1 / 16, rel=1e-15)
    assert liu_zhu_belkin_rate(2, 0, 4) == 0.25
    # f(w) = w² - 1 with r = f, on |w| ≤ 1: J = 2w, |J| ≤ 2, J is 2-Lipschitz, and the loss ½(w² - 1)² has |L''| ≤ 6.
    w = np.linspace(-1, 1, 1001)
    assert (np.abs(6 * w**2 - 2) <= 1 / liu_zhu_belkin_rate(2, 2, 1)).all()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("bend", [0.0, 0.05])
def test_oymak_and_soltanolkotabi_hold_along_gradient_descent(seed, bend):
    """f(θ) = Aθ + bend·sin(θ₁..₃): ‖J(θ) - J(θ')‖ ≤ bend‖θ - θ'‖ and the singular values move by at most bend."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((3, 8))
    values = np.linalg.svd(A, compute_uv=False)
    y = rng.standard_normal(3)

    def residual(theta):
        return A @ theta + bend * np.sin(theta[:3]) - y

    theta = np.zeros(8)
    norm = np.linalg.norm(residual(theta))
    promise = oymak_soltanolkotabi(values[-1] - bend, values[0] + bend, bend, norm)
    path, squares = 0.0, [norm**2]
    while squares[-1] > 1e-16:
        J = A.copy()
        J[:, :3] += bend * np.diag(np.cos(theta[:3]))
        step = promise.rate * J.T @ residual(theta)
        theta, path = theta - step, path + np.linalg.norm(step)
        squares.append(np.sum(residual(theta) ** 2))
        assert squares[-1] <= promise.contraction * squares[-2] * (1 + 1e-12)
        assert (values[-1] - bend) / 4 * np.linalg.norm(theta) + np.sqrt(squares[-1]) <= norm * (1 + 1e-12)
    assert path <= promise.radius


def test_oymak_and_soltanolkotabi_by_hand():
    assert oymak_soltanolkotabi(1, 2, 0, 3) == pytest.approx((1 / 8, 12, 15 / 16), rel=1e-15)
    assert oymak_soltanolkotabi(1, 2, 4, 3) == pytest.approx((1 / 96, 12, 1 - 1 / 192), rel=1e-15)
    assert oymak_soltanolkotabi(2, 2, 0.5, 1).rate == pytest.approx(1 / 8, rel=1e-15)


@pytest.mark.parametrize("seed", range(3))
def test_the_uniform_eigenvalue_is_below_that_of_every_gram_matrix(seed):
    rng = np.random.default_rng(seed)
    X, v = rng.standard_normal((4, 6)), rng.standard_normal(5)
    bound = uniform_eigenvalue(X, v, 0.3)
    slopes = rng.uniform(0.3, 1, (500, 5, 4)) * rng.choice([-1, 1], (500, 5, 1))
    grams = np.einsum("r,tri,trj->tij", v**2, slopes, slopes) * (X @ X.T)
    assert (np.linalg.eigvalsh(grams)[:, 0] >= bound * (1 - 1e-12)).all()
    flat = 0.3**2 * np.sum(v**2) * X @ X.T
    assert np.linalg.eigvalsh(flat)[0] == pytest.approx(bound, rel=1e-10)  # attained where |σ'| = ρ
    assert uniform_eigenvalue(rng.standard_normal((7, 6)), v, 1) == 0
    assert uniform_eigenvalue(np.eye(3), np.ones(2), 0.5) == pytest.approx(0.5, rel=1e-14)  # n = d counts
    assert uniform_eigenvalue(X, v, 0) == 0


def test_the_hessian_bound_holds_for_tanh_and_is_nearly_attained():
    rng = np.random.default_rng(0)
    X, m, a = np.array([[0.5, 0.0], [1.0, 2.0]]), 3, np.array([1.0, -1.0, 1.0])
    largest = 4 / (3 * np.sqrt(3))
    bound = hessian_bound(X, m=m, second_derivative=largest)
    assert bound == pytest.approx(5 * largest / np.sqrt(3), rel=1e-14)
    peak = np.arctanh(1 / np.sqrt(3))
    trials = [*rng.standard_normal((50, m, 2)), np.tile(peak * X[1] / 5, (m, 1))]
    norms = []
    for W in trials:
        t = np.tanh(W @ X[1])
        blocks = (a * -2 * t * (1 - t**2) / np.sqrt(m))[:, None, None] * np.outer(X[1], X[1])
        norms.append(max(np.abs(np.linalg.eigvalsh(block)).max() for block in blocks))
    assert max(norms) <= bound * (1 + 1e-12)
    assert norms[-1] == pytest.approx(bound, rel=1e-10)


def test_the_jacobian_of_a_tanh_network_is_as_smooth_as_stated():
    """Nearly equal points, all at the steepest place of the slope: the bound is attained, nearly."""
    rng = np.random.default_rng(0)
    m, a, largest = 4, np.array([1.0, -1.0, 1.0, 1.0]), 4 / (3 * np.sqrt(3))

    def jacobian(W, X):  # (p, n)
        slopes = a * (1 - np.tanh(X @ W.T) ** 2) / np.sqrt(m)
        return (slopes[:, :, None] * X[:, None, :]).reshape(len(X), -1).T

    close = np.array([1.0, 2.0, 2.0]) + 1e-4 * rng.standard_normal((5, 3))
    ratios = []
    for X in (rng.standard_normal((5, 3)), close):
        bound = jacobian_smoothness(X, m=m, second_derivative=largest)
        steep = np.tile(np.arctanh(1 / np.sqrt(3)) * X[0] / (X[0] @ X[0]), (m, 1))
        for W, V in ((steep, 1e-4 * np.tile(X[0], (m, 1))), *rng.standard_normal((100, 2, m, 3))):
            gap = np.linalg.norm(jacobian(W + V, X) - jacobian(W, X), 2) / np.linalg.norm(V)
            assert gap <= bound * (1 + 1e-9)
            ratios.append(gap / bound)
    assert max(ratios) > 0.999
    per_point = hessian_bound(close, m=m, second_derivative=largest)
    assert jacobian_smoothness(close, m=m, second_derivative=largest) == pytest.approx(np.sqrt(5) * per_point, rel=1e-3)
    assert jacobian_smoothness(2 * np.eye(3), m=4, second_derivative=0.5) == pytest.approx(1, rel=1e-15)


def test_best_constant_of_a_quadratic_and_of_the_folklore_example():
    assert best_constant(lambda x: 3 * x**2 + 1, lambda x: 6 * x, low=-1, high=2, least=1) == pytest.approx(6, rel=1e-7)
    found = best_constant(lambda x: x**2 + 3 * np.sin(x) ** 2, lambda x: 2 * x + 3 * np.sin(2 * x), low=-10, high=10)
    # Independently: at a stationary point of ½f'²/f, 2 f f'' = f'², a root that is found in extended precision.
    lo, hi = np.longdouble(2), np.longdouble(2.5)

    def balance(x):
        f, s, c = x**2 + 3 * np.sin(x) ** 2, 2 * x + 3 * np.sin(2 * x), 2 + 6 * np.cos(2 * x)
        return 2 * f * c - s**2

    assert balance(lo) * balance(hi) < 0
    for _ in range(70):
        middle = (lo + hi) / 2
        lo, hi = (middle, hi) if balance(lo) * balance(middle) > 0 else (lo, middle)
    expected = (2 * lo + 3 * np.sin(2 * lo)) ** 2 / 2 / (lo**2 + 3 * np.sin(lo) ** 2)
    assert found == pytest.approx(float(expected), rel=1e-12)
    assert found > 1 / 32  # the constant that is usually quoted holds, and is not the best


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: liu_zhu_belkin_rate(0, 1, 1), "lipschitz must be"),
        (lambda: liu_zhu_belkin_rate(1, -1, 1), "smooth must be"),
        (lambda: liu_zhu_belkin_rate(1, 1, -1), "residual_norm must be"),
        (lambda: oymak_soltanolkotabi(2, 1, 0, 1), "smallest must be above 0 and at most 1"),
        (lambda: oymak_soltanolkotabi(0, 1, 0, 1), "smallest must be above 0"),
        (lambda: oymak_soltanolkotabi(1, 0, 0, 1), "largest must be above 0"),
        (lambda: oymak_soltanolkotabi(1, 1, -1, 1), "smooth must be"),
        (lambda: oymak_soltanolkotabi(1, 1, 0, 0), "residual_norm must be"),
        (lambda: uniform_eigenvalue(np.eye(2), np.ones(2), -0.1), "slope must be"),
        (lambda: uniform_eigenvalue(np.eye(2), np.ones((2, 1)), 1), "v must have 1 axes"),
        (lambda: hessian_bound(np.eye(2), m=0, second_derivative=1), "m must be"),
        (lambda: hessian_bound(np.eye(2), m=1, second_derivative=-1), "second_derivative must be"),
        (lambda: jacobian_smoothness(np.eye(2), m=0, second_derivative=1), "m must be"),
        (lambda: jacobian_smoothness(np.eye(2), m=1, second_derivative=-1), "second_derivative must be"),
        (lambda: best_constant(np.square, np.sign, low=1, high=1), "high must be above 1"),
        (
            lambda: best_constant(np.square, np.sign, low=-1, high=1, least=0.5),
            "least must be at most f; f goes down to 0",
        ),
    ],
)
def test_bad_input_near_the_start_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_limits_are_where_the_theorems_put_them():
    assert contraction(1, 5, np.nextafter(0.4, 0)) == pytest.approx(1, abs=1e-12)
    with pytest.raises(ValueError, match=r"rate must be above 0 and below 0\.4; got 0\.4"):
        contraction(1, 5, 0.4)
    assert oymak_soltanolkotabi(2, 3, 0, 5) == pytest.approx((1 / 18, 10, 1 - 4 / 36), rel=1e-15)
    assert oymak_soltanolkotabi(2, 4, 3, 5) == pytest.approx((1 / 120, 10, 1 - 4 / 240), rel=1e-15)


def test_best_constant_at_an_end_of_the_interval():
    """½(3x²)²/x³ = 4.5x is least at the left end, ½x⁻⁴/x⁻¹ at the right one."""
    assert best_constant(lambda x: x**3, lambda x: 3 * x**2, low=1, high=2) == pytest.approx(4.5, rel=1e-12)
    assert best_constant(lambda x: 1 / x, lambda x: -1 / x**2, low=1, high=2) == pytest.approx(1 / 16, rel=1e-12)
