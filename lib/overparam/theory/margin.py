"""Linearly separable data: how many updates SGD can make, and what a classifier made of few samples can cost."""

import math

from overparam._checks import choice, positive_int, real

FORMS = ("littlestone_warmuth", "sequence")


def update_bound(
    w_star_norm: float,
    slope: float,
    k: int | float,
    step: float,
    output_weight: float = 1.0,
    init_radius: float = 0.0,
) -> float:
    r"""$M_k$, a bound on the number of non-zero updates of SGD on the hinge loss, for inputs of norm at most 1.

    With $\rho = \|w^*\|/\alpha$, where $y\langle w^*, x\rangle \ge 1$ for all samples, it is the sum of
    $\rho^2(1 + 1/(k\eta v^2))$, of $\sqrt{2R(\eta^2v^2 + \eta/k)}\,(\rho/(\eta v))^{3/2}$, and of $2R\rho/(\eta v)$.

    w_star_norm: $\|w^*\|$ > 0. slope: α of the leaky ReLU, above 0 and at most 1. k: pairs of units, or `math.inf` for
    the limit. step: η > 0. output_weight: v > 0. init_radius: R ≥ 0, a bound on the norms of the initial rows.
    ValueError for anything else.

    Source: items LS-3 and LS-4; Brutzkus and others (2018), Theorem 2. Derived in: {sec-separable}.
    """
    norm = real("w_star_norm", w_star_norm, above=0)
    slope = real("slope", slope, above=0, at_most=1)
    if not (isinstance(k, float) and k == math.inf):
        k = positive_int("k", k)
    rate = real("step", step, above=0)
    v = real("output_weight", output_weight, above=0)
    radius = real("init_radius", init_radius, at_least=0)
    return (
        (norm / slope) ** 2 * (1 + 1 / (k * rate * v**2))
        + math.sqrt(2 * radius * ((rate * v) ** 2 + rate / k)) * (norm / (rate * v * slope)) ** 1.5
        + 2 * radius * norm / (rate * v * slope)
    )


def compression_bound(support: int, n: int, delta: float, form: str = "littlestone_warmuth") -> float:
    r"""A bound on the error, with probability at least 1 - δ, of a classifier that c of n samples determine.

    It must be right on all n samples, and c fixed before they are drawn. The forms, with natural logarithms:

    "littlestone_warmuth"   $8c\ln(n/\delta)/n$, for n ≥ 2c
    "sequence"              $(c\ln n + \ln(1/\delta))/(n - c)$, for n > c; an ordered sequence, repetitions allowed

    support: c ≥ 1. delta: the failure probability, between 0 and 1. A value of 1 or more says nothing. ValueError for
    anything else and for fewer samples than the form needs.

    Source: item LS-5; Littlestone and Warmuth (1986); Shalev-Shwartz and Ben-David (2014), Corollary 30.3. Derived in:
    {sec-generalization}.
    """
    c, n = positive_int("support", support), positive_int("n", n)
    delta = real("delta", delta, above=0, below=1)
    if choice("form", form, FORMS) == "littlestone_warmuth":
        if n < 2 * c:
            raise ValueError(f"n must be at least 2 * support = {2 * c}; got {n}")
        return 8 * c * math.log(n / delta) / n
    if n <= c:
        raise ValueError(f"n must be above support = {c}; got {n}")
    return (c * math.log(n) + math.log(1 / delta)) / (n - c)
