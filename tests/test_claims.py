"""Every kind of evidence holds on one side of its threshold and fails on the other; a check fails or shows its box."""

import json
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from overparam import claims
from overparam.claims import (
    ClaimFailed,
    Evidence,
    bound,
    check,
    counterexample,
    identity,
    monte_carlo,
    reproduction,
    scaling,
    trend,
)

KINDS = ["identity", "monte_carlo", "bound", "scaling", "trend", "counterexample", "reproduction"]
NAN, INF = np.nan, np.inf
X = np.array([1.0, 2.0, 4.0, 8.0])


def power(*slopes: float) -> np.ndarray:
    """Exact power laws, one row a seed."""
    return np.array([3 * X**slope for slope in slopes])


HOLDS = [
    identity(1.0, 1.0),
    identity(1 + 0.99e-8, 1.0),
    identity(0.99e-8, 0.0),
    identity(1000 * (1 + 0.99e-8), 1000.0),
    identity([1, 2, 3], [1, 2, 3]),
    identity(np.ones((5, 5)), 1.0),
    identity(1.4, 1.0, tolerance=0.5, reason="a coarse grid"),
    identity(1 + 0.9e-12, 1.0, tolerance=1e-12, reason="both are sums of integers"),
    monte_carlo(3.99, 0.0, standard_error=1.0),
    monte_carlo(-3.99, 0.0, standard_error=1.0),
    monte_carlo([1.0, 2.0], [1.3, 1.7], standard_error=0.1),
    monte_carlo(np.zeros(20), 0.0, standard_error=np.full(20, 0.1)),
    bound(1.0, at_most=1.0),
    bound(1 + 0.99e-10, at_most=1.0),
    bound(1e6 * (1 + 0.99e-10), at_most=1e6),
    bound(1 - 0.99e-10, at_least=1.0),
    bound(-1 + 0.99e-10, at_most=-1.0),
    bound([1, 2], at_most=[1, 3]),
    bound(np.arange(20), at_least=0),
    bound(0.0, at_most=0.0),
    bound(5.0, at_most=INF),
    scaling(X, power(-0.5, -0.5, -0.5), slope=(-0.500001, -0.499999)),
    scaling(X, power(-0.6, -0.5, -0.4), slope=(-0.51, -0.49)),
    scaling(X, power(1.0, 1.0, 1.0), slope=(0.5, INF)),
    trend([1, 2, 2.000001], direction="increasing"),
    trend([3, 2, 1], direction="decreasing"),
    trend([[1, 3], [1, 2], [1, 0]], direction="increasing"),
    trend([1, 2, 1.95, 3], direction="increasing", noise=0.1),
    trend([3, 1, 1.05, 0], direction="decreasing", noise=0.1),
    trend(np.arange(20.0), direction="increasing"),
    counterexample(1.2, differs_from=1.0, by=0.1),
    counterexample(0.8, differs_from=1.0, by=0.1),
    counterexample([2.0, 3.0], above=1.0),
    counterexample(0.5, below=1.0),
    reproduction([0.64, 0.66, 0.68], printed="2/3", within=(0.65, 0.67)),
    reproduction([0.6, 0.7, 0.71], printed="2/3", within=(-INF, 0.68)),
]

FAILS = [
    identity(1 + 1.01e-8, 1.0),
    identity(1 - 1.01e-8, 1.0),
    identity(1.01e-8, 0.0),
    identity(1000 * (1 + 1.01e-8), 1000.0),
    identity([1, 2, 3.1], [1, 2, 3]),
    identity(np.append(np.ones(30), 1.1), 1.0),
    identity(1.51, 1.0, tolerance=0.5, reason="a coarse grid"),
    identity(1 + 1.1e-12, 1.0, tolerance=1e-12, reason="both are sums of integers"),
    monte_carlo(4.01, 0.0, standard_error=1.0),
    monte_carlo(-4.01, 0.0, standard_error=1.0),
    monte_carlo([1.0, 2.0], [1.3, 1.5], standard_error=0.1),
    bound(1 + 1.01e-10, at_most=1.0),
    bound(1e6 * (1 + 1.01e-10), at_most=1e6),
    bound(1 - 1.01e-10, at_least=1.0),
    bound(-1 + 1.01e-10, at_most=-1.0),
    bound(5e-324, at_most=0.0),
    bound(-5e-324, at_least=0.0),
    bound([1, 3.1], at_most=[1, 3]),
    bound(np.arange(20), at_least=0.5),
    bound(np.append(np.zeros(20), -1), at_least=0),
    scaling(X, power(-0.5, -0.5, -0.5), slope=(-0.499999, 0.0)),
    scaling(X, power(-0.5, -0.5, -0.5), slope=(-1.0, -0.500001)),
    scaling(X, power(-0.5, -0.5, -0.1), slope=(-0.51, -0.49)),
    trend([1, 1, 1], direction="increasing"),
    trend([1, 1, 1], direction="decreasing"),
    trend([1, 1, 1], direction="increasing", noise=0.1),
    trend([1, 2, 2], direction="increasing"),
    trend([1, 2, 1.99, 3], direction="increasing"),
    trend([1, 2, 1.85, 3], direction="increasing", noise=0.1),
    trend([1, 2, 1.92, 1.84, 3], direction="increasing", noise=0.1),
    trend([1.0, 0.92, 0.84], direction="increasing", noise=0.1),
    trend([1.0, 1.08], direction="increasing", noise=0.1),
    trend([1, 2, 3], direction="decreasing"),
    trend([[1, 3], [1, 0], [1, 0]], direction="decreasing", noise=0.1),
    trend([[1, 0], [1, 0], [1, 4]], direction="decreasing"),
    trend(np.append(np.arange(20.0), 3), direction="increasing"),
    counterexample(1.0999, differs_from=1.0, by=0.1),
    counterexample(0.9001, differs_from=1.0, by=0.1),
    counterexample([2.0, 1.0], differs_from=1.0, by=0.1),
    counterexample(1.0, above=1.0),
    counterexample([2.0, 0.5], above=1.0),
    counterexample(1.0, below=1.0),
    reproduction([0.64, 0.66, 0.62], printed="2/3", within=(0.65, 0.67)),
    reproduction([0.70, 0.66, 0.68], printed="2/3", within=(0.65, 0.67)),
]

NOT_NUMBERS = [
    identity(NAN, 1.0),
    identity(1.0, NAN),
    identity(INF, 1.0),
    identity([1.0, NAN], [1.0, 2.0]),
    identity(np.append(np.ones(30), NAN), 1.0),
    monte_carlo(NAN, 0.0, standard_error=1.0),
    monte_carlo(0.0, NAN, standard_error=1.0),
    monte_carlo(INF, 0.0, standard_error=1.0),
    monte_carlo(np.append(np.zeros(30), NAN), 0.0, standard_error=1.0),
    bound(NAN, at_most=1.0),
    bound(NAN, at_least=1.0),
    bound(0.0, at_most=NAN),
    bound(0.0, at_least=NAN),
    bound(-INF, at_most=1.0),
    bound(INF, at_least=1.0),
    bound(np.append(np.zeros(30), NAN), at_most=1.0),
    bound(np.append(np.zeros(30), -INF), at_most=1.0),
    scaling(X, [[1, 2, 4, NAN]] * 3, slope=(-INF, INF)),
    scaling([1, 2, 4, NAN], power(1, 1, 1), slope=(-INF, INF)),
    trend([1, NAN, 3], direction="increasing"),
    trend([1, NAN, 3], direction="increasing", noise=0.1),
    trend([NAN, 2, 3], direction="increasing"),
    trend([1, 2, INF], direction="increasing"),
    trend([[1, 2], [1, 2], [1, NAN]], direction="increasing"),
    trend([*range(20), NAN, 30], direction="increasing", noise=0.1),
    counterexample(NAN, differs_from=1.0, by=0.1),
    counterexample(1.0, differs_from=NAN, by=0.1),
    counterexample(NAN, above=1.0),
    counterexample(INF, above=1.0),
    counterexample(NAN, below=1.0),
    counterexample([2.0, NAN], above=1.0),
    reproduction([0.66, NAN, 0.66], printed="2/3", within=(0.0, 1.0)),
    reproduction([0.66, NAN, 0.66], printed="2/3", within=(-INF, INF)),
]


@pytest.mark.parametrize("evidence", HOLDS, ids=lambda evidence: evidence.kind)
def test_evidence_that_holds(evidence):
    assert evidence.holds is True


@pytest.mark.parametrize("evidence", FAILS, ids=lambda evidence: evidence.kind)
def test_evidence_that_fails(evidence):
    assert evidence.holds is False


@pytest.mark.parametrize("evidence", NOT_NUMBERS, ids=lambda evidence: evidence.kind)
def test_what_is_not_finite_supports_no_claim(evidence):
    assert evidence.holds is False


def test_an_infinite_limit_is_no_slack():
    with np.errstate(invalid="ignore"):
        assert not bound(5.0, at_least=INF).holds
        assert not bound(5.0, at_most=-INF).holds
        assert not bound(INF, at_most=INF).holds
        assert not identity(INF, INF).holds
        assert not identity(1.0, INF).holds


def test_every_kind_is_tested_on_both_sides():
    assert {evidence.kind for evidence in HOLDS} == {evidence.kind for evidence in FAILS} == set(KINDS)
    assert {evidence.kind for evidence in NOT_NUMBERS} == set(KINDS)


@given(st.floats(-1e12, 1e12), st.floats(1.0001e-10, 1), st.booleans())
def test_a_bound_has_no_slack_but_rounding(limit, relative, over):
    beyond = limit + relative * abs(limit) if limit else relative
    below = limit - relative * abs(limit) if limit else -relative
    assert not bound(beyond, at_most=limit).holds
    assert not bound(below, at_least=limit).holds
    assert bound(below, at_most=limit).holds
    assert bound(beyond, at_least=limit).holds


@pytest.mark.parametrize("slopes", [(-0.5, -0.7, -0.9), (2.0, 1.0, 0.0)])
def test_the_slope_is_that_of_the_fit(slopes):
    rows = power(*slopes) * np.exp(np.random.default_rng(0).standard_normal((3, 4)))
    fitted = [np.polyfit(np.log(X), np.log(row), 1)[0] for row in rows]
    evidence = scaling(X, rows, slope=(-9.0, 9.0))
    assert evidence.measured == pytest.approx(np.mean(fitted), rel=1e-12)
    error = np.sqrt(np.var(fitted, ddof=1) / 3)
    assert evidence.remark == f"standard error {error:.2g} over 3 seeds"


@pytest.mark.parametrize(
    ("evidence", "measured", "required", "remark"),
    [
        (identity(1.5, 1.5), 1.5, "1.5 within 1e-08", ""),
        (identity(1.5, 1.4, tolerance=0.2, reason="coarse"), 1.5, "1.4 within 0.2", "coarse"),
        (identity([1, 2], [1, 2]), [1.0, 2.0], "1, 2 within 1e-08", ""),
        (identity(np.append(np.ones(20), 1 + 2**-30), 1.0), 2**-30, "deviation at most 1e-08", ""),
        (
            monte_carlo([0.5, 1.5], 1.0, standard_error=0.25),
            [0.5, 1.5],
            "1 within 4 standard errors of 0.25",
            "off by 2 standard errors at worst",
        ),
        (
            monte_carlo(np.append(np.ones(20), 1.5), 1.0, standard_error=0.25),
            1.5,
            "1 within 4 standard errors of 0.25",
            "off by 2 standard errors at worst",
        ),
        (bound([1, 2], at_most=[2, 4]), [1.0, 2.0], "at most 2, 4", ""),
        (bound([2, 2], at_most=3), 2.0, "at most 3", ""),
        (bound([1, 90, 9, 1, 1], at_most=[2, 100, 11, 2, 2]), 90.0, "at most 100", "the tightest of 5 comparisons"),
        (bound(np.arange(13), at_least=-np.arange(13)), 0.0, "at least 0", "the tightest of 13 comparisons"),
        (bound(np.arange(13), at_most=20), 12.0, "at most 20", "the tightest of 13 comparisons"),
        (trend([1, 3], direction="increasing"), [1.0, 3.0], "increasing", ""),
        (trend([1, 3], direction="increasing", noise=0.5), [1.0, 3.0], "increasing up to 0.5", ""),
        (trend([[1, 3], [2, 4], [3, 8]], direction="increasing"), [2.0, 5.0], "increasing", "mean over 3 seeds"),
        (trend(np.arange(20), direction="increasing"), [0.0, 19.0], "increasing", "first and last of 20"),
        (counterexample(3.0, differs_from=1.0, by=0.5), 3.0, "more than 0.5 away from 1", ""),
        (counterexample(np.arange(19, 4, -1), above=4.0), 5.0, "above 4", ""),
        (counterexample(np.arange(-19, -4), below=4.0), -5.0, "below 4", ""),
        (
            reproduction([1.0, 2.0, 3.0], printed="about 2", within=(1.5, 2.5)),
            2.0,
            "from 1.5 to 2.5; printed: about 2",
            "standard error 0.58 over 3 seeds",
        ),
    ],
    ids=lambda value: value.kind if isinstance(value, Evidence) else None,
)
def test_what_evidence_says(evidence, measured, required, remark):
    assert evidence.holds
    assert evidence.measured == measured
    assert (evidence.required, evidence.remark) == (required, remark)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: identity(1, 1, tolerance=1e-6), "reason must be given for a tolerance other than 1e-08; got none for"),
        (lambda: identity(1, 1, tolerance=1e-12), "reason must be given"),
        (lambda: identity(1, 1, tolerance=0.0, reason="why"), "tolerance must be above 0; got 0.0"),
        (lambda: identity(1, 1, tolerance=INF, reason="why"), "tolerance must be a finite number above 0"),
        (
            lambda: identity([1, 2], [1, 2, 3]),
            r"measured, expected must have shapes that go together; got \(2,\), \(3,\)",
        ),
        (lambda: identity([], []), r"measured must hold at least one number; got shape \(0,\)"),
        (lambda: identity("one", 1), "measured must be an array of numbers"),
        (lambda: identity(1j, 1), "measured must be an array of numbers"),
        (lambda: monte_carlo(0, 0, standard_error=0), "standard_error must be finite and above 0; got"),
        (lambda: monte_carlo(0, 0, standard_error=-1), "standard_error must be finite and above 0"),
        (lambda: monte_carlo(0, 0, standard_error=INF), "standard_error must be finite and above 0"),
        (lambda: monte_carlo(0, 0, standard_error=NAN), "standard_error must be finite and above 0"),
        (lambda: monte_carlo([0, 0], 0, standard_error=[1, 0]), "standard_error must be finite and above 0"),
        (lambda: bound(1), "at_most or at_least must be given, one of the two; got None and None"),
        (lambda: bound(1, at_most=1, at_least=0), "at_most or at_least must be given, one of the two; got 1 and 0"),
        (lambda: bound([1, 2], at_most=[1, 2, 3]), "measured, at_most must have shapes that go together"),
        (
            lambda: scaling(X, power(1, 1), slope=(0, 2)),
            r"y must hold one row for each of at least 3 seeds; got shape \(2, 4\)",
        ),
        (lambda: scaling(X, X, slope=(0, 2)), "y must have one row a seed"),
        (lambda: scaling(X[:2], power(1, 1, 1)[:, :2], slope=(0, 2)), "at least 3 different x"),
        (lambda: scaling([1, 1, 2, 2], power(1, 1, 1), slope=(0, 2)), "at least 3 different x"),
        (lambda: scaling(X[:3], power(1, 1, 1), slope=(0, 2)), "y must have one row a seed and a column for each of"),
        (lambda: scaling(X, 0 * power(1, 1, 1), slope=(0, 2)), "x and y must be above 0"),
        (lambda: scaling(-X, power(1, 1, 1), slope=(0, 2)), "x and y must be above 0"),
        (lambda: scaling(X, power(1, 1, 1), slope=(2, 0)), "slope must be two numbers, the lower first; got"),
        (lambda: scaling(X, power(1, 1, 1), slope=(NAN, 2)), "slope must be two numbers, the lower first"),
        (lambda: scaling(X, power(1, 1, 1), slope=1.0), "slope must be two numbers, the lower first; got 1.0"),
        (lambda: trend([1, 2], direction="up"), "direction must be one of 'increasing', 'decreasing'; got 'up'"),
        (lambda: trend([1], direction="increasing"), "values must hold at least 2 numbers in a row"),
        (lambda: trend(1, direction="increasing"), "values must hold at least 2 numbers in a row"),
        (
            lambda: trend([[1, 2], [1, 2]], direction="increasing"),
            "values must hold one row for each of at least 3 seeds",
        ),
        (lambda: trend(np.ones((3, 3, 3)), direction="increasing"), "values must hold at least 2 numbers in a row"),
        (lambda: trend([1, 2], direction="increasing", noise=-1), "noise must be at least 0; got -1"),
        (lambda: counterexample(1), "one of differs_from .*, above, below must be given; got none, by=None"),
        (lambda: counterexample(1, above=0, below=2), "one of .* must be given; got above, below, by=None"),
        (lambda: counterexample(1, differs_from=0), "one of .* must be given; got differs_from, by=None"),
        (lambda: counterexample(1, above=0, by=1), "one of .* must be given; got above, by=1"),
        (lambda: counterexample(1, differs_from=0, by=0), "by must be above 0; got 0"),
        (
            lambda: reproduction([1, 1], printed="1", within=(0, 2)),
            "measured must hold one row for each of at least 3 seeds",
        ),
        (
            lambda: reproduction(1, printed="1", within=(0, 2)),
            "measured must hold one row for each of at least 3 seeds",
        ),
        (lambda: reproduction(np.ones((3, 3)), printed="1", within=(0, 2)), "measured must hold one number a seed"),
        (lambda: reproduction([1, 1, 1], printed="1", within=(2, 2)), "within must be two numbers, the lower first"),
    ],
)
def test_bad_evidence_is_an_error_and_no_claim(call, message):
    with pytest.raises(ValueError, match=message):
        call()


# ----------------------------------------------------------------------------------------------------------- the checks


@pytest.fixture
def register(monkeypatch) -> dict:
    entries = {f"T-{kind}": {"id": f"T-{kind}", "kind": kind, "statement": f"A claim of {kind}."} for kind in KINDS}
    entries["T-1.b"] = {
        "id": "T-1.b",
        "kind": "bound",
        "statement": r"For $m<n$ & \"all\" $a\&b$, a <b>bold</b> bound.",
    }
    entries["T-prose"] = {"id": "T-prose", "kind": "prose", "statement": "Nothing to execute."}
    monkeypatch.setattr(claims, "register", lambda: entries)
    return entries


@pytest.mark.parametrize("evidence", HOLDS[::3] + FAILS[::3], ids=lambda evidence: evidence.kind)
def test_a_check_fails_exactly_when_the_evidence_does(register, evidence):
    name = f"T-{evidence.kind}"
    if evidence.holds:
        assert check(name, evidence).evidence is evidence
    else:
        with pytest.raises(
            ClaimFailed, match=f"^{name} does not hold: A claim of {evidence.kind}. Measured .* required "
        ):
            check(name, evidence)


def test_a_failed_claim_is_an_assertion_error_that_says_everything(register):
    with pytest.raises(AssertionError) as failure:
        check("T-bound", bound(1.25, at_most=1.0), label="A holds: B")
    assert str(failure.value) == (
        "T-bound [A holds: B] does not hold: A claim of bound. Measured 1.25, required at most 1."
    )


@pytest.mark.parametrize("kind", KINDS)
def test_evidence_of_another_kind_is_refused_even_where_it_holds(register, kind):
    evidence = next(evidence for evidence in HOLDS if evidence.kind == kind)
    for other in {*KINDS, "prose"} - {kind}:
        with pytest.raises(ValueError, match=f"evidence for T-{other} must be of kind '{other}'; got '{kind}'"):
            check(f"T-{other}", evidence)


@pytest.mark.parametrize("id", ["T-0", "", "t-bound", "T-bound "])
def test_an_id_that_the_register_does_not_have_is_refused(register, id):
    with pytest.raises(ValueError, match=f"id must be an entry of claims.yml; got {id!r}"):
        check(id, bound(1, at_most=2))


@pytest.mark.bad_input
@pytest.mark.parametrize("evidence", [True, np.True_, None, 0.5, ("bound", 1, 2)], ids=repr)
def test_what_is_no_evidence_is_refused(register, evidence):
    with pytest.raises(
        ValueError, match=r"evidence must come from one of the kinds of this module, as bound\(...\); got"
    ):
        check("T-bound", evidence)


class Box(HTMLParser):
    """The tags of a box, the text by class, and whether every tag was closed."""

    def __init__(self, html: str):
        super().__init__()
        self.open, self.tags, self.texts, self.attributes = [], [], {}, {}
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        name = dict(attributes).get("class", "")
        self.open.append((tag, name))
        self.tags.append(tag)
        self.attributes[name] = dict(attributes)

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        for _, name in self.open:
            self.texts[name] = self.texts.get(name, "") + data


def test_the_box_shows_id_kind_statement_measured_and_required(register):
    evidence = identity(1 / 3, 1 / 3, tolerance=1e-9, reason="exact <up to> 'rounding'")
    bundle = check("T-identity", evidence, label="$m=10$ & <more>")._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", claims.MIME}
    assert bundle["text/plain"] == (
        "T-identity [$m=10$ & <more>] holds: A claim of identity. Measured 0.3333, required 0.3333 within 1e-09 "
        "(exact <up to> 'rounding')."
    )
    box = Box(bundle["text/html"])
    assert box.attributes["overparam-claim"]["id"] == "claim-T-identity"
    assert box.texts["overparam-claim-id"] == "T-identity"
    assert box.texts["overparam-claim-kind"] == "identity, holds"
    assert box.texts["overparam-claim-statement"] == "A claim of identity."
    assert box.texts["overparam-claim-measured"] == "measured 0.3333"
    assert box.texts["overparam-claim-required"] == "required 0.3333 within 1e-09"
    assert box.texts["overparam-claim-remark"] == "(exact <up to> 'rounding')"
    assert box.texts["overparam-claim-label"] == r"\(m=10\) & <more>"


def test_the_box_escapes_html_and_leaves_mathematics_to_mathjax(register):
    register["T-'>"] = register["T-1.b"]
    html = check("T-'>", bound(1, at_most=2))._repr_mimebundle_()["text/html"]
    box = Box(html)
    assert box.attributes["overparam-claim"]["id"] == "claim-T-'>"
    assert "b" not in box.tags
    assert box.texts["overparam-claim-statement"] == r"For \(m<n\) & \"all\" \(a\&b\), a <b>bold</b> bound."
    assert box.texts["math notranslate nohighlight"] == r"\(m<n\)\(a\&b\)"
    printed = check("T-reproduction", reproduction([1, 1, 1], printed="<b>1</b>", within=(0.0, 2.0)))
    assert Box(printed._repr_mimebundle_()["text/html"]).texts["overparam-claim-required"].endswith("printed: <b>1</b>")
    assert "remark" not in html
    assert "label'" not in html
    assert "id='claim-T-1.b'" in check("T-1.b", bound(1, at_most=2))._repr_mimebundle_()["text/html"]


def test_the_record_has_ten_significant_digits(register):
    record = check("T-bound", bound([1 / 3, 2e9 / 3, -2e-9 / 3], at_most=1e9), label="three")._repr_mimebundle_()[
        claims.MIME
    ]
    assert record == {
        "id": "T-bound",
        "kind": "bound",
        "statement": "A claim of bound.",
        "measured": [0.3333333333, 666666666.7, -6.666666667e-10],
        "required": "at most 1e+09",
        "remark": "",
        "label": "three",
    }
    single = check("T-trend", trend(np.arange(1.0, 20.0) / 3, direction="increasing")).record()
    assert single["measured"] == [0.3333333333, 6.333333333]
    assert check("T-bound", bound(np.pi, at_most=4.0)).record()["measured"] == 3.141592654


@pytest.mark.parametrize("evidence", HOLDS, ids=lambda evidence: evidence.kind)
def test_every_record_is_json_for_any_reader(register, evidence):
    record = check(f"T-{evidence.kind}", evidence).record()
    assert json.loads(json.dumps(record, allow_nan=False)) == record


# --------------------------------------------------------------------------------------------------------- the register


def test_the_register_is_read_from_the_book_by_its_ids(monkeypatch, tmp_path):
    path = tmp_path / "claims.yml"
    path.write_text(
        "- {id: A-1, kind: bound, statement: 'σ ≤ τ'}\n- {id: A-1.b, kind: trend, statement: up}\n", "utf-8"
    )
    monkeypatch.setattr(claims, "register_path", lambda: path)
    claims.register.cache_clear()
    try:
        assert list(claims.register()) == ["A-1", "A-1.b"]
        assert claims.check("A-1", bound(1, at_most=2)).statement == "σ ≤ τ"
        with pytest.raises(TypeError):
            claims.register()["A-2"] = {}
    finally:
        claims.register.cache_clear()


def test_a_clone_reads_its_book_and_a_wheel_its_copy(monkeypatch, tmp_path):
    module = tmp_path / "lib" / "overparam" / "claims.py"
    monkeypatch.setattr(claims, "__file__", str(module))
    monkeypatch.setattr(claims, "files", lambda package: tmp_path / "site-packages" / package)
    assert claims.register_path() == tmp_path / "site-packages" / "overparam" / "claims.yml"
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "claims.yml").write_text("[]\n")
    assert claims.register_path() == tmp_path / "book" / "claims.yml"
