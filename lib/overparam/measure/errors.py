"""How wrong a network is, point by point."""

import numpy as np
import torch
from jaxtyping import Float, Int

from overparam._checks import labels
from overparam.networks import TwoLayer

_BLOCK = 1 << 24


@torch.no_grad()
def _outputs(network: TwoLayer, X) -> torch.Tensor:
    X = network.tensor(X)
    return torch.cat([network(block) for block in X.split(max(1, _BLOCK // len(network.hidden)))])


def accuracy(network: TwoLayer, X: Float[np.ndarray, "n d"], y: Int[np.ndarray, " n"]) -> float:
    """The fraction of points whose largest output is that of their label."""
    F = _outputs(network, X)
    y = labels("y", y, n=len(F), classes=F.shape[1])
    return float((F.argmax(1).cpu().numpy() == y).mean())


def error_weights(network: TwoLayer, X: Float[np.ndarray, "n d"], y: Int[np.ndarray, " n"]) -> Float[np.ndarray, "n c"]:
    r"""$v = 1[i = y] - o_i$, the negative residual of the cross-entropy: $1 - o_y$ at the label, $-o_i$ elsewhere.

    Rows sum to 0 and $v_y \in [0, 1]$; a misclassified point has $v_y \ge 1/2$.
    Source: item LL-8. Derived in: {sec-convergence}.
    """
    F = _outputs(network, X)
    y = labels("y", y, n=len(F), classes=F.shape[1])
    v = -torch.softmax(F, dim=1).cpu().numpy()
    v[np.arange(len(y)), y] += 1
    return v
