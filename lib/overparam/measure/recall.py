"""Recall among the answers that rank highest."""

import numpy as np
from jaxtyping import Bool, Float

from overparam import _checks


def recall_at(scores: Float[np.ndarray, "*b n"], relevant: Bool[np.ndarray, "*b n"], k: int) -> Float[np.ndarray, "*b"]:
    """The share of the relevant candidates among the k of highest score.

    Where a tie goes across rank k, the mean over all orders of the tied: so neither the order in which candidates are
    listed nor a trick of it can change the result. Where k exceeds their number, all are taken, and the recall is 1.

    scores, relevant: (..., candidates). Raises ValueError for shapes that differ, scores that are not finite, a row
    without a relevant candidate, and k below 1.
    Source: item SP-4. Derived in: {sec-invariance}.
    """
    scores, k = _checks.array("scores", scores), _checks.positive_int("k", k)
    relevant = np.asarray(relevant)
    if scores.ndim == 0 or relevant.shape != scores.shape or relevant.dtype != bool:
        raise ValueError(
            f"relevant must be booleans of the shape of scores, {scores.shape}; got {relevant.dtype} {relevant.shape}"
        )
    if not relevant.any(axis=-1).all():
        raise ValueError("relevant must be true of at least one candidate in every row; got a row without")
    k = min(k, scores.shape[-1])
    last = -np.partition(-scores, k - 1, axis=-1)[..., k - 1 : k]
    above, tied = scores > last, scores == last
    room = (k - above.sum(axis=-1)) / tied.sum(axis=-1)
    hits = (above & relevant).sum(axis=-1) + room * (tied & relevant).sum(axis=-1)
    return np.asarray(hits / relevant.sum(axis=-1))
