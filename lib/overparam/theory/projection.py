"""The projection onto the points of the unit cube with a given sum: closed form, Jacobian, Dykstra's algorithm."""

import numpy as np
from jaxtyping import Float

from overparam import _checks


def cardinality_threshold(
    z: Float[np.ndarray, "*b n"], total: Float[np.ndarray, "*b"] | float | int, *, at_most: bool = False
) -> Float[np.ndarray, "*b"]:
    r"""A $\tau$ with $\sum_i\operatorname{clip}(z_i-\tau,0,1)=c$; with `at_most` the least $\tau\ge0$ with $\le c$.

    The sum is continuous, falls from n to 0, and is linear between the 2n sorted breakpoints $z_i-1$ and $z_i$: this
    is exact, not an iteration. Where it is flat at the level c, any $\tau$ there gives the same point.

    z: points (..., n); total: c, one number or one for each point, between 0 and n.
    Raises ValueError for a z without coordinates or not finite, and a total of another shape or outside [0, n].
    Source: item SP-5; Brukhim and Globerson, 2018. Derived in: {sec-invariance}.
    """
    z, total = _point_and_total(z, total)
    steps = np.sort(np.concatenate([z - 1, z], axis=-1), axis=-1)
    # How many coordinates are free in the gap after each breakpoint: those that have come in and not yet gone out.
    free = _at_or_below(z - 1, steps) - _at_or_below(z, steps)
    fall = free[..., :-1] * np.diff(steps, axis=-1)
    sums = z.shape[-1] - np.concatenate([np.zeros_like(fall[..., :1]), np.cumsum(fall, axis=-1)], axis=-1)
    gap = np.clip((sums >= total[..., None]).sum(axis=-1, keepdims=True) - 1, 0, sums.shape[-1] - 2)
    start, height, slope = (np.take_along_axis(values, gap, axis=-1)[..., 0] for values in (steps, sums, free))
    tau = start + (height - total) / np.maximum(slope, 1)
    if at_most:
        tau = np.where(np.clip(z, 0, 1).sum(axis=-1) <= total, 0.0, tau)
    return np.asarray(tau)


def project_cardinality(
    z: Float[np.ndarray, "*b n"], total: Float[np.ndarray, "*b"] | float | int, *, at_most: bool = False
) -> Float[np.ndarray, "*b n"]:
    r"""$\operatorname{clip}(z-\tau,0,1)$, nearest to z in $\{y\in[0,1]^n:\sum_iy_i=c\}$; $\le c$ with `at_most`.

    Arguments and errors as in `cardinality_threshold`.
    Source: item SP-5; Brukhim and Globerson, 2018. Derived in: {sec-invariance}.
    """
    tau = cardinality_threshold(z, total, at_most=at_most)
    return np.clip(np.asarray(z, dtype=float) - tau[..., None], 0, 1)


def cardinality_jacobian(z: Float[np.ndarray, " n"], total: float | int) -> Float[np.ndarray, "n n"]:
    r"""$\partial y/\partial z=I_A-\frac1{\lvert A\rvert}1_A1_A^\top$, with the free coordinates $A=\{i:0\lt y_i\lt1\}$.

    At a z where a coordinate is about to become free or bound the projection has no derivative; there this is one of
    its one-sided limits.
    Errors as in `cardinality_threshold`, and ValueError for a z that is no vector.
    Source: item SP-5; Brukhim and Globerson, 2018. Derived in: {sec-invariance}.
    """
    y = project_cardinality(_checks.array("z", z, ndim=1), total)
    free = ((y > 0) & (y < 1)).astype(float)
    return np.diag(free) - np.outer(free, free) / max(free.sum(), 1)


def dykstra(z: Float[np.ndarray, " n"], total: float | int, rounds: int) -> Float[np.ndarray, "rounds n"]:
    r"""The iterates of Dykstra's algorithm: projections onto $\sum_iy_i=c$ and onto the cube, by turns.

    $h_t=b_{t-1}-\frac1n(\mathbf 1^\top b_{t-1}-c)\mathbf 1$, then $b_t=\operatorname{clip}(h_t+q_{t-1},0,1)$, and
    $q_t=h_t+q_{t-1}-b_t$, from $b_0=z$ and $q_0=0$. A correction like q for the hyperplane would be a multiple of the
    ones, which the next projection onto it removes, so there is none.

    Returns $b_1,\dots,b_T$, a row a round. Errors as in `cardinality_jacobian`, and ValueError for `rounds` below 1.
    Source: item SP-5; Dykstra, 1983; Brukhim and Globerson, 2018. Derived in: {sec-invariance}.
    """
    z, total = _point_and_total(_checks.array("z", z, ndim=1), total)
    inside, correction, found = z, np.zeros_like(z), []
    for _ in range(_checks.positive_int("rounds", rounds)):
        outside = inside - (inside.sum() - total) / len(z) + correction
        inside = np.clip(outside, 0, 1)
        correction = outside - inside
        found.append(inside)
    return np.array(found)


def _point_and_total(z, total) -> tuple[np.ndarray, np.ndarray]:
    z, total = _checks.array("z", z), _checks.array("total", total)
    if z.ndim == 0 or z.shape[-1] == 0:
        raise ValueError(f"z must have at least one coordinate; got shape {z.shape}")
    if total.ndim and total.shape != z.shape[:-1]:
        raise ValueError(f"total must be a number or have shape {z.shape[:-1]}; got shape {total.shape}")
    if total.size and (total.min() < 0 or total.max() > z.shape[-1]):
        raise ValueError(f"total must be from 0 to {z.shape[-1]}; got values from {total.min():g} to {total.max():g}")
    return z, np.broadcast_to(total, z.shape[:-1])


def _at_or_below(values: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """For each level, how many of the values of its row are at most it."""
    return (values[..., None, :] <= levels[..., :, None]).sum(axis=-1)
