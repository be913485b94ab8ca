"""Points in blocks, so that memory stays bounded."""

from collections.abc import Iterator

import torch
from torch import Tensor

LIMIT = 1 << 24  # what a block may hold: 128 MiB of float64


def fitting(numbers: int) -> int:
    """How many rows of so many numbers a block may hold; at least one."""
    return max(1, LIMIT // numbers)


def blocks(X: Tensor, rows: int) -> Iterator[tuple[slice, Tensor]]:
    """The rows of X, so many at a time, each block with its place."""
    return ((slice(i, min(i + rows, len(X))), X[i : i + rows]) for i in range(0, len(X), rows))


def point_blocks(network: torch.nn.Module, X: Tensor) -> Iterator[tuple[slice, Tensor]]:
    """Points (n, d) in blocks whose activations in all layers of `network` together fit."""
    return blocks(X, fitting(sum(W.shape[0] if W.ndim else 1 for W in network.parameters())))
