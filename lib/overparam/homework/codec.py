"""Values as JSON and back, for a pipe whose other end is not trusted.

Numbers, text, lists, dicts, numeric arrays, and generators of random numbers, which arrive in the state in which they
were sent. Nothing is pickled, so that reading a message runs no code of its sender.
"""

import base64
import json

import numpy as np

KINDS = "biufc"
DEEPEST = 20


def dumps(value) -> bytes:
    """`value` as bytes; TypeError, saying what it met, for what is none of the above. Torch tensors become arrays."""
    return json.dumps(_plain(value, 0)).encode()


def loads(data: bytes):
    """The value that `dumps` wrote; ValueError for anything else."""
    try:
        return _value(json.loads(data), 0)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, MemoryError) as error:
        raise ValueError(f"data must be a message of dumps; {error}") from error


def _plain(value, depth: int):
    if depth > DEEPEST:
        raise TypeError(f"a value nested more than {DEEPEST} deep")
    if value is None or type(value) in (bool, int, float, str):
        return value
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.generic) and value.dtype.kind in KINDS:
        value = value.item()
        return _plain(value, depth) if not isinstance(value, np.generic) else float(value)
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in KINDS:
            raise TypeError(f"an array of {value.dtype}")
        data = base64.b64encode(np.ascontiguousarray(value).tobytes()).decode()
        return {"array": [value.dtype.str, list(value.shape), data]}
    if isinstance(value, np.random.Generator) and isinstance(value.bit_generator, np.random.PCG64):
        return {"rng": value.bit_generator.state}
    if isinstance(value, (list, tuple)):
        items = [_plain(item, depth + 1) for item in value]
        return {"tuple": items} if isinstance(value, tuple) else items
    if isinstance(value, dict):
        return {"dict": [[_plain(key, depth + 1), _plain(item, depth + 1)] for key, item in value.items()]}
    raise TypeError(f"a value of type {type(value).__name__}")


def _value(plain, depth: int):
    if depth > DEEPEST:
        raise ValueError(f"nested more than {DEEPEST} deep")
    if isinstance(plain, list):
        return [_value(item, depth + 1) for item in plain]
    if not isinstance(plain, dict):
        return plain
    ((kind, content),) = plain.items()
    if kind == "tuple":
        return tuple(_value(item, depth + 1) for item in content)
    if kind == "dict":
        return {_value(key, depth + 1): _value(item, depth + 1) for key, item in content}
    if kind == "complex":
        return complex(*content)
    if kind == "array":
        dtype, shape, data = content
        dtype = np.dtype(dtype)
        if dtype.kind not in KINDS:
            raise ValueError(f"an array of {dtype}")
        return np.frombuffer(base64.b64decode(data), dtype).reshape(shape).copy()
    if kind == "rng":
        generator = np.random.PCG64()
        generator.state = content
        return np.random.Generator(generator)
    raise ValueError(f"unknown kind {kind!r}")
