"""The structured data of Li and Liang: mixtures with known supports, and the checker of (A1) and (A2)."""

from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from overparam import _checks
from overparam.data.sphere import uniform_cap, uniform_sphere

BLOCK = 4_000_000  # distances held at a time while all pairs are searched: 32 MB
ROUNDING = 1e-10  # relative slack of (A1), so that a boundary case such as diameter 2/17 is not decided by rounding
UNIT_NORM = 1e-6  # slack of (A2), the one that `_checks.unit_rows` grants


class Sample(NamedTuple):
    """A drawn sample: points `X` (n, d), and of each its class `y` and the index of its `component`, (n,) int64."""

    X: Float[np.ndarray, "n d"]
    y: Int[np.ndarray, " n"]
    component: Int[np.ndarray, " n"]


@dataclass(frozen=True, repr=False)
class Separation:
    r"""What (A1) and (A2) ask about, of a sample or of the supports of a mixture.

    (A1): supports of different classes are at least δ apart, and each component has diameter at most λδ with
    $\lambda \le 1/(8l)$. (A2): every point has norm 1.

    `delta`        δ, the smallest distance between different classes
    `diameter`     the largest distance within one component
    `components`   l, the largest number of components in a class
    `closest`      the pair of components, of different classes, that are δ apart
    `widest`       the component of that diameter
    `norm_error`   the largest $|\,\|x\| - 1\,|$

    Lengths are in the units of the points. Source: item LL-2; Li and Liang (2018), section 3.
    Derived in: {sec-setting}.
    """

    delta: float
    diameter: float
    components: int
    closest: tuple[int, int]
    widest: int
    norm_error: float

    @property
    def ratio(self) -> float:
        """λ = diameter / δ, infinite where two classes touch."""
        return self.diameter / self.delta if self.delta > 0 else float("inf")

    @property
    def limit(self) -> float:
        """1/(8l), the largest λ that (A1) allows."""
        return 1 / (8 * self.components)

    @property
    def satisfies_a1(self) -> bool:
        """Whether λ is at most 1/(8l), up to rounding."""
        return bool(self.ratio <= self.limit * (1 + ROUNDING))

    @property
    def satisfies_a2(self) -> bool:
        """Whether every point has norm 1, up to 1e-6."""
        return bool(self.norm_error <= UNIT_NORM)

    def __repr__(self) -> str:
        verdict = {True: "holds", False: "fails"}
        first, second = self.closest
        return (
            f"delta      {self.delta:.6g}   between components {first} and {second}\n"
            f"diameter   {self.diameter:.6g}   of component {self.widest}\n"
            f"lambda     {self.ratio:.6g}   (A1) {verdict[self.satisfies_a1]}: "
            f"1/(8l) = {self.limit:.6g} with l = {self.components}\n"
            f"norm error {self.norm_error:.3g}   (A2) {verdict[self.satisfies_a2]}"
        )


@dataclass(frozen=True, eq=False)
class Mixture:
    r"""A law of labelled points: component j has weight `weights[j]`, class `labels[j]` and a law around `centres[j]`.

    `kind` names that law and what `radius` means, the same for every component:

    "gaussian"  normal with covariance $(\mathrm{radius}^2/d)\, I$: the noise has root mean square norm `radius`
    "cap"       uniform on the part of the unit sphere within the angle `radius` (radians) of the centre
    "ball"      uniform in the ball of that radius

    `centres` (c·l, d), `labels` (c·l,) with each of the c ≥ 2 classes present, `weights` (c·l,) positive with sum 1.
    `unit_norm` divides each drawn point by its norm; caps need it and balls exclude it. The arrays are kept as
    read-only copies. Raises `ValueError` for anything else. Source: items LL-2 and LL-20; Li and Liang (2018),
    sections 3 and 6. Derived in: {sec-setting}.
    """

    centres: Float[np.ndarray, "k d"]
    labels: Int[np.ndarray, " k"]
    weights: Float[np.ndarray, " k"]
    kind: Literal["gaussian", "cap", "ball"]
    radius: float
    unit_norm: bool = False

    def __post_init__(self):
        kind = _checks.choice("kind", self.kind, ("gaussian", "cap", "ball"))
        if kind != "gaussian" and self.unit_norm != (kind == "cap"):
            raise ValueError(f"unit_norm must be {kind == 'cap'} for kind {kind!r}; got {self.unit_norm!r}")
        centres = (_checks.unit_rows if kind == "cap" else _checks.points)("centres", self.centres).astype(float)
        if self.unit_norm and not centres.any(axis=1).all():
            raise ValueError("centres must not hold the origin where unit_norm divides by norms")
        labels = _checks.labels("labels", self.labels, n=len(centres))
        present = np.unique(labels)
        if len(present) < 2 or present[-1] != len(present) - 1:
            raise ValueError(f"labels must name the classes 0, 1, ... without a gap, at least two; got {present}")
        weights = _checks.array("weights", self.weights, ndim=1).copy()
        if weights.shape != labels.shape or (weights <= 0).any() or abs(weights.sum() - 1) > 1e-9:
            raise ValueError(
                f"weights must be {len(labels)} positive numbers of sum 1; got {weights} of sum {weights.sum():.12g}"
            )
        radius = _checks.real("radius", self.radius, at_least=0.0, at_most=np.pi if kind == "cap" else None)
        for name, value in {"centres": centres, "labels": labels, "weights": weights}.items():
            value.setflags(write=False)
            object.__setattr__(self, name, value)
        object.__setattr__(self, "radius", radius)

    @property
    def classes(self) -> int:
        """c, the number of classes."""
        return int(self.labels.max()) + 1

    @property
    def components(self) -> int:
        """l, the number of components in a class (in the largest, where classes differ)."""
        return int(np.bincount(self.labels).max())

    @property
    def dim(self) -> int:
        """d, the dimension of the points."""
        return self.centres.shape[1]

    def sample(self, n: int, rng: np.random.Generator) -> Sample:
        """`n` independent labelled points: X (n, d) float64, y (n,) and component (n,) int64.

        Raises `ValueError` for n below 1 or a `rng` that is no generator.
        """
        n, rng = _checks.positive_int("n", n), _checks.generator("rng", rng)
        component = rng.choice(len(self.labels), size=n, p=self.weights)
        X = self.centres[component]
        if self.kind == "cap":
            X = uniform_cap(X, self.radius, rng)
        elif self.kind == "ball":
            # A point of the unit ball has norm below s with probability s^d.
            X = X + self.radius * rng.random((n, 1)) ** (1 / self.dim) * uniform_sphere(n, self.dim, rng)
        else:
            X = X + self.radius / np.sqrt(self.dim) * rng.standard_normal((n, self.dim))
            if self.unit_norm:
                X = X / np.linalg.norm(X, axis=1, keepdims=True)
        return Sample(X, self.labels[component], component)

    def support(self, *, by_class: bool = False) -> Separation:
        r"""The exact δ, diameter and λ of the supports; `by_class=True` takes each class as one component (l = 1).

        With D and θ the smallest distance and angle between centres of different classes, r the radius:

        balls   $\delta = \max(D - 2r, 0)$, diameter 2r
        caps    $\delta = 2\sin(\max(\theta - 2r, 0)/2)$, diameter $2\sin(\min(r, \pi/2))$
        normal  δ = 0 and an infinite diameter, for each support is the whole space: (A1) fails for every radius above 0
                (where points are divided by their norm it is the whole sphere, of diameter 2)

        The supports of radius 0 are the centres.

        Source: item LL-2. Derived in: {sec-setting}.
        """
        centres = self.centres
        if self.unit_norm:
            centres = centres / np.linalg.norm(centres, axis=1, keepdims=True)
        component = self.labels if by_class else np.arange(len(centres))
        between = separation(centres, self.labels, component)
        if self.kind == "cap":
            # Distance on the sphere grows with the angle, so the extreme pairs of caps are those of the centres.
            nearest, farthest = 2 * np.arcsin(np.minimum([between.delta / 2, between.diameter / 2], 1))
            delta = 2 * np.sin(max(nearest - 2 * self.radius, 0) / 2)
            diameter = 2 * np.sin(min(farthest + 2 * self.radius, np.pi) / 2)
            return replace(between, delta=float(delta), diameter=float(diameter))
        if self.kind == "gaussian":
            if self.radius == 0:
                return between
            if self.unit_norm:
                return replace(between, delta=0.0, diameter=2.0)
            return replace(between, delta=0.0, diameter=float("inf"), norm_error=float("inf"))
        norms = np.linalg.norm(centres, axis=1)
        inner, outer = np.maximum(norms - self.radius, 0), norms + self.radius
        return replace(
            between,
            delta=max(between.delta - 2 * self.radius, 0.0),
            diameter=between.diameter + 2 * self.radius,
            norm_error=float(np.abs([inner - 1, outer - 1]).max()),
        )


def gaussian_mixture(
    classes: int,
    components: int,
    dim: int,
    *,
    mean_scale: float = 5.0,
    noise: float = 1.0,
    unit_norm: bool = False,
    rng: np.random.Generator,
) -> Mixture:
    r"""The synthetic data of Li and Liang: Gaussian components around Gaussian means, all of equal weight.

    Means are independent $N(0, (\sigma_0^2/d) I)$ and the noise is $N(0, (\sigma^2/d) I)$ with σ₀ = `mean_scale` and
    σ = `noise`. The paper's setting is classes = 10, components = 2, dim = 1000, σ₀ = 5, σ = 1, and does not
    normalise: norms are about √26. `unit_norm=True` divides each point by its norm, as (A2) asks. Neither variant
    satisfies (A1): the supports are unbounded, and already typical distances have the ratio
    $\sqrt{2\sigma^2/(2\sigma_0^2 + 2\sigma^2)}$, there 0.196 and above 1/16.

    `classes` ≥ 2, `components` (in each class) ≥ 1, `dim` ≥ 1, `mean_scale` > 0, `noise` ≥ 0. Component j belongs to
    class j // components. Raises `ValueError` for anything else. Source: items LL-2 and LL-20; Li and Liang (2018),
    section 6. Derived in: {sec-experiments}.
    """
    labels = _balanced_labels(classes, components)
    dim = _checks.positive_int("dim", dim)
    mean_scale = _checks.real("mean_scale", mean_scale, above=0.0)
    noise = _checks.real("noise", noise, at_least=0.0)
    centres = mean_scale / np.sqrt(dim) * _checks.generator("rng", rng).standard_normal((len(labels), dim))
    return Mixture(centres, labels, _equal_weights(labels), "gaussian", noise, unit_norm)


def cap_mixture(classes: int, components: int, dim: int, *, angle: float, rng: np.random.Generator) -> Mixture:
    """Points of norm 1 in spherical caps of angular radius `angle` around centres uniform on the sphere.

    Supports are bounded, so (A1) and (A2) can hold, unlike for Gaussian noise: `support()` says whether they do.
    `angle` 0 gives single points, the case without variance of the coupling lemma.

    `classes` ≥ 2, `components` (in each class) ≥ 1, `dim` ≥ 2, `angle` between 0 and π, in radians. All components
    have equal weight, and component j belongs to class j // components. Raises `ValueError` for anything else.
    Source: items LL-2 and LL-9. Derived in: {sec-setting}.
    """
    labels = _balanced_labels(classes, components)
    dim = _checks.positive_int("dim", dim, minimum=2)
    angle = _checks.real("angle", angle, at_least=0.0, at_most=np.pi)
    return Mixture(uniform_sphere(len(labels), dim, rng), labels, _equal_weights(labels), "cap", angle, unit_norm=True)


def xor_of_balls(diameter: float = 0.1) -> Mixture:
    r"""Figure 3 of Li and Liang: discs around (0, 2) and (2, 0), class 0, and around (0, 0) and (2, 2), class 1.

    D is their `diameter`. With two components a class, δ = 2 - D and λ = D/(2 - D), so (A1) holds for D ≤ 2/17; the
    figure's D = 1/10 gives λ = 1/19 ≤ 1/16. With each class one component, `support(by_class=True)`, δ stays and the
    diameter is $2\sqrt2 + D$: (A1) fails for every D. (A2) fails; see `lift`. Raises `ValueError` for a negative
    diameter. Source: item LL-2. Derived in: {sec-setting}.
    """
    diameter = _checks.real("diameter", diameter, at_least=0.0)
    centres = np.array([[0.0, 2.0], [2.0, 0.0], [0.0, 0.0], [2.0, 2.0]])
    labels = _balanced_labels(2, 2)
    return Mixture(centres, labels, _equal_weights(labels), "ball", diameter / 2)


def _balanced_labels(classes: int, components: int) -> np.ndarray:
    classes = _checks.positive_int("classes", classes, minimum=2)
    return np.repeat(np.arange(classes), _checks.positive_int("components", components))


def _equal_weights(labels: np.ndarray) -> np.ndarray:
    return np.full(len(labels), 1 / len(labels))


def separation(X: Float[np.ndarray, "n d"], y: Int[np.ndarray, " n"], component: Int[np.ndarray, " n"]) -> Separation:
    """The checker of (A1) and (A2): δ, diameter and λ of a sample, over all pairs of its points.

    A sample lies in the support, so its δ is at least that of the distribution and its diameter at most that: a
    sample that fails proves that (A1) fails, one that passes proves nothing about points not drawn. `component=y`
    takes each class as one component.

    `X` (n, d); `y` (n,) classes and `component` (n,) component indices, integers from 0, each component inside one
    class. Takes O(n² d) time and O(n d) memory. Raises `ValueError` for other shapes, an empty or non-finite X, fewer
    than two classes, or a component with points in two classes. Source: item LL-2; Li and Liang (2018), section 3.
    Derived in: {sec-setting}.
    """
    X = _checks.points("X", X).astype(float)
    y = _checks.labels("y", y, n=len(X))
    component = _checks.labels("component", component, n=len(X))
    memberships = np.unique(np.stack([component, y], axis=1), axis=0)
    torn = memberships[:-1, 0][np.diff(memberships[:, 0]) == 0]
    if len(torn):
        raise ValueError(f"component must put each component inside one class; component {torn[0]} meets several")
    components_of_class = np.unique(memberships[:, 1], return_counts=True)[1]
    if len(components_of_class) < 2:
        raise ValueError(f"y must hold at least two classes; got only class {y[0]}")

    # A power of two scales without rounding, and keeps the squares of very large and very small coordinates in range.
    exponent = int(np.frexp(np.abs(X).max())[1])
    X = np.ldexp(X, -exponent)
    squares = np.sum(X**2, axis=1)
    # What |x|² + |x'|² - 2<x, x'> may be off by: that form is fast but cancels, so it only proposes pairs.
    slack = 4 * (X.shape[1] + 8) * np.finfo(float).eps * squares.max()

    nearest, closest = np.inf, (0, 0)
    farthest, widest = 0.0, int(component[0])
    rows = max(1, BLOCK // len(X))
    for start in range(0, len(X), rows):
        block, rest = slice(start, start + rows), slice(start, None)
        rough = squares[block, None] + squares[None, rest] - 2 * X[block] @ X[rest].T
        apart = y[block, None] != y[None, rest]
        for i, j, value in _smallest(rough, apart, nearest, slack, X[block], X[rest]):
            nearest, closest = value, tuple(sorted((int(component[start + i]), int(component[start + j]))))
        together = component[block, None] == component[None, rest]
        for i, _, value in _smallest(-rough, together, -farthest, slack, X[block], X[rest], sign=-1):
            farthest, widest = -value, int(component[start + i])

    return Separation(
        delta=float(np.ldexp(np.sqrt(nearest), exponent)),
        diameter=float(np.ldexp(np.sqrt(farthest), exponent)),
        components=int(components_of_class.max()),
        closest=closest,
        widest=widest,
        norm_error=float(np.abs(np.ldexp(np.sqrt(squares), exponent) - 1).max()),
    )


def _smallest(rough, allowed, best, slack, A, B, sign=1):
    """Yields (i, j, value) where value = sign·|A_i - B_j|², known in `rough` up to slack, improves on `best`."""
    rough = np.where(allowed, rough, np.inf)
    first, second = np.nonzero(allowed & (rough <= min(best + slack, rough.min() + 2 * slack)))
    chunk = max(1, BLOCK // A.shape[1])
    for k in range(0, len(first), chunk):
        i, j = first[k : k + chunk], second[k : k + chunk]
        exact = sign * np.sum((A[i] - B[j]) ** 2, axis=1)
        at = exact.argmin()
        if exact[at] < best:
            best = exact[at]
            yield int(i[at]), int(j[at]), best
