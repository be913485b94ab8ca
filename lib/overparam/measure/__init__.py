"""What is read off a network or a run."""

from overparam.measure.errors import accuracy, error_weights
from overparam.measure.patterns import changed_by_unit, coupling
from overparam.measure.tangent import ntk
from overparam.measure.update import relative_distance, row_moves, singular_values

__all__ = [
    "accuracy",
    "changed_by_unit",
    "coupling",
    "error_weights",
    "ntk",
    "relative_distance",
    "row_moves",
    "singular_values",
]
