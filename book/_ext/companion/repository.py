"""Where launch, edit and issue buttons point: at the repository that built the site, so that a fork launches itself."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from sphinx.errors import ExtensionError

# The theme knows how these lay out their addresses; elsewhere every button would be a guess.
PROVIDERS = ("github", "gitlab", "bitbucket")
BUTTONS = ("use_repository_button", "use_edit_page_button", "use_issues_button")


def web_address(remote: str) -> str | None:
    """`https://host/owner/name` of a git remote in any of its forms, without user or token; None for a local path."""
    remote = remote.strip()
    if "://" in remote:
        parts = urlsplit(remote)
        if parts.scheme not in ("http", "https", "ssh", "git"):
            return None
        host, path = parts.hostname or "", parts.path
    else:
        host, _, path = remote.partition(":")
        host = host.rpartition("@")[2]
    path = path.strip("/").removesuffix(".git")
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)+", host) or not re.fullmatch(r"[\w.-]+(/[\w.-]+)+", path):
        return None
    return f"https://{host}/{path}"


def address(environ: Mapping[str, str], root: Path, configured: str) -> str | None:
    """Where the sources lie: COURSE_REPO_URL, else GITHUB_REPOSITORY, else the remote `origin`, else `_config.yml`.

    Raises ExtensionError where COURSE_REPO_URL is set and is no address; its value may hold a token and is not shown.
    """
    if given := environ.get("COURSE_REPO_URL"):
        found = web_address(given)
        if found is None:
            raise ExtensionError("COURSE_REPO_URL must look like https://github.com/owner/name")
        return found
    if repository := environ.get("GITHUB_REPOSITORY"):
        return web_address(f"{environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{repository}")
    return _origin(root) or web_address(configured)


def branch(environ: Mapping[str, str], configured: str) -> str:
    """The branch of the buttons: COURSE_REPO_BRANCH, else that of the GitHub workflow, else that of `_config.yml`."""
    # A pull request runs on "12/merge", and a tag is no branch either: nothing there could be edited.
    workflow = environ.get("GITHUB_REF_NAME", "") if environ.get("GITHUB_REF_TYPE") == "branch" else ""
    workflow = "" if workflow.endswith("/merge") else workflow
    return environ.get("COURSE_REPO_BRANCH") or workflow or configured or "main"


def _origin(root: Path) -> str | None:
    """The remote of the clone whose top folder is `root`; None where `root` merely lies inside some clone."""
    if not (root / ".git").exists():
        return None
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return web_address(result.stdout) if result.returncode == 0 else None


def with_buttons(options: Mapping, url: str | None, branch: str) -> dict:
    """The theme's options with every button that works at `url`; where no repository is known, with none at all."""
    provider = next((name for name in PROVIDERS if url and name in urlsplit(url).netloc), None)
    if provider is None:
        dead = {"launch_buttons", "repository_url", *BUTTONS}
        return {name: value for name, value in options.items() if name not in dead}
    launch = dict(options.get("launch_buttons", {}))
    if not url.startswith("https://github.com/"):
        launch.pop("colab_url", None)  # Colab opens notebooks of github.com and of nowhere else
    places = {"repository_url": url, "repository_branch": branch, "launch_buttons": launch}
    return {**options, **places, **dict.fromkeys(BUTTONS, True)}


def site_path(url: str | None) -> str:
    """Where GitHub Pages puts the site of a repository: below its name, but for the one that is named after the host.

    The page 404 stands in for addresses of any depth, so that its own links must begin at the root.
    """
    name = urlsplit(url or "").path.rpartition("/")[2]
    return "/" if not name or name.endswith(".github.io") else f"/{name}/"


def set_buttons(app, config) -> None:
    """Point the buttons of the theme at the repository (`config-inited`)."""
    options = config.html_theme_options
    url = address(os.environ, Path(app.confdir), options.get("repository_url") or "")
    config.html_theme_options = with_buttons(options, url, branch(os.environ, options.get("repository_branch") or ""))
    config.notfound_urls_prefix = site_path(url)
