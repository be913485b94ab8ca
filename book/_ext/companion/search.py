"""The search finds definitions and results by name: "Theorem 1.3", "margin bound"."""

from collections.abc import Iterable
from typing import ClassVar

from sphinx.domains import Domain, ObjType

from companion.dependencies import KINDS, named_results

PRIORITY = 3  # scorer.js gives its weight


class Results(Domain):
    """The numbered results of the book as objects, which is what Sphinx's search looks for before it reads pages."""

    name = "result"
    label = "Result"
    object_types: ClassVar = {kind: ObjType(kind) for kind in KINDS}

    def get_objects(self) -> Iterable[tuple[str, str, str, str, str, int]]:
        for label, docname, kind, name in named_results(self.env):
            yield name, name, kind, docname, label, PRIORITY

    def get_type_name(self, type: ObjType, primary: bool = False) -> str:
        return type.lname

    def merge_domaindata(self, docnames, otherdata) -> None:
        """It keeps no data of its own."""
