"""Kernels against Monte Carlo, quadrature, extended precision, finite networks, limits and invariances."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, roots_hermitenorm

from overparam.theory import kernels
from overparam.theory.kernels import (
    arc_cosine,
    convolutional_gram,
    feature_gram,
    gradient_gram,
    hermite_coefficients,
    layer_gram,
    ntk,
    residual_gram,
)

DRAWS = 40_000


def sphere(n: int, d: int, seed: int) -> np.ndarray:
    X = np.random.default_rng(seed).standard_normal((n, d))
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def at_angle(*angles: float) -> np.ndarray:
    return np.column_stack([np.cos(angles), np.sin(angles)])


def within_four_errors(draws: np.ndarray, expected: np.ndarray) -> bool:
    """Whether the mean over the first axis is `expected`, up to four standard errors in every entry."""
    error = draws.std(axis=0, ddof=1) / np.sqrt(len(draws))
    return bool(np.all(np.abs(draws.mean(axis=0) - expected) <= 4 * error + 1e-12))


def ntk_in_extended_precision(angle: np.longdouble, depth: int) -> np.longdouble:
    """Θ^(depth) at an angle, by the recursion in the angle, 1 - cos by the half-angle formula."""
    pi = np.longdouble(np.pi) + np.longdouble(1.2246467991473532e-16)
    theta = np.cos(angle)
    for _ in range(depth):
        kappa_0 = 1 - angle / pi
        gap = 2 * np.sin(angle / 2) ** 2 - (np.sin(angle) - angle * np.cos(angle)) / pi
        angle = 2 * np.arcsin(np.sqrt(gap / 2))
        theta = np.cos(angle) + kappa_0 * theta
    return theta


# --- arc-cosine ---


def test_arc_cosine_at_the_points_known_by_hand():
    cos = np.array([-1.0, 0.0, 0.5, 1.0])
    np.testing.assert_allclose(arc_cosine(0, cos), [0, 1 / 2, 2 / 3, 1], atol=1e-15)
    np.testing.assert_allclose(
        arc_cosine(1, cos), [0, 1 / np.pi, np.sqrt(3) / 2 / np.pi + 1 / 3, 1], rtol=1e-15, atol=1e-15
    )


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("angle", [0.3, 1.2, 2.6])
def test_arc_cosine_is_a_gaussian_mean(seed, angle):
    z = np.random.default_rng(seed).standard_normal((DRAWS, 2)) @ at_angle(0, angle).T
    assert within_four_errors(2 * (z > 0).all(axis=1), arc_cosine(0, np.cos(angle)))
    assert within_four_errors(2 * np.maximum(z, 0).prod(axis=1), arc_cosine(1, np.cos(angle)))


def test_the_slope_of_kappa_1_is_kappa_0():
    cos, step = np.linspace(-0.9, 0.9, 19), 1e-6
    slope = (arc_cosine(1, cos + step) - arc_cosine(1, cos - step)) / (2 * step)
    np.testing.assert_allclose(slope, arc_cosine(0, cos), rtol=1e-8)


def test_kappa_1_keeps_its_digits_near_minus_one():
    supplement = np.array([1e-3, 0.01, 0.1, 0.4, 0.499, 0.501, 0.9], dtype=np.longdouble)
    cos = -np.cos(supplement).astype(float)
    exact = np.arccos(-cos.astype(np.longdouble))
    expected = (np.sin(exact) - exact * np.cos(exact)) / np.pi
    np.testing.assert_allclose(arc_cosine(1, cos), expected.astype(float), rtol=1e-11)


def test_arc_cosine_keeps_float32_and_forgives_rounding_only():
    assert arc_cosine(1, np.array([0.2], np.float32)).dtype == np.float32
    assert arc_cosine(0, np.array([0.2])).dtype == np.float64
    assert arc_cosine(1, 1 + 4e-16) == 1
    assert arc_cosine(0, -1 - 4e-16) == 0


@pytest.mark.bad_input
@pytest.mark.parametrize("order", [2, -1, True, "0", 0.5])
def test_arc_cosine_needs_an_order(order):
    with pytest.raises(ValueError, match="order must be 0 or 1"):
        arc_cosine(order, 0.1)


@pytest.mark.bad_input
@pytest.mark.parametrize("cos", [1.001, -1.1, [0.0, 2.0]])
def test_arc_cosine_needs_a_cosine(cos):
    with pytest.raises(ValueError, match="cos_angle must lie in"):
        arc_cosine(0, cos)
    with pytest.raises(ValueError, match="cos_angle must be finite"):
        arc_cosine(0, np.nan)


# --- two-layer Gram matrices ---


@pytest.mark.parametrize("seed", range(3))
def test_gram_matrices_are_gaussian_means(seed):
    X = sphere(4, 3, seed)
    Z = np.random.default_rng(10 + seed).standard_normal((DRAWS, 3)) @ X.T
    on = (Z >= 0).astype(float)
    step = np.einsum("ri,rj->rij", on, on)
    assert within_four_errors(step, feature_gram(X, "step"))
    assert within_four_errors(step * (X @ X.T), gradient_gram(X))
    scaled = X * np.array([0.5, 1.0, 2.0, 3.0])[:, None]
    relu = np.maximum(Z * np.array([0.5, 1.0, 2.0, 3.0]), 0)
    assert within_four_errors(np.einsum("ri,rj->rij", relu, relu), feature_gram(scaled, "relu"))


def test_gram_matrices_at_equal_and_opposite_points():
    X = sphere(3, 5, 0)
    X = np.concatenate([X, X, -X])
    for K, same, opposite in (
        (gradient_gram(X), 0.5, 0.0),
        (feature_gram(X, "step"), 0.5, 0.0),
        (feature_gram(X, "relu"), 0.5, 0.0),
        (layer_gram(X, 1), 1.0, 0.0),
    ):
        np.testing.assert_allclose(K.diagonal(), same, rtol=1e-15)
        np.testing.assert_allclose(K.diagonal(3)[:3], same, rtol=1e-15)
        np.testing.assert_allclose(K.diagonal(6), opposite, atol=1e-15)
        np.testing.assert_array_equal(K, K.T)


def test_angles_keep_their_digits_near_zero_and_pi():
    for gap in (1e-12, 1e-9, 1e-5, 0.04, 0.05, 1.0):
        X = at_angle(0, gap, np.pi - gap)
        np.testing.assert_allclose(1 - 2 * feature_gram(X, "step")[0, 1], gap / np.pi, rtol=1e-9, atol=2e-16)
        np.testing.assert_allclose(feature_gram(X, "step")[0, 2], gap / (2 * np.pi), rtol=1e-9, atol=2e-16)


@given(st.integers(1, 6), st.integers(1, 5), st.integers(0, 1000))
def test_rotations_and_order_do_not_matter(n, d, seed):
    X = sphere(n, d, seed)
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))[0]
    order = np.random.default_rng(seed).permutation(n)
    for kernel in (gradient_gram, lambda Z: ntk(Z, depth=3), lambda Z: layer_gram(Z, 2), lambda Z: residual_gram(Z, 3)):
        K = kernel(X)
        assert K.shape == (n, n)
        np.testing.assert_allclose(kernel(X @ Q), K, atol=2e-7)
        np.testing.assert_allclose(kernel(X[order]), K[np.ix_(order, order)], atol=1e-12)
        assert np.linalg.eigvalsh(K)[0] >= -1e-10


# --- the tangent kernel ---


@pytest.mark.parametrize("depth", [1, 2, 5, 40])
def test_ntk_against_extended_precision(depth):
    angles = np.array([1e-9, 1e-6, 1e-3, 0.044, 0.045, 0.3, 1.0, 2.0, 3.0, 3.14, np.pi - 1e-7])
    X = np.column_stack([np.cos(angles), np.sin(angles)])
    expected = [float(ntk_in_extended_precision(np.longdouble(a), depth)) for a in angles]
    np.testing.assert_allclose(ntk(at_angle(0.0), X, depth=depth)[0], expected, rtol=1e-13, atol=1e-14)


def test_ntk_of_one_hidden_layer_is_features_plus_gradients():
    X = sphere(6, 3, 0)
    np.testing.assert_allclose(ntk(X, depth=1), 2 * feature_gram(X, "relu") + 2 * gradient_gram(X), rtol=1e-13)


def test_ntk_diagonal_duplicates_and_one_point_are_exact():
    X = np.concatenate([np.eye(4), np.eye(4), -np.eye(4)])
    K = ntk(X, depth=7)
    assert np.all(K.diagonal() == 8)
    assert np.all(K.diagonal(4)[:4] == 8)
    expected = float(ntk_in_extended_precision(np.longdouble(np.pi), 7))
    np.testing.assert_allclose(K.diagonal(8), expected, rtol=1e-13)
    assert ntk(np.array([[1.0]]), depth=2) == 3
    assert np.all(ntk(sphere(50, 784, 0), depth=5).diagonal() == 6)
    assert np.all(ntk(sphere(50, 784, 0).astype(np.float32), depth=5).diagonal() == 6)


def test_ntk_in_tiles_and_of_two_sets(monkeypatch):
    X, Y = sphere(37, 4, 0), sphere(11, 4, 1)
    whole, cross = ntk(X, depth=3), ntk(X, Y, depth=3)
    np.testing.assert_array_equal(whole, whole.T)
    np.testing.assert_allclose(ntk(X, X, depth=3), whole, rtol=1e-14)
    np.testing.assert_allclose(ntk(Y, X, depth=3), cross.T, rtol=1e-14)
    monkeypatch.setattr(kernels, "_SIDE", 5)
    monkeypatch.setattr(kernels, "_PAIRS", 8)
    np.testing.assert_allclose(ntk(X, depth=3), whole, rtol=1e-14)
    np.testing.assert_allclose(ntk(X, Y, depth=3), cross, rtol=1e-14)


def test_ntk_is_homogeneous():
    X, Y = sphere(5, 3, 0), sphere(4, 3, 1)
    a, b = np.array([0.1, 1, 2, 3, 1e6]), np.array([5.0, 1e-8, 1, 2])
    expected = ntk(X, Y, depth=2) * np.outer(a, b)
    np.testing.assert_allclose(ntk(a[:, None] * X, b[:, None] * Y, depth=2), expected, rtol=1e-12)
    np.testing.assert_allclose(ntk(a[:, None] * X, depth=2), ntk(X, depth=2) * np.outer(a, a), rtol=1e-12)


def test_ntk_keeps_float32_and_writes_to_a_memory_map(tmp_path):
    X = sphere(60, 5, 0)
    single = ntk(X.astype(np.float32), depth=4)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, ntk(X, depth=4), rtol=1e-5)
    out = np.memmap(tmp_path / "kernel", dtype=float, mode="w+", shape=(60, 60))
    assert ntk(X, depth=4, out=out) is out
    np.testing.assert_array_equal(out, ntk(X, depth=4))


@pytest.mark.parametrize("seed", range(3))
def test_ntk_is_the_limit_of_finite_networks(seed):
    """Two hidden layers, the gradient of every weight written out by hand."""
    X, m = sphere(3, 4, seed), 400
    rng = np.random.default_rng(20 + seed)
    draws = []
    for _ in range(40):
        W, V, a = rng.standard_normal((m, 4)), rng.standard_normal((m, m)), rng.standard_normal(m)
        g = X @ W.T
        h = np.sqrt(2 / m) * np.maximum(g, 0)
        k = h @ V.T
        last = np.sqrt(2 / m) * np.maximum(k, 0)
        upper = np.sqrt(2 / m) * a * (k > 0)
        lower = np.sqrt(2 / m) * (upper @ V) * (g > 0)
        draws.append(last @ last.T + (upper @ upper.T) * (h @ h.T) + (lower @ lower.T) * (X @ X.T))
    assert within_four_errors(np.array(draws), ntk(X, depth=2))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("X", "keywords", "message"),
    [
        (np.eye(2), {"depth": 0}, "depth must be an integer of at least 1"),
        (np.array([[1.0, np.nan]]), {"depth": 1}, "X must be finite"),
        (np.array([[1.0, 0.0], [0.0, 0.0]]), {"depth": 1}, "X must have no zero rows; row 1 is zero"),
        (np.array([[0.0], [1.0], [0.0]]), {"depth": 1}, "X must have no zero rows; row 0 is zero"),
        (np.ones(3), {"depth": 1}, "X must have 2 axes"),
        (np.eye(2), {"depth": 1, "Y": np.eye(3)}, "Y must have rows of dimension 2"),
        (np.eye(2), {"depth": 1, "Y": np.zeros((1, 2))}, "Y must have no zero rows"),
        (np.eye(2), {"depth": 1, "out": np.empty((2, 3))}, r"out must be an array of float64 and shape \(2, 2\)"),
        (np.eye(2), {"depth": 1, "out": np.empty((2, 2), np.float32)}, "got float32 of shape"),
        (np.eye(2), {"depth": 1, "out": [0]}, "got list"),
    ],
)
def test_ntk_refuses(X, keywords, message):
    with pytest.raises(ValueError, match=message):
        ntk(X, **keywords)


# --- Hermite expansion and the Gram recursion ---


def mean_product(f, rho: float, s: float = 1.0, t: float = 1.0, nodes: int = 400) -> float:
    """E[f(u) f(v)] by two-dimensional Gauss-Hermite quadrature."""
    z, w = roots_hermitenorm(nodes)
    w = w / w.sum()
    v = rho * z[:, None] + np.sqrt(1 - rho**2) * z
    return float(np.einsum("i,j,i,ij->", w, w, f(s * z), f(t * v)))


def inverse_power(f, nodes: int = 150) -> float:
    """c_σ = 1/E[f(z)²]."""
    z, w = roots_hermitenorm(nodes)
    return float(w.sum() / (w @ f(z) ** 2))


SLOPES = {
    "softplus": (lambda z: np.logaddexp(0, z), expit),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "sigmoid": (expit, lambda z: expit(z) * expit(-z)),
}


@pytest.mark.parametrize("name", SLOPES)
def test_hermite_sums_are_gaussian_means(name):
    f, slope = SLOPES[name]
    a, b = hermite_coefficients(name, np.array([0.7, 1.6]))
    j = np.arange(len(a))
    for rho in (-0.9, 0.0, 0.4, 0.95):
        assert (a * b * rho**j).sum() == pytest.approx(mean_product(f, rho, 0.7, 1.6), abs=1e-11)
        series = (j[1:] * a[1:] * b[1:] * rho ** j[:-1]).sum() / (0.7 * 1.6)
        assert series == pytest.approx(mean_product(slope, rho, 0.7, 1.6), abs=1e-10)


@pytest.mark.parametrize("name", SLOPES)
def test_layer_gram_against_quadrature(name):
    f, slope = SLOPES[name]
    c = inverse_power(f)
    for rho in (0.3, -0.25, 0.99):
        X = at_angle(0, np.arccos(rho))
        first = c * mean_product(f, rho)
        second = c * mean_product(f, first)
        expected = {
            (1, "corrected"): rho * c * mean_product(slope, rho),
            (2, "corrected"): first * c * mean_product(slope, first),
            (2, "printed"): first * c * mean_product(slope, rho),
            (3, "corrected"): second * c * mean_product(slope, second),
            (3, "printed"): second * c * mean_product(slope, first),
        }
        for (depth, index), value in expected.items():
            assert layer_gram(X, depth, name, index=index)[0, 1] == pytest.approx(value, abs=1e-10)
        np.testing.assert_allclose(layer_gram(X, 2, f), layer_gram(X, 2, name), rtol=1e-13)


def test_the_last_coefficient_counts_where_it_can_be_seen():
    """The steepest function that is still expanded: all 512 coefficients are above the rounding of the first."""

    def steep(z):
        return np.tanh(1.9 * z)

    rho, slope = 0.95, lambda z: 1.9 / np.cosh(1.9 * z) ** 2
    expected = rho * inverse_power(steep, 600) * mean_product(slope, rho, nodes=600)
    assert layer_gram(at_angle(0, np.arccos(rho)), 1, steep)[0, 1] == pytest.approx(expected, abs=1e-9)
    expected = inverse_power(steep, 600) * mean_product(slope, 1.0, nodes=600)
    assert layer_gram(at_angle(0.0), 1, steep)[0, 0] == pytest.approx(expected, rel=1e-10)
    second = inverse_power(steep, 600) * mean_product(steep, rho, nodes=600)
    expected = second * inverse_power(steep, 600) * mean_product(slope, second, nodes=600)
    assert layer_gram(at_angle(0, np.arccos(rho)), 2, steep)[0, 1] == pytest.approx(expected, abs=1e-9)


def test_layer_gram_of_relu_by_its_closed_form():
    for rho in (0.0, 0.3, -0.25):
        X = at_angle(0, np.arccos(rho))
        first = float(arc_cosine(1, rho))
        assert layer_gram(X, 1)[0, 1] == pytest.approx(rho * arc_cosine(0, rho), rel=1e-13, abs=1e-15)
        assert layer_gram(X, 2)[0, 1] == pytest.approx(first * arc_cosine(0, first), rel=1e-13)
        assert layer_gram(X, 2, index="printed")[0, 1] == pytest.approx(first * arc_cosine(0, rho), rel=1e-13)
    np.testing.assert_array_equal(layer_gram(sphere(5, 3, 0), 4).diagonal(), 1)


def test_layer_gram_refutes_the_printed_index():
    """A finite network of two hidden layers, its last block, as in item DU-2: orthogonal points, width 1000."""
    rng, m, draws = np.random.default_rng(0), 1000, []
    for _ in range(30):
        h = np.sqrt(2 / m) * np.maximum(rng.standard_normal((2, m)), 0)
        on = h @ rng.standard_normal((m, m)).T > 0
        draws.append(2 / m * (on.all(axis=0) @ rng.standard_normal(m) ** 2) * (h[0] @ h[1]))
    draws = np.array(draws)
    error = draws.std(ddof=1) / np.sqrt(len(draws))
    assert abs(draws.mean() - layer_gram(np.eye(2), 2)[0, 1]) <= 4 * error
    assert abs(draws.mean() - layer_gram(np.eye(2), 2, index="printed")[0, 1]) > 5 * error


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("activation", "message"),
    [
        (lambda z: np.maximum(z, 0), "the estimated error is"),
        (lambda z: np.sign(z), "the estimated error is"),
        (lambda z: np.tanh(z) + 1e-3 * np.maximum(z - 1, 0), "the estimated error is"),
        (lambda z: np.sin(60 * z), "the estimated error is"),
        (lambda z: np.tanh(8 * z), "the estimated error is"),
        (lambda z: 0 * z, "must not vanish"),
        (lambda z: max(z, 0), "must accept an array"),
        (lambda z: z.sum(), "must act on each number of an array"),
        (lambda z: z / np.abs(z).max(), "must act on each number by itself"),
        (lambda z: np.where(z > 0, np.nan, z), "must be finite on the real line"),
        ("gelu", "activation must be one of"),
        (3, "activation must be a name or a function"),
    ],
)
def test_activations_that_cannot_be_expanded(activation, message):
    with pytest.raises(ValueError, match=message):
        layer_gram(np.eye(2), 2, activation)


@pytest.mark.bad_input
def test_layer_gram_refuses():
    with pytest.raises(ValueError, match="X must have rows of norm 1"):
        layer_gram(2 * np.eye(2), 2)
    with pytest.raises(ValueError, match="depth must be an integer of at least 1"):
        layer_gram(np.eye(2), 0)
    with pytest.raises(ValueError, match="depth must be an integer of at least 2"):
        layer_gram(np.eye(2), 1, index="printed")
    with pytest.raises(ValueError, match="index must be one of"):
        layer_gram(np.eye(2), 2, index="slide")
    with pytest.raises(ValueError, match="X must have rows of norm 1"):
        gradient_gram(2 * np.eye(2))
    with pytest.raises(ValueError, match="activation must be one of 'relu', 'step'"):
        feature_gram(np.eye(2), "tanh")
    with pytest.raises(ValueError, match="X must have no zero rows"):
        feature_gram(np.zeros((1, 2)), "relu")
    with pytest.raises(ValueError, match="std must be a number or an array of numbers, at least 0"):
        hermite_coefficients("tanh", np.array([-1.0]))
    with pytest.raises(ValueError, match="tolerance must be above 0"):
        hermite_coefficients("tanh", tolerance=0)


# --- residual and convolutional recursions ---

ACTIVATIONS = {
    "relu": (lambda z: np.maximum(z, 0), lambda z: 1.0 * (z > 0), 2.0),
    "softplus": (*SLOPES["softplus"], None),
}


def last_block(X: np.ndarray, activation: str, depth: int, q: int, c_res: float, rng, m: int) -> np.ndarray:
    """The block of the last hidden layer of a finite convolutional residual network; X (n, channels, p)."""
    f, slope, c = ACTIVATIONS[activation]
    c = c or inverse_power(f)
    p = X.shape[2]

    def patches(h):
        padded = np.pad(h, ((0, 0), (0, 0), (q // 2, q // 2)))
        return np.concatenate([padded[:, :, o : o + p] for o in range(q)], axis=1)

    h = patches(X)
    h = np.sqrt(c / m) * f(np.einsum("rk,nkp->nrp", rng.standard_normal((m, h.shape[1])), h))
    for layer in range(2, depth + 1):
        seen = patches(h)
        g = np.einsum("rk,nkp->nrp", rng.standard_normal((m, seen.shape[1])), seen)
        if layer == depth:
            back = rng.standard_normal((m, p)) * slope(g) * c_res / (depth * np.sqrt(m))
            return np.einsum("nrp,Nrs,nkp,Nks->nN", back, back, seen, seen, optimize=True)
        h = h + c_res / (depth * np.sqrt(m)) * f(g)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_residual_and_convolutional_grams_are_limits_of_finite_networks(activation, seed):
    rng = np.random.default_rng(seed)
    X = sphere(3, 6, seed)
    draws = np.array([last_block(X[:, :, None], activation, 4, 1, 1.5, rng, 300) for _ in range(60)])
    assert within_four_errors(draws, residual_gram(X, 4, activation, c_res=1.5))
    X = X.reshape(3, 2, 3)
    draws = np.array([last_block(X, activation, 3, 3, 2.0, rng, 150) for _ in range(60)])
    assert within_four_errors(draws, convolutional_gram(X, 3, activation, q=3, c_res=2.0))


@pytest.mark.parametrize("seed", range(3))
def test_wider_filters_are_limits_of_finite_networks_too(seed):
    X, rng = sphere(2, 5, seed).reshape(2, 1, 5), np.random.default_rng(seed)
    draws = np.array([last_block(X, "relu", 3, 5, 2.0, rng, 150) for _ in range(60)])
    assert within_four_errors(draws, convolutional_gram(X, 3, q=5, c_res=2.0))


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_one_position_is_the_residual_network(activation):
    X = sphere(4, 3, 0)
    np.testing.assert_allclose(
        convolutional_gram(X[:, :, None], 3, activation, q=1), residual_gram(X, 3, activation), rtol=1e-12
    )


def test_empty_patches_do_no_harm():
    X = np.zeros((2, 1, 7))
    X[0, 0, 0] = X[1, 0, 6] = 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for activation in ("relu", "tanh"):
            assert np.isfinite(convolutional_gram(X, 2, activation, q=3)).all()


@pytest.mark.bad_input
def test_residual_and_convolutional_grams_refuse():
    with pytest.raises(ValueError, match="X must have rows of norm 1"):
        residual_gram(2 * np.eye(2), 2)
    with pytest.raises(ValueError, match="depth must be an integer of at least 2"):
        residual_gram(np.eye(2), 1)
    with pytest.raises(ValueError, match="c_res must be above 0"):
        residual_gram(np.eye(2), 2, c_res=0)
    X = np.eye(4).reshape(4, 1, 4)
    for q in (2, 9):
        with pytest.raises(ValueError, match="q must be odd and at most 2p - 1 = 7"):
            convolutional_gram(X, 2, q=q)
    with pytest.raises(ValueError, match="X must have 3 axes"):
        convolutional_gram(np.eye(4), 2, q=1)
    with pytest.raises(ValueError, match="rows of norm 1"):
        convolutional_gram(2 * X, 2, q=1)


@pytest.mark.parametrize("depth", [1, 5, 30, 31, 1000, 30_000])
def test_ntk_in_float32_keeps_its_digits_at_every_depth(depth):
    """1 - κ₁ falls like 9π²/(2ℓ²): float32 all the way would lose it to rounding, and give 384 for 7505."""
    X = sphere(6, 3, 0).astype(np.float32)
    K = ntk(X, depth=depth)
    assert K.dtype == np.float32
    np.testing.assert_allclose(K, ntk(X.astype(float), depth=depth), rtol=2e-5)


def test_the_threads_of_the_blas_are_given_back():
    from threadpoolctl import threadpool_info

    def threads():
        return [library["num_threads"] for library in threadpool_info()]

    before = threads()
    ntk(sphere(5, 3, 0), depth=1)
    assert threads() == before
