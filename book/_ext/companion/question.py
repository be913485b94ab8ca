"""Questions by which readers check themselves: each choice opens and says why it is right or wrong.

    ```{question}
    What happens to the share of changed units when the width grows sixteenfold?

    - It stays the same.
      - No: the margin shrinks, but the step shrinks faster.
    - It falls by a factor of four.
      - Yes: it goes with one over the root of the width.
    ```

No script and no kernel is needed; on paper every choice is open.
"""

from docutils import nodes
from sphinx.util.docutils import SphinxDirective


class choice(nodes.General, nodes.Element):
    """One choice: what can be chosen, and what is said of it."""


class chosen(nodes.General, nodes.TextElement):
    """The text of a choice, which opens it."""


class Question(SphinxDirective):
    has_content = True

    def run(self) -> list[nodes.Node]:
        parsed = self.parse_content_to_nodes()
        choices = parsed[-1] if parsed else None
        if len(parsed) < 2 or not isinstance(choices, nodes.bullet_list) or len(choices) < 2:
            raise self.error("a question is a text, and then a list of two choices or more")
        result = nodes.container("", *parsed[:-1], classes=["overparam-question"])
        right = 0
        for item in choices:
            if not isinstance(item[0], nodes.paragraph):
                raise self.error(
                    f"a choice is one paragraph (a number with a full stop is a list); got {item[0].astext()!r}"
                )
            if len(item) != 2 or not isinstance(item[1], nodes.bullet_list) or len(item[1]) != 1:
                raise self.error(f"the choice {item.astext()!r} needs one item below it that says why")
            why = item[1][0]
            verdict, _, reason = why.astext().partition(":")
            if verdict not in ("Yes", "No") or not reason.strip():
                raise self.error(
                    f"what is said of a choice begins with 'Yes:' or 'No:' and a reason; got {why.astext()!r}"
                )
            right += verdict == "Yes"
            classes = ["overparam-choice", f"overparam-{verdict.lower()}"]
            result += choice("", chosen("", "", *item[0].children), *why.children, classes=classes)
        if right != 1:
            raise self.error(f"a question has one right choice; got {right}")
        return [result]


def _open(tag: str):
    def visit(writer, node) -> None:
        writer.body.append(writer.starttag(node, tag))

    return visit


def _close(tag: str):
    def depart(writer, node) -> None:
        writer.body.append(f"</{tag}>")

    return depart


def _itemize(writer, node) -> None:
    first = node.parent.index(node) == next(i for i, child in enumerate(node.parent) if isinstance(child, choice))
    writer.body.append("\n\\begin{itemize}\n\\item " if first else "\n\\item ")


def _end_itemize(writer, node) -> None:
    if node is node.parent[-1]:
        writer.body.append("\n\\end{itemize}\n")


def _nothing(writer, node) -> None:
    pass


def set_up(app) -> None:
    """Let MyST read questions, and HTML and LaTeX write them (`setup`)."""
    app.add_directive("question", Question)
    app.add_node(choice, html=(_open("details"), _close("details")), latex=(_itemize, _end_itemize))
    app.add_node(chosen, html=(_open("summary"), _close("summary")), latex=(_nothing, _nothing))
