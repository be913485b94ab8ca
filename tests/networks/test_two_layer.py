"""The two-layer network and its pseudo-network against NumPy, finite differences and autograd."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.func import functional_call

from overparam.networks import PseudoNetwork, TwoLayer

SIZES = st.integers(1, 6)


def trained_a_little(m: int, d: int, c: int, seed: int, **options) -> TwoLayer:
    """A network away from its start, with some patterns changed."""
    rng = np.random.default_rng(seed)
    network = TwoLayer(m=m, d=d, c=c, rng=rng, **options)
    network.hidden += network.std * torch.from_numpy(rng.standard_normal((m, d))).to(network.hidden)
    return network


def arrays(network: TwoLayer) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return network.hidden.numpy(), network.initial.numpy(), network.output.numpy()


@pytest.fixture
def network() -> TwoLayer:
    return trained_a_little(m=7, d=3, c=4, seed=1)


@pytest.fixture
def X() -> np.ndarray:
    return np.random.default_rng(2).standard_normal((5, 3))


def gradient_of_output(network: TwoLayer, X: np.ndarray, point: int, output: int) -> np.ndarray:
    residual = torch.zeros(len(X), len(network.output), dtype=network.hidden.dtype)
    residual[point, output] = 1
    return network.gradient(X, residual).numpy()


def test_outputs_patterns_and_preactivations_are_those_of_the_formula(network, X):
    W, W0, A = arrays(network)
    assert np.any((X @ W.T >= 0) != (X @ W0.T >= 0)), "no pattern changed: the test would see no difference"
    np.testing.assert_allclose(network(X).numpy(), np.maximum(X @ W.T, 0) @ A.T, rtol=0, atol=1e-13)
    np.testing.assert_allclose(network.preactivations(X).numpy(), X @ W.T, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(network.patterns(X).numpy(), X @ W.T >= 0)
    np.testing.assert_array_equal(network.initial_patterns(X).numpy(), X @ W0.T >= 0)
    pseudo = network.pseudo()
    np.testing.assert_allclose(pseudo(X).numpy(), (X @ W.T * (X @ W0.T >= 0)) @ A.T, rtol=0, atol=1e-13)
    np.testing.assert_array_equal(pseudo.patterns(X).numpy(), X @ W0.T >= 0)


def test_a_unit_on_its_hyperplane_is_active():
    network = TwoLayer(m=1, d=2, c=1, rng=np.random.default_rng(0))
    network.hidden[:] = torch.tensor([[1.0, 0.0]])
    assert network.patterns(np.array([[0.0, 1.0]])).item()
    residual = torch.ones(1, 1, dtype=torch.float64)
    expected = network.output.numpy().reshape(1, 1) * np.array([[0.0, 1.0]])
    np.testing.assert_array_equal(network.gradient(np.array([[0.0, 1.0]]), residual).numpy(), expected)


@pytest.mark.parametrize("kind", ["network", "pseudo-network"])
def test_gradient_against_central_differences_away_from_kinks(network, X, kind):
    model = network if kind == "network" else network.pseudo()
    W, W0, A = arrays(network)
    assert np.abs(X @ W.T).min() > 1e-3, "too close to a kink for the difference quotient"
    rho = np.random.default_rng(3).standard_normal((len(X), len(A)))

    def value(W):
        active = X @ (W if kind == "network" else W0).T >= 0
        return float((rho * ((X @ W.T * active) @ A.T)).sum())

    differences = np.empty_like(W)
    step = 1e-6
    for index in np.ndindex(W.shape):
        move = np.zeros_like(W)
        move[index] = step
        differences[index] = (value(W + move) - value(W - move)) / (2 * step)
    gradient = model.gradient(X, torch.from_numpy(rho)).numpy()
    assert np.linalg.norm(gradient - differences) < 1e-8 * np.linalg.norm(differences)


@settings(max_examples=30)
@given(m=SIZES, d=SIZES, c=SIZES, n=SIZES, seed=st.integers(0, 2**32 - 1), pseudo=st.booleans())
def test_gradient_against_autograd(m, d, c, n, seed, pseudo):
    network = trained_a_little(m, d, c, seed)
    model = network.pseudo() if pseudo else network
    rng = np.random.default_rng(seed)
    X, rho = torch.from_numpy(rng.standard_normal((n, d))), torch.from_numpy(rng.standard_normal((n, c)))
    W = network.hidden.clone().requires_grad_()
    [expected] = torch.autograd.grad((rho * functional_call(model, {"hidden": W}, (X,))).sum(), W)
    np.testing.assert_allclose(model.gradient(X, rho).numpy(), expected.numpy(), rtol=1e-12, atol=1e-12)


@settings(max_examples=30)
@given(m=SIZES, d=SIZES, c=SIZES, n=SIZES, seed=st.integers(0, 2**32 - 1), pseudo=st.booleans())
def test_euler_identity(m, d, c, n, seed, pseudo):
    network = trained_a_little(m, d, c, seed)
    model = network.pseudo() if pseudo else network
    X = np.random.default_rng(seed).standard_normal((n, d))
    F = model(X).numpy()
    scale = 1 + np.abs(F).max()
    for point, output in np.ndindex(F.shape):
        inner = (gradient_of_output(model, X, point, output) * network.hidden.numpy()).sum()
        assert abs(inner - F[point, output]) < 1e-12 * scale


def test_the_pseudo_network_is_linear_in_its_weights_and_the_network_is_not(network, X):
    rng = np.random.default_rng(5)
    U, V = (torch.from_numpy(rng.standard_normal(network.hidden.shape)) for _ in range(2))

    def defect(model):
        at = {
            name: functional_call(model, {"hidden": W}, (X,)) for name, W in (("U", U), ("V", V), ("both", 2 * U - V))
        }
        return float((at["both"] - (2 * at["U"] - at["V"])).abs().max())

    assert defect(network.pseudo()) < 1e-12
    assert defect(network) > 0.1


def test_the_pseudo_network_is_the_network_at_the_start_and_shares_its_weights(X):
    network = TwoLayer(m=9, d=3, c=2, rng=np.random.default_rng(0))
    pseudo = network.pseudo()
    assert torch.equal(pseudo(X), network(X))
    before = pseudo(X)
    network.hidden.mul_(-2)
    assert pseudo.hidden is network.hidden
    np.testing.assert_allclose(pseudo(X).numpy(), -2 * before.numpy(), rtol=1e-14, atol=0)
    assert not torch.allclose(network(X), -2 * before)
    assert torch.equal(pseudo.initial_patterns(X), pseudo.patterns(X))


def test_the_pseudo_gradient_takes_the_residual_of_the_true_network(network, X):
    """Item LL-7: the sum over points of ρ a 1[<w(0), x> >= 0] x, written out."""
    W, W0, A = arrays(network)
    F = np.maximum(X @ W.T, 0) @ A.T
    rho = np.exp(F) / np.exp(F).sum(1, keepdims=True)
    expected = sum(np.outer(A.T @ rho[s] * (W0 @ X[s] >= 0), X[s]) for s in range(len(X)))
    np.testing.assert_allclose(
        network.pseudo().gradient(X, torch.softmax(network(X), dim=1)).numpy(), expected, rtol=0, atol=1e-13
    )


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(("std", "variance"), [(None, 1 / 2), (0.5, 40 * 0.25 / 2)])
def test_variance_of_an_output_at_the_start(seed, std, variance):
    """Var f_i(x) = m σ² |x|²/2, which is |x|²/2 for σ = m^(-1/2): item LL-3."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((1, 5))
    networks = [TwoLayer(m=40, d=5, c=50, rng=rng, std=std) for _ in range(300)]
    F = np.concatenate([network(x).numpy() for network in networks])
    squares = (F**2).mean(axis=1) / (x**2).sum()  # independent from network to network
    error = squares.std(ddof=1) / np.sqrt(len(squares))
    assert error < 0.03 * variance
    assert abs(squares.mean() - variance) < 4 * error
    means = F.mean(axis=1)
    assert abs(means.mean()) < 4 * means.std(ddof=1) / np.sqrt(len(means))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_weights_at_the_start_are_gaussian_with_the_stated_deviations(seed):
    m, d, c = 400, 50, 50
    network = TwoLayer(m=m, d=d, c=c, rng=np.random.default_rng(seed))
    assert network.std == pytest.approx(1 / 20)
    for weights, std in ((network.hidden, 1 / 20), (network.output, 1.0)):
        z = weights.numpy().ravel() / std
        n = len(z)
        assert abs(z.mean()) < 4 / np.sqrt(n)
        assert abs((z**2).mean() - 1) < 4 * np.sqrt(2 / n)
        assert abs((z**4).mean() - 3) < 4 * np.sqrt(96 / n)
    assert abs((network.hidden.numpy().ravel() * 20 * network.output.numpy().ravel()).mean()) < 4 / np.sqrt(m * d)
    assert torch.equal(network.hidden, network.initial)


@pytest.mark.parametrize("pseudo", [False, True])
def test_a_step_of_descent_is_the_weights_less_rate_times_gradient(network, X, pseudo):
    model = network.pseudo() if pseudo else network
    W = network.hidden.clone()
    initial, output = network.initial.clone(), network.output.clone()
    F, seen = model(X), []

    def residual_of(outputs):
        seen.append(outputs.clone())
        return torch.sin(outputs)

    expected = W - 0.3 * model.gradient(X, torch.sin(F))
    model.descend(X, residual_of, 0.3)
    np.testing.assert_allclose(network.hidden.numpy(), expected.numpy(), rtol=0, atol=1e-14)
    assert len(seen) == 1
    assert torch.equal(seen[0], F)
    assert torch.equal(network.initial, initial)
    assert torch.equal(network.output, output)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_dtype_is_kept(dtype, X):
    network = TwoLayer(m=4, d=3, c=2, rng=np.random.default_rng(0), dtype=dtype)
    for points in (X, X.astype(np.float32), torch.from_numpy(X)):
        assert network(points).dtype == network.pseudo()(points).dtype == dtype
        assert network.gradient(points, torch.ones(5, 2, dtype=dtype)).dtype == dtype
        network.descend(points, torch.cos, 0.1)
    assert {tensor.dtype for tensor in network.state_dict().values()} == {dtype}


def test_points_may_be_read_only_or_strided(network, X):
    F = network(X)
    frozen, reversed_twice = X.copy(), X[::-1].copy()[::-1]
    frozen.setflags(write=False)
    assert torch.equal(network(frozen), F)
    assert torch.equal(network(reversed_twice), F)
    assert torch.equal(network(np.asfortranarray(X)), F)
    assert torch.equal(network(torch.from_numpy(X)), F)


def test_one_rng_one_network():
    def weights(seed, **options):
        network = TwoLayer(m=4, d=3, c=2, rng=np.random.default_rng(seed), **options)
        return torch.cat([network.hidden.ravel(), network.output.ravel()])

    assert torch.equal(weights(0), weights(0))
    assert not torch.equal(weights(0), weights(1))
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002  global state, which must not matter
    assert torch.equal(weights(0), weights(0))
    rng = np.random.default_rng(0)
    first, second = (TwoLayer(m=4, d=3, c=2, rng=rng) for _ in range(2))
    assert not torch.equal(first.hidden, second.hidden)


def test_the_global_generators_are_not_touched(X):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    trained_a_little(3, 3, 2, 0)(X)
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("m", 0, "m must be an integer of at least 1; got 0"),
        ("d", -1, "d must be an integer of at least 1; got -1"),
        ("c", 2.0, "c must be an integer of at least 1; got 2.0"),
        ("m", True, "m must be an integer of at least 1; got True"),
        ("std", 0.0, "std must be above 0; got 0.0"),
        ("std", np.nan, "std must be a finite number above 0; got nan"),
        ("rng", 0, "rng must be a numpy.random.Generator"),
        ("rng", torch.Generator(), "rng must be a numpy.random.Generator"),
        ("dtype", torch.int64, "dtype must be torch.float64 or torch.float32; got torch.int64"),
        ("dtype", np.float64, "dtype must be torch.float64 or torch.float32; got <class 'numpy.float64'>"),
    ],
)
def test_bad_arguments_of_a_network(argument, value, message):
    arguments = {"m": 4, "d": 3, "c": 2, "rng": np.random.default_rng(0)}
    with pytest.raises(ValueError, match=message):
        TwoLayer(**(arguments | {argument: value}))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (np.ones(3), r"X must have 2 axes; got shape \(3,\)"),
        (np.ones((2, 4)), r"X must have shape \(n, 3\); got \(2, 4\)"),
        (torch.ones(2, 4), r"X must have shape \(n, 3\); got \(2, 4\)"),
        (torch.ones(3), r"X must have shape \(n, 3\); got \(3,\)"),
        (np.ones((0, 3)), r"X must hold at least one point .*; got shape \(0, 3\)"),
        (np.array([[1.0, np.nan, 0.0]]), "X must be finite; got 1 non-finite"),
        ("points", "X must be an array of numbers; got str"),
    ],
)
@pytest.mark.parametrize("method", ["forward", "preactivations", "patterns", "initial_patterns", "gradient", "descend"])
def test_bad_points(network, value, message, method):
    for model in (network, network.pseudo()):
        call = getattr(model, method)
        more = {"gradient": (torch.ones(2, 4),), "descend": (torch.cos, 0.1)}.get(method, ())
        with pytest.raises(ValueError, match=message):
            call(value, *more)


@pytest.mark.bad_input
@pytest.mark.parametrize("shape", [(1, 4), (5, 1), (4,), (5, 3), (4, 5)])
def test_a_residual_that_would_broadcast_is_refused(network, X, shape):
    residual = torch.ones(shape, dtype=torch.float64)
    before = network.hidden.clone()
    message = rf"residual must have shape \(5, 4\); got \({shape[0]},"
    with pytest.raises(ValueError, match=message):
        network.gradient(X, residual)
    with pytest.raises(ValueError, match=message):
        network.descend(X, lambda F: residual, 0.1)
    assert torch.equal(network.hidden, before)


@pytest.mark.bad_input
def test_a_pseudo_network_is_made_of_a_network():
    with pytest.raises(ValueError, match="network must be a TwoLayer; got Linear"):
        PseudoNetwork(torch.nn.Linear(2, 2))
