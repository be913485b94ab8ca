"""One filter averaged over patches of a Gaussian input: population loss, its derivatives, its saddle, and overlap.

f(x; w) = (1/k) Σᵢ σ(w · x[i]) with σ the ReLU. Without overlap the loss is a sum of two squares, of the radius and of
the angle; it is computed in this form, which keeps its digits where the filter is nearly right.
"""

import numpy as np
from jaxtyping import Float

from overparam._checks import array, positive_int
from overparam.theory.kernels import _sin_minus

# --- the Cho–Saul integral --------------------------------------------------------------------------------------------


def _pair(u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, ...]:
    """Norms (..., 1), unit vectors, and the angle and its supplement (..., 1), each accurate where it is small."""
    r, R = (np.linalg.norm(x, axis=-1, keepdims=True) for x in (u, v))
    U, V = u / r, v / R
    apart, together = (np.linalg.norm(x, axis=-1, keepdims=True) for x in (U - V, U + V))
    return r, R, U, V, 2 * np.arctan2(apart, together), 2 * np.arctan2(together, apart)


def cho_saul(u: Float[np.ndarray, "*#batch q"], v: Float[np.ndarray, "*#batch q"]) -> Float[np.ndarray, "*_"] | float:
    r"""$g(u, v) = E[\sigma(u\cdot x)\sigma(v\cdot x)] = \frac{\|u\|\|v\|}{2\pi}(\sin\theta + (\pi-\theta)\cos\theta)$.

    x ~ N(0, I) and θ the angle between u and v. `overparam.theory.kernels.feature_gram` holds the same numbers for all
    pairs of rows; here vectors are paired. u, v: (..., q), not zero; ValueError otherwise.
    Source: item GC-4; Cho and Saul (2009). Derived in: {sec-gaussian-convnet}.
    """
    r, R, _, _, _, phi = _pair(_filter("u", u), _filter("v", v))
    return (r * R * _sin_minus(phi) / (2 * np.pi))[..., 0]


def cho_saul_gradient(
    u: Float[np.ndarray, "*#batch q"], v: Float[np.ndarray, "*#batch q"]
) -> Float[np.ndarray, "*_ q"]:
    r"""$\nabla_u g(u, v) = \frac1{2\pi}(\|v\|\sin\theta\,\hat u + (\pi-\theta)v)$, (..., q).

    u, v: (..., q), not zero; ValueError otherwise. Source: item GC-4. Derived in: {sec-gaussian-convnet}.
    """
    u, v = _filter("u", u), _filter("v", v)
    _, R, U, _, _, phi = _pair(u, v)
    return (R * np.sin(phi) * U + phi * v) / (2 * np.pi)


# --- patches without overlap ------------------------------------------------------------------------------------------


def constants(k: int) -> tuple[float, float]:
    r"""$\beta = (k^2-k)/(2\pi)$ and $\gamma = \beta + k/2$ of the population loss. ValueError for k < 1.

    Source: item GC-5; Brutzkus and Globerson (2017). Derived in: {sec-gaussian-convnet}.
    """
    k = positive_int("k", k)
    beta = (k * k - k) / (2 * np.pi)
    return beta, beta + k / 2


def loss(w: Float[np.ndarray, "*batch q"], w_star: Float[np.ndarray, " q"], k: int) -> Float[np.ndarray, "*_"] | float:
    r"""$\ell(w) = E(f(x; w) - f(x; w^*))^2$ over Gaussian x with k disjoint patches; one number a filter.

    $k^2\ell = \gamma(r - R)^2 + k\,rR(1 - \kappa_1(\cos\theta))$ with $r = \|w\|$, $R = \|w^*\|$, θ their angle and
    $\kappa_1$ the arc-cosine kernel. w: (q,) or (..., q), may be zero; w_star: (q,), not zero; k ≥ 1; ValueError
    otherwise. Source: item GC-5. Derived in: {sec-gaussian-convnet}.
    """
    w, w_star = _filters(w, w_star)
    _, gamma = constants(k)
    zero = ~w.any(axis=-1, keepdims=True)
    r, R, _, _, theta, _ = _pair(np.where(zero, w_star, w), w_star)
    r = np.where(zero, 0, r)
    angular = 2 * np.sin(theta / 2) ** 2 - _sin_minus(theta) / np.pi
    return ((gamma * (r - R) ** 2 + k * r * R * angular) / k**2)[..., 0]


def gradient(
    w: Float[np.ndarray, "*batch q"], w_star: Float[np.ndarray, " q"], k: int
) -> Float[np.ndarray, "*batch q"]:
    r"""$\nabla\ell = \frac1{k^2}[2\gamma w - (\frac k\pi\sin\theta + 2\beta)R\hat w - \frac k\pi(\pi-\theta)w^*]$.

    R = ‖w*‖. w: (q,) or (..., q), not zero, where ℓ is not differentiable; w_star: (q,), not zero; k ≥ 1;
    ValueError otherwise. Source: item GC-6. Derived in: {sec-gaussian-convnet}.
    """
    w, w_star = _filters(w, w_star, differentiable=True)
    beta, gamma = constants(k)
    _, R, W, _, _, phi = _pair(w, w_star)
    return (2 * gamma * w - (k / np.pi * np.sin(phi) + 2 * beta) * R * W - k / np.pi * phi * w_star) / k**2


def hessian(w: Float[np.ndarray, " q"], w_star: Float[np.ndarray, " q"], k: int) -> Float[np.ndarray, "q q"]:
    r"""$\nabla^2\ell = \frac1{k^2}[2\gamma I - \frac{kR}{\pi r}\sin\theta(P + tt^\top) - \frac{2\beta R}rP]$, (q, q).

    $r = \|w\|$, $R = \|w^*\|$, $P = I - \hat w\hat w^\top$, and t is the unit vector along $Pw^*$; where w and w* are
    parallel sin θ = 0 and t does not matter, so ℓ is twice continuously differentiable everywhere but at 0.
    w: (q,), not zero; w_star: (q,), not zero; k ≥ 1; ValueError otherwise.
    Source: items GC-6 and GC-7. Derived in: {sec-gaussian-convnet}.
    """
    w, w_star = _filters(array("w", w, ndim=1), w_star, differentiable=True)
    beta, gamma = constants(k)
    r, R, W, V, _, phi = _pair(w, w_star)
    eye = np.eye(len(w))
    P = eye - np.outer(W, W)
    across = P @ V
    size = np.linalg.norm(across)
    bend = np.sin(phi) * P + (np.outer(across, across) / size if size else 0)
    return (2 * gamma * eye - R / r * (k / np.pi * bend + 2 * beta * P)) / k**2


def saddle(w_star: Float[np.ndarray, " q"], k: int) -> Float[np.ndarray, " q"]:
    r"""The degenerate saddle $-\alpha_{\mathrm{sad}}w^*$ with $\alpha_{\mathrm{sad}} = (k-1)/(k-1+\pi)$, (q,).

    w_star: (q,), not zero; k ≥ 2, for with one patch there is no saddle; ValueError otherwise.
    Source: item GC-7. Derived in: {sec-gaussian-convnet}.
    """
    w_star, k = _filter("w_star", w_star, ndim=1), positive_int("k", k, minimum=2)
    return -(k - 1) / (k - 1 + np.pi) * w_star


# --- patches with overlap ---------------------------------------------------------------------------------------------


def patches(d: int, q: int, stride: int) -> Float[np.ndarray, "k d q"]:
    r"""The embeddings $E_i$ of the patches of a signal: $w\cdot x[i] = (E_iw)\cdot x$, (k, d, q).

    k = (d - q)/stride + 1; stride = q gives disjoint patches. ValueError unless d - q is a non-negative
    multiple of the stride. Source: item GC-9. Derived in: {sec-overlap}.
    """
    d, q, stride = positive_int("d", d), positive_int("q", q), positive_int("stride", stride)
    if d < q or (d - q) % stride:
        raise ValueError(f"d - q must be a non-negative multiple of the stride {stride}; got d={d}, q={q}")
    k = (d - q) // stride + 1
    embeddings = np.zeros((k, d, q))
    for i in range(k):
        embeddings[i, i * stride : i * stride + q] = np.eye(q)
    return embeddings


def output(
    X: Float[np.ndarray, "n d"], w: Float[np.ndarray, "*batch q"], embeddings: Float[np.ndarray, "k d q"]
) -> Float[np.ndarray, "*batch n"]:
    r"""The network $f(x; w) = \frac1k\sum_i\sigma((E_iw)\cdot x)$ at every point, (..., n).

    X: (n, d); w: (..., q); embeddings as from `patches`; ValueError for shapes that do not fit.
    Source: item GC-1. Derived in: {sec-gaussian-convnet}.
    """
    X, w = array("X", X, ndim=2), array("w", w)
    E = _embeddings(embeddings, w)
    if X.shape[1] != E.shape[1]:
        raise ValueError(f"X must have rows of dimension {E.shape[1]}, as the embeddings; got shape {X.shape}")
    return np.maximum(_embed(E, w) @ X.T, 0).mean(axis=-2)


def overlap_loss(
    w: Float[np.ndarray, "*batch q"], w_star: Float[np.ndarray, " q"], embeddings: Float[np.ndarray, "k d q"]
) -> Float[np.ndarray, "*_"] | float:
    r"""$\ell = \frac1{k^2}\sum_{i,j}[g(E_iw, E_jw) - 2g(E_iw, E_jw^*) + g(E_iw^*, E_jw^*)]$, for any patches.

    w: (q,) or (..., q); w_star: (q,); no patch may see a zero vector; embeddings as from `patches`; ValueError
    otherwise. Source: item GC-9. Derived in: {sec-overlap}.
    """
    w, w_star = _filters(w, w_star, differentiable=True)
    E = _embeddings(embeddings, w)
    A, B = _filter("E_i w", _embed(E, w)), _filter("E_i w_star", _embed(E, w_star))
    total = [cho_saul(u[..., :, None, :], v[..., None, :, :]).sum(axis=(-2, -1)) for u, v in ((A, A), (A, B), (B, B))]
    return (total[0] - 2 * total[1] + total[2]) / len(E) ** 2


def overlap_gradient(
    w: Float[np.ndarray, "*batch q"], w_star: Float[np.ndarray, " q"], embeddings: Float[np.ndarray, "k d q"]
) -> Float[np.ndarray, "*batch q"]:
    r"""$\nabla\ell = \frac2{k^2}\sum_{i,j}E_i^\top[\partial_1g(E_iw, E_jw) - \partial_1g(E_iw, E_jw^*)]$, (..., q).

    $\partial_1 g$ is `cho_saul_gradient`. Arguments and errors as in `overlap_loss`.
    Source: item GC-9. Derived in: {sec-overlap}.
    """
    w, w_star = _filters(w, w_star, differentiable=True)
    E = _embeddings(embeddings, w)
    A, B = _filter("E_i w", _embed(E, w)), _filter("E_i w_star", _embed(E, w_star))
    pull = [cho_saul_gradient(A[..., :, None, :], v[..., None, :, :]).sum(axis=-2) for v in (A, B)]
    return 2 * np.einsum("...id,idq->...q", pull[0] - pull[1], E) / len(E) ** 2


# --- checks -----------------------------------------------------------------------------------------------------------


def _filter(name: str, value, ndim: int | None = None) -> np.ndarray:
    value = array(name, value, ndim=ndim)
    if value.ndim < 1 or value.size == 0 or not value.any(axis=-1).all():
        raise ValueError(f"{name} must be a vector that is not zero, or a stack of such; got shape {value.shape}")
    return value


def _filters(w, w_star, differentiable: bool = False) -> tuple[np.ndarray, np.ndarray]:
    w_star = _filter("w_star", w_star, ndim=1)
    w = _filter("w", w) if differentiable else array("w", w)
    if w.ndim < 1 or w.shape[-1] != len(w_star):
        raise ValueError(f"w must have filters of size {len(w_star)}, as w_star; got shape {w.shape}")
    return w, w_star


def _embeddings(embeddings, w: np.ndarray) -> np.ndarray:
    E = array("embeddings", embeddings, ndim=3)
    if w.ndim < 1 or len(E) == 0 or E.shape[2] != w.shape[-1]:
        raise ValueError(f"embeddings must have shape (k, d, q) with q = {w.shape[-1:]}; got shape {E.shape}")
    return E


def _embed(E: np.ndarray, w: np.ndarray) -> np.ndarray:
    """E_i w for all i, (..., k, d)."""
    return np.einsum("idq,...q->...id", E, w)
