"""Polyak-Łojasiewicz constants under every normalisation of the square loss, and the rates that follow from them."""

import numpy as np

from overparam._checks import choice, positive_int, real

Number = float | int

_SCALES = {
    "sum": lambda n: 1.0,
    "half_sum": lambda n: 0.5,
    "mean": lambda n: 1 / n,
    "half_mean": lambda n: 1 / (2 * n),
}


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
    r"""$1 - 2\mu\gamma(1 - \beta\gamma/2)$: what a step of gradient descent leaves of $f - f^*$ at most.

    For a β-smooth f with the standard PL constant μ ≤ β and a rate γ in (0, 2/β); $1 - \mu/\beta$ at
    $\gamma = 1/\beta$. ValueError outside. Source: item PL-3. Derived in: {sec-rates}.
    """
    beta = real("beta", beta, above=0)
    mu, rate = real("mu", mu, above=0, at_most=beta), real("rate", rate, above=0, below=2 / beta)
    return 1 - 2 * mu * rate * (1 - beta * rate / 2)


def sgd_gradient_bound(gap: Number, beta: Number, second_moment: Number, *, steps: int, rate: Number) -> float:
    r"""$\min_k E\|\nabla f(w_k)\|^2 \le R/(\gamma T) + \gamma\beta L^2/2$ after T = `steps` of SGD at the rate γ.

    gap: $R \ge f(w_0) - \inf f$. beta: f is β-smooth. second_moment: $L^2 \ge E_i\|\nabla f_i(w)\|^2$. ValueError for
    numbers that are not positive. Source: item PL-2. Derived in: {sec-rates}.
    """
    gap, beta = real("gap", gap, above=0), real("beta", beta, above=0)
    second_moment, rate = real("second_moment", second_moment, above=0), real("rate", rate, above=0)
    return gap / (rate * positive_int("steps", steps)) + rate * beta * second_moment / 2


def best_sgd_rate(gap: Number, beta: Number, second_moment: Number, *, steps: int) -> float:
    r"""$\gamma = \sqrt{2R/(\beta L^2 T)}$, where `sgd_gradient_bound` is least: $\sqrt{2R\beta L^2/T}$.

    Arguments and ValueError as there. Source: item PL-2. Derived in: {sec-rates}.
    """
    gap, beta = real("gap", gap, above=0), real("beta", beta, above=0)
    second_moment = real("second_moment", second_moment, above=0)
    return float(np.sqrt(2 * gap / (beta * second_moment * positive_int("steps", steps))))


def pl_star_radius(lipschitz: Number, residual_norm: Number, mu: Number) -> float:
    r"""$2 L_F \|r_0\|/\mu$: how far gradient descent can travel on $\frac12\|r\|^2$, under the standard constant μ.

    A step has length at most $\eta L_F\|r_t\|$ with $\|J\| \le L_F$, and $\|r_t\| \le (1-\eta\mu)^{t/2}\|r_0\|$; the
    geometric sum is at most $2/(\eta\mu)$. ValueError for numbers that are not positive (`residual_norm`: negative).
    Source: item PL-4; Liu, Zhu and Belkin (2022). Derived in: {sec-lazy-training}.
    """
    lipschitz, mu = real("lipschitz", lipschitz, above=0), real("mu", mu, above=0)
    return 2 * lipschitz * real("residual_norm", residual_norm, at_least=0) / mu
