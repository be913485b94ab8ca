"""The projection as a layer: values of the theory's, derivatives by finite differences."""

import numpy as np
import pytest
import torch

from overparam.networks import constrain
from overparam.theory.projection import cardinality_jacobian, project_cardinality


def rows(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(0.5, 0.7, (4, 6))), torch.from_numpy(rng.uniform(1, 5, 4))


@pytest.mark.parametrize("seed", range(3))
def test_values_and_both_derivatives(seed):
    z, total = rows(seed)
    y = constrain(z, total)
    np.testing.assert_array_equal(y.numpy(), project_cardinality(z.numpy(), total.numpy()))
    assert torch.autograd.gradcheck(constrain, (z.requires_grad_(), total.requires_grad_()))


def test_the_derivative_is_the_closed_form_one():
    z, total = rows(3)
    jacobian = torch.autograd.functional.jacobian(lambda v: constrain(v, total[0].item()), z[0])
    np.testing.assert_allclose(jacobian.numpy(), cardinality_jacobian(z[0].numpy(), total[0].item()), atol=1e-14)


def test_a_corner_passes_nothing_back():
    z = torch.tensor([3.0, -3.0, 4.0], requires_grad=True)
    y = constrain(z, 2)
    (y * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert y.tolist() == [1, 0, 1] and y.dtype == torch.float32 and z.grad.tolist() == [0, 0, 0]


@pytest.mark.bad_input
def test_what_is_refused():
    with pytest.raises(ValueError, match="total must be from 0 to 2"):
        constrain(torch.zeros(3, 2), 5)
    with pytest.raises(ValueError, match="total must be a number or have shape"):
        constrain(torch.zeros(3, 2), torch.ones(2))
    with pytest.raises(ValueError, match="z must be finite"):
        constrain(torch.full((2,), torch.nan), 1)
