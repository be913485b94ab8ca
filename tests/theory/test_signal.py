"""Closed forms of the signal in a random network against simulations and limits."""

import numpy as np
import pytest

from overparam.theory.signal import adversarial_flips, fourth_moment, random_flips, separation


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("m", "layers"), [(20, 1), (30, 6)])
def test_the_moments_of_the_norm(seed, m, layers):
    rng = np.random.default_rng(seed)
    square = np.ones(20_000)
    for _ in range(layers):
        g = rng.standard_normal((len(square), m))
        square *= 2 / m * (np.maximum(g, 0) ** 2).sum(axis=1)
    for values, expected in ((square, 1), (square**2, fourth_moment(m=m, layers=layers))):
        assert abs(values.mean() - expected) <= 4 * values.std() / np.sqrt(len(values))
    assert fourth_moment(m=5, layers=3) == 8


def test_two_inputs_come_together_like_3_pi_over_the_depth():
    distances = separation(np.sqrt(2), 1000)  # orthogonal inputs
    assert distances[0] == pytest.approx(np.sqrt(2), rel=1e-15)
    assert distances[1] ** 2 == pytest.approx(2 - 2 / np.pi, rel=1e-14)
    assert (np.diff(distances) < 0).all()
    # 1 - ρ = 9π²/(2ℓ²) up to a term of relative order log ℓ/ℓ.
    assert distances[1000] * 1000 == pytest.approx(3 * np.pi, rel=0.02)
    assert separation(2, 1)[1] == pytest.approx(np.sqrt(2), rel=1e-14)  # antipodes become orthogonal
    assert separation(0.5, 0).tolist() == [0.5]


@pytest.mark.parametrize("seed", range(3))
def test_a_wide_network_separates_as_much(seed):
    rng = np.random.default_rng(seed)
    m, H = 2000, np.array([[1.0, 0.0], [np.cos(0.8), np.sin(0.8)]])
    measured = []
    for _ in range(4):
        H = np.maximum(H @ rng.standard_normal((H.shape[1], m)) * np.sqrt(2 / m), 0)
        measured.append(np.linalg.norm(H[0] - H[1]))
    expected = separation(np.linalg.norm([1 - np.cos(0.8), np.sin(0.8)]), 4)[1:]
    np.testing.assert_allclose(measured, expected, rtol=0.08)  # about four deviations of a norm at this width


@pytest.mark.parametrize("omega", [0.003, 0.01])
def test_flips_of_an_adversary_and_of_chance(omega):
    m, draws, flipped, moved = 20_000, 60, [], []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        g = rng.standard_normal(m) * np.sqrt(2 / m)
        flipped.append(np.searchsorted(np.cumsum(np.sort(np.abs(g)) ** 2), omega**2) / m)
        change = rng.standard_normal(m) * omega / (2 * np.sqrt(m))
        moved.append(np.mean((g >= 0) != (g + change >= 0)))
    for values, expected in ((flipped, adversarial_flips(omega)), (moved, random_flips(omega))):
        assert abs(np.mean(values) - expected) <= 4 * np.std(values, ddof=1) / np.sqrt(draws)


def test_flips_by_hand():
    assert adversarial_flips(1) == pytest.approx(0.9847450218427, rel=1e-12)
    assert adversarial_flips(8) == pytest.approx(4 * adversarial_flips(1), rel=1e-14)
    assert random_flips(2 * np.sqrt(2)) == pytest.approx(0.25, rel=1e-14)
    assert random_flips(1e-9) * 1e9 == pytest.approx(1 / (2 * np.sqrt(2) * np.pi), rel=1e-12)
    assert adversarial_flips(0) == random_flips(0) == 0


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fourth_moment(m=0, layers=1), "m must be"),
        (lambda: fourth_moment(m=1, layers=0), "layers must be"),
        (lambda: separation(0, 1), "delta must be above 0 and at most 2"),
        (lambda: separation(2.1, 1), "delta must be above 0 and at most 2"),
        (lambda: separation(1, -1), "depth must be"),
        (lambda: adversarial_flips(-1), "omega must be at least 0"),
        (lambda: random_flips(-1), "omega must be at least 0"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
