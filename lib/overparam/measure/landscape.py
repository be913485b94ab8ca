"""The loss around a network: the PL ratio where it stands, and values and curvature along a line."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from overparam._checks import array, choice
from overparam.networks import Deep, TwoLayer
from overparam.train import LOSSES, Targets

Direction = Tensor | np.ndarray | Sequence[Tensor] | Sequence[np.ndarray]


@torch.no_grad()
def pl_ratio(network: TwoLayer | Deep, X: Float[np.ndarray, "n d"], y: Targets, *, loss: str = "half_sum") -> float:
    r"""$\frac12\|\nabla L\|^2/L$ at the weights of `network`; its infimum is the standard PL constant where $L^* = 0$.

    X, y, loss: as in `train`. For $L = \frac12\|r\|^2$ it is $r^\top K r/\|r\|^2$ with the tangent Gram matrix K, so
    that it lies between the smallest and the largest eigenvalue of K. ValueError where the loss is 0.
    Source: item PL-5. Derived in: {sec-least-squares}.
    """
    X, y = _data(network, X, y, loss)
    F = network(X)
    value = LOSSES[loss].value(F, y).item()
    if value == 0:
        raise ValueError("network must have a loss above 0; got 0, where the ratio has no value")
    gradient = network.gradient(X, LOSSES[loss].residual(F, y))
    parts = [gradient] if isinstance(gradient, Tensor) else gradient
    return sum(part.square().sum().item() for part in parts) / (2 * value)


@torch.no_grad()
def line(
    network: TwoLayer | Deep,
    X: Float[np.ndarray, "n d"],
    y: Targets,
    direction: Direction,
    at: Float[np.ndarray, " k"],
    *,
    loss: str = "half_sum",
) -> Float[np.ndarray, " k"]:
    r"""$L(\theta + sv)$ for every s in `at`; v = `direction`, shaped like the weights. The network is left as it is.

    X, y, loss: as in `train`. ValueError for a direction of another shape.
    Source: item AZ-12. Derived in: {sec-perturbation}.
    """
    along = _along(network, X, y, direction, loss)
    return np.array([along(torch.tensor(s)).item() for s in array("at", at, ndim=1)])


@torch.no_grad()
def curvature(
    network: TwoLayer | Deep, X: Float[np.ndarray, "n d"], y: Targets, direction: Direction, *, loss: str = "half_sum"
) -> float:
    r"""$\frac{d^2}{ds^2}L(\theta + sv)$ at s = 0, $v^\top\nabla^2L\,v$, by differentiating twice.

    Arguments and ValueError as in `line`. A ReLU counts as linear on its side of the kink: what kinks that are crossed
    add shows in `line` only. Source: item AZ-12. Derived in: {sec-perturbation}.
    """
    along = _along(network, X, y, direction, loss)
    return torch.func.grad(torch.func.grad(along))(torch.zeros((), dtype=torch.float64)).item()


def _data(network: TwoLayer | Deep, X, y, loss: str) -> tuple[Tensor, Tensor]:
    X = network.tensor(X)
    c = network(X[:1]).shape[1]
    y = LOSSES[choice("loss", loss, LOSSES)].targets(y, len(X), c)
    return X, torch.from_numpy(y).to(X.device)


def _along(network: TwoLayer | Deep, X, y, direction: Direction, loss: str):
    X, y = _data(network, X, y, loss)
    named = dict(network.named_parameters())
    parts = [direction] if isinstance(direction, (Tensor, np.ndarray)) else list(direction)
    shapes, needed = [tuple(part.shape) for part in parts], [tuple(W.shape) for W in named.values()]
    if shapes != needed:
        raise ValueError(f"direction must have the shapes of the weights, {needed}; got {shapes}")
    parts = [torch.as_tensor(part).to(X) for part in parts]

    def along(s: Tensor) -> Tensor:
        weights = {name: W + s.to(W) * part for (name, W), part in zip(named.items(), parts, strict=True)}
        return LOSSES[loss].value(torch.func.functional_call(network, weights, (X,)), y)

    return along
