"""The accumulated update W - W⁽⁰⁾: its size, its rows, its singular values."""

import numpy as np
import torch
from jaxtyping import Float

from overparam.networks import TwoLayer


@torch.no_grad()
def relative_distance(network: TwoLayer) -> float:
    r"""$\|W - W^{(0)}\|_F / \|W^{(0)}\|_F$. Source: item LL-19. Derived in: {sec-low-complexity}."""
    return float(torch.linalg.norm(network.hidden - network.initial) / torch.linalg.norm(network.initial))


@torch.no_grad()
def row_moves(network: TwoLayer) -> Float[np.ndarray, " m"]:
    r"""$\|w_r - w_r^{(0)}\|$ for each unit; the largest is the τ of the coupling lemma. Derived in: {sec-coupling}."""
    return torch.linalg.norm(network.hidden - network.initial, dim=1).cpu().numpy()


@torch.no_grad()
def singular_values(network: TwoLayer) -> Float[np.ndarray, " k"]:
    r"""Singular values of $W - W^{(0)}$, largest first, k = min(m, d).

    Source: item LL-13. Derived in: {sec-low-complexity}.
    """
    return torch.linalg.svdvals(network.hidden - network.initial).cpu().numpy()
