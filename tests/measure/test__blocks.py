"""Blocks of rows: every row once, in order, and as many as fit."""

import numpy as np
import pytest
import torch

from overparam.measure._blocks import blocks, fitting, point_blocks
from overparam.networks import TwoLayer, deep


@pytest.mark.parametrize(
    ("n", "rows", "sizes"), [(7, 3, [3, 3, 1]), (6, 3, [3, 3]), (1, 1, [1]), (2, 5, [2]), (3, 1, [1, 1, 1])]
)
def test_every_row_comes_once_with_its_place(n, rows, sizes):
    X = torch.arange(2 * n).reshape(n, 2)
    found = list(blocks(X, rows))
    assert [len(block) for _, block in found] == sizes
    assert torch.equal(torch.cat([block for _, block in found]), X)
    assert all(torch.equal(X[place], block) for place, block in found)
    assert found[-1][0].stop == n


def test_a_block_holds_128_mib_of_float64():
    assert fitting(1) * 8 == 128 * 2**20
    assert fitting(3) == 2**24 // 3
    assert fitting(2**24) == fitting(2**25) == 1


def test_points_are_taken_by_the_units_of_the_network():
    two = TwoLayer(m=2**22, d=1, c=1, rng=np.random.default_rng(0), dtype=torch.float32)
    assert [len(block) for _, block in point_blocks(two, torch.ones(5, 1))] == [4, 1]
    three = deep(d=1, m=3, depth=2, rng=np.random.default_rng(0))  # 3 + 3 + 1
    most = 2**24 // 7
    assert [len(block) for _, block in point_blocks(three, torch.ones(most + 1, 1))] == [most, 1]


def test_a_parameter_that_is_one_number_counts_as_one():
    module = torch.nn.Linear(1, 3)
    module.scale = torch.nn.Parameter(torch.tensor(1.0))
    most = 2**24 // 7  # 3 weights, 3 biases, 1 number
    assert [len(block) for _, block in point_blocks(module, torch.ones(most + 1, 1))] == [most, 1]
