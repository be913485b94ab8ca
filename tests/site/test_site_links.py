"""Every link inside the site that `make book` made leads to a page, and to a place on it, that exists."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

SITE = Path(__file__).parents[2] / "_build" / "html"


class Anchors(HTMLParser):
    """The ids of a page and where its links lead."""

    def __init__(self, html: str):
        super().__init__()
        self.ids: set[str] = {"", "top"}
        self.links: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.ids.update(filter(None, (values.get("id"), values.get("name") if tag == "a" else None)))
        if tag == "a" and values.get("href"):
            self.links.add(values["href"])


def dead_links(site: Path) -> list[str]:
    """Each link inside the site that leads nowhere, with the page that it stands on."""
    pages = {file: Anchors(file.read_text(encoding="utf-8")) for file in sorted(site.rglob("*.html"))}
    dead = []
    for file, page in pages.items():
        if file == site / "404.html":  # its links hold where the site is published
            continue
        for link in sorted(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            fragment = unquote(parts.fragment)
            if not target.is_file() or (target in pages and fragment not in pages[target].ids):
                dead.append(f"{file.relative_to(site)}: {link}")
    return dead


@pytest.mark.skipif(not SITE.is_dir(), reason="there is no site: make book makes it")
def test_no_link_of_the_site_is_dead():
    assert dead_links(SITE) == []


def test_dead_links_are_seen(tmp_path):
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">1</a><a href="b.html#there">2</a><a href="c.html">3</a><a href="#up">4</a>'
        '<a href="https://example.org/x">5</a><a href="data.json">6</a>'
    )
    (tmp_path / "b.html").write_text('<p id="here"></p>')
    (tmp_path / "data.json").write_text("[]")
    assert dead_links(tmp_path) == ["a.html: #up", "a.html: b.html#there", "a.html: c.html"]
