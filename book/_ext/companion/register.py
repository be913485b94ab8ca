"""The pages `claims` and `errata` and the file claims.json: the register of claims with what the notebooks measured.

    ```{claims} structured_data        every claim of a chapter with its measured value
    ```
    ```{errata} structured_data        every erratum of a chapter with the correct form
    ```

A claim that a notebook checks is also a target: {ref}`claim-LL-9.b` leads to its box from any page.
"""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from companion.editions import is_left_out
from companion.execution import is_executed
from overparam import claims

LOGGER = logging.getLogger(__name__)

SEVERITY = {"E1": "wrong", "E2": "slip or missing assumption", "E3": "wording"}
# Pages are named in the register as they lie below this folder.
BOOK = "book/"


def records(env, id: str) -> list[dict]:
    """What the notebooks measured for a claim: nothing, one record, or one for each label."""
    return [record for record in env.companion_runs.claims if record["id"] == id]


def shown(measured: float | Sequence[float]) -> str:
    """Numbers as a page shows them; claims.json has more digits."""
    return ", ".join(f"{value:.4g}" for value in (measured if isinstance(measured, list) else [measured]))


class RegisterTable(SphinxDirective):
    """A table made of the entries of one chapter, the directive's argument."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(claims.register_path()))
        self.env.metadata[self.env.docname].update(shows_runs=True, shows_claims=True)
        entries = [entry for entry in claims.register().values() if entry["lecture"] == self.arguments[0]]
        if not entries:
            raise self.error(f"{claims.register_path().name} has no entry of the chapter {self.arguments[0]!r}")
        kept = [entry for entry in entries if not is_left_out(self.env, entry)]
        if not kept:
            return [self.note("This edition leaves the chapter out.")]
        return self.tables(kept)

    def tables(self, entries: list[dict]) -> list[nodes.Node]:
        raise NotImplementedError

    def paragraph(self, text: str, *classes: str) -> nodes.paragraph:
        """A paragraph of MyST."""
        inline, messages = self.parse_inline(text)
        return nodes.paragraph("", "", *inline, *messages, classes=list(classes))

    def note(self, text: str) -> nodes.paragraph:
        return self.paragraph(text, "overparam-register-note")

    def table(self, header: Sequence[str], rows: Iterable[Sequence[list[nodes.Node]]]) -> nodes.table:
        def row(cells: Iterable[list[nodes.Node]]) -> nodes.row:
            return nodes.row("", *(nodes.entry("", *cell) for cell in cells))

        head = nodes.thead("", row([nodes.paragraph(text=name)] for name in header))
        columns = [nodes.colspec(colwidth=1) for _ in header]
        group = nodes.tgroup("", *columns, head, nodes.tbody("", *map(row, rows)), cols=len(header))
        return nodes.table("", group, classes=["overparam-register", "colwidths-auto"])

    def linked(self, entry: dict) -> nodes.paragraph:
        """The id of a claim, which leads to its box where a notebook checks it."""
        id = entry["id"]
        return self.paragraph(f"{{ref}}`{id} <claim-{id}>`" if records(self.env, id) else id, "overparam-register-id")


class Claims(RegisterTable):
    """What a chapter claims, measured beside required; what nothing executes, or not yet, is folded away."""

    def tables(self, entries: list[dict]) -> list[nodes.Node]:
        for entry in entries:
            self.check(entry)
        executed = [entry for entry in entries if records(self.env, entry["id"])]
        prose = [entry for entry in entries if entry["kind"] == "prose" and entry["status"] == "done"]
        planned = [entry for entry in entries if entry not in executed and entry not in prose]
        result = []
        if executed:
            text = f"{len(executed)} claims of this chapter were executed, and every one of them holds."
            result += [nodes.paragraph(text=text), self.claims(executed)]
        if prose:
            result += self.folded(f"{len(prose)} claims that nothing can execute, and why", prose)
        if planned:
            result += self.folded(f"{len(planned)} claims whose execution is planned", planned)
        return result

    def folded(self, summary: str, entries: list[dict]) -> list[nodes.Node]:
        opening = f'<details class="overparam-register-more"><summary>{summary}</summary>'
        # On paper nothing is folded, and what the browser shows as a summary is a line of text.
        printed = addnodes.only("", nodes.paragraph(text=f"{summary}."), expr="latex")
        html = [nodes.raw("", text, format="html") for text in (opening, "</details>")]
        return [printed, html[0], self.claims(entries), html[1]]

    def claims(self, entries: list[dict]) -> nodes.table:
        kinds = [self.note(entry["kind"].replace("_", " ")) for entry in entries]
        rows = ([[self.linked(entry), kind], self.body(entry)] for entry, kind in zip(entries, kinds, strict=True))
        return self.table(["Claim", "Statement, and what was measured"], rows)

    def body(self, entry: dict) -> list[nodes.Node]:
        result = [self.paragraph(entry["statement"])]
        for record in records(self.env, entry["id"]):
            line = self.note(f"{record['label']}: " if record["label"] else "")
            remark = f" ({record['remark']})" if record["remark"] else ""
            line += nodes.Text(f"measured {shown(record['measured'])}; required {record['required']}{remark}")
            result.append(line)
        if "why_prose" in entry:
            result.append(self.note(entry["why_prose"]))
        return result

    def check(self, entry: dict) -> None:
        """Warn, and so fail the build, where the register and the notebooks tell different stories."""
        pages = {record["docname"].removeprefix(BOOK) for record in records(self.env, entry["id"])}
        run = self.config.nb_execution_mode == "cache"
        if run and entry["status"] == "done" and entry["kind"] != "prose" and not pages:
            text = "claim %s is done in the register, but no notebook checks it"
            LOGGER.warning(text, entry["id"], location=self.env.docname)
        if pages - {entry["page"]}:
            text = "claim %s belongs to the page %s, but is checked on %s"
            LOGGER.warning(text, entry["id"], entry["page"], ", ".join(sorted(pages)), location=self.env.docname)


class Errata(RegisterTable):
    """What the slides of a chapter got wrong, above the correct form."""

    def tables(self, entries: list[dict]) -> list[nodes.Node]:
        rows = ([self.heading(entry), self.body(entry["erratum"])] for entry in entries if "erratum" in entry)
        return [self.table(["Item", "What the slide says, and what is true"], rows)]

    def heading(self, entry: dict) -> list[nodes.Node]:
        severity = entry["erratum"]["severity"]
        return [self.linked(entry), self.note(f"{severity} {SEVERITY[severity]}")]

    def body(self, erratum: dict) -> list[nodes.Node]:
        texts = {"Slide": erratum["slide"], "Correct": erratum["correct"]}
        if "counterexample" in erratum:
            texts["Counter-example"] = erratum["counterexample"]
        return [self.paragraph(f"**{name}.** {text}") for name, text in texts.items()]


def add_targets(app, doctree) -> None:
    """Make every claim box of a notebook a target of {ref} (`doctree-read`)."""
    docname, standard = app.env.docname, app.env.get_domain("std")
    for record in app.env.companion_runs.claims if is_executed(app, docname) else ():
        if record["docname"] == docname:
            id = f"claim-{record['id']}"
            standard.anonlabels[id.lower()] = docname, id
            standard.labels[id.lower()] = docname, id, record["id"]


def write_json(app, exception) -> None:
    """Write claims.json beside each page that shows claims (`build-finished`)."""
    if exception or app.builder.format != "html":
        return
    names = ("id", "kind", "statement", "measured", "required", "page", "label")
    order = list(claims.register())
    found = sorted(app.env.companion_runs.claims, key=lambda record: order.index(record["id"]))
    pages = [record | {"page": record["docname"].removeprefix(BOOK)} for record in found]
    content = [{name: page[name] for name in names} for page in pages]
    for docname, metadata in app.env.metadata.items():
        if "shows_claims" in metadata:
            file = Path(app.builder.get_outfilename(docname)).with_name("claims.json")
            file.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
