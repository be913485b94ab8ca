"""Corrupted labels: how many, which, of which law; bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overparam.data import corrupt_labels


@given(n=st.integers(1, 60), fraction=st.floats(0, 1), classes=st.integers(1, 12), seed=st.integers(0, 99))
def test_the_stated_number_is_replaced_and_the_others_are_kept(n, fraction, classes, seed):
    y = np.random.default_rng(seed).integers(classes, size=n)
    before = y.copy()
    new, replaced = corrupt_labels(y, fraction, classes=classes, rng=np.random.default_rng(seed))
    assert new.dtype == np.int64 and new.shape == replaced.shape == (n,)
    assert replaced.sum() == round(fraction * n)
    assert np.array_equal(new[~replaced], y[~replaced])
    assert new.min() >= 0 and new.max() < classes
    assert np.array_equal(y, before)


@pytest.mark.parametrize("seed", range(3))
def test_a_new_label_is_uniform_on_all_classes_and_does_not_know_the_old_one(seed):
    n, classes = 40_000, 4
    y = np.repeat([0, 3], n // 2)
    new, replaced = corrupt_labels(y, 1.0, classes=classes, rng=np.random.default_rng(seed))
    assert replaced.all()
    for old in (0, 3):
        share = np.bincount(new[y == old], minlength=classes) / (n // 2)
        assert np.abs(share - 1 / classes).max() <= 4 * np.sqrt(3 / 16 / (n // 2))


@pytest.mark.parametrize("seed", range(3))
def test_every_place_is_replaced_equally_often(seed):
    rng = np.random.default_rng(seed)
    share = np.mean([corrupt_labels(np.zeros(10, int), 0.3, classes=2, rng=rng).replaced for _ in range(4000)], axis=0)
    assert np.abs(share - 0.3).max() <= 4 * np.sqrt(0.21 / 4000)


def test_a_larger_fraction_replaces_the_same_labels_by_the_same_ones_and_some_more():
    y = np.arange(50) % 10
    small, large = (corrupt_labels(y, fraction, classes=10, rng=np.random.default_rng(0)) for fraction in (0.2, 0.6))
    assert (large.replaced[small.replaced]).all()
    assert np.array_equal(small.y[small.replaced], large.y[small.replaced])


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": np.array([0, 3])}, "y must be at least 0 and below 3; got values from 0 to 3"),
        ({"y": np.array([0.0, 1.0])}, "y must be 2 integers; got float64"),
        ({"fraction": 1.1}, "fraction must be at least 0 and at most 1; got 1.1"),
        ({"fraction": -0.1}, "fraction must be at least 0 and at most 1; got -0.1"),
        ({"classes": 0}, "classes must be an integer of at least 1; got 0"),
        ({"rng": 0}, "rng must be a numpy.random.Generator"),
    ],
    ids=str,
)
def test_bad_input_is_named(change, message):
    arguments = {"y": np.array([0, 1]), "fraction": 0.5, "classes": 3, "rng": np.random.default_rng(0)} | change
    with pytest.raises(ValueError, match=message):
        corrupt_labels(arguments.pop("y"), arguments.pop("fraction"), **arguments)
