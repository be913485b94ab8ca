"""How far a finite set of neurons is from the kernel it samples: the L₂ discrepancy and the diversity regulariser."""

import numpy as np
from jaxtyping import Float
from scipy.special import polygamma

from overparam._checks import points, positive_int
from overparam.theory.kernels import feature_gram

_PARALLEL = 1e-8  # radians


def expected_squared_kernel(dim: int) -> float:
    r"""$E\,k(u, v)^2 = \frac1{16} + \psi'(d/2)/(8\pi^2)$ for independent u, v, uniform on the sphere of R^d.

    $k = \frac12 - \theta/(2\pi)$ and $\operatorname{Var}\theta = \frac12\psi'(d/2)$, ψ' the trigamma function.
    ValueError for a dimension below 2. Source: item DN-8. Derived in: {sec-discrepancy}.
    """
    return float(1 / 16 + polygamma(1, positive_int("dim", dim, minimum=2) / 2) / (8 * np.pi**2))


def expected_squared_discrepancy(m: int, dim: int) -> float:
    r"""$E\,L_2^2 = (\frac14 - E k^2)/m$ for m independent uniform neurons. ValueError for m < 1, dim < 2.

    Source: item DN-8. Derived in: {sec-discrepancy}.
    """
    return (0.25 - expected_squared_kernel(dim)) / positive_int("m", m)


def l2_discrepancy(W: Float[np.ndarray, "m d"]) -> float:
    r"""$L_2(W) \ge 0$, $L_2^2 = \frac1{m^2}\sum_{i,j} k(w_i, w_j)^2 - E\,k^2$, the neurons scaled to the sphere.

    It is the root mean square, over independent uniform x and y, of
    $\frac1m\sum_i 1[\langle w_i, x\rangle \ge 0]1[\langle w_i, y\rangle \ge 0] - k(x, y)$ (an identity of Stolarsky's
    kind). W: neurons (m, d), d ≥ 2, none zero; ValueError otherwise. Source: item DN-8. Derived in: {sec-discrepancy}.
    """
    K = feature_gram(_neurons(W), "step").astype(float)
    return float(np.sqrt(max(np.mean(K**2) - expected_squared_kernel(W.shape[1]), 0)))


def regularizer(W: Float[np.ndarray, "m d"]) -> float:
    r"""$R(W) = \frac1{m(m-1)}\sum_{i\ne j} k(w_i, w_j)^2$; small for diverse neurons, ¼ for parallel ones.

    For independent uniform neurons its mean is `expected_squared_kernel`. W: at least two neurons (m, d), d ≥ 2, none
    zero; ValueError otherwise. Source: item DN-12. Derived in: {sec-diversity}.
    """
    K = feature_gram(_neurons(W, 2), "step").astype(float)
    m = len(K)
    return float((np.sum(K**2) - m / 4) / (m * (m - 1)))


def regularizer_gradient(W: Float[np.ndarray, "m d"]) -> Float[np.ndarray, "m d"]:
    r"""$\partial R/\partial w_i = \frac{4}{m(m-1)}\sum_{j\ne i} \frac{k_{ij}}{2\pi\|w_i\|}\,
    \frac{\hat w_j - \cos\theta_{ij}\,\hat w_i}{\sin\theta_{ij}}$, (m, d).

    The fraction is a unit vector from $w_i$ towards $w_j$: the gradient is bounded, though $dk/d\cos\theta$ is not. For
    parallel and antipodal pairs (to 1e-8) every direction is as good, and 0, their mean, is taken. W as in
    `regularizer`. Source: item DN-12. Derived in: {sec-diversity}.
    """
    W = _neurons(W, 2)
    m, norms = len(W), np.linalg.norm(W, axis=1, keepdims=True)
    K = feature_gram(W, "step")
    sine = np.sin(2 * np.pi * K)
    weights = np.divide(K, sine, out=np.zeros_like(K), where=sine > _PARALLEL)
    U = W / norms
    pull = weights @ U + (weights * np.cos(2 * np.pi * K)).sum(axis=1, keepdims=True) * U
    return 2 / (np.pi * m * (m - 1)) * pull / norms


def _neurons(W: Float[np.ndarray, "m d"], least: int = 1) -> np.ndarray:
    W = points("W", W)
    if W.shape[0] < least or W.shape[1] < 2:
        raise ValueError(f"W must hold at least {least} neurons of at least 2 coordinates; got shape {W.shape}")
    if not np.abs(W).max(axis=1).all():
        raise ValueError("W must have no zero rows")
    return W
