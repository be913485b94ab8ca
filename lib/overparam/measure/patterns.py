"""Coupling: how many activation patterns differ from those of the start."""

import numpy as np
import torch
from jaxtyping import Float

from overparam.networks import TwoLayer

_BLOCK = 1 << 24  # entries of a (points, units) block: 128 MiB of float64


@torch.no_grad()
def changed_by_unit(network: TwoLayer, X: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " m"]:
    r"""For each unit the fraction of x with $1[\langle w_r, x\rangle \ge 0] \ne 1[\langle w_r^{(0)}, x\rangle \ge 0]$.

    Its mean is `coupling`; the fraction of its entries that are positive counts the units that changed *somewhere*.
    Source: item LL-19. Derived in: {sec-coupling}.
    """
    X = network.tensor(X)
    m = len(network.hidden)
    changed = torch.zeros(m, dtype=torch.int64, device=X.device)
    for block in X.split(max(1, _BLOCK // m)):
        changed += (network.patterns(block) ^ network.initial_patterns(block)).sum(0)
    return changed.cpu().numpy() / len(X)


def coupling(network: TwoLayer, X: Float[np.ndarray, "n d"]) -> float:
    """The fraction of (unit, point) pairs whose activation pattern is not that of the start; small is strong coupling.

    This pair average is the quantity that Li and Liang plot. Source: item LL-19. Derived in: {sec-coupling}.
    """
    return float(changed_by_unit(network, X).mean())
