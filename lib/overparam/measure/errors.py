"""How wrong a network is, point by point."""

import numpy as np
import torch
from jaxtyping import Float, Int

from overparam._checks import labels
from overparam.measure._blocks import point_blocks
from overparam.networks import Deep, TwoLayer


@torch.no_grad()
def _outputs(network: TwoLayer | Deep, X) -> torch.Tensor:
    F = torch.cat([network(block) for _, block in point_blocks(network, network.tensor(X))])
    if F.ndim != 2:
        raise ValueError("network must be one network; got a stack of them")
    return F


def accuracy(network: TwoLayer | Deep, X: Float[np.ndarray, "n d"], y: Int[np.ndarray, " n"]) -> float:
    """The fraction of points whose largest output is that of their label."""
    F = _outputs(network, X)
    y = labels("y", y, n=len(F), classes=F.shape[1])
    return float((F.argmax(1).cpu().numpy() == y).mean())


def error_weights(
    network: TwoLayer | Deep, X: Float[np.ndarray, "n d"], y: Int[np.ndarray, " n"]
) -> Float[np.ndarray, "n c"]:
    r"""$v = 1[i = y] - o_i$, the negative residual of the cross-entropy: $1 - o_y$ at the label, $-o_i$ elsewhere.

    Rows sum to 0 and $v_y \in [0, 1]$; a misclassified point has $v_y \ge 1/2$.
    Source: item LL-8. Derived in: {sec-convergence}.
    """
    F = _outputs(network, X)
    y = labels("y", y, n=len(F), classes=F.shape[1])
    v = -torch.softmax(F, dim=1).cpu().numpy()
    v[np.arange(len(y)), y] += 1
    return v
