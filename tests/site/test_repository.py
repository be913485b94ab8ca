"""Where the buttons point: four sources in their order, addresses in all their forms, no button that would be dead."""

import os
import subprocess
from pathlib import Path

import pytest
from sphinx.errors import ExtensionError

EXTENSION = Path(__file__).parents[2] / "book" / "_ext"


@pytest.fixture
def repository(monkeypatch):
    monkeypatch.syspath_prepend(EXTENSION)
    from companion import repository

    return repository


@pytest.fixture
def clone(tmp_path):
    """A clone whose `origin` is reached by ssh."""
    environment = {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    for command in (["init", "--quiet"], ["remote", "add", "origin", "git@github.com:origin/book.git"]):
        subprocess.run(["git", *command], cwd=tmp_path, env=environment, check=True)
    return tmp_path


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://github.com/owner/name", "https://github.com/owner/name"),
        ("https://github.com/owner/name.git/", "https://github.com/owner/name"),
        ("https://user:secret@github.com/owner/name.git\n", "https://github.com/owner/name"),
        ("https://secret@gitlab.com/group/subgroup/name", "https://gitlab.com/group/subgroup/name"),
        ("git@github.com:owner/name.git", "https://github.com/owner/name"),
        ("ssh://git@github.com:22/owner/name.git", "https://github.com/owner/name"),
        ("git://example.org/owner/name.git", "https://example.org/owner/name"),
        ("/srv/git/name.git", None),
        ("../name", None),
        ("file:///srv/git/name.git", None),
        ("C:\\books\\name", None),
        ("C:/books/name", None),
        ("https://github.com/owner", None),
        ("", None),
    ],
)
def test_a_remote_becomes_an_address_without_secrets(repository, remote, expected):
    assert repository.web_address(remote) == expected


def test_the_four_sources_in_their_order(repository, clone, tmp_path_factory):
    given = {"COURSE_REPO_URL": "https://github.com/given/book"}
    workflow = {"GITHUB_REPOSITORY": "workflow/book"}
    enterprise = workflow | {"GITHUB_SERVER_URL": "https://github.example.org"}
    configured = "https://github.com/configured/book"
    elsewhere = tmp_path_factory.mktemp("elsewhere")

    assert repository.address(given | workflow, clone, configured) == "https://github.com/given/book"
    assert repository.address(workflow, clone, configured) == "https://github.com/workflow/book"
    assert repository.address(enterprise, clone, configured) == "https://github.example.org/workflow/book"
    assert repository.address({}, clone, configured) == "https://github.com/origin/book"
    assert repository.address({"COURSE_REPO_URL": "", "GITHUB_REPOSITORY": ""}, elsewhere, configured) == configured
    assert repository.address({}, elsewhere, "") is None


def test_a_folder_inside_a_clone_is_not_that_clone(repository, clone):
    (clone / "inner").mkdir()
    assert repository.address({}, clone / "inner", "") is None


def test_an_address_that_cannot_be_read_is_an_error_that_does_not_show_it(repository, tmp_path):
    with pytest.raises(ExtensionError, match="COURSE_REPO_URL") as error:
        repository.address({"COURSE_REPO_URL": "secret@nowhere"}, tmp_path, "")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    ("environment", "configured", "expected"),
    [
        ({"COURSE_REPO_BRANCH": "spring", "GITHUB_REF_NAME": "x", "GITHUB_REF_TYPE": "branch"}, "trunk", "spring"),
        ({"GITHUB_REF_NAME": "topic/x", "GITHUB_REF_TYPE": "branch"}, "trunk", "topic/x"),
        ({"GITHUB_REF_NAME": "12/merge", "GITHUB_REF_TYPE": "branch"}, "trunk", "trunk"),
        ({"GITHUB_REF_NAME": "v1", "GITHUB_REF_TYPE": "tag"}, "", "main"),
    ],
)
def test_the_branch(repository, environment, configured, expected):
    assert repository.branch(environment, configured) == expected


LAUNCH = {"binderhub_url": "https://mybinder.org", "colab_url": "https://colab.research.google.com"}


def test_buttons_where_they_work(repository):
    options = {"launch_buttons": LAUNCH, "repository_url": "", "path_to_docs": ""}
    github = repository.with_buttons(options, "https://github.com/a/b", "main")
    assert github["repository_url"] == "https://github.com/a/b" and github["launch_buttons"] == LAUNCH
    assert github["use_issues_button"] and github["use_edit_page_button"]

    gitlab = repository.with_buttons(options, "https://gitlab.com/a/b", "main")
    assert gitlab["launch_buttons"] == {"binderhub_url": LAUNCH["binderhub_url"]}

    for nowhere in (None, "https://example.org/a/b"):
        assert repository.with_buttons(github, nowhere, "main") == {"path_to_docs": "", "repository_branch": "main"}
