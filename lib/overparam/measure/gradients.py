"""The matrix whose columns are the gradients of the output at each point, and its smallest singular value."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from overparam.measure._blocks import blocks, fitting, point_blocks
from overparam.measure.tangent import _outputs, ntk
from overparam.networks import Deep, TwoLayer


@torch.no_grad()
def gradient_matrix(network: TwoLayer, X: Float[np.ndarray, "n d"]) -> Float[np.ndarray, "p n"]:
    r"""D, (m·d, n): the block of d rows of unit r has $a_r\,1[\langle w_r, x_i\rangle \ge 0]\,x_i$ in column i.

    For a loss with residuals ρ = ∂L/∂f the gradient is $\partial L/\partial W = D\rho$, row by row of W. The result has
    the dtype of the network.

    Raises ValueError for a network that is no `TwoLayer` or has more than one output.
    Source: item DN-2; Xie, Liang and Song (2017). Derived in: {sec-gradient-matrix}.
    """
    if not isinstance(network, TwoLayer):
        raise ValueError(f"network must be a TwoLayer; got {type(network).__name__}")
    X = _points_of_one_output(network, X)
    signal = network.patterns(X) * network.output  # (n, m)
    return torch.einsum("nm,nd->mdn", signal, X).flatten(0, 1).cpu().numpy()


@torch.no_grad()
def smallest_singular_value(network: TwoLayer | Deep, X: Float[np.ndarray, "n d"]) -> float:
    r"""$s_n(D) = \lambda_{\min}(D^\top D)^{1/2}$, where D has $\partial f(x_i)/\partial W$ in column i.

    Residuals ρ = ∂L/∂f obey $\|\rho\| \le \|\partial L/\partial W\|/s_n(D)$. D itself is never formed: for `TwoLayer`
    $D^\top D = (\sum_r a_r^2 p_r p_r^\top) \circ XX^\top$ with the patterns $p_r \in \{0, 1\}^n$, in float64 whatever
    the dtype of the network; for `Deep` it is `ntk`. More points than weights give 0 up to
    rounding.

    The eigenvalues carry an error of about $\varepsilon s_{\max}^2$, so that a value below
    $\sqrt{\varepsilon}\,s_{\max}$ tells no more than that: $1.5\cdot10^{-8}s_{\max}$, and $3.5\cdot10^{-4}s_{\max}$
    for a `Deep` of float32. Where rounding makes the smallest eigenvalue negative, the result is 0.

    Raises ValueError for a network with more than one output. Source: items DN-2 and DN-3; Xie, Liang and Song (2017).
    Derived in: {sec-gradient-matrix}.
    """
    points = _points_of_one_output(network, X)
    gram = _gram(network, points) if isinstance(network, TwoLayer) else ntk(network, X).astype(float)
    return float(np.sqrt(max(0.0, np.linalg.eigvalsh(gram)[0])))


def _gram(network: TwoLayer, X: Tensor) -> np.ndarray:
    active = torch.cat([network.patterns(block) for _, block in point_blocks(network, X)])
    gram = torch.zeros(len(X), len(X), dtype=torch.float64, device=X.device)
    # The patterns take a byte each; only some units at a time become numbers.
    for units, a in blocks(network.output[0].double(), fitting(len(X))):
        signal = active[:, units] * a
        gram.addmm_(signal, signal.T)
    return (gram * (X.double() @ X.double().T)).cpu().numpy()


def _points_of_one_output(network: TwoLayer | Deep, X) -> Tensor:
    X = network.tensor(X)
    c = _outputs(network, X[:1])
    if c != 1:
        raise ValueError(f"network must have one output; got {c}")
    return X
