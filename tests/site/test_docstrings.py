"""Docstrings as autodoc gets them, and that the page `api` names every module."""

import ast
import re
from pathlib import Path

import pytest
from docutils import nodes
from docutils.core import publish_doctree

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "lib" / "overparam"


@pytest.fixture
def translate(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    from companion.docstrings import translate

    return lambda text: "\n".join(translate(text.split("\n")))


def parsed(restructuredtext: str) -> nodes.document:
    """What docutils makes of it; any warning is an error."""
    return publish_doctree(restructuredtext, settings_overrides={"report_level": 1, "halt_level": 2})


@pytest.mark.parametrize(
    "text",
    ["|measured - expected| of c*l, a_ and __b__", "a set {1, 2} of *args and **kwargs", r"a \ and a | b | c"],
)
def test_plain_text_is_no_markup(translate, text):
    document = parsed(translate(text))
    assert document.astext() == text
    assert [type(node) for node in document.findall(nodes.TextElement)] == [nodes.paragraph]


def test_formulas_and_code_next_to_letters_and_over_two_lines(translate):
    document = parsed(translate("the $n$th of (`f(x)`s) is $\\|x\\|\n= 1$."))
    assert document.astext() == "the nth of (f(x)s) is \\|x\\|\n= 1."
    assert [node.astext() for node in document.findall(nodes.math)] == ["n", "\\|x\\|\n= 1"]
    assert [node.astext() for node in document.findall(nodes.literal)] == ["f(x)"]


def test_an_indented_block_is_code_and_a_section_is_none(translate):
    document = parsed(translate("Text.\n\n    f(*args)\n\nArgs:\n    x: a*b"))
    assert [node.astext() for node in document.findall(nodes.literal_block)] == ["f(*args)"]


def test_an_aligned_table_becomes_definitions(translate):
    document = parsed(translate("`a`   the first\nbee   the second\n      and on"))
    assert [node.astext() for node in document.findall(nodes.term)] == ["a", "bee"]
    assert [node.astext() for node in document.findall(nodes.definition)] == ["the first", "the second\nand on"]


def test_the_label_of_a_page_becomes_a_reference(translate):
    assert ":ref:`sec-coupling`" in translate("Derived in: {sec-coupling}.")


def test_the_page_api_names_every_public_module():
    named = re.findall(r"automodule:: (\S+)", (ROOT / "book" / "api.md").read_text(encoding="utf-8"))
    for file in LIBRARY.rglob("*.py"):
        parts = file.relative_to(LIBRARY.parent).with_suffix("").parts
        if file.name == "__init__.py" or any(part.startswith("_") for part in parts):
            continue
        module, package = ".".join(parts), ".".join(parts[:-1])
        # A package that exports names stands for its modules.
        exports = "__all__" in (file.parent / "__init__.py").read_text(encoding="utf-8")
        assert module in named or (exports and package in named), f"{module} is not on the page api"


def test_every_module_on_the_page_api_exists():
    for name in re.findall(r"automodule:: (\S+)", (ROOT / "book" / "api.md").read_text(encoding="utf-8")):
        path = LIBRARY.parent / Path(*name.split("."))
        source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        assert ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))), f"{name} has no docstring"
