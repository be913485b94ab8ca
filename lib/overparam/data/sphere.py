"""Points on the unit sphere: uniform on all of it or on a cap, and the lift that puts any point there."""

import numpy as np
from jaxtyping import Float

from overparam import _checks


def uniform_sphere(n: int, dim: int, rng: np.random.Generator) -> Float[np.ndarray, "{n} {dim}"]:
    r"""`n` independent points, uniform on the unit sphere $S^{d-1}$ with d = `dim`.

    A standard Gaussian vector divided by its norm is uniform, because its law is invariant under rotation; d = 1
    gives signs.

    Returns points (n, d), float64. Raises `ValueError` for n or `dim` below 1 or a `rng` that is no generator.
    Source: item LL-2 (A2). Derived in: {sec-setting}.
    """
    n, dim = _checks.positive_int("n", n), _checks.positive_int("dim", dim)
    X = _checks.generator("rng", rng).standard_normal((n, dim))
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def uniform_cap(centres: Float[np.ndarray, "n d"], angle: float, rng: np.random.Generator) -> Float[np.ndarray, "n d"]:
    r"""One point around each row of `centres`, uniform on the spherical cap of angular radius `angle`.

    The point is $x = \cos\varphi\, c + \sin\varphi\, u$, with u uniform among the unit vectors orthogonal to c and
    the polar angle φ of density proportional to $\sin^{d-2}\varphi$ on [0, `angle`]. `angle` 0 gives the centres, π
    the whole sphere.

    `centres` (n, d) with d ≥ 2 and rows of norm 1; `angle` in radians, at most π. Returns points (n, d), float64.
    Raises `ValueError` for anything else. Source: items LL-2 and LL-9. Derived in: {sec-setting}.
    """
    centres = _checks.unit_rows("centres", centres).astype(float)
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    n, dim = centres.shape
    if dim < 2:
        raise ValueError(f"centres must have dimension at least 2, where caps have points; got shape {centres.shape}")
    angle = _checks.real("angle", angle, at_least=0.0, at_most=np.pi)
    polar = _polar_angles(n, dim, angle, _checks.generator("rng", rng))[:, None]

    # The reflection that exchanges the first axis with ±c carries the sphere orthogonal to that axis onto the one
    # orthogonal to c. Unlike a projection it never subtracts nearly equal vectors; the sign keeps the mirror vector
    # away from 0.
    tangent = np.hstack([np.zeros((n, 1)), uniform_sphere(n, dim - 1, rng)])
    mirror = centres.copy()
    mirror[:, 0] += np.copysign(1, centres[:, 0])
    along = np.sum(mirror * tangent, axis=1) / np.sum(mirror**2, axis=1)
    tangent -= 2 * along[:, None] * mirror
    return np.cos(polar) * centres + np.sin(polar) * tangent


def _polar_angles(n: int, dim: int, angle: float, rng: np.random.Generator) -> np.ndarray:
    """n angles in [0, angle] of density proportional to sin^(dim - 2), by exact rejection.

    The distribution function is an incomplete beta function, which underflows for narrow caps (10^-999 at angle 0.1,
    dim 1000), so inverting it is no option. Each of the two proposals accepts at least 15 % where it is used, in
    every dimension.
    """
    narrow = angle < np.pi / 2 and dim * np.cos(angle) ** 2 > 1
    found = np.empty(0)
    while len(found) < n:
        if narrow:
            # t = (sin φ / sin angle)² has density proportional to t^((d-3)/2) (1 - t sin² angle)^(-1/2) on [0, 1]:
            # propose by the power, accept by the root, which is largest at t = 1.
            t = rng.random(n) ** (2 / (dim - 1))
            proposed = np.arcsin(np.sin(angle) * np.sqrt(t))
            accepted = rng.random(n) ** 2 * (1 - t * np.sin(angle) ** 2) <= np.cos(angle) ** 2
        else:
            # The angle between a Gaussian vector and the first axis; the cap holds a fair share of the sphere.
            proposed = np.arctan2(np.sqrt(rng.chisquare(dim - 1, n)), rng.standard_normal(n))
            accepted = proposed <= angle
        found = np.concatenate([found, proposed[accepted]])
    return np.minimum(found[:n], angle)


def lift(X: Float[np.ndarray, "n d"], constant: float = 1.0) -> Float[np.ndarray, "n d+1"]:
    r"""The lift $x \mapsto (x, h)/\|(x, h)\|$, h = `constant`, puts any point on the unit sphere one dimension up.

    It is the remedy where (A2) fails, as at the points near the origin in Figure 3. Different points stay different,
    and a network without biases gets one: the weight of the new coordinate.

    `X` (n, d), a floating dtype is kept; `constant` positive, in the units of X. Returns points (n, d + 1) of norm 1.
    Raises `ValueError` for an empty or non-finite X or a constant that is not positive. Source: item LL-2.
    Derived in: {sec-setting}.
    """
    X = _checks.points("X", X)
    constant = _checks.real("constant", constant, above=0.0)
    lifted = np.hstack([X, np.full((len(X), 1), constant, dtype=X.dtype)])
    # Dividing by the largest coordinate first keeps the squares from overflowing.
    lifted /= np.abs(lifted).max(axis=1, keepdims=True)
    return lifted / np.linalg.norm(lifted, axis=1, keepdims=True)
