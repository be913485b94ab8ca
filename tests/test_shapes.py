"""The shape checks of conftest.py are on, and off where a test is marked `bad_input`."""

import numpy as np
import pytest
from jaxtyping import TypeCheckError

from overparam.measure import accuracy
from overparam.networks import TwoLayer


@pytest.fixture
def network() -> TwoLayer:
    return TwoLayer(m=3, d=2, c=2, rng=np.random.default_rng(0))


def test_shapes_are_checked(network):
    with pytest.raises(TypeCheckError, match="X"):
        accuracy(network, np.ones(2), np.zeros(1, dtype=int))


@pytest.mark.bad_input
def test_bad_input_meets_the_error_of_the_library(network):
    with pytest.raises(ValueError, match="X must have 2 axes"):
        accuracy(network, np.ones(2), np.zeros(1, dtype=int))
