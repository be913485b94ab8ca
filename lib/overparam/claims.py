"""Asserted claims: one call a claim, which fails the notebook when the claim does not hold, and else shows a small box.

    claims.check("LL-9", bound(measured=uncoupled, at_most=ceiling))

The register `book/claims.yml` says what is claimed and of which kind; the evidence says what was measured and what was
required.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

import numpy as np
import yaml

from overparam._checks import array, choice, real

MIME = "application/vnd.overparam.claim+json"

ROUNDING = 1e-10  # relative slack of a bound: what rounding may cost, and nothing more
IDENTITY = 1e-8
STANDARD_ERRORS = 4.0
SEEDS = 3


class ClaimFailed(AssertionError):
    """A claim that does not hold."""


@dataclass(frozen=True)
class Evidence:
    """What was measured for a claim of one kind, what was required of it, and whether it holds."""

    kind: str
    measured: float | list[float]
    required: str
    holds: bool
    remark: str = ""


def _numbers(name: str, value) -> np.ndarray:
    result = array(name, value, finite=False)  # a NaN is a claim that fails, not a bad argument
    if result.size == 0:
        raise ValueError(f"{name} must hold at least one number; got shape {result.shape}")
    return result


def _together(**values) -> list[np.ndarray]:
    """The values as arrays of one shape."""
    arrays = [_numbers(name, value) for name, value in values.items()]
    try:
        return list(np.broadcast_arrays(*arrays))
    except ValueError as error:
        shapes = ", ".join(str(values.shape) for values in arrays)
        raise ValueError(f"{', '.join(values)} must have shapes that go together; got {shapes}") from error


def _interval(name: str, value) -> tuple[float, float]:
    ends = array(name, value, finite=False)
    if ends.shape != (2,) or not ends[0] < ends[1]:
        raise ValueError(f"{name} must be two numbers, the lower first; got {value!r}")
    return float(ends[0]), float(ends[1])


def _seeds(name: str, value) -> np.ndarray:
    """One row a seed; at least three of them."""
    rows = _numbers(name, value)
    if rows.ndim < 1 or len(rows) < SEEDS:
        raise ValueError(f"{name} must hold one row for each of at least {SEEDS} seeds; got shape {rows.shape}")
    return rows


def _shown(values: np.ndarray, worst: int) -> float | list[float]:
    """One number as it is, as are equal ones; a few as a list, many by their worst."""
    values = values.ravel()
    if np.all(values == values[0]):
        return float(values[0])
    return [float(v) for v in values] if values.size <= 12 else float(values[worst])


def _evidence(kind: str, measured, required: str, holds, *, worst: int = 0, remark: str = "") -> Evidence:
    # What is not finite was not measured: it supports no claim, whatever it is compared with.
    holds = bool(np.all(holds) and np.isfinite(measured).all())
    return Evidence(kind, _shown(np.asarray(measured), worst), required, holds, remark)


def identity(measured, expected, *, tolerance: float = IDENTITY, reason: str = "") -> Evidence:
    """|measured - expected| ≤ tolerance · max(1, |expected|), entry by entry.

    ValueError for a tolerance other than 1e-8 without its reason.
    """
    tolerance = real("tolerance", tolerance, above=0)
    if tolerance != IDENTITY and not reason:
        raise ValueError(f"reason must be given for a tolerance other than {IDENTITY:g}; got none for {tolerance:g}")
    measured, expected = _together(measured=measured, expected=expected)
    error = np.abs(measured - expected) / np.maximum(1, np.abs(expected))
    if measured.size > 12:
        shown, required = np.max(error), f"deviation at most {tolerance:g}"
    else:
        shown, required = measured, f"{_text(_shown(expected, 0))} within {tolerance:g}"
    return _evidence("identity", shown, required, error <= tolerance, remark=reason)


def monte_carlo(measured, expected, *, standard_error) -> Evidence:
    """|measured - expected| ≤ 4 standard errors, entry by entry.

    ValueError for a standard error that is not finite and above 0.
    """
    measured, expected, error = _together(measured=measured, expected=expected, standard_error=standard_error)
    if not np.all((error > 0) & np.isfinite(error)):
        raise ValueError(f"standard_error must be finite and above 0; got {error.min()!r} to {error.max()!r}")
    off = np.abs(measured - expected) / error
    worst = int(np.argmax(off))
    required = (
        f"{_text(_shown(expected, worst))} within {STANDARD_ERRORS:g} standard errors of {_text(_shown(error, worst))}"
    )
    remark = f"off by {np.max(off):.2g} standard errors" + (" at worst" if off.size > 1 else "")
    return _evidence("monte_carlo", measured, required, off <= STANDARD_ERRORS, worst=worst, remark=remark)


def bound(measured, *, at_most=None, at_least=None) -> Evidence:
    """measured ≤ at_most or measured ≥ at_least, entry by entry, with no slack but 1e-10 relative for rounding."""
    if (at_most is None) == (at_least is None):
        raise ValueError(f"at_most or at_least must be given, one of the two; got {at_most!r} and {at_least!r}")
    if at_least is None:
        measured, limit = _together(measured=measured, at_most=at_most)
        word, room, holds = "at most", limit - measured, measured <= limit + ROUNDING * np.abs(limit)
    else:
        measured, limit = _together(measured=measured, at_least=at_least)
        word, room, holds = "at least", measured - limit, measured >= limit - ROUNDING * np.abs(limit)
    # The tightest comparison is the one whose two sides are closest for their size.
    with np.errstate(invalid="ignore"):
        worst = int(np.argmin(room / np.maximum(np.abs(limit) + np.abs(measured), np.finfo(float).tiny)))
    remark = ""
    if measured.size > 4:
        remark = f"the tightest of {measured.size} comparisons"
        measured, limit = measured.flat[worst], limit.flat[worst]
    required = f"{word} {_text(_shown(np.asarray(limit), 0))}"
    return _evidence("bound", measured, required, holds, remark=remark)


def scaling(x, y, *, slope: tuple[float, float]) -> Evidence:
    """The slope of log y against log x, fitted for each seed (a row of y, at least three), lies in `slope` on average.

    x: (k,) with at least 3 different values; y: (seeds, k). ValueError for other shapes and values of 0 or below.
    """
    low, high = _interval("slope", slope)
    x, rows = _numbers("x", x), _seeds("y", y)
    if x.ndim != 1 or rows.shape[1:] != x.shape or len(np.unique(x)) < 3:
        raise ValueError(
            f"y must have one row a seed and a column for each of at least 3 different x; got {rows.shape}, x = {x}"
        )
    if np.any(x <= 0) or np.any(rows <= 0):
        raise ValueError(f"x and y must be above 0, for their logarithms; got down to {x.min():.4g}, {rows.min():.4g}")
    u = np.log(x) - np.log(x).mean()
    slopes = np.log(rows) @ u / (u @ u)
    return _evidence(
        "scaling",
        slopes.mean(),
        f"slope from {_text(low)} to {_text(high)}",
        low <= slopes.mean() <= high,
        remark=_spread(slopes),
    )


def _spread(seeds: np.ndarray) -> str:
    return f"standard error {seeds.std(ddof=1) / np.sqrt(len(seeds)):.2g} over {len(seeds)} seeds"


def trend(values, *, direction: str, noise: float = 0.0) -> Evidence:
    """Each value is above (below) the one before it.

    With `noise`, none is below (above) an earlier one by more than it, and the last is above (below) the first by more.

    values: (k,), or (seeds, k) with at least three seeds, whose mean is taken. ValueError for fewer seeds or values.
    """
    choice("direction", direction, ("increasing", "decreasing"))
    noise = real("noise", noise, at_least=0)
    values, remark = _numbers("values", values), ""
    if values.ndim == 2:
        values, remark = _seeds("values", values).mean(axis=0), f"mean over {len(values)} seeds"
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"values must hold at least 2 numbers in a row; got shape {values.shape}")
    rising = values if direction == "increasing" else -values
    above_earlier = rising[1:] - np.maximum.accumulate(rising)[:-1]
    # Without noise the order is strict. Values that do not move, or by no more than the noise, show no trend.
    holds = np.all(above_earlier >= -noise) & (rising[-1] - rising[0] > noise) if noise else np.all(above_earlier > 0)
    shown = values
    if len(values) > 12:
        shown, remark = values[[0, -1]], "; ".join(filter(None, (f"first and last of {len(values)}", remark)))
    return _evidence("trend", shown, direction + (f" up to {noise:g}" if noise else ""), holds, remark=remark)


def counterexample(measured, *, differs_from=None, by=None, above=None, below=None) -> Evidence:
    """A value that refutes a statement: more than `by` away from the stated one, or above (below) a stated limit."""
    given = {"differs_from": differs_from, "above": above, "below": below}
    given = {name: value for name, value in given.items() if value is not None}
    if len(given) != 1 or (differs_from is None) != (by is None):
        names = ", ".join(given) or "none"
        raise ValueError(f"one of differs_from (with by), above, below must be given; got {names}, by={by!r}")
    [name] = given
    measured, stated = _together(measured=measured, **given)
    if name == "differs_from":
        by = real("by", by, above=0)
        gap, words = np.abs(measured - stated) - by, f"more than {by:.4g} away from"
    else:
        gap, words = (measured - stated if name == "above" else stated - measured), name
    worst = int(np.argmin(gap))
    return _evidence("counterexample", measured, f"{words} {_text(_shown(stated, worst))}", gap > 0, worst=worst)


def reproduction(measured, *, printed: str, within: tuple[float, float]) -> Evidence:
    """The mean over seeds (at least three numbers) lies in the interval `within` around the value a paper prints."""
    low, high = _interval("within", within)
    seeds = _seeds("measured", measured)
    if seeds.ndim != 1:
        raise ValueError(f"measured must hold one number a seed; got shape {seeds.shape}")
    return _evidence(
        "reproduction",
        seeds.mean(),
        f"from {_text(low)} to {_text(high)}; printed: {printed}",
        low <= seeds.mean() <= high,
        remark=_spread(seeds),
    )


def _text(value: float | list[float]) -> str:
    if isinstance(value, list):
        return ", ".join(_text(v) for v in value)
    return f"{value:.4g}"


def register_path() -> Path:
    """`book/claims.yml` of the clone that this package is installed from, else the copy that a wheel carries."""
    beside = Path(__file__).parents[2] / "book" / "claims.yml"
    return beside if beside.is_file() else Path(str(files("overparam") / "claims.yml"))


@cache
def register() -> Mapping[str, Mapping]:
    """The entries of the register by their ids."""
    entries = yaml.safe_load(register_path().read_text(encoding="utf-8"))
    return MappingProxyType({entry["id"]: entry for entry in entries})


@dataclass(frozen=True)
class Claim:
    """A claim that was checked and holds; it shows itself as a box."""

    id: str
    statement: str
    evidence: Evidence
    label: str = ""

    def __str__(self) -> str:
        return self.sentence("holds")

    def sentence(self, verdict: str) -> str:
        evidence = self.evidence
        remark = f" ({evidence.remark})" if evidence.remark else ""
        label = f" [{self.label}]" if self.label else ""
        return (
            f"{self.id}{label} {verdict}: {self.statement} "
            f"Measured {_text(evidence.measured)}, required {evidence.required}{remark}."
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/plain": str(self), "text/html": self._html(), MIME: self.record()}

    def record(self) -> dict:
        """What the pages `claims` and `errata` and the file `claims.json` are made of."""
        measured = self.evidence.measured
        digits = [float(f"{v:.10g}") for v in measured] if isinstance(measured, list) else float(f"{measured:.10g}")
        return {
            "id": self.id,
            "kind": self.evidence.kind,
            "statement": self.statement,
            "measured": digits,
            "required": self.evidence.required,
            "remark": self.evidence.remark,
            "label": self.label,
        }

    def _html(self) -> str:
        evidence, name = self.evidence, html.escape(self.id)
        remark = f" <span class='overparam-claim-remark'>({html.escape(evidence.remark)})</span>"
        label = f"<p class='overparam-claim-label'>{_typeset(self.label)}</p>" if self.label else ""
        return (
            f"<aside class='overparam-claim' id='claim-{name}' aria-label='Claim {name}, checked'>"
            f"<p class='overparam-claim-head'><span class='overparam-claim-id'>{name}</span> "
            f"<span class='overparam-claim-kind'>{evidence.kind.replace('_', ' ')}, holds</span></p>"
            f"<p class='overparam-claim-statement'>{_typeset(self.statement)}</p>{label}"
            f"<p class='overparam-claim-numbers'><span class='overparam-claim-measured'>measured "
            f"{html.escape(_text(evidence.measured))}</span>; <span class='overparam-claim-required'>required "
            f"{html.escape(evidence.required)}</span>{remark if evidence.remark else ''}</p></aside>"
        )


def _typeset(text: str) -> str:
    """HTML in which MathJax typesets what stands between dollar signs."""
    parts = re.split(r"\$(.+?)\$", text)
    math = '<span class="math notranslate nohighlight">\\({}\\)</span>'
    return "".join(math.format(html.escape(p)) if i % 2 else html.escape(p) for i, p in enumerate(parts))


def check(id: str, evidence: Evidence, *, label: str = "") -> Claim:
    """Check one claim of the register: raise `ClaimFailed` where it does not hold, else return the box that shows it.

    Raises ValueError for an id that the register does not have and evidence of another kind.
    """
    if not isinstance(evidence, Evidence):
        raise ValueError(f"evidence must come from one of the kinds of this module, as bound(...); got {evidence!r}")
    entry = register().get(id)
    if entry is None:
        raise ValueError(f"id must be an entry of {register_path().name}; got {id!r}")
    if entry["kind"] != evidence.kind:
        raise ValueError(f"evidence for {id} must be of kind {entry['kind']!r}; got {evidence.kind!r}")
    claim = Claim(id, entry["statement"], evidence, label)
    if not evidence.holds:
        raise ClaimFailed(claim.sentence("does not hold"))
    return claim
