"""Recall at K against the mean over all orders of what is tied, and by hand."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overparam.measure import recall_at


@given(scores=st.lists(st.integers(0, 2), min_size=1, max_size=5), data=st.data())
def test_ties_count_by_the_mean_over_their_orders(scores, data):
    n = len(scores)
    relevant = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n).filter(any)))
    k, scores = data.draw(st.integers(1, n + 1)), np.array(scores, dtype=float)
    orders = [order for order in permutations(range(n)) if (np.diff(scores[list(order)]) <= 0).all()]
    expected = np.mean([relevant[list(order[:k])].sum() / relevant.sum() for order in orders])
    assert recall_at(scores, relevant, k) == pytest.approx(expected, abs=1e-12)


def test_rows_by_hand():
    scores = np.array([[0.9, 0.1, 0.5, 0.4], [0.1, 0.2, 0.3, 0.4]])
    relevant = np.array([[True, True, False, False], [False, False, True, True]])
    np.testing.assert_allclose(recall_at(scores, relevant, 2), [0.5, 1])
    np.testing.assert_allclose(recall_at(scores, relevant, 1), [0.5, 0.5])
    np.testing.assert_allclose(recall_at(scores, relevant, 100), [1, 1])


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("scores", "relevant", "k", "message"),
    [
        ([0.1, 0.2], [True], 1, "relevant must be booleans of the shape of scores"),
        ([0.1, 0.2], [1, 0], 1, "relevant must be booleans"),
        ([0.1, np.inf], [True, False], 1, "scores must be finite"),
        ([0.1, 0.2], [False, False], 1, "relevant must be true of at least one"),
        ([0.1, 0.2], [True, False], 0, "k must be an integer of at least 1"),
    ],
)
def test_what_is_refused(scores, relevant, k, message):
    with pytest.raises(ValueError, match=message):
        recall_at(scores, relevant, k)
