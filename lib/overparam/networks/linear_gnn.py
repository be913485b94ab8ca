"""The linear graph network, plain and with skip connections, every weight matrix trained."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from overparam._checks import array, generator, points, positive_int


class LinearGraph(torch.nn.Module):
    r"""$f = WB_{(H)}\cdots B_{(1)}XS^H$, or with skip connections $f = \sum_l W_{(l)}B_{(l)}\cdots B_{(1)}XS^l$.

    In the formulas, as in the paper, nodes are columns. In the code points are rows, as everywhere in this library:
    features are (n, d), outputs (n, c), and what stands here is the transpose, $F = S^HX^\top\bar B^\top W^\top$ for
    symmetric S. So a labelled node is a row, and `train` and `flow` serve this network as they serve the others.

    They can, since the graph is seen by the features alone: `forward`, `gradient` and `descend` take what
    `data.aggregate` makes of them, $S^HX$ or all powers side by side, at the labelled nodes. `on_graph` takes features
    and S apart and follows the definition layer by layer.

    Attributes: `hidden`, the H matrices B, (m, d) and H - 1 times (m, m); `outputs`, W alone, (c, m), or
    $W_{(0)}$, (c, d), up to $W_{(H)}$. Made by `linear_graph`.
    Source: items GN-1 and GN-2; Xu and others, 2021. Derived in: {sec-linear-gnn}.
    """

    def __init__(self, hidden: list[Tensor], outputs: list[Tensor]):
        super().__init__()
        if len(outputs) not in (1, len(hidden) + 1):
            raise ValueError(f"outputs must be 1 or {len(hidden) + 1} matrices; got {len(outputs)}")
        self.hidden = torch.nn.ParameterList(torch.nn.Parameter(B, requires_grad=False) for B in hidden)
        self.outputs = torch.nn.ParameterList(torch.nn.Parameter(W, requires_grad=False) for W in outputs)

    @property
    def skip(self) -> bool:
        """Whether every layer has a connection to the output."""
        return len(self.outputs) > 1

    def tensor(self, X) -> Float[Tensor, "n k"]:
        """Aggregated features (n, d) or (n, (H + 1) d) with the dtype of the weights; ValueError if they do not fit."""
        if not isinstance(X, Tensor):
            X = torch.from_numpy(np.require(points("X", X), requirements=["C", "W"]))
        k = len(self.outputs) * self.hidden[0].shape[1]
        if X.ndim != 2 or X.shape[1] != k:
            raise ValueError(f"X must have shape (n, {k}); got {tuple(X.shape)}")
        return X.to(self.hidden[0])

    def products(self) -> list[Float[Tensor, "_ d"]]:
        r"""$\bar B_l = B_{(l)}\cdots B_{(1)}$ of the layers with a W: $\bar B_H$ alone, or $\bar B_0 = I$ up to it."""
        found = self._products(list(self.hidden))
        return found if self.skip else found[-1:]

    @staticmethod
    def _products(layers: list[Tensor]) -> list[Tensor]:
        found = [torch.eye(layers[0].shape[1], dtype=layers[0].dtype, device=layers[0].device)]
        for B in layers:
            found.append(B @ found[-1])
        return found

    def forward(self, X) -> Float[Tensor, "n c"]:
        """Outputs at the nodes whose aggregated features are the rows of X."""
        parts = self.tensor(X).chunk(len(self.outputs), dim=1)
        return sum(part @ (W @ B).T for part, W, B in zip(parts, self.outputs, self.products(), strict=True))

    def on_graph(self, X, S: Float[np.ndarray, "n n"]) -> Float[Tensor, "n c"]:
        """Outputs at all nodes by the definition, layer by layer: X features (n, d), S symmetric (n, n)."""
        d = self.hidden[0].shape[1]
        X = torch.from_numpy(np.array(points("X", X, dim=d))).to(self.hidden[0])
        S = array("S", S, ndim=2)
        if S.shape != (len(X), len(X)):
            raise ValueError(f"S must have shape {(len(X), len(X))}; got {S.shape}")
        S, seen = torch.from_numpy(np.array(S)).to(X), [X]
        for B in self.hidden:
            seen.append(S @ seen[-1] @ B.T)
        reached = seen if self.skip else seen[-1:]
        return sum(part @ W.T for part, W in zip(reached, self.outputs, strict=True))

    def gradient(self, X, residual: Float[Tensor, "n c"]) -> list[Tensor]:
        r"""∂L/∂B for each hidden layer, then ∂L/∂W for each output matrix, where `residual` is ρ = ∂L/∂f.

        With $M_l = \rho^\top\Phi_l$, (c, d), for the part $\Phi_l$ of the features: $\partial L/\partial W_{(l)} =
        M_l\bar B_l^\top$ and $\partial L/\partial B_{(l)} = D_l\bar B_{l-1}^\top$, where $D_H = W_{(H)}^\top M_H$ and
        $D_{l-1} = B_{(l)}^\top D_l + W_{(l-1)}^\top M_{l-1}$, the last term with skip connections only.

        ValueError for X or a residual of another shape.
        """
        X = self.tensor(X)
        layers, tops = list(self.hidden), list(self.outputs)  # indexing a ParameterList costs more than a small product
        needed = (len(X), tops[0].shape[0])
        if tuple(residual.shape) != needed:
            raise ValueError(f"residual must have shape {needed}; got {tuple(residual.shape)}")
        seen = [residual.T @ part for part in X.chunk(len(tops), dim=1)]
        below = self._products(layers)
        reached = below if self.skip else below[-1:]
        outputs = [M @ product.T for M, product in zip(seen, reached, strict=True)]
        hidden, back = [], tops[-1].T @ seen[-1]
        for layer in range(len(layers) - 1, -1, -1):
            hidden.append(back @ below[layer].T)
            if layer:
                back = layers[layer].T @ back
                if self.skip:
                    back = back + tops[layer].T @ seen[layer]
        return hidden[::-1] + outputs

    def descend(self, X, residual_of, rate: float | int) -> None:
        """One step W ← W - rate·∂L/∂W in place for every matrix, where `residual_of(outputs)` gives ∂L/∂f."""
        gradients = self.gradient(X, residual_of(self(X)))
        for W, gradient in zip(self.parameters(), gradients, strict=True):
            W.sub_(gradient, alpha=rate)


def linear_graph(
    *, d: int, m: int, depth: int, c: int = 1, rng: np.random.Generator, skip: bool = False
) -> LinearGraph:
    r"""A `LinearGraph` at its random start: H = `depth` layers of width m, all entries N(0, 1/m), float64.

    With skip connections the last output matrix is drawn as without, and $W_{(0)}, \dots, W_{(H-1)}$ are zero. So the
    same `rng` gives both networks the same layers and the same outputs: they start at an equal state.

    Raises ValueError for sizes below 1 and `rng` that is no NumPy generator.
    Source: items GN-1 and GN-2. Derived in: {sec-linear-gnn}.
    """
    d, m, depth, c = (positive_int(*named) for named in (("d", d), ("m", m), ("depth", depth), ("c", c)))
    generator("rng", rng)
    shapes = [(m, d), *[(m, m)] * (depth - 1), (c, m)]
    *hidden, last = (torch.from_numpy(rng.standard_normal(shape) / np.sqrt(m)) for shape in shapes)
    zeros = [torch.zeros(c, k, dtype=torch.float64) for k in [d, *[m] * (depth - 1)]] if skip else []
    return LinearGraph(hidden, [*zeros, last])
