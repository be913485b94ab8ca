"""The widths that the theorems ask for, so that a page can print how far they are from any experiment."""

import math
from bisect import bisect_left

import numpy as np

from overparam._checks import positive_int, real

Number = float | int


def li_liang(*, c: int, l: int, delta: float, epsilon: float) -> float:
    r"""$c^{20} l^{20} / (\delta^{12} \varepsilon^{24})$: the width of Theorem 4.1, up to constants and logarithms.

    c classes of l components at distance δ in (0, 2], error ε in (0, 1); ValueError otherwise. The closing condition of
    the proof asks for $\sigma m = \tilde\Omega(c^{10} l^{10}/(\delta^6\varepsilon^{12}))$, and $\sigma = m^{-1/2}$.
    Source: item LL-5; Li and Liang (2018), Theorem 4.1 and appendix. Derived in: {sec-convergence}.
    """
    c, l = positive_int("c", c), positive_int("l", l)
    delta, epsilon = real("delta", delta, above=0, at_most=2), real("epsilon", epsilon, above=0, below=1)
    return float(c * l) ** 20 / (delta**12 * epsilon**24)


def _product(*powers: tuple[Number, Number]) -> float:
    """The product of base ** exponent; infinity where it leaves the floats."""
    with np.errstate(over="ignore"):
        return float(np.prod([np.float64(base) ** exponent for base, exponent in powers]))


def _failure(value: Number) -> float:
    return real("failure", value, above=0, below=1)


def allen_zhu(*, n: int, depth: int, c: int, delta: Number) -> float:
    r"""$n^{24} L^{12} c/\delta^8$: the width of Allen-Zhu, Li and Song, up to constants and logarithms.

    The lecture prints $\mathrm{poly}(n, L, \delta^{-1})\cdot c$; this polynomial is what Zou and Gu (2019) quote.
    δ in (0, 2]: the smallest distance of two unit inputs. ValueError otherwise; infinity beyond the floats.
    Source: items AZ-5 and AZ-9. Derived in: {sec-convergence-deep}.
    """
    n, depth, c = positive_int("n", n), positive_int("depth", depth), positive_int("c", c)
    return _product((n, 24), (depth, 12), (c, 1), (real("delta", delta, above=0, at_most=2), -8))


def du_deep(*, n: int, depth: int, eigenvalue: Number, failure: Number) -> float:
    r"""$2^L\max\{n^4/\lambda_0^4,\ n/\delta,\ n^2\log(Ln/\delta)/\lambda_0^2\}$: Du et al. for L hidden layers.

    $2^{O(L)}$ is read as $2^L$, other constants as 1. δ = `failure` in (0, 1), a probability. ValueError otherwise.
    Source: item DU-3; Du et al. (ICML 2019), Theorem 5.1. Derived in: {sec-gram-recursion}.
    """
    n, depth, failure = positive_int("n", n), positive_int("depth", depth), _failure(failure)
    eigenvalue = real("eigenvalue", eigenvalue, above=0)
    widths = n**4 / eigenvalue**4, n / failure, n**2 * math.log(depth * n / failure) / eigenvalue**2
    return _product((2, depth), (max(widths), 1))


def du(*, n: int, eigenvalue: Number, failure: Number) -> float:
    r"""$n^6/(\lambda_0^4\delta^3)$: Du et al. for one hidden layer, up to constants; `lazy` has them.

    ValueError for an eigenvalue that is not positive and a `failure` δ outside (0, 1).
    Source: item PL-14; Du et al. (ICLR 2019), Theorem 3.2. Derived in: {sec-lazy-training}.
    """
    powers = (positive_int("n", n), 6), (real("eigenvalue", eigenvalue, above=0), -4), (_failure(failure), -3)
    return _product(*powers)


def song_table(*, n: int, depth: int = 1) -> dict[str, float]:
    r"""The table of Song et al. (2021): the width by the name of the work, constants and logarithms left out.

    Only Zou and Gu's row, $n^8L^{12}$, and Kawaguchi and Huang's are about L hidden layers. The last row, $n^{3/2}$, is
    about smooth activations. ValueError for sizes below 1. Source: item PL-15. Derived in: {sec-lazy-training}.
    """
    n, depth = positive_int("n", n), positive_int("depth", depth)
    return {
        "Oymak and Soltanolkotabi": _product((n, 2)),
        "Kawaguchi and Huang": float(n),
        "Song and Yang": _product((n, 2)),
        "Du et al.": _product((n, 6)),
        "Zou and Gu": _product((n, 8), (depth, 12)),
        "Song et al.": _product((n, 1.5)),
    }


def soudry_carmon(*, n: int, d: int) -> int:
    r"""The smallest m with $md \ge n$: as many first-layer weights as points.

    ValueError for sizes below 1. Source: item PL-7; Soudry and Carmon (2016). Derived in: {sec-no-bad-minima}.
    """
    return -(-positive_int("n", n) // positive_int("d", d))


def yun(*, n: int, c: int = 1) -> int:
    r"""The smallest w with $4\lfloor w/4\rfloor\lfloor w/(4c)\rfloor \ge n$: two hidden layers of w units fit n points.

    ValueError for sizes below 1. Source: item PL-16; Yun, Sra and Jadbabaie (2019). Derived in: {sec-memorization}.
    """
    n, c = positive_int("n", n), positive_int("c", c)
    return bisect_left(range(4 * c * (n + 1)), n, key=lambda w: 4 * (w // 4) * (w // (4 * c)))


def zhang(*, n: int, d: int) -> int:
    """2n + d: so many *weights* (not units) of a two-layer ReLU network represent any labels of n distinct points.

    ValueError for sizes below 1. Source: item PL-17; Zhang et al. (2017), Theorem 1. Derived in: {sec-memorization}.
    """
    return 2 * positive_int("n", n) + positive_int("d", d)


def diverse(*, eigenvalue: Number) -> float:
    r"""$1/\gamma_n$, up to constants and logarithms: Xie, Liang and Song ask it of the width and of the dimension.

    eigenvalue: $\gamma_n$ in (0, 1], the n-th eigenvalue of the gradient kernel. ValueError outside.
    Source: item DN-10. Derived in: {sec-diversity}.
    """
    return 1 / real("eigenvalue", eigenvalue, above=0, at_most=1)


_CROSSING = math.sqrt(2 * math.pi) / 16


def lazy_radius(*, n: int, eigenvalue: Number, failure: Number) -> float:
    r"""$R = \frac{\sqrt{2\pi}}{16}\delta\lambda_0/n^2$: rows that move less keep H within $\lambda_0/4$ of H(0).

    For $f(x) = m^{-1/2}\sum_r v_r\,\mathrm{ReLU}(\langle w_r, x\rangle)$, v = ±1, unit inputs, $w_r(0) \sim N(0, I)$. A
    pattern can change only where $|\langle w_r(0), x\rangle| \le R$, of probability at most $2R/\sqrt{2\pi}$; an entry
    of H changes by at most $4R/\sqrt{2\pi}$ in expectation, all together by $4n^2R/\sqrt{2\pi}$, and Markov's
    inequality holds it under $\lambda_0/4$ with probability 1 - δ, δ = `failure` in (0, 1). With `concentration`,
    $\lambda_{\min}(H) \ge \lambda_0/2$. ValueError for an eigenvalue $\lambda_0$ that is not positive.
    Source: item DN-17; Du et al. (ICLR 2019), Lemma 3.2. Derived in: {sec-dynamics}.
    """
    return _CROSSING * _failure(failure) * real("eigenvalue", eigenvalue, above=0) / positive_int("n", n) ** 2


def lazy_travel(*, n: int, m: int, residual_norm: Number, eigenvalue: Number) -> float:
    r"""$R' = 2\sqrt n\|r_0\|/(\sqrt m\lambda_0)$: no row goes further under gradient flow of $\frac12\|r\|^2$.

    Here $\lambda_{\min}(H(t)) \ge \lambda_0/2$ is assumed: $\|\dot w_r\| \le \sqrt{n/m}\,\|r(t)\|$ and
    $\|r(t)\| \le e^{-\lambda_0t/2}\|r_0\|$. ValueError for a negative `residual_norm` and an eigenvalue that is not
    positive.
    Source: item DN-17. Derived in: {sec-dynamics}.
    """
    n, m = positive_int("n", n), positive_int("m", m)
    residual_norm = real("residual_norm", residual_norm, at_least=0)
    return 2 * math.sqrt(n / m) * residual_norm / real("eigenvalue", eigenvalue, above=0)


def lazy(*, n: int, residual_norm: Number, eigenvalue: Number, failure: Number) -> float:
    r"""The m at which $R' = R$: $\bigl(2n^{5/2}\|r_0\|/(c\,\delta\lambda_0^2)\bigr)^2$, $c = \sqrt{2\pi}/16$.

    Wider networks cannot leave the region where the kernel stays good. `residual_norm` is $\|r_0\|$, of the order of
    $\sqrt n$, which makes $n^6/\lambda_0^4$. Arguments and ValueError as in `lazy_radius` and `lazy_travel`; infinity
    beyond the floats. Source: item DN-17. Derived in: {sec-dynamics}.
    """
    radius = lazy_radius(n=n, eigenvalue=eigenvalue, failure=failure)
    return _product((lazy_travel(n=n, m=1, residual_norm=residual_norm, eigenvalue=eigenvalue), 2), (radius, -2))


def pl_star(*, bend: Number, residual_norm: Number, eigenvalue: Number) -> float:
    r"""$(8b\|r_0\|/\lambda_0)^2$: wider smooth networks keep $\sigma_{\min}(J)$ above half its start.

    J is $b/\sqrt m$-Lipschitz, b = `bend`; $\lambda_0$ = `eigenvalue` is $\lambda_{\min}(J^\top J)$ at the start.
    Gradient descent stays in the ball of radius $R = 2\|r_0\|/\alpha$ if $\sigma_{\min}(J) \ge \alpha$ there. In it
    $\sigma_{\min}(J) \ge \sqrt{\lambda_0} - bR/\sqrt m$, which is at least $\alpha = \frac12\sqrt{\lambda_0}$ from that
    width on. ValueError for an eigenvalue that is not positive and negative others; infinity beyond the floats.
    Source: item PL-4; Liu, Zhu and Belkin (2022). Derived in: {sec-lazy-training}.
    """
    bend, residual_norm = real("bend", bend, at_least=0), real("residual_norm", residual_norm, at_least=0)
    return _product((8, 2), (bend, 2), (residual_norm, 2), (real("eigenvalue", eigenvalue, above=0), -2))


def concentration(*, n: int, eigenvalue: Number, failure: Number) -> float:
    r"""$8n^2\log(n(n+1)/\delta)/\lambda_0^2$: wider networks start with $\lambda_{\min}(H(0)) \ge \frac34\lambda_0$.

    An entry of H(0) is a mean of m terms in an interval of length at most 1: by Hoeffding's inequality it is off by
    $\lambda_0/(4n)$ with probability at most $2e^{-m\lambda_0^2/(8n^2)}$, for each of $n(n+1)/2$ entries; then the
    Frobenius norm is off by at most $\lambda_0/4$. δ = `failure` in (0, 1); ValueError as in `lazy_radius`.
    Source: item PL-14; Du et al. (ICLR 2019), Lemma 3.1. Derived in: {sec-lazy-training}.
    """
    n, eigenvalue = positive_int("n", n), real("eigenvalue", eigenvalue, above=0)
    return 8 * n**2 * math.log(n * (n + 1) / _failure(failure)) / eigenvalue**2
