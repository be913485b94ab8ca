"""Docstrings of the library are Markdown with $formulas$; autodoc reads reStructuredText."""

import re
from itertools import groupby

SPECIAL = re.compile(r"(\$[^$]+\$|``[^`]+``|`[^`]+`|\{sec-[\w-]+\})")
# A term, at least two blanks, what it means: one line of an aligned table.
ALIGNED = re.compile(r"(\S+(?: \S+)*) {2,}(\S.*)")


def _inline(text: str) -> str:
    """A formula, code, a reference to a page such as {sec-coupling}, or plain text in which nothing is markup."""

    def piece(part: str) -> str:
        match part[:1]:
            case "$":
                return f":math:`{part.strip('$')}`"
            case "`":
                return f"``{part.strip('`')}``"
            case "{" if SPECIAL.fullmatch(part):
                return f":ref:`{part.strip('{}')}`"
        return re.sub(r"([*|_\\])", r"\\\1", part)

    # An empty escape lets markup stand next to a letter, as in "the :math:`n`\ th".
    return "".join(f"\\ {piece(part)}\\ " if i % 2 else piece(part) for i, part in enumerate(SPECIAL.split(text)))


def _definitions(block: list[str]) -> list[str]:
    """An aligned table as a list of definitions; what follows a line further in belongs to it."""
    result = []
    for line in block:
        found = ALIGNED.fullmatch(line)
        result += [found[1], f"    {found[2]}"] if found else [f"    {line.strip()}"]
    return result


def translate(lines: list[str]) -> list[str]:
    """Markdown as reStructuredText. A block that is indented after a blank line is code."""
    result, previous = [], ""
    for is_text, group in groupby(lines, key=bool):
        block = list(group)
        if not is_text:
            result += block
        elif all(line.startswith("    ") for line in block) and not previous.startswith("    "):
            result += ["::", "", *block]
        else:
            block = _definitions(block) if ALIGNED.fullmatch(block[0]) else block
            result += _inline("\n".join(block)).split("\n")
        previous = block[-1] if is_text else previous
    return result


def process(app, what, name, obj, options, lines: list[str]) -> None:
    """Translate a docstring in place (`autodoc-process-docstring`)."""
    lines[:] = translate(lines)


def skip(app, what, name, obj, skipped, options) -> bool | None:
    """Leave out what a named tuple says about each field, "Alias for field number 0" (`autodoc-skip-member`)."""
    return True if (getattr(obj, "__doc__", None) or "").startswith("Alias for field number") else None


def unlinked(app, env, node, contnode):
    """Show the label of a page that is still to be written as plain text (`missing-reference`)."""
    from_docstring = "shows_library" in env.metadata[node["refdoc"]]
    return contnode if from_docstring and node["reftype"] == "ref" else None
