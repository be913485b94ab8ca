"""The network of leaky pairs against PyTorch, and its steps against autograd."""

import numpy as np
import pytest
import torch

from overparam.networks import LeakyPairs


def outputs(hidden, X, slope, v):
    k = len(hidden) // 2
    units = torch.nn.functional.leaky_relu(X @ hidden.T, slope)
    return v * units[:, :k].sum(dim=1) - v * units[:, k:].sum(dim=1)


@pytest.mark.parametrize("slope", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("seed", range(3))
def test_outputs_and_steps_against_autograd(slope, seed):
    rng = np.random.default_rng(seed)
    network = LeakyPairs(k=3, d=5, slope=slope, output_weight=0.7, radius=0.8, rng=rng)
    np.testing.assert_allclose(np.linalg.norm(network.hidden, axis=1), 0.8, rtol=1e-14)
    for x in rng.standard_normal((20, 5)):
        y = float(rng.choice([-1, 1]))
        hidden = torch.from_numpy(network.hidden.copy()).requires_grad_()
        f = outputs(hidden, torch.from_numpy(x[None]), slope, 0.7)
        assert network(x[None]) == pytest.approx(f.detach().numpy(), abs=1e-13)
        torch.relu(1 - y * f).sum().backward()
        below, moved = network.hinge_step(x, y, 0.4)
        np.testing.assert_allclose(network.hidden, (hidden - 0.4 * hidden.grad).detach().numpy(), atol=1e-14)
        assert below == (y * f.item() < 1)
        assert moved == bool(hidden.grad.any())


def test_at_zero_every_unit_is_active():
    network = LeakyPairs(k=2, d=3, slope=0.1)
    assert not network.hidden.any()
    assert network.hinge_step(np.array([1.0, 2.0, 0.0]), -1.0, 0.5) == (True, True)
    np.testing.assert_array_equal(network.hidden, np.outer([-1, -1, 1, 1], [0.5, 1.0, 0.0]))


def test_a_dead_network_does_not_move():
    network = LeakyPairs(k=1, d=2, slope=0.0)
    network.hidden[:] = -1
    assert network.hinge_step(np.array([1.0, 0.0]), 1.0, 0.5) == (True, False)
    assert (network.hidden == -1).all()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": 0}, "k must be an integer"),
        ({"d": 0}, "d must be an integer"),
        ({"slope": -0.1}, "slope must be at least 0 and at most 1"),
        ({"slope": 1.5}, "slope must be at least 0 and at most 1"),
        ({"output_weight": 0}, "output_weight must be above 0"),
        ({"radius": -1}, "radius must be at least 0"),
        ({"radius": 1}, "rng must be"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(ValueError, match=message):
        LeakyPairs(**{"k": 2, "d": 3, "slope": 0.1} | change)


@pytest.mark.bad_input
def test_points_of_another_dimension():
    with pytest.raises(ValueError, match="X must have rows of dimension 3"):
        LeakyPairs(k=2, d=3, slope=0.1)(np.ones((2, 4)))
