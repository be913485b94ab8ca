"""Synthetic scenes: objects that cannot be told apart by themselves, and what stands beside them."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from overparam import _checks

CLASSES = ("table", "car", "plate", "wheel")
RELATIONS = ("none", "on", "part of")
REACH = 0.15  # a round thing lies within it of its anchor
APART = 0.5  # anchors do not come closer


class Scenes(NamedTuple):
    """Scenes of n objects: what is seen of them, and what is true.

    nodes: (count, n, 6), evidence for the four classes, then the position in the unit square.
    edges: (count, n, n, 3), from object i to object j the displacement and its length.
    classes: (count, n), indices into `CLASSES`. relations: (count, n, n), indices into `RELATIONS`.
    """

    nodes: Float[np.ndarray, "count n 6"]
    edges: Float[np.ndarray, "count n n 3"]
    classes: Int[np.ndarray, "count n"]
    relations: Int[np.ndarray, "count n n"]

    def triplets(self) -> Bool[np.ndarray, "count n n 4 2 4"]:
        """Which (class of i, relation, class of j) is true of the pair (i, j); "none" is not a relation to be found."""
        subject = np.eye(len(CLASSES), dtype=bool)[self.classes]
        relation = np.eye(len(RELATIONS), dtype=bool)[self.relations][..., 1:]
        return (
            subject[:, :, None, :, None, None] & relation[:, :, :, None, :, None] & subject[:, None, :, None, None, :]
        )


def scenes(
    count: int, n: int, rng: np.random.Generator, *, noise: float | int = 0.3, hint: float | int = 0.1
) -> Scenes:
    """Scenes of two anchors, each a table or a car, and n - 2 round things, each near one of the anchors.

    A round thing near a table is a plate, and on it; near a car it is a wheel, and part of it. By itself it is hardly
    known: its evidence for the two is the same, 1/2, up to `hint` for the difference. An anchor's evidence is 1 for
    its class and 0 for the others. All evidence has independent N(0, noise²) added. Positions are uniform: the first
    anchor in the square, the second where it is at least `APART` away, a round thing within `REACH` of an anchor
    chosen at random. The order of the objects is random.

    Raises ValueError for no scene, fewer than 3 objects, noise of 0 or below, a hint below 0, and `rng` that is no
    NumPy generator. Source: items SP-2 and SP-4. Derived in: {sec-invariance}.
    """
    count, n = _checks.positive_int("count", count), _checks.positive_int("n", n, 3)
    noise, hint = _checks.real("noise", noise, above=0), _checks.real("hint", hint, at_least=0)
    _checks.generator("rng", rng)
    anchors = rng.random((count, 2, 2))
    while (near := np.linalg.norm(anchors[:, 0] - anchors[:, 1], axis=-1) < APART).any():
        anchors[near] = rng.random((near.sum(), 2, 2))
    kinds, owner = rng.integers(2, size=(count, 2)), rng.integers(2, size=(count, n - 2))
    angle = rng.uniform(0, 2 * np.pi, owner.shape)
    offset = REACH * np.sqrt(rng.random(owner.shape))[..., None] * np.stack([np.cos(angle), np.sin(angle)], -1)
    rows = np.arange(count)[:, None]
    places = np.concatenate([anchors, anchors[rows, owner] + offset], axis=1)
    classes = np.concatenate([kinds, 2 + kinds[rows, owner]], axis=1)

    evidence = np.eye(4)[classes]
    lean = hint / 2 * np.where(kinds[rows, owner] == 0, 1, -1)
    evidence[:, 2:, 2:] = 0.5 + np.stack([lean, -lean], -1)
    evidence += noise * rng.standard_normal(evidence.shape)

    relations = np.zeros((count, n, n), dtype=int)
    relations[rows, np.arange(2, n), owner] = 1 + kinds[rows, owner]
    order = rng.permuted(np.tile(np.arange(n), (count, 1)), axis=1)
    places, evidence, classes = places[rows, order], evidence[rows, order], classes[rows, order]
    relations = relations[rows[..., None], order[:, :, None], order[:, None, :]]
    shift = places[:, None] - places[:, :, None]
    edges = np.concatenate([shift, np.linalg.norm(shift, axis=-1, keepdims=True)], axis=-1)
    return Scenes(np.concatenate([evidence, places], axis=-1), edges, classes, relations)
