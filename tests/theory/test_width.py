"""The printed widths: they solve the closing condition of the proof."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from overparam.theory.width import li_liang


@given(st.integers(2, 20), st.integers(1, 10), st.floats(0.1, 2), st.floats(0.01, 0.9))
def test_it_solves_the_closing_condition(c, l, delta, epsilon):
    m = li_liang(c=c, l=l, delta=delta, epsilon=epsilon)
    small = delta**3 * epsilon**6 / (c**5 * l**5)
    assert m**-0.5 * small == pytest.approx(1 / (m * small), rel=1e-9)


def test_it_grows_with_the_classes_and_falls_with_distance_and_error():
    base = {"c": 10, "l": 2, "delta": 1.0, "epsilon": 0.1}
    assert li_liang(**base | {"c": 20}) / li_liang(**base) == pytest.approx(2**20)
    assert li_liang(**base | {"l": 4}) / li_liang(**base) == pytest.approx(2**20)
    assert li_liang(**base | {"delta": 0.5}) / li_liang(**base) == pytest.approx(2**12)
    assert li_liang(**base | {"epsilon": 0.05}) / li_liang(**base) == pytest.approx(2**24)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"c": 0}, "c must be an integer of at least 1; got 0"),
        ({"l": 1.5}, "l must be an integer"),
        ({"delta": 2.5}, "delta must be above 0 and at most 2; got 2.5"),
        ({"epsilon": 1.0}, "epsilon must be above 0 and below 1; got 1.0"),
    ],
)
def test_bad_input_is_named(change, message):
    with pytest.raises(ValueError, match=message):
        li_liang(**{"c": 10, "l": 2, "delta": 1.0, "epsilon": 0.1} | change)
