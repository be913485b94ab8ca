"""Kernels of infinitely wide networks: ReLU in closed form, other activations by their Hermite expansion.

Angles between nearly parallel or antipodal points are taken from the length of their difference or sum: the cosine
alone would lose half of the digits there, and with it the diagonal of every tangent kernel.
"""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np
from jaxtyping import Float
from scipy.special import expit, roots_hermitenorm
from threadpoolctl import ThreadpoolController

from overparam._checks import array, choice, points, positive_int, real, unit_rows

Activation = str | Callable[[np.ndarray], np.ndarray]

_NEAR = 1e-3  # pairs with |cos| above 1 - _NEAR get their angle from a difference or sum
_PAIRS = 1 << 20  # coordinates of such pairs gathered at a time
_SIDE = 256  # of a tile: the four that a thread works on stay near its core, and its calls are not too short
_DEEP = 30  # layers up to which float32 keeps five digits of 1 - κ₁, about 9π²/(2ℓ²)


# --- angles -----------------------------------------------------------------------------------------------------------


def _threads() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _directions(name: str, X) -> tuple[np.ndarray, np.ndarray | None]:
    """Rows of X scaled to norm 1, and their norms (n,); None where all are 1 up to rounding, so that 1 stays exact."""
    X = points(name, X)
    largest = np.abs(X).max(axis=1, keepdims=True)
    if not largest.all():
        raise ValueError(f"{name} must have no zero rows; row {int(np.flatnonzero(largest == 0)[0])} is zero")
    norms = np.linalg.norm(X / largest, axis=1, keepdims=True) * largest
    if np.abs(norms - 1).max() <= 8 * np.finfo(X.dtype).eps:
        return X, None
    return X / norms, norms[:, 0]


def _near_angles(U: np.ndarray, V: np.ndarray, cos: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Angles of the pairs (k, 2) of rows of U and V: 2 arcsin(‖u - v‖/2), or its supplement where cos < 0."""
    angles = np.empty(len(pairs), dtype=cos.dtype)
    step = max(1, _PAIRS // U.shape[1])
    for start in range(0, len(pairs), step):
        i, j = pairs[start : start + step].T
        sign = np.sign(cos[i, j])
        half = 2 * np.arcsin(np.minimum(np.linalg.norm(U[i] - sign[:, None] * V[j], axis=1) / 2, 1))
        angles[start : start + step] = np.where(sign > 0, half, np.pi - half)
    return angles


def _angles(U: np.ndarray, V: np.ndarray) -> np.ndarray:
    """The angle between every row of U and every row of V, (n, n'), accurate everywhere in [0, π]."""
    cos = np.clip(U @ V.T, -1, 1)
    near = np.argwhere(np.abs(cos) > 1 - _NEAR)
    angles = np.arccos(cos)
    angles[tuple(near.T)] = _near_angles(U, V, cos, near)
    return angles


def _sin_minus(x: np.ndarray) -> np.ndarray:
    """sin x - x cos x for 0 ≤ x ≤ π, by its series below 1/2, where the difference would lose digits."""
    small = np.minimum(x, 0.5) ** 2
    series = np.zeros_like(small)
    for j, factorial in ((6, 6227020800.0), (5, 39916800.0), (4, 362880.0), (3, 5040.0), (2, 120.0), (1, 6.0)):
        series = 2 * j / factorial - small * series
    return np.where(x < 0.5, small * np.minimum(x, 0.5) * series, np.sin(x) - x * np.cos(x))


def _next_angle(angle: np.ndarray) -> np.ndarray:
    """The angle of two inputs after a random ReLU layer: cos θ' = κ₁(cos θ), through 1 - κ₁, which keeps its digits."""
    gap = 2 * np.sin(angle / 2) ** 2 - _sin_minus(angle) / np.pi
    return 2 * np.arcsin(np.sqrt(np.clip(gap / 2, 0, 1)))


# --- closed forms -----------------------------------------------------------------------------------------------------


def arc_cosine(order: int, cos_angle: float | Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
    r"""The arc-cosine kernels $\kappa_0 = (\pi-\theta)/\pi$ and $\kappa_1 = (\sin\theta + (\pi-\theta)\cos\theta)/\pi$.

    They are normalised to κ(1) = 1: for $w \sim N(0, I)$ and unit x, x' at angle θ, $\kappa_0$ is twice the probability
    that both $\langle w, x\rangle$ and $\langle w, x'\rangle$ are positive, $\kappa_1$ twice the mean product of their
    positive parts. $\kappa_1' = \kappa_0$; $\kappa_0$ has an infinite slope at ±1.

    order: 0 or 1. cos_angle: cos θ, in [-1, 1] up to rounding; float32 stays float32. ValueError for others.
    Source: item AZ-14; Cho and Saul (2009). Derived in: {sec-gram-recursion}.
    """
    if isinstance(order, bool) or order not in (0, 1):
        raise ValueError(f"order must be 0 or 1; got {order!r}")
    dtype = np.float32 if getattr(cos_angle, "dtype", None) == np.float32 else float
    cos = array("cos_angle", cos_angle, dtype=dtype)
    slack = 8 * np.finfo(dtype).eps
    if cos.size and np.abs(cos).max() > 1 + slack:
        raise ValueError(f"cos_angle must lie in [-1, 1]; got {cos.flat[np.abs(cos).argmax()]!r}")
    supplement = np.asarray(np.arccos(-np.clip(cos, -1, 1)))
    # With φ = π - θ: κ₁ = (sin φ - φ cos φ)/π, whose digits near cos θ = -1 only the series keeps.
    return np.asarray(supplement / np.pi if order == 0 else _sin_minus(supplement) / np.pi, dtype=dtype)


def gradient_gram(X: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "n n"]:
    r"""$H^\infty_{ij} = \langle x_i, x_j\rangle\, P(\langle w, x_i\rangle \ge 0, \langle w, x_j\rangle \ge 0)$, (n, n).

    The tangent kernel of the two-layer ReLU network whose first layer is trained, $w \sim N(0, I)$:
    $\cos\theta\,(\pi - \theta)/(2\pi)$, with ½ on the diagonal. Positive definite if no two points are parallel.
    X: unit rows; ValueError otherwise.
    Source: items PL-11 and DN-5; Du et al. (2019). Derived in: {sec-last-layer}.
    """
    X = unit_rows("X", X)
    U, _ = _directions("X", X)
    angles = _angles(U, U)
    return np.cos(angles) * (1 - angles / np.pi) / 2


def feature_gram(X: Float[np.ndarray, "n d"], activation: str) -> Float[np.ndarray, "n n"]:
    r"""$E[\sigma(\langle w, x_i\rangle)\sigma(\langle w, x_j\rangle)]$ over $w \sim N(0, I)$, (n, n).

    activation: "relu", $\|x_i\|\|x_j\|(\sin\theta + (\pi-\theta)\cos\theta)/(2\pi)$, or "step",
    $1[z \ge 0]$, $(\pi-\theta)/(2\pi)$. X: rows that are not zero. ValueError for others.
    Source: item PL-11; Cho and Saul (2009). Derived in: {sec-last-layer}.
    """
    choice("activation", activation, ("relu", "step"))
    U, norms = _directions("X", X)
    supplement = np.pi - _angles(U, U)
    if activation == "step":
        return supplement / (2 * np.pi)
    K = _sin_minus(supplement) / (2 * np.pi)
    return K if norms is None else K * np.outer(norms, norms)


# --- the infinite-width tangent kernel --------------------------------------------------------------------------------


def ntk(
    X: Float[np.ndarray, "n d"],
    Y: Float[np.ndarray, "k d"] | None = None,
    *,
    depth: int,
    out: np.ndarray | None = None,
) -> Float[np.ndarray, "n k"]:
    r"""The infinite-width tangent kernel of the fully connected ReLU network with `depth` hidden layers, (n, k).

    Every weight matrix is trained, no bias, He scaling. For unit rows $\Theta^0 = \rho_0 = \langle x, x'\rangle$ and
    $\Theta^\ell = \rho_\ell + \kappa_0(\rho_{\ell-1})\,\Theta^{\ell-1}$, $\rho_\ell = \kappa_1(\rho_{\ell-1})$, so that
    the diagonal is depth + 1; other rows enter by homogeneity, with the factor $\|x\|\|x'\|$.

    X: points (n, d). Y: points (k, d); None takes X, of which only half is then computed. depth: at least 1. float32
    stays float32, past 30 layers with float64 in between. out: an array (n, k) to write to, such as a `numpy.memmap`
    larger than memory; tiles are computed one by one, in threads. Beside the result little memory is used.

    Raises ValueError for zero or non-finite rows, other shapes, depth 0, and an `out` of another shape or dtype.
    Source: item DU-2; Jacot, Gabriel and Hongler (2018). Derived in: {sec-tangent-kernel}.
    """
    depth = positive_int("depth", depth)
    U, scale = _directions("X", X)
    V, scale_y = (U, scale) if Y is None else _directions("Y", points("Y", Y, dim=U.shape[1]))
    dtype = np.result_type(U, V)
    work = dtype if depth <= _DEEP else np.float64
    U, V = U.astype(work, copy=False), V.astype(work, copy=False)
    shape = (len(U), len(V))
    if out is None:
        out = np.empty(shape, dtype)
    elif not isinstance(out, np.ndarray) or out.shape != shape or out.dtype != dtype:
        got = f"{out.dtype} of shape {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise ValueError(f"out must be an array of {np.dtype(dtype)} and shape {shape}; got {got}")
    scratch = threading.local()

    def finish(rows: slice, columns: slice) -> None:
        if not hasattr(scratch, "tiles"):
            scratch.tiles = np.empty((4, _SIDE * _SIDE), work)
        size = rows.stop - rows.start, columns.stop - columns.start
        tile, *others = (numbers[: size[0] * size[1]].reshape(size) for numbers in scratch.tiles)
        np.matmul(U[rows], V[columns].T, out=tile)
        _tangent(tile, U[rows], V[columns], depth, *others)
        if scale is not None:
            tile *= scale[rows, None]
        if scale_y is not None:
            tile *= scale_y[columns]
        if Y is None and rows == columns:
            tile[...] = np.triu(tile) + np.triu(tile, 1).T
        out[rows, columns] = tile
        if Y is None and rows != columns:
            out[columns, rows] = tile.T

    tiles = [(i, j) for i in _slices(len(U)) for j in _slices(len(V)) if Y is not None or j.start >= i.start]
    # A thread of the pool does a tile from its product on: threads of the BLAS, which wait by spinning, would be in its
    # way.
    with _libraries().limit(limits=1, user_api="blas"), ThreadPoolExecutor(_threads()) as pool:
        list(pool.map(finish, *zip(*tiles, strict=True)))
    return out


def _slices(n: int) -> list[slice]:
    return [slice(i, min(i + _SIDE, n)) for i in range(0, n, _SIDE)]


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


def _tangent(cos: np.ndarray, U: np.ndarray, V: np.ndarray, depth: int, theta, both, sine) -> None:
    """Turn cosines (rows of U against rows of V) into tangent kernels, in place; the last three are scratch."""
    np.clip(cos, -1, 1, out=cos)
    close = np.abs(cos, out=both) > 1 - _NEAR
    near = np.argwhere(close) if close.any() else np.empty((0, 2), int)
    angles = _near_angles(U, V, cos, near)
    cos[tuple(near.T)] = 0  # their kernels are computed from the angles below

    rho = cos
    theta[...] = cos
    for _ in range(depth):
        np.arccos(rho, out=both)
        both *= -1 / np.pi
        both += 1  # κ₀
        np.multiply(rho, rho, out=sine)
        np.subtract(1, sine, out=sine)
        np.sqrt(sine, out=sine)
        sine *= 1 / np.pi
        rho *= both
        rho += sine  # κ₁
        theta *= both
        theta += rho
    cos[...] = theta

    if len(near):
        kernel = np.cos(angles)
        for _ in range(depth):
            kernel *= 1 - angles / np.pi
            angles = _next_angle(angles)
            kernel += np.cos(angles)
        cos[tuple(near.T)] = kernel


# --- Gaussian expectations of an activation ---------------------------------------------------------------------------

_SMOOTH = {"softplus": lambda z: np.logaddexp(0, z), "tanh": np.tanh, "sigmoid": expit}
_TERMS, _NODES = 512, (1024, 1001)


def _function(activation: Activation) -> Callable[[np.ndarray], np.ndarray]:
    if isinstance(activation, str):
        return _SMOOTH[choice("activation", activation, _SMOOTH)]
    if not callable(activation):
        raise ValueError(f"activation must be a name or a function of an array; got {activation!r}")
    return activation


def _evaluate(function: Callable, z: np.ndarray) -> np.ndarray:
    """function(z), which must act on each number by itself."""
    probe = slice(z.size // 3, z.size // 3 + 3)
    try:
        values, alone = np.asarray(function(z), dtype=float), np.asarray(function(z.flat[probe]), dtype=float)
    except Exception as error:
        raise ValueError(f"activation must accept an array; it raised {type(error).__name__}: {error}") from error
    if values.shape != z.shape or alone.shape != (3,):
        raise ValueError(f"activation must act on each number of an array; shape {z.shape} became {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError("activation must be finite on the real line; got NaN or infinity")
    if not np.allclose(values.flat[probe], alone, rtol=1e-12, atol=1e-12):
        raise ValueError("activation must act on each number by itself; a number's value changed with its neighbours")
    return values


@cache
def _hermite_rule(nodes: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes z of the Gauss-Hermite rule, and its weights times h_j(z), (terms, nodes)."""
    z, weights = roots_hermitenorm(nodes)
    root = np.sqrt(weights / weights.sum())
    weighted = np.empty((_TERMS, nodes))  # h_j √w first: h_j alone would overflow at the outer nodes
    weighted[0], weighted[1] = root, z * root
    for j in range(1, _TERMS - 1):
        weighted[j + 1] = (z * weighted[j] - np.sqrt(j) * weighted[j - 1]) / np.sqrt(j + 1)
    return z, weighted * root


def hermite_coefficients(
    activation: Activation, std: float | Float[np.ndarray, " k"] = 1.0, *, tolerance: float = 1e-10
) -> Float[np.ndarray, "k terms"]:
    r"""$a_j(s) = E[\sigma(s z)\,h_j(z)]$, $z \sim N(0, 1)$, with the orthonormal Hermite polynomials $h_j$; (k, 512).

    For Gaussian u, v of deviations s, t and correlation ρ, $E[\sigma(u)\sigma(v)] = \sum_j a_j(s) a_j(t) \rho^j$ and
    $E[\sigma'(u)\sigma'(v)] = \sum_j (j+1)\, a_{j+1}(s) a_{j+1}(t)\, \rho^j / (st)$.

    activation: "softplus", "tanh", "sigmoid" or a function of an array. std: the deviations s, at least 0, one number
    or (k,). tolerance: the error allowed in both sums, relative to $E[\sigma^2]$. The estimate is what the last quarter
    of the coefficients contributes to the second sum, times 8 (for a tail that decays as $j^{-3/2}$, as a kink's), what
    two rules of quadrature differ by, and what is missing in Parseval's identity, its left side by a third rule.

    Raises ValueError where the estimate misses the tolerance (a kink, a steep or an oscillating function), and for an
    activation that is not vectorised, not finite or zero.
    Source: item DU-2; Daniely, Frostig and Singer (2016). Derived in: {sec-gram-recursion}.
    """
    function, tolerance = _function(activation), real("tolerance", tolerance, above=0)
    s = np.atleast_1d(array("std", std))
    if s.ndim != 1 or not (s >= 0).all():
        raise ValueError(f"std must be a number or an array of numbers, at least 0; got {std!r}")
    coefficients, again = (
        _evaluate(function, s[:, None] * z) @ weighted.T for z, weighted in map(_hermite_rule, _NODES)
    )

    grid = np.linspace(-12, 12, 4801)
    density = np.exp(-(grid**2) / 2) * (grid[1] - grid[0]) / np.sqrt(2 * np.pi)
    power = _evaluate(function, s[:, None] * grid) ** 2 @ density
    if not power.max() > 0:
        raise ValueError("activation must not vanish; its mean square is 0")
    last = np.arange(3 * _TERMS // 4, _TERMS)
    tail = 8 * (coefficients[:, last] ** 2 @ last)
    # A function that oscillates faster than the nodes looks smooth on them, but not the same on both sets.
    aliased = (coefficients - again) ** 2 @ np.arange(1, _TERMS + 1)
    error = (tail + aliased + np.abs(power - (coefficients**2).sum(axis=1))).max() / power.max()
    if not error <= tolerance:
        raise ValueError(
            f"activation must be smooth enough for {_TERMS} Hermite terms at tolerance {tolerance:g}; "
            f"the estimated error is {error:.2g}, as for a kink or a steep function"
        )
    return coefficients


class _Moments:
    """E[σ(u)σ(v)], E[σ'(u)σ'(v)] and E[σ(u)] for Gaussian u, v with covariances K (n, n') and deviations s, t."""

    def __init__(self, activation: Activation):
        self.relu = isinstance(activation, str) and activation == "relu"
        if not self.relu:
            _function(activation)
        self.activation = activation

    def at_unit(self) -> float:
        """E[σ(z)²] at z ~ N(0, 1); c_σ is its inverse."""
        return 0.5 if self.relu else float((hermite_coefficients(self.activation) ** 2).sum())

    def mean(self, s: np.ndarray) -> np.ndarray:
        return s / np.sqrt(2 * np.pi) if self.relu else self._coefficients(s)[:, 0]

    def product(self, K: np.ndarray, s: np.ndarray) -> np.ndarray:
        rho = _correlation(K, s)
        if self.relu:
            return np.outer(s, s) * arc_cosine(1, rho) / 2
        return _series(self._coefficients(s), rho)

    def slope(self, K: np.ndarray, s: np.ndarray) -> np.ndarray:
        rho = _correlation(K, s)
        if self.relu:
            return arc_cosine(0, rho) / 2
        a = self._coefficients(s)[:, 1:] * np.sqrt(np.arange(1, _TERMS))
        return _series(np.divide(a, s[:, None], out=np.zeros_like(a), where=s[:, None] > 0), rho)

    def _coefficients(self, s: np.ndarray) -> np.ndarray:
        values, index = np.unique(s, return_inverse=True)
        return hermite_coefficients(self.activation, values)[index]


def _correlation(K: np.ndarray, s: np.ndarray) -> np.ndarray:
    scale = np.outer(s, s)
    rho = np.divide(K, scale, out=np.zeros_like(K), where=scale > 0)
    # Equal and opposite points are off by a few roundings; κ₀ would turn them into half as many digits.
    return np.where(np.abs(rho) >= 1 - 32 * np.finfo(float).eps, np.sign(rho), rho)


def _series(a: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """Σ_j a_j(s_i) a_j(s_k) ρ_ik^j by Horner's rule, without the terms that cannot be seen."""
    size = (a**2).max(axis=0)
    terms = np.flatnonzero(size > 1e-18 * size.max())[-1] + 1
    value = np.zeros_like(rho)
    for j in reversed(range(terms)):
        value *= rho
        value += np.outer(a[:, j], a[:, j]) if (a != a[0]).any() else a[0, j] ** 2
    return value


# --- the Gram recursions of Du et al. ---------------------------------------------------------------------------------


def layer_gram(
    X: Float[np.ndarray, "n d"], depth: int, activation: Activation = "relu", *, index: str = "corrected"
) -> Float[np.ndarray, "n n"]:
    r"""$K^{(H)}$, H = `depth`: the block of the tangent kernel that belongs to the last hidden layer, (n, n).

    $K^{(0)} = XX^\top$, $K^{(h)} = c_\sigma E[\sigma(u)\sigma(v)]$ with (u, v) Gaussian of covariance $K^{(h-1)}$, and
    $K^{(H)} = c_\sigma K^{(H-1)} \circ E[\sigma'(u)\sigma'(v)]$ over the covariance $K^{(H-1)}$, the one of the
    pre-activations of layer H; $c_\sigma = 1/E[\sigma(z)^2]$, so that the diagonal of $K^{(h)}$, h < H, stays 1.

    X: unit rows. depth: at least 1. activation: "relu" (closed form), "softplus", "tanh", "sigmoid", or a function of
    an array that is smooth enough for its Hermite expansion. index: "corrected"; or "printed", which takes the last
    expectation over $K^{(H-2)}$ as the paper prints it, for showing the difference (depth at least 2).

    Raises ValueError for rows that are not of norm 1, a depth below that, and an activation that cannot be expanded to
    1e-10. Source: item DU-2; Du et al. (2019), Definition 5.1. Derived in: {sec-gram-recursion}.
    """
    U, _ = _directions("X", unit_rows("X", X))
    choice("index", index, ("corrected", "printed"))
    printed = index == "printed"
    depth = positive_int("depth", depth, minimum=2 if printed else 1)
    if isinstance(activation, str) and activation == "relu":
        below = angles = _angles(U, U)
        for _ in range(depth - 1):
            below, angles = angles, _next_angle(angles)
        return np.cos(angles) * (1 - (below if printed else angles) / np.pi)
    a = hermite_coefficients(activation)
    a /= np.linalg.norm(a)  # c_σ
    b = a[:, 1:] * np.sqrt(np.arange(1, _TERMS))
    below = rho = np.cos(_angles(U, U)).astype(float)
    for _ in range(depth - 1):
        below, rho = rho, np.clip(_series(a, rho), -1, 1)
        np.fill_diagonal(rho, 1)
    return rho * _series(b, below if printed else rho)


def residual_gram(
    X: Float[np.ndarray, "n d"], depth: int, activation: Activation = "relu", *, c_res: float = 1.0
) -> Float[np.ndarray, "n n"]:
    r"""$K^{(H)}$ of the residual network of Du et al., H = `depth`: the block of its last hidden layer, (n, n).

    $x^{(1)} = \sqrt{c_\sigma/m}\,\sigma(W^{(1)}x)$,
    $x^{(h)} = x^{(h-1)} + \frac{c_{res}}{H\sqrt m}\sigma(W^{(h)}x^{(h-1)})$,
    $f = \langle a, x^{(H)}\rangle$, all weights N(0, 1). With (u, v) Gaussian of covariance $K^{(h-1)}$ and
    $b^{(h)}$ = √m times the mean coordinate of $x^{(h)}$,
    $K^{(h)}_{ij} = K^{(h-1)}_{ij} + \frac{c_{res}}{H}(b_i E\sigma(v) + b_j E\sigma(u))
    + \frac{c_{res}^2}{H^2}E\sigma(u)\sigma(v)$,
    $b^{(h)}_i = b^{(h-1)}_i + \frac{c_{res}}{H}E\sigma(u)$, and
    $K^{(H)} = \frac{c_{res}^2}{H^2} K^{(H-1)} \circ E[\sigma'(u)\sigma'(v)]$.

    X: unit rows. depth: at least 2. activation as in `layer_gram`. c_res: above 0. ValueError for others.
    Source: item DU-2; Du et al. (2019), section 6, with the corrected index. Derived in: {sec-gram-recursion}.
    """
    X = unit_rows("X", X).astype(float)
    return _residual(X @ X.T, depth, activation, c_res, patches=lambda K: K)[1]


def convolutional_gram(
    X: Float[np.ndarray, "n channels p"], depth: int, activation: Activation = "relu", *, q: int, c_res: float = 1.0
) -> Float[np.ndarray, "n n"]:
    r"""$K^{(H)}$ of the convolutional residual network of Du et al. in one dimension, H = `depth`, (n, n).

    Every layer reads patches of q neighbouring positions, zero beyond the ends, at each of p positions l:
    $x^{(1)}_l = \sqrt{c_\sigma/m}\,\sigma(W^{(1)}\varphi_l(x))$,
    $x^{(h)}_l = x^{(h-1)}_l + \frac{c_{res}}{H\sqrt m}\sigma(W^{(h)}\varphi_l(x^{(h-1)}))$,
    $f = \sum_l \langle a_l, x^{(H)}_l\rangle$. The recursion is that of `residual_gram` for pairs (point, position),
    with covariances summed over the patch, and the result is summed over equal positions.

    X: (n, channels, p), every point of norm 1. depth: at least 2. q: odd, at most 2p - 1. c_res: above 0. Memory grows
    as (np)². ValueError for others.
    Source: item DU-2; Du et al. (2019), section 7, with the corrected index. Derived in: {sec-gram-recursion}.
    """
    X = array("X", X, ndim=3)
    n, channels, p = X.shape
    unit_rows("X", X.reshape(n, channels * p))
    q = positive_int("q", q)
    if q % 2 == 0 or q > 2 * p - 1:
        raise ValueError(f"q must be odd and at most 2p - 1 = {2 * p - 1}; got {q}")

    def patches(K: np.ndarray) -> np.ndarray:
        K, total = K.reshape(n, p, n, p), np.zeros((n, p, n, p))
        for shift in range(-(q // 2), q // 2 + 1):
            to, of = slice(max(0, -shift), p - max(0, shift)), slice(max(0, shift), p - max(0, -shift))
            total[:, to, :, to] += K[:, of, :, of]
        return total.reshape(n * p, n * p)

    columns = X.transpose(0, 2, 1).reshape(n * p, channels)
    blocks = _residual(columns @ columns.T, depth, activation, c_res, patches)[1].reshape(n, p, n, p)
    return np.einsum("iljl->ij", blocks)


def _residual(
    K: np.ndarray, depth: int, activation: Activation, c_res: float, patches: Callable[[np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """K^(H-1) and K^(H) of a residual network whose layers see the covariances `patches(K)`."""
    depth, step = positive_int("depth", depth, minimum=2), real("c_res", c_res, above=0) / depth
    moments = _Moments(activation)
    C = patches(K)
    s = np.sqrt(C.diagonal())
    c_sigma = 1 / moments.at_unit()
    K, b = c_sigma * moments.product(C, s), np.sqrt(c_sigma) * moments.mean(s)
    for _ in range(2, depth):
        C = patches(K)
        s = np.sqrt(C.diagonal())
        mean = moments.mean(s)
        K = K + step * (np.outer(b, mean) + np.outer(mean, b)) + step**2 * moments.product(C, s)
        b = b + step * mean
    C = patches(K)
    return K, step**2 * C * moments.slope(C, np.sqrt(C.diagonal()))
