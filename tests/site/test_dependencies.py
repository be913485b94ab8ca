"""The map of the results, on a small book: what is an edge and what is none, where links lead, what is drawn anew."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parents[2]
CONF = """
extensions = ["sphinx.ext.autodoc", "myst_nb", "sphinx_proof", "companion"]
myst_enable_extensions = ["dollarmath"]
nb_execution_mode = "off"
numfig = True
html_theme = "basic"
"""
INDEX = """# A book

```{toctree}
:numbered:
book/one/first
book/two/second
book/two/third
book/two/words
book/two/aside
book/two/lonely
```

```{toctree}
book/map
```
"""
MAP = """# A map

```{dependencies}
```

```{dependencies} one
```

```{dependencies} two
```
"""
FIRST = """(sec-first)=
# First

```{prf:definition} Idle
:label: def-idle
Nobody needs it.
```

```{prf:definition} Small
:label: def-small
A number is small below one.
```

## Inside

Derived in the text,

$$
x = 1
$$ (eq-free)

$$
y = 1
$$ (eq-idle)

```{prf:lemma} A & B
:label: lem-a
$$
z = 1
$$ (eq-in)
```

```{prf:proof}
By {prf:ref}`def-small`.
```

<aside id="claim-T-1">a claim</aside>

```{prf:remark}
As in {prf:ref}`thm-b`.
```

See {prf:ref}`thm-b` and {prf:ref}`lem-alone`.

```{prf:lemma} Alone
:label: lem-alone
Nothing else.
```
"""
SECOND = """(sec-second)=
# Second

**You will** see {ref}`sec-third`. **You need** {ref}`sec-first`. **Time:** none.

```{prf:theorem} Through formulas
:label: thm-b
It holds.
```

```{prf:definition} Between
:label: def-between
A definition has no proof.
```

```{prf:proof}
By {eq}`eq-in` and {eq}`eq-free`.
```

```{prf:theorem} In a statement
:label: thm-c
In the setting of {prf:ref}`thm-b`.
```
"""
THIRD = """(sec-third)=
# Third

**You need** {ref}`sec-second` and {ref}`sec-words`.
"""
WORDS = """(sec-words)=
# Words

No result.
"""
ASIDE = """# Aside

No result, and nobody needs it.
"""
LONELY = """# Lonely

```{prf:lemma} Lonely
:label: lem-lonely
It stands alone.
```
"""


class Book:
    def __init__(self, folder: Path):
        self.folder, self.site = folder, folder / "_build" / "html"
        pages = {"index": INDEX, "book/map": MAP}
        pages |= {"book/one/first": FIRST, "book/two/second": SECOND, "book/two/third": THIRD}
        pages |= {"book/two/words": WORDS, "book/two/aside": ASIDE, "book/two/lonely": LONELY}
        for name, text in pages.items():
            self.write(name, text)
        (folder / "conf.py").write_text(CONF)

    def write(self, name: str, text: str) -> None:
        file = self.folder / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def build(self, builder: str = "html") -> subprocess.CompletedProcess:
        path = os.pathsep.join(map(str, (ROOT / "book" / "_ext", ROOT / "lib")))
        command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-b", builder, ".", f"_build/{builder}"]
        environment = os.environ | {"PYTHONPATH": path}
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=100)

    def html(self, page: str = "book/map") -> str:
        return (self.site / f"{page}.html").read_text(encoding="utf-8")

    def drawings(self) -> list[ET.Element]:
        return [ET.fromstring(svg) for svg in re.findall(r"(?s)<svg.*?</svg>", self.html())]

    def spoken(self) -> list[list[str]]:
        """The accessible names of the links of each drawing."""
        return [[link.get("aria-label") for link in drawing.iter(f"{SVG}a")] for drawing in self.drawings()]


SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    book = Book(tmp_path_factory.mktemp("map"))
    result = book.build()
    assert result.returncode == 0, result.stdout + result.stderr
    return book


def test_edges_come_from_statements_and_proofs_and_from_nothing_else(book):
    _, one, two = book.spoken()
    lemma = "Lemma 1.1 A & B; rests on Definition 1.2; 1 claim executed in its section"
    theorem = "Theorem 2.1 Through formulas; rests on Lemma 1.1, Formula (1.1)"
    assert sorted(one) == ["Definition 1.2 Small", "Formula (1.1) Inside", lemma, theorem]
    assert sorted(two) == [
        "Formula (1.1) Inside",
        lemma,
        theorem,
        "Theorem 2.2 In a statement; rests on Theorem 2.1",
    ]
    arrows = [len(list(drawing.iterfind(f".//{SVG}path[@class]"))) for drawing in book.drawings()]
    assert arrows == [3, 3, 3]


def test_a_result_of_another_chapter_is_marked(book):
    marked = [
        sorted(link.get("aria-label").split(" ")[0] for link in drawing.iter(f"{SVG}a") if "guest" in link.get("class"))
        for drawing in book.drawings()
    ]
    assert marked == [[], ["Theorem"], ["Formula", "Lemma"]]


def test_a_page_rests_on_what_it_needs_and_what_its_proofs_refer_to(book):
    assert book.spoken()[0] == [
        "1 First",
        "2 Second; rests on 1",
        "3 Third; rests on 2, 4",
        "4 Words",
    ]
    kinds = [path.get("class") for path in book.drawings()[0].iter(f"{SVG}path") if path.get("class")]
    assert [kind.rpartition("-")[2] for kind in kinds] == ["both", "need", "need"]


def test_links_lead_to_the_results_and_claims(book):
    links = re.findall(r'href="([^"#]*)#([^"]+)"', book.html())
    found = {id: page for page, id in links if page in ("one/first.html", "two/second.html")}
    assert set(found) == {"def-small", "lem-a", "lem-alone", "equation-eq-free", "thm-b", "thm-c", "claim-T-1"}
    for id, page in found.items():
        assert f'id="{id}"' in book.html(f"book/{page.removesuffix('.html')}")


def test_the_list_says_the_same_and_names_what_stands_alone(book):
    text = re.sub(r"<[^>]+>", "", re.sub(r"(?s)<svg.*?</svg>", "", book.html()))
    assert "Lemma 1.1 (A &amp; B) rests on Definition 1.2; executed in its section: T-1." in text
    assert "Theorem 2.1 (Through formulas) rests on Lemma 1.1, Formula (1.1)."
    assert "Definition 1.2 (Small) rests on no other." in text and "(1.1) rests" not in text in text
    assert "none refers to them: Lemma 1.2 (Alone)." in text
    assert "These need no other page, and none needs them: 6 Lonely." in text
    assert not [title for title in ("Idle", "Between") if title in text]


@pytest.mark.parametrize("seed", range(5))
def test_no_box_covers_another_and_every_arrow_points_right(monkeypatch, seed):
    monkeypatch.syspath_prepend(ROOT / "book" / "_ext")
    from companion import layers

    graph = nx.gnp_random_graph(40, 0.04, seed=seed, directed=True)
    graph.remove_edges_from([(a, b) for a, b in graph.edges if a >= b])
    heights, size = {node: 30 + 5 * (node % 4) for node in graph}, layers.Size()
    places, edges, (width, height) = layers.layout(graph, heights, size)
    for node, (x, y) in places.items():
        assert 0 <= x <= width - size.box
        assert heights[node] / 2 - 1e-9 <= y <= height - heights[node] / 2 + 1e-9
        for other in range(node):
            x2, y2 = places[other]
            assert abs(x - x2) > size.box or abs(y - y2) > (heights[node] + heights[other]) / 2
    assert set(edges) == set(graph.edges)
    for (start, end), steps in edges.items():
        assert steps[0][0] == places[start] and steps[-1][1] == places[end]
        assert all(a[0] + size.box < b[0] for a, b in steps)


def test_the_printed_book_has_the_list_alone(book):
    result = book.build("latex")
    assert result.returncode == 0, result.stdout + result.stderr
    (file,) = (book.folder / "_build" / "latex").glob("*.tex")
    text = file.read_text(encoding="utf-8")
    assert "rests on" in text and "svg" not in text
    (label,) = re.findall(r"\\label\{(equation:[^}]*:eq-free)\}", text)
    assert re.search(rf"rests on .*Formula \\eqref\{{{re.escape(label)}\}}", text)


def test_the_map_alone_is_written_again_when_a_proof_changes(tmp_path):
    book = Book(tmp_path)
    assert book.build().returncode == 0
    assert "no targets are out of date" in book.build().stdout

    stamps = {file: file.stat().st_mtime_ns for file in book.site.rglob("book/**/*.html")}
    book.write("book/two/second", SECOND.replace("By {eq}`eq-in` and", "By {prf:ref}`lem-alone` and"))
    assert book.build().returncode == 0
    written = {file.stem for file, stamp in stamps.items() if file.stat().st_mtime_ns != stamp}
    assert written == {"second", "map"}
    assert "Theorem 2.1 Through formulas; rests on Lemma 1.2, Formula (1.1)" in book.spoken()[2]

    stamps = {file: file.stat().st_mtime_ns for file in book.site.rglob("book/**/*.html")}
    book.write("book/one/first", FIRST + "\nA last word.\n")
    assert book.build().returncode == 0
    written = {file.stem for file, stamp in stamps.items() if file.stat().st_mtime_ns != stamp}
    assert written == {"first"}


def test_a_circle_turns_the_build_red(tmp_path):
    book = Book(tmp_path)
    book.write("book/one/first", FIRST.replace("By {prf:ref}`def-small`.", "By {prf:ref}`thm-c`."))
    result = book.build()
    assert result.returncode != 0
    assert "Extension error" not in result.stderr and "rests on" in book.html()
    (circle,) = re.findall(r"WARNING: a circle: ([LT].*)", result.stderr)
    assert "Lemma 1.1 rests on Theorem 2.2" in f"{circle} rests on {circle.partition(' rests on ')[2]}"
    assert set(circle.split(" rests on ")) == {"Lemma 1.1", "Theorem 2.1", "Theorem 2.2"}


def test_a_chapter_that_is_left_out_and_one_that_does_not_exist(tmp_path):
    book = Book(tmp_path)
    book.write("index", re.sub("book/two/.*\n", "", INDEX))
    (tmp_path / "conf.py").write_text(f"{CONF}\nexclude_patterns = ['book/two/*']\n")
    book.write("book/one/first", re.sub(r"(?s)```\{prf:remark.*?lem-alone`\.\n", "", FIRST))
    result = book.build()
    assert result.returncode == 0, result.stdout + result.stderr
    assert "This edition leaves the chapter out." in book.html()

    book.write("book/map", MAP + "\n```{dependencies} three\n```\n")
    result = book.build()
    assert result.returncode != 0 and "there is no chapter" in result.stderr
