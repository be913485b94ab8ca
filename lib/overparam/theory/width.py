"""The widths that the theorems ask for, so that a page can print how far they are from any experiment."""

from overparam._checks import positive_int, real


def li_liang(*, c: int, l: int, delta: float, epsilon: float) -> float:
    r"""$c^{20} l^{20} / (\delta^{12} \varepsilon^{24})$: the width of Theorem 4.1, up to constants and logarithms.

    c classes of l components at distance δ in (0, 2], error ε in (0, 1); ValueError otherwise. The closing condition of
    the proof asks for $\sigma m = \tilde\Omega(c^{10} l^{10}/(\delta^6\varepsilon^{12}))$, and $\sigma = m^{-1/2}$.
    Source: item LL-5; Li and Liang (2018), Theorem 4.1 and appendix. Derived in: {sec-convergence}.
    """
    c, l = positive_int("c", c), positive_int("l", l)
    delta, epsilon = real("delta", delta, above=0, at_most=2), real("epsilon", epsilon, above=0, below=1)
    return float(c * l) ** 20 / (delta**12 * epsilon**24)
