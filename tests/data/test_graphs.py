"""Graphs: the karate club against its known counts, block models against their law, S against its spectrum."""

import numpy as np
import pytest

from overparam.data import aggregate, karate_club, normalized_adjacency, stochastic_block_model


def test_the_karate_club_has_its_known_counts():
    A, labels = karate_club()
    assert np.array_equal(A, A.T)
    assert set(np.unique(A)) == {0.0, 1.0}
    assert A.sum() == 2 * 78
    assert (A[0].sum(), A[33].sum()) == (16, 17)  # the instructor and the officer
    assert (labels[0], labels[33]) == (0, 1)
    assert list(np.bincount(labels)) == [17, 17]


def test_edges_of_a_block_model_have_their_probabilities():
    counts = []
    for seed in range(200):
        A, blocks = stochastic_block_model([6, 10], 0.4, 0.1, np.random.default_rng(seed))
        assert list(np.bincount(blocks)) == [6, 10]
        assert np.array_equal(A, A.T)
        assert not A.diagonal().any()
        same = blocks[:, None] == blocks
        counts.append([A[same].sum() / 2, A[~same].sum() / 2])
    expected, pairs = np.array([0.4, 0.1]), np.array([15 + 45, 60])
    error = np.sqrt(expected * (1 - expected) * pairs / 200)
    assert np.all(np.abs(np.mean(counts, axis=0) - expected * pairs) <= 4 * error)


def test_certain_and_impossible_edges():
    A, _ = stochastic_block_model([2, 1], 1, 0, np.random.default_rng(0))
    assert np.array_equal(A, [[0, 1, 0], [1, 0, 0], [0, 0, 0]])


def test_normalized_adjacency_by_hand_and_by_its_spectrum():
    path = np.array([[0.0, 1, 0], [1, 0, 1], [0, 1, 0]])
    r = 6**-0.5
    np.testing.assert_allclose(normalized_adjacency(path), [[1 / 2, r, 0], [r, 1 / 3, r], [0, r, 1 / 2]], atol=1e-15)
    A, _ = karate_club()
    values = np.linalg.eigvalsh(normalized_adjacency(A))
    assert values[0] > -1
    assert values[-1] == pytest.approx(1)
    degrees = np.sqrt(A.sum(axis=1) + 1)  # the eigenvector of the eigenvalue 1
    np.testing.assert_allclose(normalized_adjacency(A) @ degrees, degrees)


def test_features_are_aggregated():
    A, _ = karate_club()
    S, X = normalized_adjacency(A), np.random.default_rng(0).standard_normal((34, 3))
    np.testing.assert_allclose(aggregate(X, S, 3), np.linalg.matrix_power(S, 3) @ X)
    expected = np.hstack([np.linalg.matrix_power(S, power) @ X for power in range(4)])
    np.testing.assert_allclose(aggregate(X, S, 3, skip=True), expected)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sizes": []}, "sizes must hold at least one"),
        ({"sizes": [0]}, "sizes must be an integer of at least 1"),
        ({"within": 1.1}, "within must be at least 0 and at most 1"),
        ({"between": -0.1}, "between must be at least 0 and at most 1"),
        ({"rng": 0}, "rng must be a numpy.random.Generator"),
    ],
)
def test_block_model_refuses(change, message):
    good = {"sizes": [2], "within": 0.5, "between": 0.1, "rng": np.random.default_rng(0)}
    with pytest.raises(ValueError, match=message):
        stochastic_block_model(**(good | change))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("A", "message"),
    [
        (np.ones((2, 3)), "A must be square"),
        (np.ones((0, 0)), "A must be square"),
        (np.array([[0.0, 1], [0, 0]]), "A must be symmetric"),
        (-np.ones((2, 2)), "entries of at least 0"),
        (np.full((1, 1), np.nan), "A must be finite"),
    ],
)
def test_normalized_adjacency_refuses(A, message):
    with pytest.raises(ValueError, match=message):
        normalized_adjacency(A)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"S": np.eye(3)}, r"S must have shape \(2, 2\)"),
        ({"S": np.array([[0.0, 1], [0, 0]])}, "S must be symmetric"),
        ({"X": np.ones(2)}, "X must have 2 axes"),
        ({"depth": 0}, "depth must be an integer of at least 1"),
    ],
)
def test_aggregate_refuses(change, message):
    with pytest.raises(ValueError, match=message):
        aggregate(**({"X": np.ones((2, 1)), "S": np.eye(2), "depth": 1} | change))
