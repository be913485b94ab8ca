"""Checks of arguments, shared by every floor: each failure names the argument, what came, and what is needed."""

from collections.abc import Iterable
from contextlib import suppress
from numbers import Integral, Real

import numpy as np


def array(name: str, value, *, ndim: int | None = None, dtype=float, finite: bool = True) -> np.ndarray:
    """`value` as an array of `dtype` with `ndim` axes and, unless `finite` is False, no NaN or infinity."""
    try:
        result = np.asarray(value)
        # NumPy would drop an imaginary part and read a date, a duration or a text as a number.
        if result.dtype != object and not np.can_cast(result.dtype, dtype, "same_kind"):
            raise TypeError(f"{result.dtype} is not {np.dtype(dtype)}")
        result = result.astype(dtype, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{name} must be an array of numbers; got {type(value).__name__} ({error})") from error
    if ndim is not None and result.ndim != ndim:
        raise ValueError(f"{name} must have {ndim} axes; got shape {result.shape}")
    if finite and not np.isfinite(result).all():
        raise ValueError(f"{name} must be finite; got {np.count_nonzero(~np.isfinite(result))} non-finite entries")
    return result


def points(name: str, value, *, dim: int | None = None) -> np.ndarray:
    """`value` as a non-empty matrix (n, d) of finite points: float32 if it was, else float64; d = `dim` where given."""
    dtype = np.float32 if getattr(value, "dtype", None) == np.float32 else float
    result = array(name, value, ndim=2, dtype=dtype)
    if result.size == 0:
        raise ValueError(f"{name} must hold at least one point of at least one coordinate; got shape {result.shape}")
    if dim is not None and result.shape[1] != dim:
        raise ValueError(f"{name} must have rows of dimension {dim}; got shape {result.shape}")
    return result


def labels(name: str, value, *, n: int, classes: int | None = None) -> np.ndarray:
    """`value` as n integer labels, int64, between 0 and `classes` - 1 where `classes` is given."""
    try:
        given = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be {n} integers; got {type(value).__name__} ({error})") from error
    if given.ndim != 1 or len(given) != n or not np.issubdtype(given.dtype, np.integer):
        raise ValueError(f"{name} must be {n} integers; got {given.dtype} of shape {given.shape}")
    if n and (given.min() < 0 or (classes is not None and given.max() >= classes)):
        limit = "" if classes is None else f" and below {classes}"
        raise ValueError(f"{name} must be at least 0{limit}; got values from {given.min()} to {given.max()}")
    return given.astype(np.int64)


def unit_rows(name: str, value, tolerance: float = 1e-6) -> np.ndarray:
    """`value` as points (n, d) whose rows have norm 1 up to `tolerance`."""
    result = points(name, value)
    with np.errstate(over="ignore"):  # a row whose squares overflow is no unit row
        worst = np.abs(np.linalg.norm(result, axis=1) - 1).max()
    if worst > tolerance:
        raise ValueError(f"{name} must have rows of norm 1; the worst row is off by {worst:.3g}")
    return result


def positive_int(name: str, value, minimum: int = 1) -> int:
    """`value` as an int of at least `minimum`; booleans and floats are refused."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral) or value < minimum:
        raise ValueError(f"{name} must be an integer of at least {minimum}; got {value!r}")
    return int(value)


def real(
    name: str,
    value,
    *,
    above: Real | None = None,
    at_least: Real | None = None,
    below: Real | None = None,
    at_most: Real | None = None,
) -> float:
    """`value` as a finite float within the limits that are given."""
    needs = [
        f"{word} {limit:g}"
        for word, limit in (("above", above), ("at least", at_least), ("below", below), ("at most", at_most))
        if limit is not None
    ]
    number = np.nan
    if isinstance(value, Real) and not isinstance(value, (bool, np.bool_)):
        with suppress(OverflowError):  # an integer or a fraction beyond the floats
            number = float(value)
    if not np.isfinite(number):
        raise ValueError(f"{name} must be a finite number {' and '.join(needs)}".rstrip() + f"; got {value!r}")
    if (
        (above is not None and number <= above)
        or (at_least is not None and number < at_least)
        or (below is not None and number >= below)
        or (at_most is not None and number > at_most)
    ):
        raise ValueError(f"{name} must be {' and '.join(needs)}; got {value!r}")
    return number


def choice(name: str, value, options: Iterable[str]) -> str:
    """`value`, when it is one of `options`."""
    options = tuple(options)
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}; got {value!r}")
    return value


def generator(name: str, value) -> np.random.Generator:
    """`value`, when it is a NumPy generator: randomness is handed in, never taken from global state."""
    if not isinstance(value, np.random.Generator):
        raise ValueError(f"{name} must be a numpy.random.Generator, as numpy.random.default_rng(seed); got {value!r}")
    return value
