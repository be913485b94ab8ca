"""The build, on a copy of the house with a book of two pages: what is executed, what is shown, and what fails."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
EXTENSION = ROOT / "book" / "_ext"
FIXTURE = Path(__file__).parent / "fixture_book"
REPOSITORY = ("COURSE_REPO_URL", "COURSE_REPO_BRANCH", "GITHUB_REPOSITORY", "GITHUB_SERVER_URL", "GITHUB_REF_NAME")

# The build as `make book` runs it, and one that gives a notebook three seconds
BUILD = "book/_ext/build.py"
IMPATIENT = f"""
import runpy, sys
sys.path.insert(0, "book/_ext")
from companion import execution
execution.TOO_SLOW = 3
runpy.run_path("{BUILD}", run_name="__main__")
"""


class Book:
    """A folder with our configuration, extension and library, and the pages of the fixture."""

    def __init__(self, folder: Path):
        self.folder, self.site = folder, folder / "_build" / "html"
        shutil.copytree(FIXTURE, folder)
        ignore = shutil.ignore_patterns("__pycache__")
        for name in ("book/_ext", "book/_static", "lib/overparam"):
            shutil.copytree(ROOT / name, folder / name, ignore=ignore)
        for name in ("_config.yml", "requirements.lock"):
            shutil.copy(ROOT / name, folder)
        self.set_factor("2")

    def set_factor(self, number: str) -> None:
        """Change the library."""
        library = (ROOT / "lib" / "overparam" / "__init__.py").read_text(encoding="utf-8")
        changed = f"{library}\nFACTOR = {number}\n"
        (self.folder / "lib" / "overparam" / "__init__.py").write_text(changed, encoding="utf-8")

    def set_page(self, name: str) -> None:
        shutil.copy(FIXTURE / name, self.folder / "book" / "chapter" / "page.ipynb")

    def build(self, *command: str, **environment: str) -> subprocess.CompletedProcess:
        inherited = {name: value for name, value in os.environ.items() if name not in REPOSITORY}
        # The kernels, too, import the library of the folder.
        environment = inherited | {"PYTHONPATH": str(self.folder / "lib")} | environment
        command = [sys.executable, *(command or [BUILD])]
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=300)

    def html(self, page: str) -> str:
        return (self.site / f"{page}.html").read_text(encoding="utf-8")

    def pages(self) -> dict[str, str]:
        """A hash of each page."""
        files = sorted(self.site.rglob("*.html"))
        return {str(file.relative_to(self.site)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def text(html: str) -> str:
    """What a reader sees, roughly."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A book that was built once; a stray kernel that a user has installed was not used."""
    home = tmp_path_factory.mktemp("home")
    kernel = home / "kernels" / "python3"
    kernel.mkdir(parents=True)
    stray = {"argv": ["/bin/false", "{connection_file}"], "display_name": "stray", "language": "python"}
    (kernel / "kernel.json").write_text(json.dumps(stray))
    book = Book(tmp_path_factory.mktemp("book") / "book")
    result = book.build(JUPYTER_PATH=str(home))
    assert result.returncode == 0, result.stdout + result.stderr
    assert "executed page.ipynb" in result.stdout
    assert str(book.site / "index.html") in result.stdout
    return book


def test_a_page_shows_its_claim_its_figure_and_every_frame_of_its_explorer(book):
    page = book.html("book/chapter/page")
    assert "the factor is 2" in page
    assert len(re.findall("""id=["']claim-T-1.b["']""", page)) == 1
    assert len(re.findall(r'role="img"', page)) == 2
    assert page.count('type="range"') == 1 and "<template>" in page


def test_no_widget_state_and_no_address_outside_is_loaded(book):
    for name in book.pages():
        page = book.html(name.removesuffix(".html"))
        assert "widget-state" not in page
        loaded = re.findall(r'<(?:script|img|iframe)[^>]*\ssrc="([^"]*)"', page) + re.findall(r"<link[^>]*>", page)
        assert [address for address in loaded if "//" in address] == []
        assert "unpkg" not in page and "thebe" not in page


def test_the_register_shows_what_was_measured_and_leads_to_the_cell(book):
    index = book.html("book/index")
    assert "measured 0.3333; required at most 2" in text(index)
    # Once in the prose, once among the claims, once among the errata
    assert index.count('href="chapter/page.html#claim-T-1.b"') == 3
    assert "Nothing is executed here. It is a test." in text(index)
    assert "E1 wrong" in text(index) and "A third is less." in text(index)
    assert re.search(r"A page \d+\.\d", text(index)), "the time of the notebook"


def test_claims_json_has_ten_digits(book):
    (record,) = json.loads((book.site / "book" / "claims.json").read_text(encoding="utf-8"))
    register = yaml.safe_load((FIXTURE / "book" / "claims.yml").read_text(encoding="utf-8"))
    assert record == {
        "id": "T-1.b",
        "kind": "bound",
        "statement": register[0]["statement"],
        "measured": 0.3333333333,
        "required": "at most 2",
        "page": "chapter/page",
        "label": "",
    }


def test_a_page_says_when_it_ran(book):
    page = text(book.html("book/chapter/page"))
    assert re.search(r"Time: 1 minute\. Ran clean on \d+ [A-Z][a-z]+ \d{4}, in \d+ seconds\.", page)


def test_a_question_has_choices_that_open_and_say_why(book):
    page = re.sub(r"<mjx-container.*?</mjx-container>", "x", book.html("book/chapter/page"), flags=re.S)
    found = re.findall(
        r'(?s)<details class="overparam-choice overparam-(yes|no)">\s*<summary>(.*?)</summary>(.*?)</details>', page
    )
    assert [
        (verdict, text(chosen).strip(), text(why).replace(" .", ".").strip()) for verdict, chosen, why in found
    ] == [
        ("yes", "Yes, it is.", "Yes: x."),
        ("no", "No.", "No: that is x."),
    ]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Why?", "a question is a text, and then a list of two choices or more"),
        ("- One.\n  - Yes: so.\n- Two.\n  - No: not so.", "a question is a text"),
        ("Why?\n\n- One.\n- Two.\n  - No: not so.", "the choice 'One.' needs one item below it"),
        ("Why?\n\n- 5.\n  - Yes: so.\n- 6.\n  - No: not so.", "a choice is one paragraph"),
        ("Why?\n\n- One.\n  - Yes: so.\n- Two.\n  - Wrong.", "begins with 'Yes:' or 'No:'"),
        ("Why?\n\n- One.\n  - No: so.\n- Two.\n  - No: not so.", "a question has one right choice; got 0"),
    ],
)
def test_a_question_that_is_none_is_an_error(tmp_path, question, reason):
    (tmp_path / "conf.py").write_text("extensions = ['myst_parser', 'only_questions']\n")
    (tmp_path / "only_questions.py").write_text("from companion.question import set_up as setup\n")
    (tmp_path / "index.md").write_text(f"# Page\n\n```{{question}}\n{question}\n```\n")
    environment = os.environ | {"PYTHONPATH": f"{EXTENSION}{os.pathsep}{tmp_path}"}
    command = [sys.executable, "-m", "sphinx", "-W", "-q", str(tmp_path), str(tmp_path / "out")]
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode != 0 and reason in result.stderr


def test_lost_readers_are_led_back(book):
    assert 'href="/_static/all.css"' in book.html("404") and "There is no page at this address" in book.html("404")
    assert re.search('http-equiv="refresh" content="0; *url=book/map.html"', book.html("prf-prf"))


def test_homework_is_shown_and_not_run(book):
    page = book.html("book/homework/student")
    assert "NotImplementedError" in page and "Traceback" not in page


def test_without_a_repository_no_button_is_shown(book):
    page = book.html("book/chapter/page")
    assert "mybinder" not in page and "colab" not in page and "btn-source-" not in page


def test_every_page_has_a_description(book):
    assert '<meta name="description" content="A sentence with the formula' in book.html("book/chapter/page")
    assert re.search(r'<meta name="description" content="\w', book.html("search"))


def test_repeated_builds(book):
    """In order, as each build starts from the one before: nothing new, new style, notebook, library, a page less."""
    before = book.pages()
    result = book.build()
    assert result.returncode == 0
    assert "executed" not in result.stdout and "no targets are out of date" in result.stdout
    assert book.pages() == before

    style = book.folder / "book" / "_static" / "site.css"
    style.write_text(style.read_text(encoding="utf-8") + "\n.new {}\n", encoding="utf-8")
    assert book.build().returncode == 0
    assert ".new {}" in (book.site / "_static" / "site.css").read_text(encoding="utf-8")

    page = book.folder / "book" / "chapter" / "page.ipynb"
    page.write_text(page.read_text(encoding="utf-8").replace("1 / 3", "1 / 4"), encoding="utf-8")
    result = book.build()
    assert result.returncode == 0 and "executed page.ipynb" in result.stdout
    assert "measured 0.25; required at most 2" in text(book.html("book/index"))

    book.set_factor("2.5")
    result = book.build(COURSE_REPO_URL="https://github.com/reader/fork", COURSE_REPO_BRANCH="spring")
    assert result.returncode == 0, result.stdout + result.stderr
    page, index = book.html("book/chapter/page"), book.html("book/index")
    assert "the factor is 2.5" in page
    assert "required at most 2.5" in text(page) and "required at most 2.5" in text(index)
    assert "https://mybinder.org/v2/gh/reader/fork/spring?urlpath=lab/tree/book/chapter/page.ipynb" in page
    assert "https://colab.research.google.com/github/reader/fork/blob/spring/book/chapter/page.ipynb" in page
    assert "https://github.com/reader/fork/edit/spring/book/index.md" in index

    toc = yaml.safe_load((book.folder / "_toc.yml").read_text())
    toc["parts"][0]["chapters"].pop()
    (book.folder / "_toc.yml").write_text(yaml.safe_dump(toc))
    assert book.build().returncode == 0
    assert set(before) - set(book.pages()) == {"book/homework/student.html"}


@pytest.mark.parametrize(
    ("notebook", "reason"),
    [
        ("failing/false_claim.ipynb", "ClaimFailed: T-1.b does not hold"),
        ("failing/raises.ipynb", "RuntimeError: a mistake in the notebook"),
    ],
)
def test_a_notebook_that_fails_turns_every_build_red(tmp_path, notebook, reason):
    book = Book(tmp_path / "book")
    book.set_page(notebook)
    for _ in range(2):
        result = book.build()
        assert result.returncode == 1
        assert reason in result.stderr and "book/chapter/page" in result.stderr
        assert "was not built" in result.stderr
        assert reason in (book.site / "reports" / "book" / "chapter" / "page.err.log").read_text()


def test_a_warning_turns_every_build_red(tmp_path):
    book = Book(tmp_path / "book")
    with (book.folder / "book" / "index.md").open("a", encoding="utf-8") as index:
        index.write("\nOn to {ref}`sec-nowhere`, with $\\nonsense$.\n")
    register = book.folder / "book" / "claims.yml"
    first, *rest = yaml.safe_load(register.read_text(encoding="utf-8"))
    unchecked = first | {"id": "T-3"}
    register.write_text(yaml.safe_dump([first | {"page": "chapter/other"}, unchecked, *rest]), encoding="utf-8")
    for _ in range(2):
        result = book.build()
        assert result.returncode == 1
        assert "undefined label: 'sec-nowhere'" in result.stderr
        assert r"Undefined control sequence \nonsense" in result.stderr
        assert "claim T-1.b belongs to the page chapter/other, but is checked on chapter/page" in result.stderr
        assert "claim T-3 is done in the register, but no notebook checks it" in result.stderr


def test_a_notebook_that_takes_too_long_turns_the_build_red(tmp_path):
    book = Book(tmp_path / "book")
    book.set_page("failing/slow.ipynb")
    start = time.monotonic()
    result = book.build("-c", IMPATIENT)
    assert result.returncode == 1
    assert "book/chapter/page\ntook longer than 3 s" in result.stderr
    assert time.monotonic() - start < 60


def test_the_key_depends_on_names_and_contents(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(EXTENSION)
    from companion.execution import digest

    library = tmp_path / "library"
    (library / "inner" / "__pycache__").mkdir(parents=True)
    (library / "a.py").write_text("1")
    keys = [digest([library])]
    for name, content in (("a.py", "2"), ("inner/data.npz", "2"), ("inner/data.npz", "3"), ("inner/more.npz", "3")):
        (library / name).write_text(content)
        keys.append(digest([library]))
    assert len(set(keys)) == 5
    (library / "inner" / "__pycache__" / "a.pyc").write_text("4")
    assert digest([library]) == keys[-1]
    assert digest([library, tmp_path / "missing.lock"]) == keys[-1]


def test_a_page_that_the_contents_leave_out_leaves_text(tmp_path):
    book = Book(tmp_path / "book")
    other = "(sec-other)=\n# The other page\n\n(def-inside)=\n## Inside\n\n$$\nx = 1\n$$ (eq-other)\n"
    (book.folder / "book" / "other").mkdir()
    (book.folder / "book" / "other" / "page.md").write_text(other, encoding="utf-8")
    index = book.folder / "book" / "index.md"
    links = "{ref}`sec-other`, {doc}`other/page`, {ref}`a title <sec-other>`, {ref}`def-inside`, {eq}`eq-other`"
    index.write_text(index.read_text(encoding="utf-8") + f"\nSee {links}.\n", encoding="utf-8")
    result = book.build()
    assert result.returncode == 0, result.stdout + result.stderr
    text = re.sub(r"<[^>]*>", "", (book.site / "book" / "index.html").read_text(encoding="utf-8"))
    left_out = "(left out of this edition)"
    assert f"See The other page, The other page, a title, {left_out}, {left_out}." in text

    index.write_text(index.read_text(encoding="utf-8") + "\nSee {ref}`sec-nowhere`.\n", encoding="utf-8")
    assert book.build().returncode != 0


def test_the_book_builds_without_a_chapter_and_in_another_order(tmp_path):
    """All other pages, not executed, as strictly as ever."""
    dropped = "pl_condition"
    ignore = shutil.ignore_patterns("_build", ".venv", ".git", "node_modules", "state", ".*_cache", "__pycache__")
    shutil.copytree(ROOT, tmp_path / "book", ignore=ignore)
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    for part in toc["parts"]:
        part["chapters"] = [c for c in reversed(part["chapters"]) if c["file"] != f"book/{dropped}/index"]
    (tmp_path / "book" / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    config = tmp_path / "book" / "_config.yml"
    off = config.read_text(encoding="utf-8").replace("execute_notebooks: cache", 'execute_notebooks: "off"')
    config.write_text(off, encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "book" / "lib")}
    command = [sys.executable, BUILD]
    result = subprocess.run(command, cwd=tmp_path / "book", env=environment, capture_output=True, text=True)
    assert result.returncode == 0, (result.stdout + result.stderr)[-3000:]
    site = tmp_path / "book" / "_build" / "html" / "book"
    assert not (site / dropped).exists()
    assert "This edition leaves the chapter out." in (site / "claims.html").read_text(encoding="utf-8")
