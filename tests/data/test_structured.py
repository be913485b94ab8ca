"""Mixtures and the checker of (A1) and (A2): exact geometry, brute force, invariance, laws of samples, bad input."""

import itertools
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from overparam.data import (
    Mixture,
    cap_mixture,
    gaussian_mixture,
    lift,
    separation,
    structured,
    uniform_sphere,
    xor_of_balls,
)

SEEDS = range(3)
RARE = 6e-5  # the two-sided probability beyond 4 standard errors: a law is refused where its p-value lies below


def follows(values, law):
    return stats.kstest(values, law, method="asymp").pvalue > RARE


def fresh(seed=0):
    return np.random.default_rng(seed)


# ---- the checker


def brute_force(X, y, component):
    """δ and diameter by two loops over differences, nothing shared with the library."""
    between, within = [], [0.0]
    for i, j in itertools.combinations(range(len(X)), 2):
        distance = float(np.sqrt(sum((float(a) - float(b)) ** 2 for a, b in zip(X[i], X[j], strict=True))))
        if y[i] != y[j]:
            between.append(distance)
        if component[i] == component[j]:
            within.append(distance)
    return min(between), max(within)


@st.composite
def labelled_points(draw):
    """Points of a few components in a few classes; repeated points, ties and gaps in the numbering occur."""
    per_class = draw(st.lists(st.integers(1, 3), min_size=2, max_size=3))
    label_of = np.repeat(np.arange(len(per_class)), per_class) * draw(st.integers(1, 3))
    component = np.array(list(range(len(label_of))) + draw(st.lists(st.integers(0, len(label_of) - 1), max_size=10)))
    dtype, dim = draw(st.sampled_from([np.float32, np.float64])), draw(st.integers(1, 4))
    values = st.one_of(st.integers(-2, 2).map(float), st.floats(-100, 100, width=32))
    X = np.array(draw(st.lists(values, min_size=len(component) * dim, max_size=len(component) * dim)), dtype=dtype)
    order = np.array(draw(st.permutations(range(len(component)))))
    return X.reshape(-1, dim)[order], label_of[component][order], component[order]


@given(labelled_points())
def test_separation_is_brute_force(data):
    X, y, component = data
    found = separation(X, y, component)
    delta, diameter = brute_force(X, y, component)
    assert found.delta == pytest.approx(delta, rel=1e-12, abs=1e-150)
    assert found.diameter == pytest.approx(diameter, rel=1e-12, abs=1e-150)
    # What is named realises what is reported.
    first, second = found.closest
    pair = np.isin(component, found.closest)
    assert first < second and len(np.unique(y[pair])) == 2
    assert brute_force(X[pair], y[pair], component[pair])[0] == pytest.approx(delta, rel=1e-12, abs=1e-150)
    widest = X[component == found.widest].astype(float)
    assert max(np.linalg.norm(a - b) for a in widest for b in widest) == pytest.approx(diameter, rel=1e-12, abs=1e-150)
    assert found.components == max(len(np.unique(component[y == label])) for label in np.unique(y))
    assert found.limit == 1 / (8 * found.components)
    assert found.norm_error == pytest.approx(np.abs(np.linalg.norm(X.astype(float), axis=1) - 1).max())
    assert found.ratio == (diameter / delta if delta else np.inf) or found.ratio == pytest.approx(diameter / delta)


@given(labelled_points(), st.integers(0, 99))
def test_separation_does_not_depend_on_rotation_shift_order_or_unit(data, seed):
    X, y, component = data
    X, rng = X.astype(float), fresh(seed)
    found = separation(X, y, component)
    turn = np.linalg.qr(rng.standard_normal((X.shape[1], X.shape[1])))[0]
    order = rng.permutation(len(X))
    for moved, scale in ((X @ turn, 1), (X + rng.standard_normal(X.shape[1]), 1), (X * 2.0**40, 2.0**40)):
        other = separation(moved[order], y[order], component[order])
        assert other.delta == pytest.approx(scale * found.delta, rel=1e-9, abs=1e-10 * scale)
        assert other.diameter == pytest.approx(scale * found.diameter, rel=1e-9, abs=1e-10 * scale)
    assert separation(X @ turn, y, component).norm_error == pytest.approx(found.norm_error, abs=1e-10)


def test_separation_in_blocks_is_separation_at_once_and_holds_little(monkeypatch):
    sample = cap_mixture(4, 3, 5, angle=0.3, rng=fresh()).sample(3000, fresh(1))
    whole = separation(*sample)
    monkeypatch.setattr(structured, "BLOCK", 50_000)
    tracemalloc.start()
    assert separation(*sample) == whole
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # All distances at once would be 72 MB.
    assert peak < 6e6


@pytest.mark.parametrize("block", [structured.BLOCK, 6, 1])
def test_separation_sees_points_that_cancellation_would_merge(block, monkeypatch):
    """Unit vectors a few 1e-9 apart: |x|² + |x'|² - 2<x, x'> cannot tell them from one point, and proposes all."""
    monkeypatch.setattr(structured, "BLOCK", block)
    base = np.tile([0.6, 0.8, 0.0], (4, 1))
    base[:, 2] = [0, 2e-9, 8e-9, 3e-9]
    found = separation(base, np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))
    assert found.delta == pytest.approx(1e-9, rel=1e-6)
    assert found.diameter == pytest.approx(5e-9, rel=1e-6) and found.widest == 1


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_separation_of_tiny_and_huge_points(scale):
    found = separation(scale * np.array([[0.0], [1.0], [5.0]]), np.array([0, 0, 1]), np.array([0, 0, 1]))
    assert (found.delta, found.diameter) == pytest.approx((4 * scale, scale))


def test_touching_classes_fail_a1():
    X = np.array([[1.0, 0.0], [1.0, 0.0]])
    found = separation(X, np.array([0, 1]), np.array([0, 1]))
    assert found.delta == 0 and found.ratio == np.inf and not found.satisfies_a1 and found.satisfies_a2


def test_the_limit_is_met_at_the_boundary_and_not_beyond():
    """Two points a class: the diameter of one component is exactly λδ with λ = 1/8, then slightly more."""
    y, component = np.array([0, 0, 1]), np.array([0, 0, 1])
    assert separation(np.array([[0.0], [1.0], [9.0]]), y, component).satisfies_a1
    assert not separation(np.array([[0.0], [1.0], [9.0 - 1e-6]]), y, component).satisfies_a1


def test_the_norm_condition_has_the_tolerance_of_unit_rows():
    y = np.array([0, 1])
    assert separation(np.array([[1.0, 0], [0, 1 + 9e-7]]), y, y).satisfies_a2
    assert not separation(np.array([[1.0, 0], [0, 1 - 2e-6]]), y, y).satisfies_a2


def test_the_report_reads_well():
    text = repr(xor_of_balls().support())
    assert text.splitlines() == [
        "delta      1.9   between components 0 and 2",
        "diameter   0.1   of component 0",
        "lambda     0.0526316   (A1) holds: 1/(8l) = 0.0625 with l = 2",
        "norm error 1.88   (A2) fails",
    ]


# ---- Figure 3


def test_the_xor_of_balls_as_printed():
    two, one = xor_of_balls().support(), xor_of_balls().support(by_class=True)
    assert (two.delta, two.diameter, two.ratio) == pytest.approx((1.9, 0.1, 1 / 19), rel=1e-14)
    assert two.limit == 1 / 16 and two.satisfies_a1 and not two.satisfies_a2
    assert (one.delta, one.diameter) == pytest.approx((1.9, 2 * np.sqrt(2) + 0.1), rel=1e-14)
    assert one.ratio == pytest.approx(1.541, abs=5e-4) and one.limit == 1 / 8 and not one.satisfies_a1
    # Farthest from norm 1: a point of the ball around (2, 2).
    assert two.norm_error == pytest.approx(2 * np.sqrt(2) + 0.05 - 1)


@pytest.mark.parametrize(
    ("diameter", "holds"), [(0.0, True), (2 / 17, True), (2 / 17 + 1e-6, False), (1.9, False), (3.0, False)]
)
def test_the_xor_of_balls_satisfies_a1_up_to_2_17(diameter, holds):
    found = xor_of_balls(diameter).support()
    assert found.satisfies_a1 is holds
    assert found.delta == pytest.approx(max(2 - diameter, 0)) and found.diameter == pytest.approx(diameter)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_sample_of_the_xor_of_balls(seed):
    mixture = xor_of_balls()
    X, y, component = mixture.sample(1200, fresh(seed))
    two, one = separation(X, y, component), separation(X, y, y)
    # A sample is inside the support; 300 points a ball come close to it.
    assert (
        two.ratio <= 1 / 19
        and two.delta == pytest.approx(1.9, abs=0.03)
        and two.diameter == pytest.approx(0.1, abs=0.005)
    )
    assert one.diameter == pytest.approx(2 * np.sqrt(2) + 0.1, abs=0.02) and not one.satisfies_a1
    # The class is whether the two coordinates lie at the same end, the exclusive or.
    np.testing.assert_array_equal(y, (X > 1).sum(axis=1) % 2 == 0)
    # Uniform in each disc: the squared radius and the direction are uniform.
    offset = (X - mixture.centres[component]) / mixture.radius
    assert follows((offset**2).sum(axis=1), "uniform")
    assert follows(np.arctan2(*offset.T) / (2 * np.pi) + 0.5, "uniform")
    assert separation(lift(X), y, component).satisfies_a2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_ball_in_five_dimensions_is_uniform(seed):
    balls = Mixture(np.eye(5) * 9, np.array([0, 0, 0, 1, 1]), np.full(5, 0.2), "ball", 2.0)
    X, _, component = balls.sample(3000, fresh(seed))
    offset = X - balls.centres[component]
    assert follows((np.linalg.norm(offset, axis=1) / 2) ** 5, "uniform")
    u = np.ones(5) / np.sqrt(5)
    assert follows((1 + offset @ u / np.linalg.norm(offset, axis=1)) / 2, stats.beta(2, 2).cdf)


# ---- exact supports


def towards(a, b, angle):
    """The unit vector at `angle` from a on the great circle through b (negative: away from b)."""
    t = b - (a @ b) * a
    return np.cos(angle) * a + np.sin(angle) * t / np.linalg.norm(t)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("angle", [0.0, 0.01, 0.2, 0.6, 1.4, 1.6, np.pi])
@pytest.mark.parametrize(("classes", "components", "dim"), [(2, 1, 2), (3, 2, 3), (4, 3, 10)])
def test_the_support_of_caps_is_that_of_explicit_extreme_points(classes, components, dim, angle, seed):
    mixture = cap_mixture(classes, components, dim, angle=angle, rng=fresh(seed))
    delta, diameter = np.inf, 2 * np.sin(min(angle, np.pi / 2))
    for i, j in itertools.combinations(range(classes * components), 2):
        a, b = mixture.centres[i], mixture.centres[j]
        theta = np.arccos(a @ b)
        if mixture.labels[i] != mixture.labels[j]:
            reached = min(angle, theta / 2)
            delta = min(delta, np.linalg.norm(towards(a, b, reached) - towards(b, a, reached)))
        else:
            reached = min(angle, (np.pi - theta) / 2)
            diameter = max(diameter, np.linalg.norm(towards(a, b, -reached) - towards(b, a, -reached)))
    one = mixture.support(by_class=True)
    assert (one.delta, one.diameter) == pytest.approx((delta, diameter), abs=1e-9) and one.components == 1
    found = mixture.support()
    assert found.delta == pytest.approx(delta, abs=1e-9) and found.components == components
    assert found.diameter == pytest.approx(2 * np.sin(min(angle, np.pi / 2)), abs=1e-12)
    assert found.satisfies_a2


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("dim", "gap"), [(2, 0.01), (3, 0.1)])
def test_a_sample_of_caps_fills_the_support_from_inside(dim, gap, seed):
    mixture = cap_mixture(2, 2, dim, angle=0.1, rng=fresh(10 + seed))
    sample = mixture.sample(2000, fresh(seed))
    for found, exact in (
        (separation(*sample), mixture.support()),
        (separation(sample.X, sample.y, sample.y), mixture.support(by_class=True)),
    ):
        assert exact.delta - 1e-12 <= found.delta <= exact.delta + gap
        assert exact.diameter - gap <= found.diameter <= exact.diameter + 1e-12


def test_narrow_caps_satisfy_the_assumptions_and_wide_ones_do_not():
    narrow, wide = (cap_mixture(10, 2, 1000, angle=angle, rng=fresh()).support() for angle in (0.03, 0.05))
    assert narrow.satisfies_a1 and narrow.satisfies_a2 and not wide.satisfies_a1


def test_caps_without_angle_are_single_points():
    mixture = cap_mixture(5, 2, 30, angle=0.0, rng=fresh())
    sample = mixture.sample(400, fresh(1))
    found = separation(*sample)
    assert found.diameter == 0 and found.ratio == 0 and found.satisfies_a1 and found.satisfies_a2
    assert len(np.unique(sample.X, axis=0)) == 10
    assert mixture.support().diameter == 0 and mixture.support().delta == pytest.approx(found.delta, rel=1e-12)


def test_gaussian_supports_are_unbounded():
    raw, unit = (gaussian_mixture(3, 2, 8, unit_norm=flag, rng=fresh()).support() for flag in (False, True))
    assert (raw.delta, raw.diameter, raw.ratio, raw.norm_error) == (0, np.inf, np.inf, np.inf)
    assert (unit.delta, unit.diameter, unit.ratio) == (0, 2, np.inf) and unit.satisfies_a2
    assert not raw.satisfies_a1 and not unit.satisfies_a1


@pytest.mark.parametrize("unit_norm", [False, True])
def test_gaussians_without_noise_are_their_means(unit_norm):
    mixture = gaussian_mixture(3, 2, 8, noise=0.0, unit_norm=unit_norm, rng=fresh())
    found, exact = separation(*mixture.sample(300, fresh(1))), mixture.support()
    assert found.diameter == exact.diameter == 0 and exact.satisfies_a1
    assert found.delta == pytest.approx(exact.delta, rel=1e-12)
    means = mixture.centres / (np.linalg.norm(mixture.centres, axis=1, keepdims=True) if unit_norm else 1)
    assert exact.delta == pytest.approx(brute_force(means, mixture.labels, np.arange(6))[0])


# ---- samples


@pytest.mark.parametrize("seed", SEEDS)
def test_the_paper_s_data_have_the_stated_distances(seed):
    """E|x - x'|² = 2σ² within a component and 2σ0² + 2σ² between, so typical distances have the ratio 0.196 > 1/16.

    Half a squared distance of noise is σ² χ²_d/d, of relative standard deviation √(2/d); pairs do not share points.
    Between components the means are as random as the noise: 10 such pairs.
    """
    d, s0, s = 1000, 5.0, 1.0
    mixture = gaussian_mixture(10, 2, d, rng=fresh(seed))
    X, _, component = mixture.sample(2000, fresh(100 + seed))
    within, pairs = 0.0, 0
    for k in range(20):
        mine = X[component == k]
        half = len(mine) // 2
        within, pairs = within + np.sum((mine[:half] - mine[half : 2 * half]) ** 2), pairs + half
    within /= pairs
    assert within == pytest.approx(2 * s**2, rel=4 * np.sqrt(2 / (d * pairs)))
    between = np.mean([np.sum((X[component == k][0] - X[component == k + 10][0]) ** 2) for k in range(10)])
    assert between == pytest.approx(2 * s0**2 + 2 * s**2, rel=4 * np.sqrt(2 / (10 * d)))
    assert np.sqrt(within / between) == pytest.approx(0.196, abs=0.01)
    norms = np.mean(mixture.centres**2) * d
    assert norms == pytest.approx(s0**2, rel=4 * np.sqrt(2 / (20 * d)))


@pytest.mark.parametrize("seed", SEEDS)
def test_gaussian_noise_is_gaussian_in_every_direction(seed):
    mixture = gaussian_mixture(2, 2, 6, mean_scale=3.0, noise=0.5, rng=fresh(seed))
    X, _, component = mixture.sample(4000, fresh(50 + seed))
    for u in (np.eye(6)[0], np.ones(6) / np.sqrt(6)):
        assert follows((X - mixture.centres[component]) @ u, stats.norm(0, 0.5 / np.sqrt(6)).cdf)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_unit_norm_variant_is_the_raw_one_divided_by_its_norms(seed):
    raw, unit = (
        gaussian_mixture(3, 2, 20, unit_norm=flag, rng=fresh(seed)).sample(50, fresh(9)) for flag in (False, True)
    )
    np.testing.assert_array_equal(raw.y, unit.y)
    np.testing.assert_allclose(unit.X, raw.X / np.linalg.norm(raw.X, axis=1)[:, None], rtol=1e-13)
    assert np.linalg.norm(raw.X, axis=1).min() > 2


@pytest.mark.parametrize("seed", SEEDS)
def test_components_come_in_their_weights(seed):
    weights = np.array([0.5, 0.3, 0.15, 0.05])
    mixture = Mixture(np.eye(4), np.array([0, 1, 1, 0]), weights, "cap", 0.1, unit_norm=True)
    _, y, component = mixture.sample(4000, fresh(seed))
    assert stats.chisquare(np.bincount(component), 4000 * weights).pvalue > RARE
    np.testing.assert_array_equal(y, np.array([0, 1, 1, 0])[component])
    assert (mixture.classes, mixture.components, mixture.dim) == (2, 2, 4)


@given(
    kind=st.sampled_from(["raw", "unit", "cap"]),
    classes=st.integers(2, 5),
    components=st.integers(1, 4),
    dim=st.integers(2, 20),
    n=st.integers(1, 40),
    seed=st.integers(0, 99),
)
def test_every_mixture_gives_well_formed_samples_decided_by_the_seed(kind, classes, components, dim, n, seed):
    def drawn():
        rng = fresh(seed)
        if kind == "cap":
            mixture = cap_mixture(classes, components, dim, angle=0.2, rng=rng)
        else:
            mixture = gaussian_mixture(classes, components, dim, unit_norm=kind == "unit", rng=rng)
        return mixture, mixture.sample(n, rng)

    (mixture, sample), (_, again) = drawn(), drawn()
    assert (mixture.classes, mixture.components, mixture.dim) == (classes, components, dim)
    assert mixture.weights.sum() == pytest.approx(1) and sample.X.shape == (n, dim)
    assert [field.dtype for field in sample] == [np.float64, np.int64, np.int64]
    np.testing.assert_array_equal(sample.y, sample.component // components)
    assert sample.component.min() >= 0 and sample.component.max() < classes * components
    assert kind == "raw" or np.abs(np.linalg.norm(sample.X, axis=1) - 1).max() < 1e-12
    for first, second in zip(sample, again, strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_mixture_cannot_be_changed_through_the_arrays_it_was_made_of():
    centres, labels, weights = np.eye(3), np.array([0, 1, 1]), np.full(3, 1 / 3)
    mixture = Mixture(centres, labels, weights, "ball", 0.1)
    centres[:], labels[:], weights[:] = 7, 7, 7
    np.testing.assert_array_equal(mixture.centres, np.eye(3))
    assert mixture.labels.tolist() == [0, 1, 1] and mixture.weights.sum() == pytest.approx(1)
    for kept in (mixture.centres, mixture.labels, mixture.weights):
        with pytest.raises(ValueError, match="read-only"):
            kept[0] = 0


def test_nothing_touches_global_state():
    state = np.random.get_state()[1].copy()  # noqa: NPY002 - it is the global state that must stay
    cap_mixture(2, 2, 4, angle=0.1, rng=fresh()).sample(10, fresh())
    gaussian_mixture(2, 2, 4, rng=fresh()).sample(10, fresh())
    np.testing.assert_array_equal(state, np.random.get_state()[1])  # noqa: NPY002


# ---- bad input


def mixture(**changes):
    given = {"centres": np.eye(3), "labels": np.array([0, 1, 1]), "weights": np.full(3, 1 / 3), "kind": "gaussian"}
    return Mixture(**({**given, "radius": 0.1} | changes))


POINTS, CLASSES = np.eye(3), np.array([0, 1, 1])


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: gaussian_mixture(1, 2, 3, rng=fresh()), "classes must be an integer of at least 2; got 1"),
        (lambda: gaussian_mixture(2, 0, 3, rng=fresh()), "components must be an integer of at least 1"),
        (lambda: gaussian_mixture(2, 2, 0, rng=fresh()), "dim must be an integer of at least 1"),
        (lambda: gaussian_mixture(2, 2, 2.5, rng=fresh()), "dim must be an integer"),
        (lambda: gaussian_mixture(2, 2, 3, mean_scale=0, rng=fresh()), "mean_scale must be above 0"),
        (lambda: gaussian_mixture(2, 2, 3, noise=-1, rng=fresh()), "noise must be at least 0"),
        (lambda: gaussian_mixture(2, 2, 3, noise=np.nan, rng=fresh()), "noise must be a finite number"),
        (lambda: gaussian_mixture(2, 2, 3, rng=0), "rng must be a numpy.random.Generator"),
        (lambda: cap_mixture(2, 2, 1, angle=0.1, rng=fresh()), "dim must be an integer of at least 2; got 1"),
        (lambda: cap_mixture(2, 2, 3, angle=4, rng=fresh()), "angle must be at least 0 and at most 3.14"),
        (lambda: cap_mixture(True, 2, 3, angle=1, rng=fresh()), "classes must be an integer"),
        (lambda: cap_mixture(2, 2, 3, angle=0.1, rng=np.random), "rng must be"),
        (lambda: xor_of_balls(-0.1), "diameter must be at least 0"),
        (lambda: xor_of_balls(np.inf), "diameter must be a finite number"),
        (lambda: xor_of_balls().sample(0, fresh()), "n must be an integer of at least 1"),
        (lambda: xor_of_balls().sample(5, 0), "rng must be"),
        (lambda: mixture(kind="cube"), "kind must be one of 'gaussian', 'cap', 'ball'; got 'cube'"),
        (lambda: mixture(kind="ball", unit_norm=True), "unit_norm must be False for kind 'ball'; got True"),
        (lambda: mixture(kind="cap"), "unit_norm must be True for kind 'cap'; got False"),
        (lambda: mixture(kind="cap", unit_norm=True, centres=2 * np.eye(3)), "centres must have rows of norm 1"),
        (lambda: mixture(kind="cap", unit_norm=True, radius=4), "radius must be at least 0 and at most 3.14"),
        (lambda: mixture(radius=-1), "radius must be at least 0"),
        (lambda: mixture(centres=np.empty((0, 3))), "centres must hold at least one point"),
        (lambda: mixture(centres=np.full((3, 3), np.nan)), "centres must be finite"),
        (lambda: mixture(centres=np.zeros((3, 3)), unit_norm=True), "centres must not hold the origin"),
        (lambda: mixture(labels=np.array([0, 0, 0])), "labels must name the classes 0, 1, ... without a gap"),
        (lambda: mixture(labels=np.array([0, 2, 2])), "labels must name the classes 0, 1, ... without a gap"),
        (lambda: mixture(labels=np.array([0, 1])), "labels must be 3 integers"),
        (lambda: mixture(weights=np.array([0.5, 0.5, 0.0])), "weights must be 3 positive numbers of sum 1"),
        (lambda: mixture(weights=np.full(3, 0.5)), "weights must be 3 positive numbers of sum 1; got .* of sum 1.5"),
        (lambda: mixture(weights=np.full(2, 0.5)), "weights must be 3 positive numbers"),
        (lambda: separation(np.ones(3), CLASSES, CLASSES), "X must have 2 axes"),
        (lambda: separation(np.empty((0, 3)), CLASSES[:0], CLASSES[:0]), "X must hold at least one point"),
        (lambda: separation([[1, 2], [np.nan, 1]], CLASSES[:2], CLASSES[:2]), "X must be finite; got 1 non-finite"),
        (lambda: separation(POINTS, CLASSES[:2], CLASSES), "y must be 3 integers"),
        (lambda: separation(POINTS, CLASSES * 1.0, CLASSES), "y must be 3 integers; got float64"),
        (lambda: separation(POINTS, CLASSES, -CLASSES), "component must be at least 0"),
        (lambda: separation(POINTS, CLASSES * 0, CLASSES), "y must hold at least two classes; got only class 0"),
        (lambda: separation(POINTS, CLASSES, CLASSES * 0), "component must put each component inside one class"),
    ],
)
def test_bad_input_is_named(call, named):
    with pytest.raises(ValueError, match="^" + named):
        call()


@pytest.mark.bad_input
@given(where=st.integers(0, 11), what=st.sampled_from([np.nan, np.inf, -np.inf]))
def test_a_point_that_is_no_number_is_never_measured(where, what):
    X = uniform_sphere(4, 3, fresh())
    X.flat[where] = what
    with pytest.raises(ValueError, match=r"^X must be finite; got 1 non-finite"):
        separation(X, np.array([0, 0, 1, 1]), np.array([0, 0, 1, 1]))
