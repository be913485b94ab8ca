"""What is read off a network or a run."""

from overparam.measure.errors import accuracy, error_weights
from overparam.measure.gradients import gradient_matrix, smallest_singular_value
from overparam.measure.landscape import curvature, line, pl_ratio
from overparam.measure.patterns import changed_by_unit, coupling, sign_changes
from overparam.measure.recall import recall_at
from overparam.measure.tangent import ntk
from overparam.measure.update import relative_distance, row_moves, singular_values

__all__ = [
    "accuracy",
    "changed_by_unit",
    "coupling",
    "curvature",
    "error_weights",
    "gradient_matrix",
    "line",
    "ntk",
    "pl_ratio",
    "recall_at",
    "relative_distance",
    "row_moves",
    "sign_changes",
    "singular_values",
    "smallest_singular_value",
]
