"""How likely a random unit sees a large pseudo-gradient."""

import numpy as np
from scipy.special import erf

from overparam._checks import positive_int, real


def large_row_probability(delta: float, *, points: int) -> float:
    r"""$q = \frac14\,\mathrm{erf}(\sqrt{\pi/2}\,\delta/(4P))$: a lower bound on the probability that $\|P_w\| \ge v/2$.

    $P_w = \sum_s u_s 1[\langle w, x_s\rangle \ge 0]\,x_s$ with $w \sim N(0, \sigma^2 I)$, $\max|u_s| = v$ and
    P = `points` unit points whose lines are δ apart, $\min(\|x_s - x_{s'}\|, \|x_s + x_{s'}\|) \ge \delta$; so δ ≤ √2.
    ValueError for δ outside (0, √2] and fewer than two points.
    Source: item LL-10; after Li and Liang (2018), Lemma 5.2. Derived in: {sec-convergence}.
    """
    delta = real("delta", delta, above=0, at_most=np.sqrt(2))
    return float(erf(np.sqrt(np.pi / 2) * delta / (4 * positive_int("points", points, minimum=2))) / 4)
