"""Networks for sets and graphs: invariances, their formulas written out by loops, and their start."""

import numpy as np
import pytest
import torch

from overparam.networks import DeepSet, GraphPool, MessagePassing, OrderSensitive, SceneGraph, perceptron

SIZES = {"d": 3, "e": 2, "c": 4, "width": 5}
POOLED = [{"pooling": pooling, "own": own} for pooling in ("sum", "attention") for own in (False, True)]


def graph(n: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.standard_normal((2, n, 3))), torch.from_numpy(rng.standard_normal((2, n, n, 2)))


def equivariant(seed: int) -> list[torch.nn.Module]:
    pooled = [GraphPool(**SIZES, **kind, rng=np.random.default_rng(seed)) for kind in POOLED]
    passing = [MessagePassing(**SIZES, rounds=r, rng=np.random.default_rng(seed)) for r in (1, 3)]
    return pooled + passing


@pytest.mark.parametrize("seed", range(3))
def test_permuted_nodes_give_permuted_outputs_for_any_number_of_nodes(seed):
    order = torch.from_numpy(np.random.default_rng(seed).permutation(6))
    nodes, edges = graph(6, seed)
    for net in equivariant(seed):
        moved = net(nodes[:, order], edges[:, order][:, :, order])
        torch.testing.assert_close(moved, net(nodes, edges)[:, order], rtol=1e-12, atol=1e-12)
        assert net(*graph(2, seed)).shape == (2, 2, 4)


@pytest.mark.parametrize("seed", range(3))
def test_the_diagonal_is_never_read(seed):
    nodes, edges = graph(4, seed)
    changed = edges + 7 * torch.eye(4, dtype=torch.float64)[:, :, None]
    nets = [*equivariant(seed), OrderSensitive(n=4, **SIZES, rng=np.random.default_rng(seed))]
    for net in nets:
        torch.testing.assert_close(net(nodes, changed), net(nodes, edges))
        third = edges.clone()
        third[:, 2, 1] += 1
        assert not torch.allclose(net(nodes, third), net(nodes, edges))


@pytest.mark.parametrize("kind", POOLED)
def test_pooling_is_its_formula_in_loops(kind):
    net = GraphPool(**SIZES, **kind, rng=np.random.default_rng(0))
    (nodes, edges), n = (part[0] for part in graph(4, 1)), 4

    def pool(values):
        values = torch.stack(values)
        if kind["pooling"] == "sum":
            return values.sum(0)
        weights = values[:, -1].exp() / values[:, -1].exp().sum()
        return weights @ values[:, :-1]

    inner = [
        pool([net.phi(torch.cat([nodes[i], edges[i, j], nodes[j]])) for j in range(n) if j != i]) for i in range(n)
    ]
    outer = pool([net.alpha(torch.cat([nodes[i], inner[i]])) for i in range(n)])
    for k in range(n):
        own = [inner[k]] if kind["own"] else []
        torch.testing.assert_close(net(nodes, edges)[k], net.rho(torch.cat([nodes[k], *own, outer])))


def test_messages_are_their_formula_in_loops():
    net = MessagePassing(**SIZES, rounds=2, rng=np.random.default_rng(0))
    nodes, edges = (part[1] for part in graph(4, 1))
    h = list(nodes)
    for phi, rho in zip(net.phis, net.rhos, strict=True):
        sums = [sum(phi(torch.cat([h[k], edges[k, j], h[j]])) for j in range(4) if j != k) for k in range(4)]
        h = [rho(torch.cat([h[k], sums[k]])) for k in range(4)]
    torch.testing.assert_close(net(nodes, edges), torch.stack(h))


@pytest.mark.parametrize("seed", range(3))
def test_the_order_sensitive_network_is_not_equivariant(seed):
    net, order = OrderSensitive(n=4, **SIZES, rng=np.random.default_rng(seed)), [1, 0, 2, 3]
    nodes, edges = graph(4, seed)
    assert not torch.allclose(
        net(nodes[:, order], edges[:, order][:, :, order]), net(nodes, edges)[:, order], atol=0.01
    )


def test_a_deep_set_can_be_a_power_sum_and_takes_any_size():
    mean = DeepSet(lambda X: torch.cat([X, torch.ones_like(X)], -1), lambda s: s[..., :1] / s[..., 1:])
    for n in (1, 5):
        X = torch.from_numpy(np.random.default_rng(n).standard_normal((2, n, 1)))
        torch.testing.assert_close(mean(X), X.mean(dim=1))


def test_the_scene_graph_reads_relations_off_the_classes():
    trunk = GraphPool(**SIZES, rng=np.random.default_rng(0))
    net = SceneGraph(trunk, perceptron([10, 6, 3], np.random.default_rng(1)))
    nodes, edges = graph(4, 2)
    classes, relations = net(nodes, edges)
    torch.testing.assert_close(classes, trunk(nodes, edges))
    p = classes.softmax(-1)
    one = net.head(torch.cat([p[1, 2], edges[1, 2, 0], p[1, 0]]))
    torch.testing.assert_close(relations[1, 2, 0], one)


def test_perceptrons_start_with_their_variance_and_their_seed_decides():
    net = perceptron([50, 200, 7], np.random.default_rng(0))
    assert float((net[0].weight.detach() ** 2).mean()) * 25 == pytest.approx(1, abs=4 * np.sqrt(2 / 10_000))
    assert not net[0].bias.any() and net[-1].out_features == 7 and len(net) == 3
    again = perceptron([50, 200, 7], np.random.default_rng(0), torch.float32)
    assert again[0].weight.dtype == torch.float32
    torch.testing.assert_close(again[2].weight.double(), net[2].weight, rtol=1e-6, atol=1e-6)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"d": 0}, "d must be an integer of at least 1"),
        ({"e": 0}, "e must be an integer of at least 1"),
        ({"c": 0}, "c must be an integer of at least 1"),
        ({"width": 0}, "width must be an integer of at least 1"),
        ({"rng": 0}, "rng must be a numpy.random.Generator"),
    ],
)
def test_sizes_that_are_refused(change, message):
    for build, more in ((GraphPool, {}), (MessagePassing, {"rounds": 1}), (OrderSensitive, {"n": 3})):
        with pytest.raises(ValueError, match=message):
            build(**(SIZES | {"rng": np.random.default_rng(0)} | change), **more)


@pytest.mark.bad_input
def test_what_else_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="pooling must be one of 'sum', 'attention'"):
        GraphPool(**SIZES, rng=rng, pooling="max")
    with pytest.raises(ValueError, match="rounds must be an integer of at least 1"):
        MessagePassing(**SIZES, rng=rng, rounds=0)
    with pytest.raises(ValueError, match="n must be an integer of at least 2"):
        OrderSensitive(n=1, **SIZES, rng=rng)
    with pytest.raises(ValueError, match="sizes must hold at least"):
        perceptron([3], rng)
    with pytest.raises(ValueError, match="sizes must be an integer of at least 1"):
        perceptron([3, 0], rng)
    nodes, edges = graph(3, 0)
    for net in equivariant(0):
        with pytest.raises(ValueError, match=r"nodes must have shape \(..., n, 3\)"):
            net(nodes[..., :2], edges)
        with pytest.raises(ValueError, match="n of at least 2"):
            net(nodes[:, :1], edges[:, :1, :1])
        with pytest.raises(ValueError, match=r"edges must have shape \(2, 3, 3, 2\)"):
            net(nodes, edges[..., :1])
    with pytest.raises(ValueError, match="nodes must be 4 a graph; got 3"):
        OrderSensitive(n=4, **SIZES, rng=rng)(nodes, edges)
