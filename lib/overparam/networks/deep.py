"""The deep fully connected network, every weight matrix trained, in two parameterisations."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from overparam._checks import choice, generator, points, positive_int
from overparam.theory.kernels import hermite_coefficients


class _Activation(NamedTuple):
    value: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]


_ACTIVATIONS = {
    "relu": _Activation(torch.relu, lambda z: (z >= 0).to(z.dtype)),
    "tanh": _Activation(torch.tanh, lambda z: 1 - torch.tanh(z) ** 2),
    "softplus": _Activation(torch.nn.functional.softplus, torch.sigmoid),
}


class Deep(torch.nn.Module):
    r"""$f(x) = s_{L+1} W_{L+1} h_L$ with $h_\ell = \sigma(s_\ell W_\ell h_{\ell-1})$ and $h_0 = x$; no bias.

    Attributes: `weights`, the L + 1 matrices W, (m, d), L - 1 times (m, m) and (c, m); `scales`, the numbers s;
    `activation`, the name of σ; `fixed`, the indices of the matrices that are not trained. Made by `deep`. Matrices
    with one more axis in front are a stack of R networks, and points and outputs have that axis too; points may also be
    shared. `train.train_many` makes stacks.
    """

    def __init__(self, weights: list[Tensor], scales: list[float], activation: str, fixed: tuple[int, ...] = ()):
        super().__init__()
        self.fixed = tuple(fixed)
        self.activation = choice("activation", activation, _ACTIVATIONS)
        self.weights = torch.nn.ParameterList(torch.nn.Parameter(W, requires_grad=False) for W in weights)
        self.scales = tuple(scales)

    def tensor(self, X) -> Float[Tensor, "... n d"]:
        """Points (n, d), NumPy or torch, with the dtype and device of the weights; ValueError if they do not fit."""
        if not isinstance(X, Tensor):
            X = torch.from_numpy(np.require(points("X", X), requirements=["C", "W"]))
        d = self.weights[0].shape[-1]
        if X.ndim not in (2, self.weights[0].ndim) or X.shape[-1] != d:
            raise ValueError(f"X must have shape (n, {d}); got {tuple(X.shape)}")
        return X.to(self.weights[0])

    def layers(self, X) -> tuple[list[Tensor], list[Tensor]]:
        """What every weight matrix sees, h₀, ..., h_L, and the pre-activations g_ℓ = s_ℓ W_ℓ h_{ℓ-1}."""
        sigma = _ACTIVATIONS[self.activation].value
        seen, preactivations = [self.tensor(X)], []
        *hidden, _ = self.weights  # a slice would be a new ParameterList, cut off from what torch.func follows
        for W, scale in zip(hidden, self.scales[:-1], strict=True):
            preactivations.append(scale * (seen[-1] @ W.mT))
            seen.append(sigma(preactivations[-1]))
        return seen, preactivations

    def preactivations(self, X) -> list[Float[Tensor, "... n m"]]:
        """g₁, ..., g_L at every point, a matrix a hidden layer."""
        return self.layers(X)[1]

    def forward(self, X) -> Float[Tensor, "... n c"]:
        """Outputs f(x), one row a point."""
        return self.scales[-1] * (self.layers(X)[0][-1] @ self.weights[-1].mT)

    def sensitivities(self, preactivations: list[Tensor], signal: Float[Tensor, "... n c"]) -> list[Tensor]:
        r"""$s_\ell\,\partial\langle\rho, f\rangle/\partial(W_\ell h_{\ell-1})$ for ℓ = 1, ..., L + 1 and ρ = `signal`.

        The gradient in W_ℓ of one point is the outer product of its row with $h_{\ell-1}$.
        """
        slope = _ACTIVATIONS[self.activation].slope
        back = [self.scales[-1] * signal]
        _, *above = self.weights
        for g, W, scale in zip(reversed(preactivations), reversed(above), reversed(self.scales[:-1]), strict=True):
            back.append((back[-1] @ W).mul_(slope(g)).mul_(scale))
        return back[::-1]

    def gradient(self, X, residual: Float[Tensor, "... n c"]) -> list[Tensor]:
        r"""$\sum_s \sum_i \rho_{s,i}\,\partial f_i(x_s)/\partial W_\ell$ for every layer; ρ = ∂L/∂f gives ∂L/∂W.

        It is 0 for a matrix that is `fixed`.
        ValueError for X or a residual of another shape.
        """
        seen, preactivations = self.layers(X)
        return self._gradient(seen, preactivations, residual)

    def _gradient(self, seen: list[Tensor], preactivations: list[Tensor], residual: Tensor) -> list[Tensor]:
        needed = (*seen[-1].shape[:-1], self.weights[-1].shape[-2])
        if residual.shape != needed:
            raise ValueError(f"residual must have shape {needed}; got {tuple(residual.shape)}")
        back = self.sensitivities(preactivations, residual)
        return [
            torch.zeros_like(W) if layer in self.fixed else B.mT @ H
            for layer, (W, B, H) in enumerate(zip(self.weights, back, seen, strict=True))
        ]

    def descend(self, X, residual_of: Callable[[Tensor], Tensor], rate: float) -> None:
        """One step W ← W - rate·∂L/∂W in place for every layer, where `residual_of(outputs)` gives ∂L/∂f."""
        seen, preactivations = self.layers(X)
        residual = residual_of(self.scales[-1] * (seen[-1] @ self.weights[-1].mT))
        for layer, gradient in enumerate(self._gradient(seen, preactivations, residual)):
            if layer not in self.fixed:
                self.weights[layer].sub_(gradient, alpha=rate)


def deep(
    *,
    d: int,
    m: int,
    depth: int,
    c: int = 1,
    rng: np.random.Generator,
    activation: str = "relu",
    parameterization: str = "ntk",
    trained: str = "all",
    dtype: torch.dtype = torch.float64,
) -> Deep:
    r"""A `Deep` network at its random start: L = `depth` hidden layers of width m, c outputs.

    parameterization: "ntk", all weights N(0, 1), $s_1 = 1$ and $s_\ell = \sqrt{c_\sigma/m}$ above, so that for ReLU the
    tangent kernel converges to `theory.kernels.ntk`; or "standard", all $s_\ell = 1$, hidden weights N(0, c_σ/m) and
    output weights N(0, 1/c), the start of Allen-Zhu, Li and Song. Either keeps $\|h_\ell\|$ near $\|x\|$ for ReLU.
    activation: "relu", "tanh" or "softplus"; $c_\sigma = 1/E[\sigma(z)^2]$. trained: "all" matrices, or only those
    "between" hidden layers, the $W_\ell$ of Allen-Zhu, Li and Song, where $A = W_1$ and $B = W_{L+1}$ stay as drawn.

    Raises ValueError for sizes below 1, unknown names, `rng` that is no NumPy generator, and a `dtype` other than
    torch.float64 and torch.float32. Source: items AZ-3, AZ-4 and DU-2. Derived in: {sec-tangent-kernel}.
    """
    d, m, depth, c = (positive_int(*named) for named in (("d", d), ("m", m), ("depth", depth), ("c", c)))
    generator("rng", rng)
    choice("activation", activation, _ACTIVATIONS)
    choice("parameterization", parameterization, ("ntk", "standard"))
    if choice("trained", trained, ("all", "between")) == "between" and depth == 1:
        raise ValueError('depth must be at least 2 for trained="between"; got 1, a network with no such matrix')
    if dtype not in (torch.float64, torch.float32):
        raise ValueError(f"dtype must be torch.float64 or torch.float32; got {dtype!r}")
    power = 0.5 if activation == "relu" else float((hermite_coefficients(activation) ** 2).sum())
    hidden = (power * m) ** -0.5
    shapes = [(m, d), *[(m, m)] * (depth - 1), (c, m)]
    if parameterization == "ntk":
        stds, scales = [1.0] * (depth + 1), [1.0] + [hidden] * depth
    else:
        stds, scales = [hidden] * depth + [c**-0.5], [1.0] * (depth + 1)
    draw = np.float32 if dtype == torch.float32 else np.float64
    weights = [
        torch.from_numpy(rng.standard_normal(shape, dtype=draw)).mul_(std)
        for shape, std in zip(shapes, stds, strict=True)
    ]
    return Deep(weights, scales, activation, fixed=() if trained == "all" else (0, depth))
