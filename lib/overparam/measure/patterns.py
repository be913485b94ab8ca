"""Coupling: how many activation patterns differ from those of the start, or of another network."""

import numpy as np
import torch
from jaxtyping import Float

from overparam.measure._blocks import point_blocks
from overparam.networks import Deep, TwoLayer


@torch.no_grad()
def changed_by_unit(network: TwoLayer, X: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " m"]:
    r"""For each unit the fraction of x with $1[\langle w_r, x\rangle \ge 0] \ne 1[\langle w_r^{(0)}, x\rangle \ge 0]$.

    Its mean is `coupling`; the fraction of its entries that are positive counts the units that changed *somewhere*.
    Source: item LL-19. Derived in: {sec-coupling}.
    """
    X = network.tensor(X)
    changed = torch.zeros(len(network.hidden), dtype=torch.int64, device=X.device)
    for _, block in point_blocks(network, X):
        changed += (network.patterns(block) ^ network.initial_patterns(block)).sum(0)
    return changed.cpu().numpy() / len(X)


def coupling(network: TwoLayer, X: Float[np.ndarray, "n d"]) -> float:
    """The fraction of (unit, point) pairs whose activation pattern is not that of the start; small is strong coupling.

    This pair average is the quantity that Li and Liang plot. Source: item LL-19. Derived in: {sec-coupling}.
    """
    return float(changed_by_unit(network, X).mean())


@torch.no_grad()
def sign_changes(network: Deep, reference: Deep, X: Float[np.ndarray, "n d"]) -> Float[np.ndarray, " L"]:
    r"""For each hidden layer the fraction of (unit, point) pairs with $1[g \ge 0] \ne 1[g' \ge 0]$.

    g and g' are the pre-activations of the two networks, $\|D_\ell - D'_\ell\|_0/m$ as a mean over points. A layer
    counts what all weights up to its own have changed.

    Raises ValueError unless both are a `Deep` with weights of the same shapes.
    Source: items AZ-6 and AZ-15; Allen-Zhu, Li and Song (2019). Derived in: {sec-perturbation}.
    """
    for name, given in (("network", network), ("reference", reference)):
        if not isinstance(given, Deep):
            raise ValueError(f"{name} must be a Deep; got {type(given).__name__}")
    needed, shapes = ([tuple(W.shape) for W in given.weights] for given in (network, reference))
    if shapes != needed:
        raise ValueError(f"reference must have weights of shapes {needed}, those of the network; got {shapes}")
    X = network.tensor(X)
    changed = np.zeros(len(needed) - 1)
    for _, block in point_blocks(network, X):
        pairs = zip(network.preactivations(block), reference.preactivations(block), strict=True)
        changed += [len(block) * ((g >= 0) ^ (h >= 0)).mean(dtype=torch.float64).item() for g, h in pairs]
    return changed / len(X)
