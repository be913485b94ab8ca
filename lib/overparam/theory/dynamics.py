"""Gradient flow and gradient descent of a linearised network, for any number of times from one eigendecomposition."""

import numpy as np
from jaxtyping import Float, Int

from overparam._checks import array, real


class Linearized:
    r"""The training of a network that is linear in its weights, under the loss $\frac12\|f - y\|^2$.

    K: its Gram matrix (n, n), $K = J^\top J$, symmetric and positive semi-definite. With residuals $r = f - y$,
    $\dot r = -Kr$ under gradient flow and $r_{k+1} = (I - \eta K)\,r_k$ under gradient descent. Residuals may have any
    further axes, such as (n, c) for c outputs. K is decomposed once, at the start.

    Attributes: `eigenvalues`, smallest first (n,); `eigenvectors`, columns (n, n).

    Raises ValueError for a K that is not square, finite, symmetric and, up to rounding, positive semi-definite.
    Source: items PL-13 and AZ-18. Derived in: {sec-lazy-training}.
    """

    def __init__(self, K: Float[np.ndarray, "n n"]):
        K = array("K", K, ndim=2)
        if K.shape[0] != K.shape[1] or not K.size:
            raise ValueError(f"K must be square; got shape {K.shape}")
        size = np.abs(K).max()
        asymmetry = np.abs(K - K.T).max()
        if asymmetry > 1e-6 * size:
            raise ValueError(f"K must be symmetric; K and its transpose differ by {asymmetry:.3g}")
        self.eigenvalues, self.eigenvectors = np.linalg.eigh((K + K.T) / 2)
        if self.eigenvalues[0] < -1e-6 * size * len(K):
            raise ValueError(f"K must be positive semi-definite; its smallest eigenvalue is {self.eigenvalues[0]:.3g}")

    def _modes(self, residual: np.ndarray) -> np.ndarray:
        residual = array("residual", residual)
        if residual.ndim < 1 or len(residual) != len(self.eigenvalues):
            raise ValueError(f"residual must have {len(self.eigenvalues)} rows; got shape {residual.shape}")
        return np.tensordot(self.eigenvectors.T, residual, 1)

    def _times(self, times) -> np.ndarray:
        times = array("times", times, ndim=1)
        if times.size and times.min() < 0:
            raise ValueError(f"times must be at least 0; got {times.min():g}")
        return times

    def _steps(self, steps, rate: float) -> tuple[np.ndarray, float]:
        steps = np.asarray(steps)
        if steps.ndim != 1 or not np.issubdtype(steps.dtype, np.integer) or (steps.size and steps.min() < 0):
            raise ValueError(f"steps must be an array of integers of at least 0; got {steps!r}")
        return steps, real("rate", rate, above=0)

    def _combine(self, factors: np.ndarray, modes: np.ndarray, columns: np.ndarray) -> np.ndarray:
        weighted = factors.reshape(factors.shape + (1,) * (modes.ndim - 1)) * modes
        return np.moveaxis(np.tensordot(columns, weighted, (1, 1)), 1, 0)

    def flow(
        self, residual: Float[np.ndarray, "n ..."], times: Float[np.ndarray, " k"]
    ) -> Float[np.ndarray, "k n ..."]:
        r"""$r(t) = e^{-tK} r(0)$ at every time. ValueError for negative times and a residual of another length."""
        factors = np.exp(-np.outer(self._times(times), self.eigenvalues))
        return self._combine(factors, self._modes(residual), self.eigenvectors)

    def descent(
        self, residual: Float[np.ndarray, "n ..."], steps: Int[np.ndarray, " k"], rate: float
    ) -> Float[np.ndarray, "k n ..."]:
        r"""$r_k = (I - \eta K)^k r_0$ for every number of steps, η = `rate`; it diverges past $2/\lambda_{\max}$."""
        steps, rate = self._steps(steps, rate)
        factors = (1 - rate * self.eigenvalues) ** steps[:, None]
        return self._combine(factors, self._modes(residual), self.eigenvectors)

    def flow_change(
        self, cross: Float[np.ndarray, "k n"], residual: Float[np.ndarray, "n ..."], times: Float[np.ndarray, " t"]
    ) -> Float[np.ndarray, "t k ..."]:
        r"""$f(x, t) - f(x, 0) = -K(x, X)\,K^{-1}(I - e^{-tK})\,r(0)$ at other points; `cross` is K(x, X), (k, n).

        $(1 - e^{-t\lambda})/\lambda$ is t where λ = 0: a singular K does no harm.
        """
        times = self._times(times)[:, None]
        lam = self.eigenvalues
        factors = np.where(lam == 0, times, -np.expm1(-times * lam) / np.where(lam == 0, 1, lam))
        return -self._combine(factors, self._modes(residual), self._cross(cross))

    def descent_change(
        self,
        cross: Float[np.ndarray, "k n"],
        residual: Float[np.ndarray, "n ..."],
        steps: Int[np.ndarray, " t"],
        rate: float,
    ) -> Float[np.ndarray, "t k ..."]:
        r"""$f_k(x) - f_0(x) = -\eta K(x, X)\sum_{j<k} (I - \eta K)^j r_0$ at other points, for all these k."""
        steps, rate = self._steps(steps, rate)
        lam = self.eigenvalues
        powers = (1 - rate * lam) ** steps[:, None]
        factors = np.where(
            np.abs(rate * lam) * steps[:, None] < 1e-8, rate * steps[:, None], (1 - powers) / np.where(lam == 0, 1, lam)
        )
        return -self._combine(factors, self._modes(residual), self._cross(cross))

    def _cross(self, cross: np.ndarray) -> np.ndarray:
        cross = array("cross", cross, ndim=2)
        if cross.shape[1] != len(self.eigenvalues):
            raise ValueError(f"cross must have {len(self.eigenvalues)} columns; got shape {cross.shape}")
        return cross @ self.eigenvectors

    def distance(self, residual: Float[np.ndarray, " n"], times: Float[np.ndarray, " k"]) -> Float[np.ndarray, " k"]:
        r"""$\|\theta(t) - \theta(0)\|$ under the flow: the root of $r_0^\top K^{-1}(I - e^{-tK})^2 r_0$."""
        lam = np.maximum(self.eigenvalues, 0)
        root = -np.expm1(-np.outer(self._times(times), lam)) / np.sqrt(np.where(lam == 0, 1, lam))
        return np.linalg.norm(root * self._modes(residual), axis=1)
