"""Argument checks: what is good comes back unchanged, what is bad raises ValueError with the argument's name."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from overparam import _checks

FINITE = st.floats(-1e6, 1e6, width=32)
NOT_FINITE = st.sampled_from([np.nan, np.inf, -np.inf])
SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, max_side=5)


@given(
    hnp.arrays(st.sampled_from("df"), SHAPES, elements=FINITE)
    | hnp.arrays(st.sampled_from("ebBq"), SHAPES, elements=st.integers(0, 100))
)
def test_points_keep_their_values_and_float32(X):
    result = _checks.points("X", X)
    assert result.dtype == (np.float32 if X.dtype == np.float32 else np.float64)
    assert np.array_equal(result, X)


def test_points_are_in_native_order_and_of_a_width_torch_knows():
    for dtype in (">f8", ">f4", "longdouble"):
        assert _checks.points("X", np.ones((2, 3), dtype=dtype)).dtype == np.float64


@pytest.mark.bad_input
@given(hnp.arrays(st.sampled_from([np.float64, np.float32]), SHAPES, elements=FINITE), NOT_FINITE, st.data())
def test_a_single_entry_that_is_not_finite_is_seen(X, bad, data):
    X[tuple(data.draw(st.integers(0, side - 1)) for side in X.shape)] = bad
    with pytest.raises(ValueError, match="X must be finite; got 1 non-finite entries"):
        _checks.points("X", X)


@pytest.mark.bad_input
@given(hnp.arrays(float, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=3), elements=FINITE))
def test_points_of_another_shape_are_refused(X):
    if X.ndim == 2 and X.size:
        with pytest.raises(ValueError, match=f"X must have rows of dimension {X.shape[1] + 1}; got shape"):
            _checks.points("X", X, dim=X.shape[1] + 1)
    else:
        with pytest.raises(ValueError, match=r"X must (have 2 axes|hold at least one point).*got shape"):
            _checks.points("X", X)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "value",
    [
        "text",
        ["1.5"],
        b"1",
        {1: 2},
        [[1, 2], [3]],
        [1 + 1j],
        np.array([1 + 1j]),
        np.array([1], dtype="timedelta64[D]"),
        np.array(["2020-01-01"], dtype="datetime64[D]"),
        [10**400],
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_array_of_numbers_is_refused(value):
    with pytest.raises(ValueError, match="X must be an array of numbers; got"):
        _checks.array("X", value)


@pytest.mark.bad_input
@pytest.mark.parametrize("value", [None, [None, 1.0], [np.nan, 1.0]], ids=lambda value: repr(value)[:20])
def test_a_missing_number_is_not_finite(value):
    with pytest.raises(ValueError, match="X must be finite; got 1 non-finite entries"):
        _checks.array("X", value)


@pytest.mark.bad_input
def test_a_fraction_of_an_integer_is_never_cut_off():
    assert _checks.array("n", [1, 2], dtype=int).dtype == np.int64
    with pytest.raises(ValueError, match="n must be an array of numbers"):
        _checks.array("n", [1.5], dtype=int)


def test_fractions_and_booleans_are_numbers_and_nan_may_pass_on_demand():
    assert _checks.array("X", [Fraction(1, 2), 3]).tolist() == [0.5, 3.0]
    assert _checks.array("X", [True, False]).tolist() == [1.0, 0.0]
    assert np.isnan(_checks.array("X", [np.nan], finite=False)).all()


@given(st.lists(st.integers(0, 9), min_size=1), st.sampled_from([np.uint8, np.int32, np.int64, np.uint64]))
def test_labels_come_back_as_int64(values, dtype):
    result = _checks.labels("y", np.array(values, dtype=dtype), n=len(values), classes=10)
    assert result.dtype == np.int64
    assert result.tolist() == values


def test_labels_are_a_copy():
    y = np.array([0, 1])
    _checks.labels("y", y, n=2)[:] = 7
    assert y.tolist() == [0, 1]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "value",
    [[0, 1, 2], [[0], [1]], [0.0, 1.0], [True, False], ["a", "b"], [0, [1]], 0, None],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_not_n_integers_is_no_labels(value):
    with pytest.raises(ValueError, match="y must be 2 integers; got"):
        _checks.labels("y", value, n=2)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("value", "range"), [([0, 3], "from 0 to 3"), ([-1, 0], "from -1 to 0"), ([2, 2**62], f"from 2 to {2**62}")]
)
def test_labels_out_of_range_are_refused(value, range):
    with pytest.raises(ValueError, match=f"y must be at least 0 and below 3; got values {range}"):
        _checks.labels("y", value, n=2, classes=3)


@given(hnp.arrays(float, SHAPES, elements=st.floats(0.1, 10)), st.sampled_from([np.float32, np.float64]))
def test_normalised_rows_are_unit_rows(X, dtype):
    X = (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(dtype)
    assert _checks.unit_rows("X", X).dtype == dtype


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("row", "off"), [([0.6, 0.8 + 3e-6], "2.4e-06"), ([0.0, 0.0], "1"), ([3.0, 4.0], "4"), ([1e200, 0.0], "inf")]
)
def test_one_row_off_the_sphere_is_seen(row, off):
    with pytest.raises(ValueError, match=f"X must have rows of norm 1; the worst row is off by {off}"):
        _checks.unit_rows("X", np.array([[1.0, 0.0], row]))
    assert _checks.unit_rows("X", [[0.6, 0.8 + 1e-6]]).shape == (1, 2)


@pytest.mark.parametrize("value", [1, 7, np.int64(7), np.uint8(7), 10**30])
def test_positive_int_gives_a_python_int(value):
    result = _checks.positive_int("m", value)
    assert type(result) is int
    assert result == value


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "value",
    [0, -1, 1.0, np.float64(2), True, np.True_, "1", None, [1], np.array([1])],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_integer_of_at_least_one_is_refused(value):
    with pytest.raises(ValueError, match="m must be an integer of at least 1; got"):
        _checks.positive_int("m", value)


@pytest.mark.bad_input
def test_the_minimum_of_an_integer_counts_in():
    assert _checks.positive_int("k", 2, minimum=2) == 2
    with pytest.raises(ValueError, match="k must be an integer of at least 2; got 1"):
        _checks.positive_int("k", 1, minimum=2)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("limits", "good", "bad", "words"),
    [
        ({"above": 0}, 1e-300, 0.0, "above 0"),
        ({"at_least": 0}, 0, -1e-300, "at least 0"),
        ({"below": 1}, 1 - 1e-16, 1, "below 1"),
        ({"at_most": 1}, 1, 1 + 1e-15, "at most 1"),
        ({"above": 0, "at_most": 1}, Fraction(1, 3), 2, "above 0 and at most 1"),
    ],
)
def test_limits_of_a_number(limits, good, bad, words):
    result = _checks.real("tau", good, **limits)
    assert type(result) is float
    assert result == float(good)
    with pytest.raises(ValueError, match=f"tau must be {words}; got {bad!r}"):
        _checks.real("tau", bad, **limits)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "value",
    [np.nan, np.inf, -np.inf, 10**400, True, "1", None, 1j, [1.0], np.array(1.0)],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(ValueError, match="tau must be a finite number; got"):
        _checks.real("tau", value)
    with pytest.raises(ValueError, match="tau must be a finite number above 0 and below 1; got"):
        _checks.real("tau", value, above=0, below=1)


@pytest.mark.bad_input
@pytest.mark.parametrize("value", ["hinge", "", None, np.array(["a", "b"]), ["a"]], ids=lambda value: repr(value)[:20])
def test_a_choice_that_is_not_offered_is_refused(value):
    assert _checks.choice("loss", "a", {"a": 1, "b": 2}) == "a"
    with pytest.raises(ValueError, match="loss must be one of 'a', 'b'; got"):
        _checks.choice("loss", value, {"a": 1, "b": 2})


@pytest.mark.bad_input
@pytest.mark.parametrize("value", [0, None, np.random, np.random.SeedSequence(0)], ids=lambda v: type(v).__name__)
def test_randomness_is_handed_in_as_a_generator(value):
    with pytest.raises(ValueError, match=r"rng must be a numpy.random.Generator.*; got"):
        _checks.generator("rng", value)
    rng = np.random.default_rng(0)
    assert _checks.generator("rng", rng) is rng
