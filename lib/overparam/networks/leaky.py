"""The two-layer leaky-ReLU network of k pairs of units with output weights v and -v, in NumPy."""

import numpy as np
from jaxtyping import Float

from overparam._checks import generator, points, positive_int, real


class LeakyPairs:
    r"""$f(x) = v\sum_{i=1}^k \sigma(\langle w_i, x\rangle) - v\sum_{i=1}^k \sigma(\langle u_i, x\rangle)$, with
    $\sigma(z) = \max(z, \alpha z)$; the rows $w_i$ and $u_i$ are trained.

    slope: α from 0, the ReLU, to 1, a linear network. output_weight: v > 0. radius: every initial row is uniform on
    the sphere of this radius R ≥ 0; R = 0 needs no `rng`. At 0 the derivative of σ is taken as 1.

    Attributes: `hidden` (2k, d), first the $w_i$ and then the $u_i$, float64; `output` (2k,), v or -v; `slope` α.

    Raises ValueError for other values. Source: item LS-1; Brutzkus and others (2018). Derived in: {sec-separable}.
    """

    def __init__(
        self,
        *,
        k: int,
        d: int,
        slope: float,
        output_weight: float = 1.0,
        radius: float = 0.0,
        rng: np.random.Generator | None = None,
    ):
        k, d = positive_int("k", k), positive_int("d", d)
        self.slope = real("slope", slope, at_least=0, at_most=1)
        self.output = real("output_weight", output_weight, above=0) * np.repeat([1.0, -1.0], k)
        radius = real("radius", radius, at_least=0)
        self.hidden = np.zeros((2 * k, d))
        if radius > 0:
            rows = generator("rng", rng).standard_normal((2 * k, d))
            self.hidden = radius * rows / np.linalg.norm(rows, axis=1, keepdims=True)

    def __call__(self, X: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " n"]:
        """The outputs f(x) at points (n, d)."""
        Z = points("X", X, dim=self.hidden.shape[1]).astype(float) @ self.hidden.T
        return np.maximum(Z, self.slope * Z) @ self.output

    def hinge_step(self, x: Float[np.ndarray, " d"], y: float, rate: float) -> tuple[bool, bool]:
        r"""Where $y f(x) < 1$, move every row by $\eta\,y\,a_r\sigma'(\langle w_r, x\rangle)\,x$, in place.

        Returns whether $y f(x) < 1$ held, and whether a row moved: with α = 0 all units may be dead.
        """
        z = self.hidden @ x
        signal = np.where(z >= 0, self.output, self.slope * self.output)
        below = bool(y * (signal @ z) < 1)
        moves = below and bool(signal.any())
        if moves:
            self.hidden += np.outer(rate * y * signal, x)
        return below, moves
