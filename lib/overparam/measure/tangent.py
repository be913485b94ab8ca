"""The tangent kernel of a network of finite width."""

from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from overparam._checks import points, positive_int
from overparam.measure._blocks import blocks
from overparam.networks import Deep, PseudoNetwork, TwoLayer

_BLOCK = 1 << 26  # numbers that the activations of a block of points may hold


@torch.no_grad()
def ntk(
    network: torch.nn.Module,
    X: Float[np.ndarray, "n d"],
    Y: Float[np.ndarray, "k d"] | None = None,
    *,
    outputs: bool = False,
    layers: bool = False,
    rows: int | None = None,
) -> np.ndarray:
    r"""$\Theta(x, x') = \frac1c\sum_i \langle\partial f_i(x)/\partial W, \partial f_i(x')/\partial W\rangle$, (n, k).

    For `networks.Deep` no Jacobian is formed: layer ℓ gives
    $(H_{\ell-1}H_{\ell-1}^\top)\circ(B_\ell B_\ell^\top)$ with the inputs of the layer and its sensitivities as rows;
    `networks.TwoLayer` and its pseudo-network have one such layer. Any other module goes through `torch.func`: the
    Jacobian of a block of rows, parameter by parameter; its kernel is that of the parameters that require gradients or,
    if none does, of all.

    X: points (n, d). Y: points (k, d); None takes X. outputs: give all pairs of outputs, (n, k, c, c), not the mean of
    the equal ones. layers: give every weight matrix (or parameter) by itself, stacked in front: (L + 1, n, k). rows:
    points a block; None chooses so that memory stays bounded. The result has the dtype of the network; a matrix of a
    `Deep` that is fixed adds nothing.

    Raises ValueError for a network without parameters, with hooks, or with parameters that share memory: there the
    product of layers is not the kernel, and a wrong number must not come out.
    Source: items DU-2 and AZ-18; Jacot, Gabriel and Hongler (2018). Derived in: {sec-tangent-kernel}.
    """
    weights = _parameters(network)
    X = _points("X", X, weights[0])
    Y = X if Y is None else _points("Y", Y, weights[0])
    if Y.shape[1] != X.shape[1]:
        raise ValueError(f"Y must have rows of dimension {X.shape[1]}; got shape {tuple(Y.shape)}")
    factors = _FACTORS.get(type(network), _jacobian_factors)
    c = _outputs(network, X[:1])
    if rows is None:
        numbers = (len(W) * 2 if type(network) in _FACTORS else W.numel() for W in weights)
        rows = max(1, _BLOCK // (c * sum(numbers)))
    rows = positive_int("rows", rows)

    fixed = network.fixed if isinstance(network, Deep) else ()
    parts = len(weights) if layers else 1
    kernel = torch.zeros((parts, len(X), len(Y)) + ((c, c) if outputs else ()), dtype=X.dtype)
    for i, block in blocks(X, rows):
        left = factors(network, block, weights, c)
        for j, other in blocks(Y, rows):
            if Y is X and j.start < i.start:
                continue
            right = left if Y is X and i == j else factors(network, other, weights, c)
            for part, (p, q) in enumerate(zip(left, right, strict=True)):
                if part in fixed:
                    continue
                kernel[part if layers else 0, i, j] += _contract(p, q, outputs)
            if Y is X and i != j:
                mirrored = kernel[:, i, j].transpose(1, 2)
                kernel[:, j, i] = mirrored.transpose(-1, -2) if outputs else mirrored
    return (kernel if layers else kernel[0]).numpy()


def _contract(left: tuple, right: tuple, outputs: bool) -> Tensor:
    """One layer's block from its factors: inputs (n, m) or None, and sensitivities (c, n, ·)."""
    (H, B), (G, C) = left, right
    c = len(B)
    if outputs:
        k = torch.einsum("anp,bkp->nkab", B, C)
        return k if H is None else k * (H @ G.T)[:, :, None, None]
    k = B[0] @ C[0].T
    for a in range(1, c):
        k.addmm_(B[a], C[a].T)
    if c > 1:
        k /= c
    return k if H is None else k.mul_(H @ G.T)


def _layer_factors(network: Deep, X: Tensor, weights: list[Tensor], c: int) -> list[tuple]:
    seen, preactivations = network.layers(X)
    eye = torch.eye(c, dtype=X.dtype)
    by_output = [network.sensitivities(preactivations, row.expand(len(X), c)) for row in eye]
    return [(H, torch.stack(B)) for H, B in zip(seen, zip(*by_output, strict=True), strict=True)]


def _two_layer_factors(network: TwoLayer, X: Tensor, weights: list[Tensor], c: int) -> list[tuple]:
    return [(X, network.output[:, None] * network.patterns(X))]


_FACTORS = {Deep: _layer_factors, TwoLayer: _two_layer_factors, PseudoNetwork: _two_layer_factors}


def _jacobian_factors(network: torch.nn.Module, X: Tensor, weights: list[Tensor], c: int) -> list[tuple]:
    named = {name: W.detach() for name, W in network.named_parameters() if any(W is other for other in weights)}

    def one(values: dict[str, Tensor], x: Tensor) -> Tensor:
        return torch.func.functional_call(network, values, (x[None],)).reshape(-1)

    with torch.enable_grad():
        jacobian = torch.func.vmap(torch.func.jacrev(one), (None, 0))(named, X)
    return [(None, J.reshape(len(X), c, -1).transpose(0, 1)) for J in jacobian.values()]


def _points(name: str, X, like: Tensor) -> Tensor:
    return torch.from_numpy(np.require(points(name, X), requirements=["C", "W"])).to(like)


def _outputs(network: torch.nn.Module, x: Tensor) -> int:
    f = network(x)
    if not isinstance(f, Tensor) or len(f) != 1 or f.ndim > 2:
        raise ValueError("network must map points (n, d) to outputs (n, c) or (n,)")
    return f.numel()


def _parameters(network: torch.nn.Module) -> list[Tensor]:
    if not isinstance(network, torch.nn.Module):
        raise ValueError(f"network must be a torch.nn.Module; got {type(network).__name__}")
    for name, module in network.named_modules():
        hooks = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
        if any(getattr(module, kind, None) for kind in hooks):
            raise ValueError(f"network must have no hooks; {name or 'it'} ({type(module).__name__}) has one")
    weights = [W for _, W in network.named_parameters(remove_duplicate=False)]
    if not weights:
        raise ValueError(f"network must have parameters; {type(network).__name__} has none")
    spans = sorted((W.data_ptr(), W.data_ptr() + W.numel() * W.element_size()) for W in weights)
    if any(stop > start for (_, stop), (start, _) in pairwise(spans)):
        raise ValueError("network must not share weights between its parameters; two of them use the same memory")
    return [W for W in weights if W.requires_grad] or weights
