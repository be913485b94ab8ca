"""The register of claims: complete, well formed, and in step with the notebooks that check it."""

import json
import re
from itertools import groupby
from pathlib import Path

import pytest
import yaml

BOOK = Path(__file__).parents[1] / "book"

# The items of the five lectures, as prefix and last number, and the notebooks of the chapters.
ITEMS = {
    "structured_data": {"LL": 25},
    "deep_convergence": {"AZ": 19, "DU": 3, "GN": 2},
    "pl_condition": {"PL": 19},
    "relu_kernel": {"DN": 17},
    "convnet_and_margin": {"GC": 10, "LS": 10, "SP": 6},
}
NOTEBOOKS = {
    "structured_data": ["setting", "coupling", "convergence", "experiments", "low_complexity"],
    "deep_convergence": [
        "setting",
        "signal_propagation",
        "perturbation",
        "convergence",
        "tangent_kernel",
        "gram_recursion",
        "linear_gnn",
    ],
    "pl_condition": [
        "rates",
        "least_squares",
        "no_bad_minima",
        "last_layer",
        "lazy_training",
        "memorization",
        "random_labels",
    ],
    "relu_kernel": ["gradient_matrix", "spectrum", "discrepancy", "diversity", "dynamics"],
    "convnet_and_margin": ["gaussian_convnet", "overlap", "separable", "generalization", "invariance"],
}
KINDS = {"identity", "monte_carlo", "bound", "scaling", "trend", "counterexample", "reproduction", "prose"}
REQUIRED = ["id", "lecture", "statement", "kind", "status", "page"]
OPTIONAL = ["erratum", "why_prose", "ref"]
# There is no H9 and no H12.
REFS = {f"H{number}" for number in range(1, 18)} - {"H9", "H12"}

DELIMITERS = [
    ("{", "}"),
    (r"\langle", r"\rangle"),
    (r"\lVert", r"\rVert"),
    (r"\lvert", r"\rvert"),
    (r"\left", r"\right"),
]


class UniqueKeys(yaml.SafeLoader):
    """YAML keeps the last of two equal keys; here they are an error."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        repeated = {key for key in keys if keys.count(key) > 1}
        assert not repeated, f"{sorted(repeated)} twice in one mapping, {node.start_mark}"
        return super().construct_mapping(node, deep)


@pytest.fixture(scope="module")
def entries() -> list[dict]:
    with (BOOK / "claims.yml").open(encoding="utf-8") as file:
        return yaml.load(file, UniqueKeys)


@pytest.fixture(scope="module")
def checked() -> list[tuple[str, str]]:
    """(id, page) of each call of `claims.check` in the code cells of the notebooks."""
    calls = []
    for chapter in NOTEBOOKS:
        for path in sorted((BOOK / chapter).glob("*.ipynb")):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            code = ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
            found = (re.findall(r"""claims\.check\(\s*["']([^"']*)["']""", source) for source in code)
            calls += [(id, f"{chapter}/{path.stem}") for ids in found for id in ids]
    return calls


def texts(entry: dict) -> list[str]:
    """What the entry shows to readers."""
    erratum = [value for field, value in entry.get("erratum", {}).items() if field != "severity"]
    return [entry["statement"], *erratum, *([entry["why_prose"]] if "why_prose" in entry else [])]


def test_every_item_of_the_lectures_has_its_entry_in_order(entries):
    lasts = [(prefix, last) for prefixes in ITEMS.values() for prefix, last in prefixes.items()]
    items = [f"{prefix}-{number}" for prefix, last in lasts for number in range(1, last + 1)]
    assert [id for id, _ in groupby(entry["id"].partition(".")[0] for entry in entries)] == items


def test_further_claims_of_an_item_are_lettered_from_b_on(entries):
    for item, group in groupby((entry["id"] for entry in entries), key=lambda id: id.partition(".")[0]):
        ids = list(group)
        assert ids == [item] + [f"{item}.{chr(ord('b') + k)}" for k in range(len(ids) - 1)]


def test_entries_have_the_fields_of_the_schema(entries):
    for entry in entries:
        fields = list(entry)
        assert fields[: len(REQUIRED)] == REQUIRED, entry["id"]
        assert fields[len(REQUIRED) :] == [field for field in OPTIONAL if field in entry], entry["id"]
        assert entry["kind"] in KINDS, entry["id"]
        assert entry["status"] in {"planned", "done"}, entry["id"]
        values = [value for field, value in entry.items() if field != "erratum"]
        assert all(isinstance(value, str) and value.strip() for value in values), entry["id"]


def test_errata_say_how_bad_what_and_what_instead(entries):
    errata = {entry["id"]: entry["erratum"] for entry in entries if "erratum" in entry}
    assert errata
    for id, erratum in errata.items():
        assert list(erratum)[:3] == ["severity", "slide", "correct"], id
        assert list(erratum)[3:] in ([], ["counterexample"]), id
        assert erratum["severity"] in {"E1", "E2", "E3"}, id
        assert all(isinstance(value, str) and value.strip() for value in erratum.values()), id


def test_prose_and_only_prose_says_why_nothing_is_executed(entries):
    for entry in entries:
        assert (entry["kind"] == "prose") == ("why_prose" in entry), entry["id"]


def test_each_reference_value_has_one_entry_and_that_is_executed(entries):
    refs = [entry["ref"] for entry in entries if "ref" in entry]
    assert sorted(refs) == sorted(REFS)
    assert all(entry["kind"] != "prose" for entry in entries if "ref" in entry)


def test_pages_are_notebooks_of_the_chapter_of_the_item(entries):
    chapter_of = {prefix: chapter for chapter, prefixes in ITEMS.items() for prefix in prefixes}
    for entry in entries:
        chapter = chapter_of[entry["id"].partition("-")[0]]
        assert entry["lecture"] == chapter, entry["id"]
        assert entry["page"] in [f"{chapter}/{notebook}" for notebook in NOTEBOOKS[chapter]], entry["id"]


def test_texts_are_safe_in_html_and_in_tables(entries):
    for entry in entries:
        assert not set("".join(texts(entry))) & set("<>&|"), entry["id"]


def test_formulas_are_balanced(entries):
    for entry in entries:
        for text in texts(entry):
            assert text.count("$") % 2 == 0, (entry["id"], text)
            for formula in text.split("$")[1::2]:
                assert formula.strip(), (entry["id"], text)
                for opening, closing in DELIMITERS:
                    assert formula.count(opening) == formula.count(closing), (entry["id"], formula)


def test_what_is_done_is_checked_once_and_on_its_page(entries, checked):
    for entry in entries:
        if entry["status"] == "done":
            assert (BOOK / f"{entry['page']}.ipynb").is_file(), entry["id"]
            pages = [page for id, page in checked if id == entry["id"]]
            assert pages == ([] if entry["kind"] == "prose" else [entry["page"]]), entry["id"]


def test_notebooks_check_nothing_but_what_is_done(entries, checked):
    done = {entry["id"] for entry in entries if entry["status"] == "done"}
    assert {id for id, _ in checked} <= done
