"""Homework that grades itself: `python -m overparam.homework --help`. Notebooks import `Variant` and nothing else."""

from overparam.homework.variant import Variant

__all__ = ["Variant"]
