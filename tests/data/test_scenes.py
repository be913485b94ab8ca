"""Scenes: what is true follows from geometry and classes; what is seen has its law; bad input."""

import numpy as np
import pytest

from overparam.data import scenes
from overparam.data.scenes import APART, REACH

SEEDS = range(3)


@pytest.mark.parametrize("seed", SEEDS)
def test_classes_and_relations_follow_from_the_places(seed):
    made = scenes(200, 6, np.random.default_rng(seed))
    assert made.nodes.shape == (200, 6, 6) and made.edges.shape == (200, 6, 6, 3)
    places = made.nodes[..., 4:]
    distance = np.linalg.norm(places[:, None] - places[:, :, None], axis=-1)
    np.testing.assert_allclose(made.edges[..., 2], distance)
    np.testing.assert_allclose(made.edges[..., :2], places[:, None] - places[:, :, None])
    for s in range(200):
        anchors = np.flatnonzero(made.classes[s] < 2)
        assert len(anchors) == 2 and distance[s][tuple(anchors)] >= APART
        expected = np.zeros((6, 6), dtype=int)
        for i in np.flatnonzero(made.classes[s] >= 2):
            near = [j for j in anchors if distance[s, i, j] <= REACH]
            assert len(near) == 1 and made.classes[s, i] == made.classes[s, near[0]] + 2
            expected[i, near[0]] = 1 + made.classes[s, near[0]]
        np.testing.assert_array_equal(made.relations[s], expected)


def test_triplets_hold_what_is_true_and_nothing_else():
    made = scenes(50, 5, np.random.default_rng(0))
    triplets = made.triplets()
    assert triplets.shape == (50, 5, 5, 4, 2, 4) and (triplets.sum(axis=(1, 2, 3, 4, 5)) == 3).all()
    for s, i, j, subject, relation, object_ in np.argwhere(triplets):
        assert made.relations[s, i, j] == relation + 1
        assert (made.classes[s, i], made.classes[s, j]) == (subject, object_) == (relation + 2, relation)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_evidence_has_its_means_and_its_noise(seed):
    made = scenes(4000, 4, np.random.default_rng(seed), noise=0.4, hint=0.2)
    evidence, classes = made.nodes[..., :4].reshape(-1, 4), made.classes.ravel()
    means = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0.6, 0.4], [0, 0, 0.4, 0.6]])
    residual = evidence - means[classes]
    for label in range(4):
        mine = residual[classes == label]
        assert np.abs(mine.mean(axis=0)).max() < 5 * 0.4 / np.sqrt(len(mine))
        assert mine.std() == pytest.approx(0.4, rel=5 / np.sqrt(8 * len(mine)))


def test_places_of_the_order_carry_nothing_and_the_seed_decides():
    made, again = (scenes(8000, 4, np.random.default_rng(1)) for _ in range(2))
    shares = np.array([(made.classes == label).mean(axis=0) for label in range(4)])
    np.testing.assert_allclose(shares, 0.25, atol=5 * np.sqrt(3 / 16 / 8000))
    assert all(np.array_equal(a, b) for a, b in zip(made, again, strict=True))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": 0}, "count must be an integer of at least 1"),
        ({"n": 2}, "n must be an integer of at least 3"),
        ({"noise": 0}, "noise must be above 0"),
        ({"hint": -1}, "hint must be at least 0"),
        ({"rng": 0}, "rng must be a numpy.random.Generator"),
    ],
)
def test_what_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        scenes(**({"count": 1, "n": 4, "rng": np.random.default_rng(0)} | change))
