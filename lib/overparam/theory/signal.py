"""How a signal travels through a random deep ReLU network, and how many signs a small change of the weights flips."""

import math

import numpy as np
from jaxtyping import Float

from overparam._checks import positive_int, real
from overparam.theory.kernels import arc_cosine

Number = float | int


def fourth_moment(*, m: int, layers: int) -> float:
    r"""$E\|h\|^4 = (1 + 5/m)^{\ell}$ after ℓ = `layers` random ReLU layers of width m, He scaling, $\|x\| = 1$.

    A layer multiplies $\|h\|^2$ by $\frac2m\sum_j \mathrm{ReLU}(g_j)^2$, $g_j \sim N(0, 1)$, independent of the layers
    below; $E\,\mathrm{ReLU}(g)^2 = \frac12$ and $E\,\mathrm{ReLU}(g)^4 = \frac32$ give its mean 1 and its second moment
    $1 + 5/m$. So $E\|h\|^2 = 1$ at every depth. In the network of Allen-Zhu, Li and Song $h_L$ has passed L + 1 of
    them. ValueError for sizes below 1. Source: item AZ-7. Derived in: {sec-signal-propagation}.
    """
    return (1 + 5 / positive_int("m", m)) ** positive_int("layers", layers)


def separation(delta: Number, depth: int) -> Float[np.ndarray, " {depth}+1"]:
    r"""$\|h_\ell - h'_\ell\|$ of two unit inputs at distance δ in (0, 2] after ℓ = 0, ..., `depth` infinite layers.

    $\sqrt{2 - 2\rho_\ell}$ with $\rho_\ell = \kappa_1(\rho_{\ell-1})$ and $\rho_0 = 1 - \delta^2/2$; entry 0 is δ
    itself. It tends to 0 like $3\pi/\ell$. ValueError for other δ and a depth below 0. Source: item AZ-14. Derived in:
    {sec-signal-propagation}.
    """
    delta, depth = real("delta", delta, above=0, at_most=2), positive_int("depth", depth, minimum=0)
    rho = np.empty(depth + 1)
    rho[0] = 1 - delta**2 / 2
    for layer in range(depth):
        rho[layer + 1] = arc_cosine(1, rho[layer : layer + 1])[0]
    return np.sqrt(2 - 2 * rho)


def adversarial_flips(omega: Number) -> float:
    r"""$(3/\pi)^{1/3}\,\omega^{2/3}$: the largest fraction of signs that a change of small spectral norm ω can flip.

    Pre-activations are $g_k \sim N(0, 2/m)$, the input of the layer has norm 1. Flipping the s smallest costs
    $\sum_{j \le s} g_{(j)}^2 \le \omega^2$; their density at 0 is $\sqrt{m}/(2\sqrt\pi)$, so that the sum is
    $\frac\pi3 s^3/m^3$. ValueError for a negative ω. Source: item AZ-15. Derived in: {sec-perturbation}.
    """
    return (3 * real("omega", omega, at_least=0) ** 2 / math.pi) ** (1 / 3)


def random_flips(omega: Number) -> float:
    r"""$\frac1\pi\arctan\frac{\omega}{2\sqrt2}$: the fraction of signs that a Gaussian change of spectral norm ω flips.

    A square Gaussian matrix of spectral norm ω has entries of deviation $\omega/(2\sqrt m)$ as m grows, and moves
    $g_k \sim N(0, 2/m)$ by $N(0, \omega^2/(4m))$; its slope at 0 is $1/(2\sqrt2\,\pi)$. ValueError for a negative ω.
    Source: item AZ-15. Derived in: {sec-perturbation}.
    """
    return math.atan(real("omega", omega, at_least=0) / (2 * math.sqrt(2))) / math.pi
