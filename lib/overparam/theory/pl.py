"""Polyak-Łojasiewicz constants under every normalisation of the square loss, and the rates that follow from them."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy.optimize import minimize_scalar

from overparam._checks import array, choice, points, positive_int, real

Number = float | int

_SCALES = {
    "sum": lambda n: 1.0,
    "half_sum": lambda n: 0.5,
    "mean": lambda n: 1 / n,
    "half_mean": lambda n: 1 / (2 * n),
}
NORMALISATIONS = tuple(_SCALES)


def loss_scale(normalisation: str, n: int) -> float:
    r"""s in the loss $s\,\|r\|^2$ of n points: 1 for "sum", ½ "half_sum", 1/n "mean", 1/(2n) "half_mean".

    ValueError for other names and n below 1. Source: item PL-5. Derived in: {sec-least-squares}.
    """
    return _SCALES[choice("normalisation", normalisation, _SCALES)](positive_int("n", n))


def pl_constant(eigenvalue: Number, *, n: int, normalisation: str, convention: str = "standard") -> float:
    r"""μ of the loss $s\,\|r\|^2$ where $\lambda_{\min}(J^\top J) \ge \lambda$ = `eigenvalue` everywhere.

    The gradient is $2sJr$, so $\|\nabla L\|^2 \ge 4s^2\lambda\|r\|^2 = 4s\lambda L$. convention: "standard" is
    $\frac12\|\nabla L\|^2 \ge \mu(L - L^*)$, $\mu = 2s\lambda$; "lecture" leaves out the ½, $\mu = 4s\lambda$.
    ValueError for a negative eigenvalue and what `loss_scale` refuses. Source: item PL-5. Derived in:
    {sec-least-squares}.
    """
    factor = {"standard": 2, "lecture": 4}[choice("convention", convention, ("standard", "lecture"))]
    return factor * loss_scale(normalisation, n) * real("eigenvalue", eigenvalue, at_least=0)


def smoothness(eigenvalue: Number, *, n: int, normalisation: str) -> float:
    r"""$\beta = 2s\,\lambda_{\max}(J^\top J)$ of $s\,\|r\|^2$ where J is constant; `eigenvalue` is λ_max.

    ValueError as in `pl_constant`. Source: item PL-5. Derived in: {sec-least-squares}.
    """
    return 2 * loss_scale(normalisation, n) * real("eigenvalue", eigenvalue, at_least=0)


def contraction(mu: Number, beta: Number, rate: Number) -> float:
    r"""$1 - 2\mu\eta(1 - \beta\eta/2)$: what a step of gradient descent leaves of $f - f^*$ at most.

    For a β-smooth f with the standard PL constant μ ≤ β and a rate η in (0, 2/β); $1 - \mu/\beta$ at
    $\eta = 1/\beta$. ValueError outside. Source: item PL-3. Derived in: {sec-rates}.
    """
    beta = real("beta", beta, above=0)
    mu, rate = real("mu", mu, above=0, at_most=beta), real("rate", rate, above=0, below=2 / beta)
    return 1 - 2 * mu * rate * (1 - beta * rate / 2)


def sgd_gradient_bound(gap: Number, beta: Number, second_moment: Number, *, steps: int, rate: Number) -> float:
    r"""$\min_k E\|\nabla f(w_k)\|^2 \le R/(\eta T) + \eta\beta G^2/2$ after T = `steps` of SGD at the rate η.

    gap: $R \ge f(w_0) - \inf f$. beta: f is β-smooth. second_moment: $G^2 \ge E_i\|\nabla f_i(w)\|^2$. ValueError for
    numbers that are not positive. Source: item PL-2. Derived in: {sec-rates}.
    """
    gap, beta = real("gap", gap, above=0), real("beta", beta, above=0)
    second_moment, rate = real("second_moment", second_moment, above=0), real("rate", rate, above=0)
    return gap / (rate * positive_int("steps", steps)) + rate * beta * second_moment / 2


def best_sgd_rate(gap: Number, beta: Number, second_moment: Number, *, steps: int) -> float:
    r"""$\eta = \sqrt{2R/(\beta G^2 T)}$, where `sgd_gradient_bound` is least: $\sqrt{2R\beta G^2/T}$.

    Arguments and ValueError as there. Source: item PL-2. Derived in: {sec-rates}.
    """
    gap, beta = real("gap", gap, above=0), real("beta", beta, above=0)
    second_moment = real("second_moment", second_moment, above=0)
    return float(np.sqrt(2 * gap / (beta * second_moment * positive_int("steps", steps))))


def pl_star_radius(lipschitz: Number, residual_norm: Number, mu: Number) -> float:
    r"""$2 L_F \|r_0\|/\mu$: how far gradient descent can travel on $\frac12\|r\|^2$, under the standard constant μ.

    A step has length at most $\eta L_F\|r_t\|$ with $\|J\| \le L_F$, and $\|r_t\| \le (1-\eta\mu)^{t/2}\|r_0\|$; the
    geometric sum is at most $2/(\eta\mu)$. The ball of Liu, Zhu and Belkin; at their rate the path is in fact no longer
    than $2\|r_0\|/\sqrt\mu$, which is less. ValueError for numbers that are not positive (`residual_norm`: negative).
    Source: item PL-4; Liu, Zhu and Belkin (2022). Derived in: {sec-lazy-training}.
    """
    lipschitz, mu = real("lipschitz", lipschitz, above=0), real("mu", mu, above=0)
    return 2 * lipschitz * real("residual_norm", residual_norm, at_least=0) / mu


def liu_zhu_belkin_rate(lipschitz: Number, smooth: Number, residual_norm: Number) -> float:
    r"""$1/(L_F^2 + \beta_F\|r_0\|)$: rates up to it never raise $\frac12\|r\|^2$.

    lipschitz: $L_F \ge \|J\|$. smooth: $\beta_F$, a Lipschitz constant of J in the spectral norm. For w on the path and
    v on the step from it, $\nabla L(v) - \nabla L(w) = J(v)(r(v) - r(w)) + (J(v) - J(w))\,r(w)$, of length at most
    $(L_F^2 + \beta_F\|r(w)\|)\|v - w\|$; the loss falls, so that $\|r(w)\| \le \|r_0\|$. ValueError for a `lipschitz`
    that is not positive and negative others.
    Source: item PL-4; Liu, Zhu and Belkin (2022). Derived in: {sec-lazy-training}.
    """
    lipschitz, smooth = real("lipschitz", lipschitz, above=0), real("smooth", smooth, at_least=0)
    return 1 / (lipschitz**2 + smooth * real("residual_norm", residual_norm, at_least=0))


class ShortestPath(NamedTuple):
    """What `oymak_soltanolkotabi` promises: `rate`, `radius` and `contraction` of ‖r‖² a step."""

    rate: float
    radius: float
    contraction: float


def oymak_soltanolkotabi(smallest: Number, largest: Number, smooth: Number, residual_norm: Number) -> ShortestPath:
    r"""Gradient descent on $\frac12\|r\|^2$ where $\alpha \le \sigma_{\min}(J)$, $\|J\| \le \beta$, J is L-Lipschitz.

    With α = `smallest`, β = `largest`, L = `smooth` on the ball of radius $4\|r_0\|/\alpha$ around the start, the rate
    $\eta = \min(1, \alpha^2/(L\|r_0\|))/(2\beta^2)$ gives $\|r_{t+1}\|^2 \le (1 - \eta\alpha^2/2)\|r_t\|^2$,
    $\frac\alpha4\|\theta_t - \theta_0\| + \|r_t\| \le \|r_0\|$, and a path no longer than that radius. The page
    derives more: up to the rate `liu_zhu_belkin_rate`, half the radius, ½ for ¼, and $1 - \eta\alpha^2$.
    ValueError unless 0 < α ≤ β, L ≥ 0 and ‖r₀‖ > 0.
    Source: item PL-4; Oymak and Soltanolkotabi (2019), Theorem 2.1. Derived in: {sec-lazy-training}.
    """
    largest = real("largest", largest, above=0)
    smallest = real("smallest", smallest, above=0, at_most=largest)
    bend = real("smooth", smooth, at_least=0) * real("residual_norm", residual_norm, above=0)
    rate = min(1.0, smallest**2 / bend if bend else 1.0) / (2 * largest**2)
    return ShortestPath(rate, 4 * residual_norm / smallest, 1 - rate * smallest**2 / 2)


def uniform_eigenvalue(X: Float[np.ndarray, "n d"], v: Float[np.ndarray, " m"], slope: Number) -> float:
    r"""$\rho^2\|v\|^2\lambda_{\min}(XX^\top) \le \lambda_{\min}(J^\top J)$ at all weights, if $|\sigma'| \ge \rho$.

    slope: ρ. For $f(x) = \sum_r v_r\sigma(\langle w_r, x\rangle)$ with the $w_r$ trained,
    $J^\top J = \sum_r v_r^2 D_r XX^\top D_r$ and $D_r = \mathrm{diag}\,\sigma'(Xw_r)$. It is 0 for n > d; `pl_constant`
    makes the PL constant of it. X: points (n, d). v: output weights (m,). ValueError for a negative slope.
    Source: item PL-9. Derived in: {sec-no-bad-minima}.
    """
    X, v = points("X", X), array("v", v, ndim=1)
    n, d = X.shape
    smallest = np.linalg.svd(X, compute_uv=False)[-1] if n <= d else 0.0
    return float((real("slope", slope, at_least=0) * smallest) ** 2 * (v @ v))


def hessian_bound(X: Float[np.ndarray, "n d"], *, m: int, second_derivative: Number) -> float:
    r"""$\max_i\|x_i\|^2 \max|\sigma''|/\sqrt m$, above the norm of every Hessian of $f(\cdot; x_i)$ in the weights.

    For $f(x) = m^{-1/2}\sum_r a_r\sigma(\langle w_r, x\rangle)$, $|a_r| = 1$: the Hessian is block diagonal with blocks
    $m^{-1/2}a_r\sigma''(\langle w_r, x\rangle)\,xx^\top$. It bounds each column of a change of J by itself;
    `jacobian_smoothness` bounds all together. ValueError for a negative `second_derivative`.
    Source: item PL-4. Derived in: {sec-lazy-training}.
    """
    X = points("X", X)
    bound = real("second_derivative", second_derivative, at_least=0)
    return float((X**2).sum(axis=1).max() * bound / np.sqrt(positive_int("m", m)))


def jacobian_smoothness(X: Float[np.ndarray, "n d"], *, m: int, second_derivative: Number) -> float:
    r"""$\beta_F = \max|\sigma''|\,\|X\|_2\max_i\|x_i\|/\sqrt m$, with $\|J(W) - J(W')\|_2 \le \beta_F\|W - W'\|_F$.

    For $f(x) = m^{-1/2}\sum_r a_r\sigma(\langle w_r, x\rangle)$, $|a_r| \le 1$, at the n rows of X: unit r has in
    (J - J')u the block $m^{-1/2}a_rX^\top(u \circ \delta_r)$ with
    $|\delta_{r,i}| \le \max|\sigma''|\,\|x_i\|\|w_r - w_r'\|$. It is `hessian_bound` for one point and
    for orthogonal points of equal length, and never more than $\sqrt n$ times as much. ValueError for a negative
    `second_derivative`. Source: item PL-4. Derived in: {sec-lazy-training}.
    """
    X = points("X", X)
    longest = np.linalg.norm(X, axis=1).max()
    bound = real("second_derivative", second_derivative, at_least=0)
    return float(bound * np.linalg.norm(X, 2) * longest / np.sqrt(positive_int("m", m)))


def best_constant(
    f: Callable[[np.ndarray], np.ndarray],
    slope: Callable[[np.ndarray], np.ndarray],
    *,
    low: Number,
    high: Number,
    least: Number = 0.0,
) -> float:
    r"""$\inf \frac12 f'(x)^2/(f(x) - f^*)$ over [low, high]: the best PL constant of a function of one variable.

    f, slope: f and f', vectorised. least: f*. The infimum is looked for on 20 001 points, then polished between the
    neighbours of the best. Points where $f - f^*$ is below $10^{-9}$ of its largest value are left out: there the ratio
    is rounding, and it tends to f'' at a minimiser. ValueError unless low < high and f ≥ f*.
    Source: item PL-3. Derived in: {sec-rates}.
    """
    low = real("low", low)
    x = np.linspace(low, real("high", high, above=low), 20_001)
    gap = f(x) - real("least", least)
    if gap.min() < -1e-9 * gap.max():
        raise ValueError(f"least must be at most f; f goes down to {gap.min() + least:g}, got {least:g}")
    x = x[gap > 1e-9 * gap.max()]

    def ratio(x):
        return slope(x) ** 2 / 2 / (f(x) - least)

    best = int(np.argmin(ratio(x)))
    around = x[max(best - 1, 0)], x[min(best + 1, len(x) - 1)]
    polished = minimize_scalar(ratio, bounds=around, method="bounded", options={"xatol": 1e-12}).fun
    return float(min(polished, ratio(x[best])))
