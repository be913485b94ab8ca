"""Closed forms and bounds: NumPy and SciPy only."""
