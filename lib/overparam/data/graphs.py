"""Graphs with labelled nodes: the karate club, the stochastic block model, and the matrix that averages neighbours."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, Int

from overparam import _checks


def karate_club() -> tuple[Float[np.ndarray, "34 34"], Int[np.ndarray, " 34"]]:
    """Zachary's karate club, as shipped with networkx: its adjacency matrix, without weights, and the two factions.

    Returns A, symmetric with zeros and ones, 78 edges; and labels, 0 for the instructor's faction and 1 for the
    officer's. Source: item GN-2. Derived in: {sec-linear-gnn}.
    """
    import networkx  # here, so that this floor needs only NumPy to be imported

    graph = networkx.karate_club_graph()
    A = networkx.to_numpy_array(graph, nodelist=range(34), weight=None, dtype=float)
    return A, np.array([int(graph.nodes[node]["club"] != "Mr. Hi") for node in range(34)])


def stochastic_block_model(
    sizes: Sequence[int], within: float | int, between: float | int, rng: np.random.Generator
) -> tuple[Float[np.ndarray, "n n"], Int[np.ndarray, " n"]]:
    """A random graph in blocks: each pair of nodes is an edge, independently, with a probability.

    sizes: nodes in each block; within, between: the probability for two nodes of one block and of different ones.
    Returns the adjacency matrix A, symmetric with zeros and ones and no loops; and the block of each node. The nodes
    of a block stand together.

    Raises ValueError for no sizes or one below 1, probabilities outside [0, 1], and `rng` that is no NumPy generator.
    Source: item GN-2. Derived in: {sec-linear-gnn}.
    """
    sizes = [_checks.positive_int("sizes", size) for size in sizes]
    if not sizes:
        raise ValueError("sizes must hold at least one number of nodes; got none")
    within = _checks.real("within", within, at_least=0, at_most=1)
    between = _checks.real("between", between, at_least=0, at_most=1)
    blocks = np.repeat(np.arange(len(sizes)), sizes)
    probability = np.where(blocks[:, None] == blocks, within, between)
    upper = np.triu(_checks.generator("rng", rng).random(probability.shape) < probability, k=1)
    return (upper | upper.T).astype(float), blocks


def normalized_adjacency(A: Float[np.ndarray, "n n"]) -> Float[np.ndarray, "n n"]:
    r"""$S = D^{-1/2}(A + I)D^{-1/2}$ with D the diagonal matrix of the row sums of $A + I$.

    A: symmetric, entries at least 0. S is symmetric with eigenvalues in $(-1, 1]$: with the loops no node is without a
    neighbour and no graph is bipartite.

    Raises ValueError for an A that is not square, not symmetric, not finite, or negative somewhere.
    Source: item GN-1; Kipf and Welling, 2017. Derived in: {sec-linear-gnn}.
    """
    A = _checks.array("A", A, ndim=2)
    if A.shape[0] != A.shape[1] or not A.size:
        raise ValueError(f"A must be square; got shape {A.shape}")
    if A.min() < 0 or not np.array_equal(A, A.T):
        raise ValueError("A must be symmetric with entries of at least 0")
    loops = A + np.eye(len(A))
    scale = loops.sum(axis=1) ** -0.5
    return scale[:, None] * loops * scale


def aggregate(
    X: Float[np.ndarray, "n d"], S: Float[np.ndarray, "n n"], depth: int, *, skip: bool = False
) -> Float[np.ndarray, "n k"]:
    r"""The features that reach the weights of a linear graph network: $S^HX$, or with skip connections all powers.

    X: features (n, d), a row a node; S (n, n), symmetric; H = `depth`. Returns $S^HX$, (n, d), or
    $(X, SX, \dots, S^HX)$ side by side, (n, (H + 1) d). Labelled nodes are rows of it: the page's $G^\top$.

    Raises ValueError for shapes that do not fit, an S that is not symmetric, and a depth below 1.
    Source: items GN-1 and GN-2; Xu and others, 2021. Derived in: {sec-linear-gnn}.
    """
    X, S, depth = _checks.points("X", X), _checks.array("S", S, ndim=2), _checks.positive_int("depth", depth)
    if S.shape != (len(X), len(X)):
        raise ValueError(f"S must have shape {(len(X), len(X))}, a row for each row of X; got {S.shape}")
    if not np.allclose(S, S.T):
        raise ValueError("S must be symmetric")
    powers = [X]
    for _ in range(depth):
        powers.append(S @ powers[-1])
    return np.hstack(powers) if skip else powers[-1]
