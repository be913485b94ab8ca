"""Networks for sets and graphs: pooled ones, that know no order of the nodes, and one that does.

A graph is `nodes`, (..., n, d), and `edges`, (..., n, n, e): features $z_i$ of its nodes and $z_{ij}$ of its ordered
pairs. What stands on the diagonal of `edges` is never read.
"""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from overparam._checks import choice, generator, positive_int


def perceptron(sizes: Sequence[int], rng: np.random.Generator, dtype: torch.dtype = torch.float64) -> torch.nn.Module:
    """Linear layers of these sizes with ReLU between them; weights N(0, 2/fan-in), biases 0.

    sizes: inputs, hidden units of each layer, outputs. Raises ValueError for fewer than two sizes, a size below 1, and
    `rng` that is no NumPy generator. Derived in: {sec-invariance}.
    """
    sizes = [positive_int("sizes", size) for size in sizes]
    if len(sizes) < 2:
        raise ValueError(f"sizes must hold at least the numbers of inputs and of outputs; got {sizes}")
    generator("rng", rng)
    layers = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        # skip_init: torch's own start would draw from the global generator
        layer = torch.nn.utils.skip_init(torch.nn.Linear, fan_in, fan_out, dtype=dtype)
        weights = torch.from_numpy(rng.standard_normal((fan_out, fan_in)) * np.sqrt(2 / fan_in))
        layer.load_state_dict({"weight": weights, "bias": torch.zeros(fan_out)})
        layers += [layer, torch.nn.ReLU()]
    return torch.nn.Sequential(*layers[:-1])


class DeepSet(torch.nn.Module):
    r"""$f(S)=\rho\big(\sum_{x\in S}\phi(x)\big)$: invariant under permutations of the set, which may have any size.

    phi, rho: modules, or functions of a tensor, that act on the last axis. Sets are (..., n, d), a row an element.
    Source: item SP-1; Zaheer and others, 2017. Derived in: {sec-invariance}.
    """

    def __init__(self, phi: Callable, rho: Callable):
        super().__init__()
        self.phi, self.rho = phi, rho

    def forward(self, X: Float[Tensor, "*b n d"]) -> Float[Tensor, "*b c"]:
        return self.rho(self.phi(X).sum(dim=-2))


class GraphPool(torch.nn.Module):
    r"""$[F(z)]_k=\rho\big(z_k,\sum_i\alpha(z_i,s_i)\big)$ with $s_i=\sum_{j\neq i}\phi(z_i,z_{ij},z_j)$.

    Equivariant: permuted nodes give permuted outputs. With `own`, $\rho$ also sees $s_k$. With pooling "attention"
    both sums become means with softmax weights, whose scores are one more output of $\phi$ and of $\alpha$.

    d, e, c: features of a node and of a pair, outputs of a node. width: hidden units, and the sizes of the sums.
    Graphs need at least two nodes. Raises ValueError for sizes below 1, another pooling, and `rng` that is no NumPy
    generator; the network itself does for features of another shape.
    Source: item SP-2; Herzig and others, 2018. Derived in: {sec-invariance}.
    """

    def __init__(
        self,
        *,
        d: int,
        e: int,
        c: int,
        width: int,
        rng: np.random.Generator,
        pooling: str = "sum",
        own: bool = False,
        dtype: torch.dtype = torch.float64,
    ):
        super().__init__()
        self.d, self.e = positive_int("d", d), positive_int("e", e)
        self.attention, self.own = choice("pooling", pooling, ("sum", "attention")) == "attention", own
        pooled = positive_int("width", width) + self.attention
        self.phi = perceptron([2 * d + e, width, pooled], rng, dtype)
        self.alpha = perceptron([d + width, width, pooled], rng, dtype)
        self.rho = perceptron([d + (1 + own) * width, width, positive_int("c", c)], rng, dtype)

    def forward(self, nodes: Float[Tensor, "*b n d"], edges: Float[Tensor, "*b n n e"]) -> Float[Tensor, "*b n c"]:
        n = _graph(nodes, edges, self.d, self.e)
        sums = self._pool(self.phi(_pairs(nodes, edges)), ~torch.eye(n, dtype=torch.bool))
        everything = self._pool(self.alpha(torch.cat([nodes, sums], -1)), torch.ones(n, dtype=torch.bool))
        seen = [nodes, sums] if self.own else [nodes]
        return self.rho(torch.cat([*seen, everything.unsqueeze(-2).expand(*nodes.shape[:-1], -1)], -1))

    def _pool(self, values: Tensor, kept: Tensor) -> Tensor:
        """The sum over the last axis but one of the kept entries, or their mean by attention."""
        if not self.attention:
            return (values * kept.unsqueeze(-1)).sum(dim=-2)
        scores = values[..., -1].masked_fill(~kept, -torch.inf)
        return (scores.softmax(dim=-1).unsqueeze(-1) * values[..., :-1]).sum(dim=-2)


class MessagePassing(torch.nn.Module):
    r"""$h_k\leftarrow\rho_t\big(h_k,\sum_{j\neq k}\phi_t(h_k,z_{kj},h_j)\big)$ for a number of rounds, from $h=z$.

    Equivariant. Sizes and errors as in `GraphPool`; rounds: how often messages are sent, at least once.
    Source: item SP-3; Gilmer and others, 2017. Derived in: {sec-invariance}.
    """

    def __init__(
        self,
        *,
        d: int,
        e: int,
        c: int,
        width: int,
        rounds: int,
        rng: np.random.Generator,
        dtype: torch.dtype = torch.float64,
    ):
        super().__init__()
        self.d, self.e = positive_int("d", d), positive_int("e", e)
        width, c, rounds = positive_int("width", width), positive_int("c", c), positive_int("rounds", rounds)
        sizes = [d, *[width] * (rounds - 1)]
        self.phis = torch.nn.ModuleList(perceptron([2 * h + e, width, width], rng, dtype) for h in sizes)
        self.rhos = torch.nn.ModuleList(
            perceptron([h + width, width, out], rng, dtype) for h, out in zip(sizes, [*sizes[1:], c], strict=True)
        )

    def forward(self, nodes: Float[Tensor, "*b n d"], edges: Float[Tensor, "*b n n e"]) -> Float[Tensor, "*b n c"]:
        others = 1 - torch.eye(_graph(nodes, edges, self.d, self.e), dtype=nodes.dtype).unsqueeze(-1)
        for phi, rho in zip(self.phis, self.rhos, strict=True):
            nodes = rho(torch.cat([nodes, (phi(_pairs(nodes, edges)) * others).sum(dim=-2)], -1))
        return nodes


class OrderSensitive(torch.nn.Module):
    """A perceptron with two hidden layers on all features of a graph of n nodes, one after the other.

    Not equivariant: each place in the order has weights of its own. Sizes and errors as in `GraphPool`.
    Source: item SP-2. Derived in: {sec-invariance}.
    """

    def __init__(
        self,
        *,
        n: int,
        d: int,
        e: int,
        c: int,
        width: int,
        rng: np.random.Generator,
        dtype: torch.dtype = torch.float64,
    ):
        super().__init__()
        self.n, self.d, self.e = positive_int("n", n, 2), positive_int("d", d), positive_int("e", e)
        self.c = positive_int("c", c)
        width = positive_int("width", width)
        self.net = perceptron([n * d + n * (n - 1) * e, width, width, n * c], rng, dtype)

    def forward(self, nodes: Float[Tensor, "*b n d"], edges: Float[Tensor, "*b n n e"]) -> Float[Tensor, "*b n c"]:
        if _graph(nodes, edges, self.d, self.e) != self.n:
            raise ValueError(f"nodes must be {self.n} a graph; got {nodes.shape[-2]}")
        off_diagonal = edges[..., ~torch.eye(self.n, dtype=torch.bool), :]
        flat = torch.cat([nodes.flatten(-2), off_diagonal.flatten(-2)], -1)
        return self.net(flat).unflatten(-1, (self.n, self.c))


class SceneGraph(torch.nn.Module):
    r"""Classes of the nodes, by a network of the kinds above, and relations of the pairs, read off them by a head.

    Returns logits $u$ of the classes, (..., n, c), and of the relations, (..., n, n, r): the head's at
    $(p_k,z_{kl},p_l)$ with $p=\operatorname{softmax}(u)$. Equivariant where `trunk` is.

    trunk: a network with c outputs a node; head: a perceptron with 2c + e inputs and r outputs.
    Source: items SP-2 and SP-4. Derived in: {sec-invariance}.
    """

    def __init__(self, trunk: torch.nn.Module, head: torch.nn.Module):
        super().__init__()
        self.trunk, self.head = trunk, head

    def forward(
        self, nodes: Float[Tensor, "*b n d"], edges: Float[Tensor, "*b n n e"]
    ) -> tuple[Float[Tensor, "*b n c"], Float[Tensor, "*b n n r"]]:
        classes = self.trunk(nodes, edges)
        return classes, self.head(_pairs(classes.softmax(-1), edges))


def _pairs(nodes: Tensor, edges: Tensor) -> Tensor:
    """(z_i, z_ij, z_j) for all ordered pairs."""
    shape = (*edges.shape[:-1], nodes.shape[-1])
    return torch.cat([nodes.unsqueeze(-2).expand(shape), edges, nodes.unsqueeze(-3).expand(shape)], -1)


def _graph(nodes: Tensor, edges: Tensor, d: int, e: int) -> int:
    """The number of nodes, where the features fit; ValueError where they do not."""
    if nodes.ndim < 2 or nodes.shape[-1] != d or nodes.shape[-2] < 2:
        raise ValueError(f"nodes must have shape (..., n, {d}) with n of at least 2; got {tuple(nodes.shape)}")
    needed = (*nodes.shape[:-1], nodes.shape[-2], e)
    if edges.shape != needed:
        raise ValueError(f"edges must have shape {needed}; got {tuple(edges.shape)}")
    return nodes.shape[-2]
