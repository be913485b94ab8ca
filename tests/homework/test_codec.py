import json
from fractions import Fraction

import numpy as np
import pytest
import torch

from overparam.homework import codec

VALUES = [
    None,
    True,
    -3,
    10**30,
    0.1,
    float("inf"),
    'text with " and é',
    1 + 2j,
    [1, (2, [3.0])],
    {"a": 1, 2: {"b": (True,)}},
    (),
]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_plain_values_come_back_with_their_types(value):
    found = codec.loads(codec.dumps(value))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint64, np.float32, float, np.complex128])
def test_arrays_come_back(dtype):
    value = np.arange(24).reshape(2, 3, 4)[:, ::-1].astype(dtype)
    found = codec.loads(codec.dumps([value]))[0]
    assert found.dtype == value.dtype
    assert np.array_equal(found, value)
    found[...] = 0  # its own memory
    assert codec.loads(codec.dumps(np.float32(0.5))) == 0.5
    assert np.array_equal(codec.loads(codec.dumps(torch.arange(3))), [0, 1, 2])


def test_a_generator_comes_back_where_it_was():
    rng = np.random.default_rng(5)
    rng.standard_normal(3)
    found = codec.loads(codec.dumps(rng))
    assert found.standard_normal(4).tolist() == rng.standard_normal(4).tolist()


class Array(np.ndarray):
    pass


@pytest.mark.parametrize("value", [object(), len, {1}, b"x", np.array([object()]), np.array(["x"]), Fraction(1, 2)])
def test_what_is_not_understood_is_named(value):
    with pytest.raises(TypeError, match=r"type|array"):
        codec.dumps(value)


def test_a_value_that_holds_itself():
    value = []
    value.append(value)
    with pytest.raises(TypeError, match=r"nested more than 20 deep"):
        codec.dumps(value)


HOSTILE = [
    b"",
    b"\xff",
    b"{",
    b'{"array": ["O", [1], "AAAA"]}',
    b'{"array": ["<f8", [1000000000000], "AAAA"]}',
    b'{"array": ["<f8", [-1], "A"]}',
    b'{"pickle": "gASVIA=="}',
    b'{"a": 1, "b": 2}',
    b"{}",
    b'{"rng": {"bit_generator": "MT19937"}}',
    b"[" * 100_000,
    json.dumps({"dict": [[{"dict": []}, 1]]}).encode(),
]


@pytest.mark.parametrize("data", HOSTILE, ids=lambda data: repr(data[:30]))
def test_a_message_that_dumps_did_not_write_is_refused(data):
    with pytest.raises(ValueError, match=r"data must be a message of dumps"):
        codec.loads(data)
