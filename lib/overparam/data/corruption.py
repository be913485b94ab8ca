"""Labels that say nothing about their points."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int, Integer

from overparam import _checks


class Corrupted(NamedTuple):
    """Labels y (n,), int64, and which of them were `replaced` (n,); a replaced label may be the old one."""

    y: Int[np.ndarray, " n"]
    replaced: Bool[np.ndarray, " n"]


def corrupt_labels(
    y: Integer[np.ndarray, " n"], fraction: float, *, classes: int, rng: np.random.Generator
) -> Corrupted:
    r"""Replace round(`fraction`·n) of the labels, chosen at random, by uniform ones from 0 to `classes` - 1.

    A new label is drawn from all c = `classes`, the old one included: it is wrong with probability (c - 1)/c. From the
    same state of `rng` a larger fraction replaces the same labels by the same ones, and some more.

    y (n,) integers. Returns `Corrupted`: y (n,) and replaced (n,). Raises `ValueError` for labels that are negative or
    not below `classes`, a fraction outside [0, 1], and a `rng` that is no generator.
    Source: item PL-17; Zhang et al. (2017). Derived in: {sec-random-labels}.
    """
    classes = _checks.positive_int("classes", classes)
    y = _checks.labels("y", y, n=np.size(y), classes=classes)
    fraction = _checks.real("fraction", fraction, at_least=0, at_most=1)
    order = _checks.generator("rng", rng).permutation(len(y))
    new = rng.integers(classes, size=len(y))
    replaced = np.zeros(len(y), dtype=bool)
    replaced[order[: round(fraction * len(y))]] = True
    return Corrupted(np.where(replaced, new, y), replaced)
