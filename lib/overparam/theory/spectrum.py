"""The spectrum of the two-layer ReLU kernels on the sphere, in spherical harmonics."""

import math

import numpy as np
from jaxtyping import Float, Int
from scipy.special import betaln

from overparam._checks import positive_int

Degrees = int | np.integer | Int[np.ndarray, "..."]


def _degrees(degree: Degrees) -> np.ndarray:
    degrees = np.asarray(degree)
    if not np.issubdtype(degrees.dtype, np.integer) or degrees.size == 0 or degrees.min() < 0:
        raise ValueError(f"degree must be integers of at least 0; got {degree!r}")
    return degrees.astype(np.int64)


def multiplicity(degree: int, dim: int) -> int:
    r"""$N(d, l) = \binom{d+l-1}{l} - \binom{d+l-3}{l-2}$: spherical harmonics of degree l on the unit sphere of R^d.

    An exact integer. ValueError for a degree below 0 and a dimension below 2.
    Source: item DN-6. Derived in: {sec-spectrum}.
    """
    degree, dim = positive_int("degree", degree, minimum=0), positive_int("dim", dim, minimum=2)
    lower = math.comb(dim + degree - 3, degree - 2) if degree >= 2 else 0
    return math.comb(dim + degree - 1, degree) - lower


def step_coefficient(degree: Degrees, dim: int, *, log: bool = False) -> Float[np.ndarray, "..."]:
    r"""$a_l$ of $1[t \ge 0]$ on the sphere: $a_0 = \frac12$, 0 for even l ≥ 2,
    $(-1)^{(l-1)/2} B(d/2, l/2)/(2\pi)$ for odd l.

    By the formula of Funk and Hecke $E_w 1[\langle w, x\rangle \ge 0]\,Y(w) = a_l Y(x)$ for a harmonic Y of degree l, w
    uniform on the sphere. log: give $\log|a_l|$, -inf where $a_l = 0$. Degrees may be an array.
    ValueError as in `multiplicity`. Source: item DN-6. Derived in: {sec-spectrum}.
    """
    degrees, dim = _degrees(degree), positive_int("dim", dim, minimum=2)
    odd = degrees % 2 == 1
    size = np.where(odd, betaln(dim / 2, np.maximum(degrees, 1) / 2) - np.log(2 * np.pi), -np.inf)
    size = np.where(degrees == 0, np.log(0.5), size)
    return np.asarray(size if log else np.where(degrees % 4 == 3, -1, 1) * np.exp(size))


def step_kernel_eigenvalue(degree: Degrees, dim: int, *, log: bool = False) -> Float[np.ndarray, "..."]:
    r"""$a_l^2$: the eigenvalue of $k(x, x') = P(\langle w, x\rangle \ge 0, \langle w, x'\rangle \ge 0)$ at degree l.

    With respect to the uniform probability on the sphere. Arguments as in `step_coefficient`.
    Source: item DN-6. Derived in: {sec-spectrum}.
    """
    size = 2 * step_coefficient(degree, dim, log=True)
    return np.asarray(size if log else np.exp(size))


def gradient_kernel_eigenvalue(degree: Degrees, dim: int, *, log: bool = False) -> Float[np.ndarray, "..."]:
    r"""The eigenvalue of $\langle x, x'\rangle k(x, x')$ at degree l, the kernel of `kernels.gradient_gram`.

    $\lambda_0 = a_1^2$, $\lambda_l = [(l+d-2)\,a_{l+1}^2 + l\,a_{l-1}^2]/(2l+d-2)$, because multiplication by t takes a
    harmonic to its two neighbours in degree; $\lambda_1 = 1/(4d)$, and exactly 0 for odd l ≥ 3. It decays as $l^{-d}$.
    With respect to the uniform probability, so that $\sum_l N(d, l)\lambda_l = \frac12$.
    log: give the logarithm, -inf for 0; it stays finite where the value underflows. Degrees may be an array.
    ValueError as in `multiplicity`. Source: item DN-6. Derived in: {sec-spectrum}.
    """
    degrees, dim = _degrees(degree), positive_int("dim", dim, minimum=2)
    even = np.maximum(degrees, 2)
    # a_{l+1}/a_{l-1} = -(l-1)/(l+d-1): one coefficient is enough, and no digits are lost between two of them.
    ratio = (even - 1) / (even + dim - 1)
    size = 2 * step_coefficient(even - 1, dim, log=True)
    size = size + np.log(((even + dim - 2) * ratio**2 + even) / (2 * even + dim - 2))
    size = np.where(degrees % 2 == 1, -np.inf, size)
    size = np.where(degrees == 1, -np.log(4 * dim), size)
    size = np.where(degrees == 0, 2 * step_coefficient(1, dim, log=True), size)
    return np.asarray(size if log else np.exp(size))


def ordered_eigenvalue(index: int, dim: int) -> float:
    r"""$\gamma_i$: the i-th largest eigenvalue of the gradient kernel, each as often as its multiplicity; i from 1.

    The order of the degrees is 1, 0, 2, 4, 6, ... As the trace is ½, $\gamma_i \le 1/(2i)$.
    ValueError for an index below 1 and a dimension below 2. Source: items DN-6, DN-7. Derived in: {sec-spectrum}.
    """
    index, dim = positive_int("index", index), positive_int("dim", dim, minimum=2)
    degree, count = 1, multiplicity(1, dim)
    while count < index:
        degree = {1: 0}.get(degree, degree + 2)
        count += multiplicity(degree, dim)
    return float(gradient_kernel_eigenvalue(degree, dim))


def trace(degree: int, dim: int) -> float:
    r"""$\sum_{l' \le l} N(d, l')\lambda_{l'}$ of the gradient kernel: it tends to ½, its value at equal points.

    ValueError as in `multiplicity`. Source: item DN-7. Derived in: {sec-spectrum}.
    """
    degrees = np.arange(positive_int("degree", degree, minimum=0) + 1)
    dim = positive_int("dim", dim, minimum=2)
    above = np.maximum(degrees, 1)
    # N = (2l+d-2)/l · C(l+d-3, l-1), in logarithms, for the integers outgrow the floats.
    count = np.log((2 * above + dim - 2) / above) - np.log(above + dim - 2) - betaln(dim - 1, above)
    count = np.where(degrees == 0, 0, count)
    return float(np.exp(count + gradient_kernel_eigenvalue(degrees, dim, log=True)).sum())


def decay_slope(low: int, high: int, dim: int) -> float:
    r"""The slope of $\log\lambda_l$ against $\log l$ between two even degrees; it tends to -d.

    ValueError unless 2 ≤ low < high are even. Source: item DN-6. Derived in: {sec-spectrum}.
    """
    low, high = positive_int("low", low, minimum=2), positive_int("high", high, minimum=2)
    if low % 2 or high % 2 or low >= high:
        raise ValueError(f"low and high must be even, the first below the second; got {low} and {high}")
    ends = np.array([low, high])
    return float(np.diff(gradient_kernel_eigenvalue(ends, dim, log=True))[0] / np.diff(np.log(ends))[0])
