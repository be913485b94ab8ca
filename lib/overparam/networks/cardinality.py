"""The projection onto a given sum as the last layer of a network."""

import torch
from jaxtyping import Float
from torch import Tensor

from overparam.theory.projection import project_cardinality


class _Projection(torch.autograd.Function):
    @staticmethod
    def forward(ctx, z: Tensor, total: Tensor) -> Tensor:
        y = torch.from_numpy(project_cardinality(z.detach().numpy(), total.detach().numpy())).to(z)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, Tensor]:
        (y,) = ctx.saved_tensors
        free = ((y > 0) & (y < 1)).to(y)
        mean = (free * gradient).sum(-1) / free.sum(-1).clamp(min=1)
        return free * (gradient - mean.unsqueeze(-1)), mean


def constrain(z: Float[Tensor, "*b n"], total: Float[Tensor, "*b"] | float | int) -> Float[Tensor, "*b n"]:
    r"""Rows of z projected onto $\{y\in[0,1]^n:\sum_iy_i=c\}$, with derivatives in z and in c.

    $\partial y/\partial z=I_A-\frac1{\lvert A\rvert}1_A1_A^\top$ and $\partial y/\partial c=\frac1{\lvert A\rvert}1_A$
    with the free coordinates $A=\{i:0\lt y_i\lt1\}$, and 0 where no coordinate is free: there learning stops.

    z: (..., n); total: c, one number or one for each row, between 0 and n. `theory.projection` finds the values.
    Raises ValueError as `theory.projection.project_cardinality` does.
    Source: item SP-5; Brukhim and Globerson, 2018. Derived in: {sec-invariance}.
    """
    total = torch.as_tensor(total, dtype=z.dtype)
    return _Projection.apply(z, total if total.ndim else total.expand(z.shape[:-1]))
