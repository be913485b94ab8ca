"""Points in the unit ball that a hyperplane through the origin separates with a known margin."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from overparam import _checks
from overparam.data.sphere import uniform_sphere


class Separable(NamedTuple):
    r"""Points X (n, d) of norm at most 1, labels y (n,), ±1, and w_star (d,) with $y\langle w^*, x\rangle \ge 1$."""

    X: Float[np.ndarray, "n d"]
    y: Int[np.ndarray, " n"]
    w_star: Float[np.ndarray, " d"]


def separable(n: int, d: int, w_star_norm: float, rng: np.random.Generator) -> Separable:
    r"""`n` points, each with $\|x\| \le 1$ and margin $y\langle w^*, x\rangle \ge 1$, $\|w^*\|$ = `w_star_norm`.

    The direction of w* is uniform on the sphere, the labels are fair coins, and the rest of a point is independent of
    its label: along w* it has the uniform length $s \in [1/\|w^*\|, 1]$, and across it a vector uniform in the ball of
    radius $\sqrt{1 - s^2}$, but for d = 1. The margin is $1/\|w^*\|$ in units of length: `w_star_norm` is at least 1.

    n ≥ 1, d ≥ 1. Returns `Separable`, float64 and int64. Raises `ValueError` for anything else.
    Source: item LS-2. Derived in: {sec-separable}.
    """
    n, d = _checks.positive_int("n", n), _checks.positive_int("d", d)
    norm = _checks.real("w_star_norm", w_star_norm, at_least=1)
    rng = _checks.generator("rng", rng)
    direction = uniform_sphere(1, d, rng)[0]
    y = rng.choice(np.array([-1, 1]), size=n)
    along = 1 / norm + (1 - 1 / norm) * rng.random(n)
    X = (y * along)[:, None] * direction
    if d > 1:
        across = rng.standard_normal((n, d))
        across -= np.outer(across @ direction, direction)
        length = np.sqrt(1 - along**2) * rng.random(n) ** (1 / (d - 1))
        X += (length / np.linalg.norm(across, axis=1))[:, None] * across
    # Rounding may leave a point outside by a few units in the last place; a little shrinking keeps both promises.
    w_star = norm * direction / (1 - 1e-14)
    X /= np.maximum(1, np.linalg.norm(X, axis=1, keepdims=True))
    return Separable(X, y, w_star * max(1, 1 / float((y * (X @ w_star)).min())))
