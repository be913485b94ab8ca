"""Many networks at once against one by one, the square losses, and gradient flow against closed forms."""

import copy

import numpy as np
import pytest
import torch

import overparam.train as training
from overparam.networks import PseudoNetwork, TwoLayer, deep
from overparam.theory.dynamics import Linearized
from overparam.theory.pl import NORMALISATIONS
from overparam.train import LOSSES, flow, squares, train, train_many

N, D, C = 9, 4, 3


def two_layer(seed, m=8, c=C, **options):
    return TwoLayer(m=m, d=D, c=c, rng=np.random.default_rng(seed), **options)


def deep_network(seed, m=6, c=C, activation="relu", **options):
    return deep(d=D, m=m, depth=2, c=c, rng=np.random.default_rng(seed), activation=activation, **options)


def data(seed, n=N):
    rng = np.random.default_rng([seed, 7])
    return rng.standard_normal((n, D)), rng.integers(C, size=n)


def assert_same(many, single, rtol=1e-10):
    for a, b in zip(many.parameters(), single.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=rtol, atol=rtol)


# ------------------------------------------------------------------------------------------------------ many networks


@pytest.mark.parametrize("make", [two_layer, deep_network, lambda seed: two_layer(seed).pseudo()])
@pytest.mark.parametrize("own_data", [True, False])
@pytest.mark.parametrize("batching", [{}, {"batch": 4}, {"batch": 4, "replace": True}])
def test_a_stack_follows_the_networks_trained_one_by_one(make, own_data, batching):
    networks = [make(seed) for seed in range(4)]
    singles = copy.deepcopy(networks)
    rates, seeds = [0.1, 0.2, 0.05, 0.3], [5, 6, 7, 8]
    sets = [data(seed if own_data else 0) for seed in range(4)]
    X, y = ([part for part, _ in sets], [part for _, part in sets]) if own_data else sets[0]
    norm = {"norm": lambda network: max(float(W.norm()) for W in network.parameters())}
    options = {"steps": 7, "at": 3, "probes": norm, **batching}
    many = train_many(networks, X, y, rate=rates, seed=seeds, **options)
    for i, single in enumerate(singles):
        history = train(single, *sets[i if own_data else 0], rate=rates[i], seed=seeds[i], **options)
        assert_same(networks[i], single)
        assert many[i].steps.tolist() == history.steps.tolist() == [0, 3, 6, 7]
        np.testing.assert_allclose(many[i]["norm"], history["norm"], rtol=1e-10)


def test_kinds_shapes_and_sizes_may_be_mixed_and_keep_their_order(monkeypatch):
    stacks = []
    original = training._train_stack
    monkeypatch.setattr(
        training, "_train_stack", lambda networks, *rest: (stacks.append(networks), original(networks, *rest))
    )
    monkeypatch.setattr(training, "_SMALL", 9 * 16)
    makers = [two_layer, deep_network, two_layer, lambda s: two_layer(s, m=16), lambda s: two_layer(s, m=17)]
    makers += [deep_network, lambda s: two_layer(s, m=17), lambda s: two_layer(s, m=16)]
    makers += [lambda s: deep_network(s, activation="tanh")]
    networks = [make(seed) for seed, make in enumerate(makers)]
    singles, (X, y) = copy.deepcopy(networks), data(0)
    train_many(networks, X, y, rate=0.1, steps=3)
    for network, single in zip(networks, singles, strict=True):
        train(single, X, y, rate=0.1, steps=3)
        assert_same(network, single)
    ids = {id(network): i for i, network in enumerate(networks)}
    # Width 17 passes the limit, and the tanh network is alone of its kind.
    assert sorted([ids[id(network)] for network in stack] for stack in stacks) == [[0, 2], [1, 5], [3, 7]]


def test_after_training_every_network_has_its_own_memory_again():
    networks = [two_layer(seed) for seed in range(3)]
    before = [network.hidden.data_ptr() for network in networks]
    train_many(networks, *data(0), rate=0.1, steps=2)
    assert [network.hidden.data_ptr() for network in networks] == before
    assert all(network.hidden.untyped_storage().nbytes() == network.hidden.nbytes for network in networks)


def test_one_seed_for_all_draws_the_same_batches_and_lists_draw_their_own():
    networks = [two_layer(0) for _ in range(3)]
    train_many(networks, *data(0), rate=0.1, steps=3, batch=2, seed=[4, 4, 5])
    assert torch.equal(networks[0].hidden, networks[1].hidden)
    assert not torch.equal(networks[0].hidden, networks[2].hidden)


def test_a_stack_keeps_float32():
    networks = [two_layer(seed, dtype=torch.float32) for seed in range(2)]
    singles, (X, y) = copy.deepcopy(networks), data(0)
    train_many(networks, X.astype(np.float32), y, rate=0.1, steps=4)
    for network, single in zip(networks, singles, strict=True):
        train(single, X.astype(np.float32), y, rate=0.1, steps=4)
        assert network.hidden.dtype == torch.float32
        assert_same(network, single, rtol=1e-5)


def test_no_networks_and_one_network():
    assert train_many([], *data(0), rate=0.1, steps=2) == []
    (history,) = train_many([two_layer(0)], *data(0), rate=0.1, steps=2, probes={"one": lambda network: 1})
    assert history["one"].tolist() == [1, 1]


def test_probes_may_be_given_one_by_one():
    networks = [two_layer(seed) for seed in range(2)]
    probes = [{"name": lambda network, i=i: i} for i in range(2)]
    assert [h["name"].tolist() for h in train_many(networks, *data(0), rate=0.1, steps=1, probes=probes)] == [
        [0, 0],
        [1, 1],
    ]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("rate", [0.1], "rate must be one for all networks or a list of 2; got 1"),
        ("seed", [1, 2, 3], "seed must be one for all networks or a list of 2; got 3"),
        ("probes", [{}], "probes must be one for all networks or a list of 2; got 1"),
        ("rate", [0.1, 0.0], "rate must be a"),
        ("y", [np.zeros(N, int), np.full(N, 3)], "y must be at least 0 and below 3"),
        ("batch", N + 1, f"batch must be at most the number of points, {N}; got {N + 1}"),
        ("loss", "hinge", "loss must be one of 'cross_entropy'"),
        ("steps", -1, "steps must be an integer of at least 0"),
    ],
)
def test_bad_arguments_are_named_before_anything_is_trained(argument, value, message):
    networks, (X, y) = [two_layer(seed) for seed in range(2)], data(0)
    before = copy.deepcopy(networks)
    with pytest.raises(ValueError, match=message):
        train_many(networks, **{"X": X, "y": y, "rate": 0.1, "steps": 2, argument: value})
    for network, single in zip(networks, before, strict=True):
        assert_same(network, single, rtol=0)


@pytest.mark.bad_input
def test_shared_weights_are_refused():
    network = two_layer(0)
    with pytest.raises(ValueError, match="networks must not share weights"):
        train_many([network, network.pseudo()], *data(0), rate=0.1, steps=1)


def test_a_network_that_diverges_is_named_and_the_others_are_given_back():
    networks = [deep_network(seed, activation="relu") for seed in range(3)]
    before = [network.weights[0].data_ptr() for network in networks]
    X, _ = data(0)
    with pytest.raises(ValueError, match=r"network 1 with 1e\+200, diverged by step 5"):
        train_many(networks, X, np.ones((N, C)), rate=[0.01, 1e200, 0.01], steps=5, loss="half_sum")
    assert [network.weights[0].data_ptr() for network in networks] == before
    assert torch.isfinite(networks[0].weights[0]).all()


# ------------------------------------------------------------------------------------------------------- square losses


@pytest.mark.parametrize(("name", "value"), [("sum", 26.0), ("half_sum", 13.0), ("mean", 13.0), ("half_mean", 6.5)])
def test_square_losses_by_hand(name, value):
    F, y = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64), np.array([[0.0, 2.0], [0.0, 0.0]])
    loss = LOSSES[name]
    assert loss.value(F, y).item() == value
    grown = F.clone().requires_grad_()
    loss.value(grown, y).backward()
    torch.testing.assert_close(loss.residual(F, y), grown.grad)
    stacked = loss.residual(torch.stack([F, 2 * F]), y)
    torch.testing.assert_close(stacked[0], loss.residual(F, y))
    torch.testing.assert_close(stacked[1], loss.residual(2 * F, y))
    assert set(NORMALISATIONS) < set(LOSSES)


@pytest.mark.bad_input
def test_targets_must_fit():
    with pytest.raises(ValueError, match="normalisation must be one of 'sum'"):
        squares("square")
    network, (X, _) = two_layer(0), data(0)
    for y in (np.zeros(N), np.zeros((N, 2)), np.zeros((N + 1, C))):
        with pytest.raises(ValueError, match=r"y must have shape \(9, 3\); got"):
            train(network, X, y, rate=0.1, steps=1, loss="mean")
    with pytest.raises(ValueError, match=r"y must have shape \(9, 1\) or \(9,\); got \(9, 3\)"):
        train(two_layer(0, c=1), X, np.zeros((N, C)), rate=0.1, steps=1, loss="mean")
    with pytest.raises(ValueError, match="y must be finite"):
        train(two_layer(0, c=1), X, np.full(N, np.nan), rate=0.1, steps=1, loss="mean")


@pytest.mark.parametrize("seed", range(3))
def test_a_pseudo_network_follows_the_linearised_prediction(seed):
    """The pseudo-network is linear in its weights: gradient descent and flow are those of its Gram matrix."""
    network, (X, _) = two_layer(seed, m=30, c=1), data(seed)
    y = np.random.default_rng(seed).standard_normal(N)
    A = network.output.numpy()[0] * network.initial_patterns(X).numpy()
    linear = Linearized((A @ A.T) * (X @ X.T))
    rate = 1 / linear.eigenvalues[-1]
    outputs = {"f": lambda network: network(X)[:, 0].numpy()}
    pseudo = copy.deepcopy(network).pseudo()
    history = train(pseudo, X, y, rate=rate, steps=20, at=[1, 5], loss="half_sum", probes=outputs)
    start = network.pseudo()(X)[:, 0].numpy() - y
    np.testing.assert_allclose(history["f"] - y, linear.descent(start, history.steps, rate), atol=1e-10)
    times = np.array([0.0, 1.0, 3.0]) / linear.eigenvalues[-1]
    flowing = flow(network.pseudo(), X, y, times=times, probes=outputs)
    assert flowing.steps.tolist() == times.tolist()
    np.testing.assert_allclose(flowing["f"] - y, linear.flow(start, times), atol=1e-6)


# ------------------------------------------------------------------------------------------------------- gradient flow


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_flow_is_the_limit_of_small_steps(activation):
    network, (X, _) = deep_network(1, c=2, activation=activation), data(1)
    Y = np.random.default_rng(1).standard_normal((N, 2))
    slow, time = copy.deepcopy(network), 0.02
    flow(network, X, Y, times=np.array([time]))
    errors = []
    for steps in (200, 400):
        copied = copy.deepcopy(slow)
        train(copied, X, Y, rate=time / steps, steps=steps, loss="half_sum")
        errors.append(
            max(float((a - b).abs().max()) for a, b in zip(copied.parameters(), network.parameters(), strict=True))
        )
    assert errors[1] < 2e-3
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)  # Euler's method is of first order


def test_flow_conserves_what_a_linear_layer_pair_conserves():
    """For f = W₂ relu(W₁x) the flow keeps ‖row r of W₁‖² - ‖column r of W₂‖² (scales 1)."""
    network = deep(d=D, m=5, depth=1, c=2, rng=np.random.default_rng(3), parameterization="standard")
    X, _ = data(2)

    def balance(network):
        return ((network.weights[0] ** 2).sum(1) - (network.weights[1] ** 2).sum(0)).numpy()

    times = np.linspace(0, 0.3, 4)
    history = flow(network, X, np.ones((N, 2)), times=times, probes={"balance": balance}, tolerance=1e-9)
    np.testing.assert_allclose(history["balance"], np.tile(history["balance"][0], (4, 1)), atol=1e-6)
    np.testing.assert_allclose(balance(network), history["balance"][-1])


@pytest.mark.bad_input
@pytest.mark.parametrize("times", [[], [-1.0, 0.0], [0.0, 0.0], [1.0, 0.5], [[0.0]], [np.inf]])
def test_times_must_increase_from_zero(times):
    with pytest.raises(ValueError, match="times must"):
        flow(two_layer(0), *data(0), times=np.array(times), loss="cross_entropy")


@pytest.mark.bad_input
def test_flow_needs_float64():
    with pytest.raises(ValueError, match=r"network must be of dtype torch\.float64"):
        flow(two_layer(0, dtype=torch.float32), *data(0), times=np.array([1.0]), loss="cross_entropy")


def test_stackable_kinds_are_named():
    assert set(training._STACKED) == {TwoLayer, PseudoNetwork, type(deep_network(0))}
