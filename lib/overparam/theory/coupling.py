"""How many activation patterns can change when no weight vector moves further than τ."""

import numpy as np
from jaxtyping import Float
from scipy.special import erf

from overparam._checks import array, positive_int, real

Numbers = float | Float[np.ndarray, "..."]


def crossing_probability(tau: Numbers, std: Numbers) -> Float[np.ndarray, "..."]:
    r"""$P(|\langle w, x\rangle| \le \tau) = \mathrm{erf}(\tau/(\sigma\sqrt2))$ for Gaussian w and unit x.

    $w \sim N(0, \sigma^2 I)$. At most $\sqrt{2/\pi}\,\tau/\sigma$. `tau` ≥ 0 and `std` > 0 broadcast, else ValueError.
    Source: item LL-9. Derived in: {sec-coupling}.
    """
    tau, std = array("tau", tau), array("std", std)
    if not np.all(tau >= 0):
        raise ValueError(f"tau must be at least 0; got {tau.min()!r}")
    if not np.all(std > 0):
        raise ValueError(f"std must be above 0; got {std.min()!r}")
    return np.asarray(erf(tau / (std * np.sqrt(2))))


def uncoupled_bound(tau: Numbers, std: Numbers, *, points: int) -> Float[np.ndarray, "..."]:
    r"""Bound on the expected share of units that change their pattern at any of P unit points when none moves beyond τ.

    $P\,\mathrm{erf}(\tau/(\sigma\sqrt2)) \le \sqrt{2/\pi}\,P\tau/\sigma$: Lemma 5.1 of Li and Liang with its constant,
    P = cl = `points`. It is vacuous where it exceeds 1. ValueError as in `crossing_probability` and for P below 1.
    Source: item LL-9; Li and Liang (2018), Lemma 5.1. Derived in: {sec-coupling}.
    """
    return np.asarray(positive_int("points", points) * crossing_probability(tau, std))


def margin_bound(tau: Numbers, std: Numbers) -> Float[np.ndarray, "..."]:
    r"""The largest expected share of units with another pattern or $|\langle w_r, x\rangle| < \tau$ at a unit point.

    When every $\|w_r - w_r^{(0)}\| \le \tau$ it is $\mathrm{erf}(\sqrt2\,\tau/\sigma)$, at most
    $(4/\sqrt{2\pi})\,\tau/\sigma$, and some displacement reaches it. ValueError as in `crossing_probability`.
    Source: item LL-16; Li and Liang (2018), Lemma B.1. Derived in: {sec-coupling}.
    """
    return crossing_probability(2 * array("tau", tau), std)


def dkw_deviation(n: int, *, failure: float) -> float:
    r"""$\sqrt{\log(1/p)/(2n)}$: an empirical distribution function exceeds the true one by more with probability ≤ p.

    Anywhere, for n independent draws and p = `failure` in (0, 1/2]: the one-sided inequality of Dvoretzky, Kiefer and
    Wolfowitz with Massart's constant. ValueError for other n and p.
    Source: Massart (1990), as used in item LL-9. Derived in: {sec-coupling}.
    """
    return float(np.sqrt(np.log(1 / real("failure", failure, above=0, at_most=0.5)) / (2 * positive_int("n", n))))
