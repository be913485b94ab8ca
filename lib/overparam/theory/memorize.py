"""Networks that memorise any labels by construction: two layers with 2n + d weights, three with 4√n hidden units."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from overparam._checks import array, generator, points, positive_int

_MARGIN = 1.5  # how far outside [-1, 1] the clipped units stay at the points of the others
_TOLERANCE = 1e-6


class Memorizer:
    r"""A ReLU network $x \mapsto W_L\,\mathrm{ReLU}(\cdots\mathrm{ReLU}(W_1x + b_1)\cdots) + b_L$ with one output.

    Call it on points (k, d); it returns (k,). Attributes: `weights`, a list of pairs W (out, in), b (out,);
    `hidden_units`, their number in all hidden layers; `max_weight`, the largest absolute entry of all W and b;
    `max_error`, the largest error at the points that it was built for, taken together and
    256 of them one by one. Made by `two_layer` and `three_layer`.
    """

    def __init__(self, weights: Sequence[tuple[np.ndarray, np.ndarray]], X: np.ndarray, y: np.ndarray):
        self.weights = list(weights)
        self.hidden_units = sum(len(b) for _, b in self.weights[:-1])
        self.max_weight = float(max(np.abs(part).max() for layer in self.weights for part in layer))
        # A point alone goes another way through the matrix product and rounds otherwise, at times ten times worse.
        alone = np.linspace(0, len(X) - 1, min(len(X), 256)).astype(int)
        errors = [self(X) - y, np.array([self(X[[i]])[0] - y[i] for i in alone])]
        self.max_error = float(np.abs(np.concatenate(errors)).max())

    def layers(self, X: Float[np.ndarray, "k d"]) -> list[Float[np.ndarray, "k _"]]:
        """The pre-activations of every layer, the output's last. ValueError for points of another dimension."""
        H, seen = points("X", X, dim=self.weights[0][0].shape[1]), []
        for W, b in self.weights:
            seen.append(H @ W.T + b)
            H = np.maximum(seen[-1], 0)
        return seen

    def __call__(self, X: Float[np.ndarray, "k d"]) -> Float[np.ndarray, " k"]:
        """The outputs at points (k, d)."""
        return self.layers(X)[-1][:, 0]


def two_layer(
    X: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    *,
    rng: np.random.Generator | None = None,
    directions: int = 16,
) -> Memorizer:
    r"""Zhang et al.: $f(x) = \sum_{i=1}^n a_i\,\mathrm{ReLU}(\langle u, x\rangle - b_i)$ with $f(x_i) = y_i$.

    With $z_i = \langle u, x_i\rangle$ in increasing order and $b_1 < z_1 \le b_2 < z_2 \le b_3 < \dots$ the matrix
    $\mathrm{ReLU}(z_i - b_j)$ is triangular. At $b_{j+1} = z_j$ f is the piecewise linear interpolant, and the $a_j$
    are the differences of its slopes, so that no system is solved. It has n numbers a, n numbers b and d of u, the one
    of `directions` random unit vectors with the largest smallest gap.

    X: distinct points (n, d). y: labels (n,). rng: None takes a fixed seed. ValueError for equal points, points that no
    direction tells apart in double precision, and what the arguments should not be.
    Source: item PL-17; Zhang et al. (2017), Theorem 1. Derived in: {sec-memorization}.
    """
    X, y = _sample(X, y)
    u, z, order = max(_directions(X, rng, directions), key=lambda found: _smallest_gap(found[1]))
    z = z[order]
    knots = np.append(z[0] - _spacing(z), z[:-1])
    slopes = np.diff(y[order], prepend=0.0) / (z - knots)
    first = np.tile(u, (len(z), 1)), -knots
    return _verified([first, (np.diff(slopes, prepend=0.0)[None], np.zeros(1))], X, y)


def three_layer(
    X: Float[np.ndarray, "n d"],
    y: Float[np.ndarray, " n"],
    *,
    rng: np.random.Generator | None = None,
    directions: int = 16,
) -> Memorizer:
    r"""Yun, Sra and Jadbabaie: two hidden layers of 2p and 2q ReLUs with pq ≥ n fit any n labels in [-1, 1].

    p and q are those with the smallest sum: 4√n hidden units for a square n. The points are sorted along a direction
    and cut into p groups of q. A ramp $\alpha_j$ rises from -1 to 1 over group j (two ReLUs). A unit of the second
    layer is $g_l = B_l + \sum_jV_{lj}\alpha_j$ clipped to [-1, 1] (two ReLUs); it takes the label of one point in each
    group and is outside (-1, 1) at all others, where the clipped units add up to a constant, which the output bias
    takes away.

    Of `directions` random directions the one is taken that needs the smallest V. They grow fast with n, and rounding
    errors with them: about 1e-9 at n = 1024 and 1e-7 at n = 4096 for Gaussian points in dimension 20. The result is
    checked at all points; an error above 1e-6 is a ValueError.

    X: distinct points (n, d). y: labels (n,) in [-1, 1]. rng: None takes a fixed seed. ValueError otherwise.
    Source: item PL-16; Yun, Sra and Jadbabaie (2019), Theorem 3.1. Derived in: {sec-memorization}.
    """
    X, y = _sample(X, y)
    if np.abs(y).max() > 1:
        raise ValueError(f"y must lie in [-1, 1]; got values from {y.min():.4g} to {y.max():.4g}")
    n = len(X)
    q = min(range(1, n + 1), key=lambda q: -(-n // q) + q)
    best = None
    for u, z, order in _directions(X, rng, directions):
        built = _clipped_lines(*_padded(z[order], y[order], q))
        if best is None or np.abs(built[1]).max() < np.abs(best[1][1]).max():
            best = u, built
    u, (ends, V, B) = best
    low, high = ends
    slope = 2 / (high - low)
    p = len(slope)
    first = np.repeat(slope, 2)[:, None] * u, np.repeat(-slope * low, 2) - np.tile([0.0, 2.0], p)
    # α = h - h' - 1 for the two units h, h' of a ramp; the same for the clipped lines.
    second = np.repeat(np.kron(V, [[1.0, -1.0]]), 2, axis=0), np.repeat(B - V.sum(axis=1), 2) + np.tile([1.0, -1.0], q)
    last = np.tile([[1.0, -1.0]], q), np.array([-q - 1.0 + q % 2])
    return _verified([first, second, last], X, y)


def _sample(X, y) -> tuple[np.ndarray, np.ndarray]:
    X, y = points("X", X).astype(float), array("y", y, ndim=1)
    if len(y) != len(X):
        raise ValueError(f"y must have one label for each of {len(X)} points; got {len(y)}")
    if len(np.unique(X, axis=0)) < len(X):
        raise ValueError(f"X must hold distinct points; got {len(np.unique(X, axis=0))} different ones of {len(X)}")
    return X, y


def _directions(X: np.ndarray, rng: np.random.Generator | None, count: int):
    """Random unit vectors, each with the projections of the points and their order; those that keep all apart."""
    rng = np.random.default_rng(0) if rng is None else generator("rng", rng)
    found = False
    for _ in range(positive_int("directions", count)):
        u = rng.standard_normal(X.shape[1])
        u /= np.linalg.norm(u)
        z = X @ u
        order = np.argsort(z)
        if _smallest_gap(z) > 1e-12 * np.abs(z).max():
            found = True
            yield u, z, order
    if not found:
        raise ValueError(f"X must hold points that a direction tells apart; in {count} directions two came too close")


def _smallest_gap(z: np.ndarray) -> float:
    return float(np.diff(np.sort(z)).min(initial=np.inf))


def _spacing(z: np.ndarray) -> float:
    """The mean gap of sorted numbers; 1 for a single one."""
    return (z[-1] - z[0]) / (len(z) - 1) if len(z) > 1 else 1.0


def _padded(z: np.ndarray, y: np.ndarray, q: int) -> tuple[np.ndarray, np.ndarray]:
    """Groups of q, (p, q): points of label 0 are put behind the last one until the last group is full."""
    missing = -len(z) % q
    z = np.append(z, z[-1] + _spacing(z) * np.arange(1, missing + 1))
    return z.reshape(-1, q), np.append(y, np.zeros(missing)).reshape(-1, q)


def _clipped_lines(z: np.ndarray, y: np.ndarray) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]:
    """The ends of the ramps, (p,) each, and V (q, p), B (q,) of the lines, for sorted groups z, y (p, q)."""
    p, q = z.shape
    between = (z[1:, 0] + z[:-1, -1]) / 2
    edge = _spacing(z.ravel())
    low, high = np.append(z[0, 0] - edge, between), np.append(between, z[-1, -1] + edge)
    a = (2 * z - low[:, None] - high[:, None]) / (high - low)[:, None]
    # Of the plateaus P_0, ..., P_p of unit l, P = C + D·M with the height M ≥ 0 of the first still free.
    C, D = np.zeros((p + 1, q)), np.zeros((p + 1, q))
    D[0] = np.where(np.arange(q) % 2 == 0, -1, 1)
    needed = np.zeros(q)
    for j in range(p):
        own = np.arange(q) if j % 2 == 0 else np.arange(q)[::-1]  # the point of each unit in this group
        at = a[j, own]
        ratio = (1 - at) / (1 + at)
        C[j + 1] = 2 * y[j, own] / (1 + at) - C[j] * ratio
        D[j + 1] = -D[j] * ratio
        # The line at every point of the group, (units, points).
        left, right = (1 - a[j]) / 2, (1 + a[j]) / 2
        c, d = (np.outer(value[j], left) + np.outer(value[j + 1], right) for value in (C, D))
        d[np.arange(q), own] = np.inf
        needed = np.maximum(needed, ((_MARGIN + np.abs(c)) / np.abs(d)).max(axis=1))
    plateaus = C + D * needed
    V = np.diff(plateaus, axis=0).T / 2
    return (low, high), V, plateaus[0] + V.sum(axis=1)


def _verified(weights, X: np.ndarray, y: np.ndarray) -> Memorizer:
    network = Memorizer(weights, X, y)
    if not network.max_error <= _TOLERANCE:
        raise ValueError(
            f"X must hold points that double precision can tell apart: the network misses a label by "
            f"{network.max_error:.1e}, with weights up to {network.max_weight:.1e}"
        )
    return network
